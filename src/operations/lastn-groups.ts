/**
 * The last observations of each code (https://hl7.org/fhir/R4/observation-operation-lastn.html): codes are equal when they share a
 * coding, directly or through others; a code of words alone is its words.
 */
import { dateInterval } from '../fhir/date.js';
import { codingsOf, object, textOf } from '../fhir/elements.js';
import type { Json, JsonObject } from '../fhir/json.js';

/** An observation that takes part: what it is grouped and put in order by. */
export interface Candidate<T> {
  readonly item: T;
  /** Of its codings, or of its words. */
  readonly codes: readonly string[];
  /** ms UTC when it was true; undefined when it does not say. */
  readonly effective: number | undefined;
  /** ms UTC */
  readonly lastUpdated: number;
}

/** @returns what tells a CodeableConcept: each coding, else the text; nothing where there is none */
export function conceptCodes(code: Json | undefined): readonly string[] {
  const codings = codingsOf(code).flatMap((coding) => (textOf(coding.code) === undefined ? [] : [JSON.stringify([textOf(coding.system) ?? '', coding.code])]));
  const text = textOf(object(code)?.text);
  return codings.length > 0 ? codings : text === undefined ? [] : [JSON.stringify(text)];
}

/** When it was true: the instant, the start of the period (its end where it has none), the first time of a schedule. */
export function effectiveOf({ effectiveDateTime, effectiveInstant, effectivePeriod, effectiveTiming }: JsonObject, timeZone: string): number | undefined {
  const period = object(effectivePeriod);
  const event = object(effectiveTiming)?.event;
  const texts = [effectiveDateTime, effectiveInstant, period?.start, period?.end, Array.isArray(event) ? event[0] : undefined];
  return momentOf(texts.find((each) => textOf(each) !== undefined), timeZone);
}

/** @returns ms UTC of a date or an instant, from where its precision begins */
export function momentOf(written: Json | undefined, timeZone: string): number | undefined {
  const text = textOf(written);
  return text === undefined ? undefined : dateInterval(text, timeZone)?.lo;
}

/** Codes by the code that stands for their group: joined as they are met together. */
class Groups {
  private readonly parents = new Map<string, string>();

  of(code: string): string {
    let root = code;
    for (let next = this.parents.get(root); next !== undefined && next !== root; next = this.parents.get(root)) root = next;
    // What was walked is shortened, so that long chains of translations stay cheap.
    for (let at = code; at !== root;) {
      const next = this.parents.get(at) ?? root;
      this.parents.set(at, root);
      at = next;
    }
    return root;
  }
  join([first, ...others]: readonly string[]): void {
    if (first === undefined) return;
    for (const other of others) this.parents.set(this.of(other), this.of(first));
  }
}

const newestFirst = <T>(one: Candidate<T>, other: Candidate<T>): number =>
  (other.effective ?? -Infinity) - (one.effective ?? -Infinity) || other.lastUpdated - one.lastUpdated || 0;

/** The first `most`, and those that are as old as the last of them. */
function last<T>(group: readonly Candidate<T>[], most: number): readonly Candidate<T>[] {
  const bound = group[most - 1]?.effective;
  return group.filter(({ effective }, at) => at < most || (bound !== undefined && effective === bound));
}

/** @returns the last `most` of each group, newest first; the group of the newest first */
export function lastOfEach<T>(candidates: readonly Candidate<T>[], most: number): readonly T[] {
  const groups = new Groups();
  for (const { codes } of candidates) groups.join(codes);
  const grouped = new Map<string, Candidate<T>[]>();
  for (const candidate of [...candidates].sort(newestFirst)) {
    const [code] = candidate.codes;
    const name = code === undefined ? '' : groups.of(code);
    const known = grouped.get(name);
    if (known) known.push(candidate);
    else grouped.set(name, [candidate]);
  }
  return [...grouped.values()].flatMap((group) => last(group, most)).map(({ item }) => item);
}

/** The Observation itself as a candidate. */
export const candidateOf = <T>(observation: JsonObject, { item, lastUpdated, timeZone }: { readonly item: T; readonly lastUpdated: number; readonly timeZone: string }): Candidate<T> =>
  ({ item, codes: conceptCodes(observation.code), effective: effectiveOf(observation, timeZone), lastUpdated });
