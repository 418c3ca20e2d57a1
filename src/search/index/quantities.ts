/**
 * Number and quantity entries. A number in a resource is one point, whatever its precision (the precision of the question
 * decides, https://hl7.org/fhir/R4/search.html#number); a Range, a comparator and a SampledData cover what they say.
 */
import type { Interval } from '../../fhir/date.js';
import { Decimal, isObject, type JsonObject } from '../../fhir/json.js';
import { finite, nextAbove, pointInterval } from '../decimal-interval.js';
import { canonicalInterval, canonicalUnit, ucumSystem } from '../ucum.js';
import type { Run, Visit } from './run.js';

const numeric = (value: unknown): number | undefined => (typeof value === 'number' || value instanceof Decimal ? finite(Number(value)) : undefined);

const compared: Readonly<Record<string, (value: number) => Interval>> = {
  '<': (value) => ({ lo: -Infinity, hi: value }),
  '<=': (value) => ({ lo: -Infinity, hi: nextAbove(value) }),
  '>': (value) => ({ lo: nextAbove(value), hi: Infinity }),
  '>=': (value) => ({ lo: value, hi: Infinity }),
};

function quantityInterval({ value, comparator }: JsonObject): Interval | undefined {
  const number = numeric(value);
  if (number === undefined) return undefined;
  return typeof comparator === 'string' && compared[comparator] ? compared[comparator](number) : pointInterval(number);
}

function rangeInterval(low: unknown, high: unknown): Interval | undefined {
  const lo = isObject(low as never) ? numeric((low as JsonObject).value) : undefined;
  const hi = isObject(high as never) ? numeric((high as JsonObject).value) : undefined;
  return lo === undefined && hi === undefined ? undefined : { lo: lo ?? -Infinity, hi: hi === undefined ? Infinity : nextAbove(hi) };
}

export function numberVisits(param: string): Readonly<Record<string, Visit>> {
  function add(interval: Interval | undefined, run: Run): void {
    if (!interval) return;
    const { lo, hi } = interval;
    run.number.push({ param, contained: run.contained, lo, hi, mark: undefined });
  }
  const simple: Visit = (value, run) => {
    const number = numeric(value);
    add(number === undefined ? undefined : pointInterval(number), run);
  };
  return {
    integer: simple, decimal: simple, positiveInt: simple, unsignedInt: simple,
    Range: (value, run) => add(rangeInterval((value as JsonObject).low, (value as JsonObject).high), run),
  };
}

interface Unit { readonly unit?: unknown; readonly system?: unknown; readonly code?: unknown }

export function quantityVisits(param: string): Readonly<Record<string, Visit>> {
  function push(unit: string, { lo, hi }: Interval, run: Run): void {
    run.quantity.push({ param, contained: run.contained, unit, lo, hi, mark: undefined });
  }
  /** The bare number, then under each name that its unit may be asked by. */
  function add(interval: Interval | undefined, { unit, system, code }: Unit, run: Run): void {
    if (!interval) return;
    push('', interval, run);
    const canonical = system === ucumSystem && typeof code === 'string' ? canonicalUnit(code) : undefined;
    if (canonical) push(canonical.unit, canonicalInterval(interval, canonical), run);
    else if (typeof code === 'string') push(`${code}|${typeof system === 'string' ? system : ''}`, interval, run);
    if (typeof unit === 'string' && unit !== '' && unit !== code) push(unit, interval, run);
  }
  const quantity: Visit = (value, run) => add(quantityInterval(value as JsonObject), value as Unit, run);
  const range: Visit = (value, run) => {
    const { low, high } = value as JsonObject;
    add(rangeInterval(low, high), (isObject(low) ? low : high) as Unit, run);
  };
  const money: Visit = (value, run) => {
    const { value: amount, currency } = value as JsonObject;
    const number = numeric(amount);
    if (number !== undefined) add(pointInterval(number), { system: 'urn:iso:std:iso:4217', code: currency }, run);
  };
  const sampled: Visit = (value, run) => {
    const { origin } = value as JsonObject;
    if (isObject(origin)) add(sampledInterval(value as JsonObject, origin), origin as Unit, run);
  };
  return { Quantity: quantity, Age: quantity, Duration: quantity, Distance: quantity, Count: quantity, Range: range, Money: money, SampledData: sampled };
}

/** From the least to the greatest sample; `L` and `U` (beyond a limit) count as that limit, `E` says nothing. */
function sampledInterval({ data, factor, lowerLimit, upperLimit }: JsonObject, origin: JsonObject): Interval | undefined {
  const zero = numeric(origin.value);
  if (zero === undefined || typeof data !== 'string') return undefined;
  const scale = numeric(factor) ?? 1;
  const limits: Readonly<Record<string, unknown>> = { L: lowerLimit, U: upperLimit };
  let lo = Infinity;
  let hi = -Infinity;
  for (const sample of data.split(' ')) {
    const raw = sample in limits ? numeric(limits[sample]) : Number(sample === '' ? NaN : sample);
    if (raw === undefined || Number.isNaN(raw)) continue;
    lo = Math.min(lo, zero + raw * scale);
    hi = Math.max(hi, zero + raw * scale);
  }
  return lo <= hi ? { lo: finite(lo), hi: nextAbove(finite(hi)) } : undefined;
}
