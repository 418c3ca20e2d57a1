/**
 * Internal references (.36) to the problems of the document. Ids are neither unique nor always there (french-interop 6.10,
 * trap 8), so a reference is resolved by id and code, once every problem is known.
 */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept, codings } from '../datatypes/codes.js';
import { attribute, child, children } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';

interface Problem {
  readonly key: string;
  readonly codings: readonly JsonObject[];
  /** It is refuted or an error: no reason of anything. */
  readonly denied: boolean;
}
interface Waiting {
  readonly resource: JsonObject;
  readonly reference: XmlElement;
  readonly reading: Reading;
}

const idsOf = (statement: XmlElement): string[] => children(statement, 'id').flatMap((id) => {
  const root = attribute(id, 'root');
  return root === undefined ? [] : [`${root.toLowerCase()}|${attribute(id, 'extension') ?? ''}`];
});

/** Whether two sets of codings say the same, contradict each other in a system that both use, or cannot be compared. */
function compare(one: readonly JsonObject[], other: readonly JsonObject[]): 'same' | 'different' | 'unknown' {
  let verdict: 'different' | 'unknown' = 'unknown';
  for (const { system, code } of one) {
    for (const coding of other) {
      if (coding.system !== system) continue;
      if (coding.code === code) return 'same';
      verdict = 'different';
    }
  }
  return verdict;
}

export class Reasons {
  private readonly problems = new Map<string, Problem[]>();
  private waiting: Waiting[] = [];

  /** A problem that bears the ids of its observation, and of the concern act that stands for it. */
  add(statements: readonly XmlElement[], problem: Problem): void {
    for (const id of new Set(statements.flatMap(idsOf))) {
      const known = this.problems.get(id);
      if (known === undefined) this.problems.set(id, [problem]);
      else known.push(problem);
    }
  }

  /** @param resource gets `reasonReference` or `reasonCode` when all is read */
  await(resource: JsonObject, reference: XmlElement, reading: Reading): void {
    this.waiting.push({ resource, reference, reading });
  }

  /** A resource that is not written after all: neither a problem nor one that waits. */
  forget(key: string, resource: JsonObject): void {
    for (const [id, problems] of this.problems) this.problems.set(id, problems.filter((problem) => problem.key !== key));
    this.waiting = this.waiting.filter((one) => one.resource !== resource);
  }

  /**
   * Among the problems of one id: that of the same code, else the first whose code cannot be compared, one that stands before one
   * that is denied; none: the code of the reference itself. A problem that is denied is no reason, nor is its code.
   */
  resolve(): void {
    for (const { resource, reference, reading } of this.waiting) {
      const code = child(reference, 'code');
      const wanted = codings(code);
      const named = idsOf(reference).flatMap((id) => this.problems.get(id) ?? []);
      const best = (verdict: 'same' | 'unknown'): Problem | undefined => {
        const fit = named.filter((problem) => compare(wanted, problem.codings) === verdict);
        return fit.find(({ denied }) => !denied) ?? fit[0];
      };
      const same = best('same');
      const found = same ?? best('unknown');
      if (found?.denied === true) {
        reading.leftOut('a reason that the document denies');
        continue;
      }
      if (found !== undefined) push(resource, 'reasonReference', { reference: found.key });
      const own = same === undefined ? concept(code, reading) : undefined;
      if (own !== undefined) push(resource, 'reasonCode', own);
      else if (found === undefined) reading.leftOut('a reason that names no problem of the document');
    }
    this.waiting = [];
  }
}

/** Adds to a list of the resource, each value once. */
export function push(resource: JsonObject, name: string, value: JsonObject): void {
  const list = Array.isArray(resource[name]) ? resource[name] : [];
  if (!list.some((other) => JSON.stringify(other) === JSON.stringify(value))) resource[name] = [...list, value];
}
