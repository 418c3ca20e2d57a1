/** What a caller of `$everything` may ask (https://hl7.org/fhir/R4/patient-operation-everything.html, https://hl7.org/fhir/R4/encounter-operation-everything.html). */
import { resourceTypes } from '../fhir/definitions.js';
import type { Interval } from '../fhir/date.js';
import { fail } from '../fhir/failure.js';
import { maskIn, maskParameters, type Mask } from '../interactions/mask.js';
import type { PageState } from '../interactions/paging.js';
import { countOf, intervalOf, readParameters } from '../interactions/parameters.js';
import type { Services } from '../interactions/services.js';
import { mainDateCode } from '../search/main-date.js';
import type { Clause, Comparison } from '../search/plan.js';

export interface Question {
  readonly count: number;
  readonly types: readonly string[];
  /** Chosen by `_type`. */
  readonly chosen: boolean;
  /** ms UTC */
  readonly since?: number;
  /** What else must hold. */
  readonly where: readonly Clause[];
  /** The part of each resource that is wanted. */
  readonly mask?: Mask;
  /** The parameters in force, for the self link. */
  readonly self: string;
}

function typesOf(given: readonly string[], all: readonly string[], strict: boolean): readonly string[] {
  const names = new Set(given.flatMap((list) => list.split(',')).map((name) => name.trim()).filter((name) => name !== ''));
  const unknown = [...names].find((name) => !resourceTypes.includes(name));
  if (unknown !== undefined && strict) throw fail('bad-parameter', { parameter: '_type', reason: 'it names something that is not a resource type of FHIR R4' });
  return names.size === 0 ? all : all.filter((type) => names.has(type));
}

/** Something of a time from `start` to `end`, both whole: what a date must satisfy. @throws Failure bad-parameter */
export function timeOfCare(start: Interval | undefined, end: Interval | undefined): readonly Comparison[] {
  if (start && end && end.hi <= start.lo) throw fail('bad-parameter', { parameter: 'end', reason: 'it lies before start' });
  return [
    ...(start ? [{ prefix: 'gt', lo: start.lo - 1, hi: start.lo } as const] : []),
    ...(end ? [{ prefix: 'lt', lo: end.hi, hi: end.hi + 1 } as const] : []),
  ];
}

/** Their main date is not that of care. */
const notCare: ReadonlySet<string> = new Set(['Patient', 'Provenance', 'AuditEvent', 'Consent']);

/** Whoever is of a type with a date of care has none, or one that compares so. */
function caredFor(types: readonly string[], compares: readonly Comparison[]): Clause[] {
  return types.flatMap((type): Clause[] => {
    const code = notCare.has(type) ? undefined : mainDateCode(type);
    if (code === undefined || compares.length === 0) return [];
    const param = `${type}.${code}`;
    return [{ kind: 'or', of: [{ kind: 'missing', param, valueKind: 'date', missing: true }, { kind: 'and', of: compares.map((compare) => ({ kind: 'date', param, compare })) }] }];
  });
}

/**
 * @param known names of the parameters that the operation takes
 * @param types those that it goes through, in their order
 * @throws Failure bad-parameter
 */
export function questionOf({ query, strict }: PageState, known: readonly string[], types: readonly string[], { limits, timeZone }: Services): Question {
  const all = [...known, ...maskParameters];
  const given = readParameters(query, all, strict);
  const mask = maskIn(given);
  const since = intervalOf('_since', given.one('_since'), timeZone)?.lo;
  const compares = timeOfCare(intervalOf('start', given.one('start'), timeZone), intervalOf('end', given.one('end'), timeZone));
  const count = countOf(given.one('_count'), limits);
  const self = new URLSearchParams();
  for (const name of all) for (const value of given.all(name)) self.append(name, name === '_count' ? String(count) : value);
  const chosen = typesOf(given.all('_type'), types, strict);
  return {
    count, types: chosen, chosen: given.all('_type').length > 0, ...(since === undefined ? {} : { since }), self: self.toString(), ...(mask ? { mask } : {}),
    where: [
      ...(since === undefined ? [] : [{ kind: 'lastUpdated', compare: { prefix: 'ge', lo: since, hi: since + 1 } } as const]),
      ...caredFor(chosen, compares),
    ],
  };
}

/** All of the clauses. */
export const allOf = (first: Clause, more: readonly Clause[]): Clause => (more.length === 0 ? first : { kind: 'and', of: [first, ...more] });
