/** Where the validator stands in a resource, and what it found. */
import type { Issue, IssueType } from '../failure.js';
import { isObject, type JsonObject } from '../json.js';

/** More faults than anybody mends in one go; a longer list only costs. */
const maxIssues = 100;

/** Thrown when the list is full, caught where the walk began. */
export class ListFull extends Error {}

export class Walk {
  readonly issues: Issue[] = [];
  /** The resource that `#fragment` references are resolved in. */
  holder: JsonObject;
  private readonly steps: (string | number)[] = [];
  private entryTypes: ReadonlyMap<string, string> | undefined;

  constructor(private readonly root: string, private readonly resource: JsonObject) {
    this.holder = resource;
  }

  /** The type of the resource that the Bundle has under this fullUrl, where a Bundle is checked and has one. */
  typeOf(fullUrl: string): string | undefined {
    return (this.entryTypes ??= typesByUrl(this.resource)).get(fullUrl);
  }

  enter(step: string | number): void {
    this.steps.push(step);
  }

  leave(): void {
    this.steps.pop();
  }

  /** FHIRPath of the place, with further steps from it. */
  expression(...further: readonly (string | number)[]): string {
    let text = this.root;
    for (const step of [...this.steps, ...further]) text += typeof step === 'number' ? `[${step}]` : `.${step}`;
    return text;
  }

  /** @param text what to mend, to follow the place; never a value of the resource */
  report(code: IssueType, text: string, ...further: readonly (string | number)[]): void {
    const place = this.expression(...further);
    this.issues.push({ severity: 'error', code, diagnostics: `${place}: ${text}.`, expression: [place] });
    if (this.issues.length < maxIssues) return;
    this.issues[maxIssues - 1] = { severity: 'error', code: 'too-costly', diagnostics: `${this.root}: there are more faults, only the first ${maxIssues - 1} are listed.`, expression: [this.root] };
    throw new ListFull();
  }
}

function typesByUrl({ resourceType, entry }: JsonObject): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  if (resourceType !== 'Bundle' || !Array.isArray(entry)) return types;
  for (const one of entry) {
    if (!isObject(one) || typeof one.fullUrl !== 'string' || !isObject(one.resource)) continue;
    if (typeof one.resource.resourceType === 'string') types.set(one.fullUrl, one.resource.resourceType);
  }
  return types;
}
