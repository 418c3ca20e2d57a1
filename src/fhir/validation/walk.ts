/** Where the validator stands in a resource, and what it found. */
import type { Issue, IssueType } from '../failure.js';
import type { JsonObject } from '../json.js';

/** More faults than anybody mends in one go; a longer list only costs. */
const maxIssues = 100;

/** Thrown when the list is full, caught where the walk began. */
export class ListFull extends Error {}

export class Walk {
  readonly issues: Issue[] = [];
  /** The resource that `#fragment` references are resolved in. */
  holder: JsonObject;
  private readonly steps: (string | number)[] = [];

  constructor(private readonly root: string, resource: JsonObject) {
    this.holder = resource;
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
    this.issues[maxIssues - 1] = { severity: 'error', code: 'too-costly', diagnostics: `There are more faults: only the first ${maxIssues - 1} are listed.` };
    throw new ListFull();
  }
}
