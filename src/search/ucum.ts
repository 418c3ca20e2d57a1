/**
 * UCUM codes in canonical units (https://ucum.org): 5 mg and 0.005 g are one value. The UCUM library is loaded with the first unit
 * and asked once for each code; afterwards a unit costs one look-up and a multiplication.
 */
import { createRequire } from 'node:module';
import type { Interval } from '../fhir/date.js';
import { finite, nextAbove, pointInterval } from './decimal-interval.js';

export const ucumSystem = 'http://unitsofmeasure.org';

export interface CanonicalUnit {
  /** `ucum:` and the base units with their exponents in a fixed order: `ucum:g.m-3`. */
  readonly unit: string;
  /** canonical = value * factor + offset */
  readonly factor: number;
  readonly offset: number;
}

interface BaseUnits {
  readonly status: 'succeeded' | 'failed' | 'invalid' | 'error';
  readonly magnitude?: number;
  readonly unitToExp?: Readonly<Record<string, number>>;
  /** Whether it is more than a factor (a temperature, a logarithm). */
  readonly fromUnitIsSpecial?: boolean;
}
interface Library {
  validateUnitString(code: string): { readonly status: string };
  convertToBaseUnits(code: string, value: number): BaseUnits;
}

/** UCUM codes are printable ASCII without blanks; longer ones are not units that anyone measures in. */
const codeForm = /^[!-~]{1,100}$/;
const maxKnown = 10_000;
const known = new Map<string, CanonicalUnit | undefined>();
const load = createRequire(__filename);
let library: Library | undefined;

function ucum(): Library {
  library ??= (load('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Library } }).UcumLhcUtils.getInstance();
  return library;
}

function compute(code: string): CanonicalUnit | undefined {
  const { magnitude, unitToExp: base, fromUnitIsSpecial: special } = ucum().convertToBaseUnits(code, 1);
  if (magnitude === undefined || !base) return undefined;
  const [none, two] = special === true ? [0, 2].map((value) => ucum().convertToBaseUnits(code, value).magnitude) : [0, 2 * magnitude];
  if (none === undefined || two === undefined) return undefined;
  const factor = rounded(magnitude - none);
  // A straight line through three points, or a scale (pH, dB) on which a factor means nothing.
  if (factor === 0 || rounded(two - magnitude) !== factor) return undefined;
  const units = Object.keys(base).sort().map((name) => (base[name] === 1 ? name : `${name}${base[name]}`));
  return { unit: `ucum:${units.join('.') || '1'}`, factor, offset: rounded(none) };
}

/** Twelve digits: what is left of a value after multiplications in floating point. */
const rounded = (value: number): number => Number(value.toPrecision(12));

/**
 * @param code a UCUM code such as `mg/dL`
 * @returns undefined when it is no UCUM code, is an arbitrary unit (`[iU]`), or is on a logarithmic scale: such values are compared as written
 */
export function canonicalUnit(code: string): CanonicalUnit | undefined {
  if (known.has(code)) return known.get(code);
  const unit = codeForm.test(code) ? compute(code) : undefined;
  if (known.size >= maxKnown) known.clear();
  known.set(code, unit);
  return unit;
}

const valid = new Map<string, boolean>();

/** Whether a text is a UCUM code, of an arbitrary or logarithmic unit too (`[iU]/L`). Asked of the library once for each code. */
export function isUcumCode(code: string): boolean {
  const asked = valid.get(code);
  if (asked !== undefined) return asked;
  const answer = codeForm.test(code) && ucum().validateUnitString(code).status === 'valid';
  if (valid.size >= maxKnown) valid.clear();
  valid.set(code, answer);
  return answer;
}

/** Whether a text was asked for before, whatever it is: it then costs nothing. */
export const isKnownUnit = (code: string): boolean => known.has(code) || valid.has(code);

interface Converted {
  readonly from: Interval;
  readonly unit: CanonicalUnit;
  readonly to: Interval;
}
/** One quantity is indexed under several parameters in a row. */
let last: Converted | undefined;

/** "Just above" a number (the end of what holds it, the start of what is greater) stays just above it. */
function canonicalEnd(end: number, { factor, offset }: CanonicalUnit): number {
  if (!Number.isFinite(end)) return end;
  const digits = rounded(end);
  const above = end !== digits && end === nextAbove(digits);
  const canonical = finite(rounded((above ? digits : end) * factor + offset));
  return above ? nextAbove(canonical) : canonical;
}

/** A value, or an interval of values, in canonical units; a single point stays one. */
export function canonicalInterval(interval: Interval, unit: CanonicalUnit): Interval {
  if (last !== undefined && last.unit === unit && last.from.lo === interval.lo && last.from.hi === interval.hi) return last.to;
  const lo = canonicalEnd(interval.lo, unit);
  const hi = interval.hi === nextAbove(interval.lo) ? lo : canonicalEnd(interval.hi, unit);
  last = { from: interval, unit, to: hi > lo ? { lo, hi } : pointInterval(lo) };
  return last.to;
}
