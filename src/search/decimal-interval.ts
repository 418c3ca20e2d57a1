/** Numbers of a question as the interval that their stated precision stands for (https://hl7.org/fhir/R4/search.html#number). */
import type { Interval } from '../fhir/date.js';

const pattern = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
/** More digits than this say nothing that a double could hold. */
const maxDigits = 40;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The next double above: the exclusive end of an interval that holds one number. */
export function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  if (!Number.isFinite(value)) return value;
  double[0] = value;
  const low = words[0] as number;
  const high = words[1] as number;
  if (value > 0) {
    words[0] = low + 1;
    if (low === 0xffffffff) words[1] = high + 1;
  } else {
    words[0] = low - 1;
    if (low === 0) words[1] = high - 1;
  }
  return double[0];
}

/** A number beyond what a double holds (`1e400`) counts as the furthest one that it does: infinity says that a side is open. */
export const finite = (value: number): number => Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);

/** The interval of exactly one number. */
export function pointInterval(value: number): Interval {
  const lo = finite(value);
  return { lo, hi: nextAbove(lo) };
}

/**
 * `100` -> [99.5, 100.5), `100.00` -> [99.995, 100.005), `1e2` -> [95, 105): half a unit of the last digit on either side; a
 * mantissa without decimals counts as one with a decimal, which is what the table of the specification says.
 * @returns undefined when the text is not a number
 */
export function decimalInterval(literal: string): Interval | undefined {
  const match = pattern.exec(literal);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent] = match;
  if (whole.length + fraction.length > maxDigits) return pointInterval(Number(literal));
  const decimals = exponent !== undefined && fraction === '' ? '0' : fraction;
  const scaled = BigInt(`${sign === '-' ? '-' : ''}${whole}${decimals}0`);
  const power = Number(exponent ?? 0) - decimals.length - 1;
  const at = (units: bigint): number => Number(`${units}e${power}`);
  const lo = finite(at(scaled - 5n));
  return { lo, hi: Math.max(at(scaled + 5n), nextAbove(lo)) };
}
