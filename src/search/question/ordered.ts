/** Dates, numbers and quantities of a question: prefix, precision, units (https://hl7.org/fhir/R4/search.html#prefix). */
import { dateInterval, type Interval } from '../../fhir/date.js';
import { decimalInterval, pointInterval } from '../decimal-interval.js';
import type { Comparison } from '../plan.js';
import { canonicalInterval, canonicalUnit, ucumSystem } from '../ucum.js';
import { badParameter, type AskingOptions } from './asking.js';
import { splitEscaped, unescaped } from './form.js';

type Prefix = Comparison['prefix'];
const prefixed = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s;

function prefixOf(text: string): { prefix: Prefix; rest: string } {
  const [, prefix, rest = ''] = prefixed.exec(text) ?? [];
  return { prefix: (prefix as Prefix | undefined) ?? 'eq', rest };
}

/** @throws Failure bad-parameter */
export function dateComparison(name: string, text: string, { timeZone, now }: Pick<AskingOptions, 'timeZone' | 'now'>): Comparison {
  const { prefix, rest } = prefixOf(text);
  // A plus sign that was not percent-encoded arrives as a blank.
  const interval = dateInterval(rest.replace(/ (?=\d\d:\d\d$)/, '+'), timeZone);
  if (!interval) throw badParameter(name, 'its value is a date like 2026, 2026-03, 2026-03-01 or 2026-03-01T09:30:00+01:00, after an optional prefix');
  return { prefix, ...(prefix === 'ap' ? widenedDate(interval, now) : interval) };
}

/** By a tenth of the distance from now. */
function widenedDate({ lo, hi }: Interval, now: number): Interval {
  const distance = Math.max(0, lo - now, now - hi) / 10;
  return { lo: Math.floor(lo - distance), hi: Math.ceil(hi + distance) };
}

/** The precision counts where the question is about equality; before and after are measured from the very number. */
const byPrecision: ReadonlySet<Prefix> = new Set(['eq', 'ne']);

/** @returns undefined when the text is not a number */
export function numberComparison(text: string): Comparison | undefined {
  const { prefix, rest } = prefixOf(text);
  const interval = decimalInterval(rest);
  if (!interval) return undefined;
  if (byPrecision.has(prefix)) return { prefix, ...interval };
  const value = Number(rest);
  if (prefix !== 'ap') return { prefix, ...pointInterval(value) };
  const tenth = Math.abs(value) / 10;
  return { prefix, lo: Math.min(interval.lo, value - tenth), hi: Math.max(interval.hi, pointInterval(value + tenth).hi) };
}

export const numberForm = 'its value is a number, after an optional prefix';

export interface QuantityQuestion {
  /** As in the index entries; '': the number as written, whatever its unit. */
  readonly unit: string;
  readonly compare: Comparison;
}

/** Systems that a unit written without one is looked for in, beside UCUM and the words of the resource. */
const otherUnitSystems = ['', 'http://snomed.info/sct', 'urn:iso:std:iso:4217'];

/**
 * `5.4`, `5.4|http://unitsofmeasure.org|mg`, `5.4||mg`: one question, or several of which one has to fit.
 * @throws Failure bad-parameter
 */
export function quantityQuestions(name: string, text: string): readonly QuantityQuestion[] {
  const [number = '', system, code, ...rest] = splitEscaped(text, '|').map(unescaped);
  const compare = numberComparison(number);
  if (!compare || rest.length > 0 || (system !== undefined && code === undefined)) {
    throw badParameter(name, 'its value is number, number|system|code or number||code, after an optional prefix');
  }
  if (code === undefined) return [{ unit: '', compare }];
  if (code === '') throw badParameter(name, 'a unit is given with its code');
  if (system === ucumSystem) return [inUcum(compare, code)];
  if (system !== '') return [{ unit: `${code}|${system}`, compare }];
  return [...[code, ...otherUnitSystems.map((each) => `${code}|${each}`)].map((unit) => ({ unit, compare })), inUcum(compare, code)];
}

/** In canonical units, so that 5 mg is 0.005 g; as written where the unit has none. */
function inUcum(compare: Comparison, code: string): QuantityQuestion {
  const canonical = canonicalUnit(code);
  if (!canonical) return { unit: `${code}|${ucumSystem}`, compare };
  return { unit: canonical.unit, compare: { prefix: compare.prefix, ...canonicalInterval(compare, canonical) } };
}
