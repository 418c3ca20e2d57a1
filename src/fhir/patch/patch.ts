/** What every kind of patch is: https://hl7.org/fhir/R4/http.html#patch */
import { fail, type Failure } from '../failure.js';
import type { Json, JsonObject } from '../json.js';

export interface Patch {
  /** What it brings into the resource: where its references are looked for. */
  readonly values: readonly Json[];
  /**
   * May be called again, on another version.
   * @param resource is taken over and changed
   * @param size of its text, in characters: the work that it may take grows with it
   * @returns what the patch makes of it; whether that is a resource is for `validate` to say
   * @throws Failure patch-failed (nothing is found, a test fails), too-costly
   */
  apply(resource: JsonObject, size: number): JsonObject;
}

/** A patch says what differs; whoever has more to say sends the whole resource. */
export const maxOperations = 1000;

/** @throws Failure too-costly */
export function requireFew(operations: number): void {
  if (operations > maxOperations) throw fail('too-costly', { reason: `A patch has at most ${maxOperations} operations. Send the whole resource by PUT instead.` });
}

/** Faults of a patch are told by the number of the operation: its path may hold somebody's data, and is not repeated. */
export const badPatch = (reason: string): Failure => fail('bad-patch', { reason });
export const patchFailed = (reason: string): Failure => fail('patch-failed', { reason });

/** What any patch may cost, each of its operations adds, and the largest may cost: about a second. */
const steps = { least: 5_000, operation: 60, most: 1_500_000 };

/** What one patch may cost, in steps: elements that are visited, copied or moved. */
export class Budget {
  private left: number;

  /** @param size of the text that is patched */
  constructor(size: number, operations: number) {
    this.left = Math.min(steps.least + operations * steps.operation + size / 2, steps.most);
  }

  /** @throws Failure too-costly */
  readonly spend = (steps: number): void => {
    this.left -= steps;
    if (this.left < 0) throw fail('too-costly', { reason: 'This patch takes too much work. Make its paths narrower, or send the whole resource by PUT.' });
  };
}
