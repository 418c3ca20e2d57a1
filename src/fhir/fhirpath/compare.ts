/** Equality and order of values, numbers by their literals: no digit is lost. */
import { Decimal, sameJson, type Json, type JsonObject } from '../json.js';
import type { PathNode } from './nodes.js';

export const isNumber = (value: Json | undefined): value is number | Decimal => typeof value === 'number' || value instanceof Decimal;

interface Digits {
  readonly sign: -1 | 0 | 1;
  /** Without zeros at its ends. */
  readonly digits: string;
  /** Power of ten of the first digit. */
  readonly power: number;
}

function digitsOf(value: number | Decimal): Digits {
  const [, minus, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(String(value)) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const leading = whole.length + fraction.length - all.length;
  const digits = all.replace(/0+$/, '');
  return { sign: digits === '' ? 0 : minus ? -1 : 1, digits, power: Number(exponent) + whole.length - 1 - leading };
}

function orderOfNumbers(one: number | Decimal, other: number | Decimal): number {
  const [a, b] = [digitsOf(one), digitsOf(other)];
  if (a.sign !== b.sign || a.sign === 0) return Math.sign(a.sign - b.sign);
  const magnitude = Math.sign(a.power - b.power) || (a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0);
  return a.sign * magnitude;
}

/** Whether two literals mean one number. */
export const equalNumbers = (one: number | Decimal, other: number | Decimal): boolean => orderOfNumbers(one, other) === 0;

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;
const dateTypes: ReadonlySet<string> = new Set(['Date', 'date', 'dateTime', 'instant', 'time']);

/** Negative, zero or positive; undefined where the two have no order (kinds, or precisions of dates, that differ). */
export function order(one: PathNode, other: PathNode): number | undefined {
  const [a, b] = [one.value, other.value];
  if (isNumber(a) && isNumber(b)) return orderOfNumbers(a, b);
  if (typeof a !== 'string' || typeof b !== 'string') return undefined;
  if (dateTypes.has(one.type) || dateTypes.has(other.type)) {
    if (instant.test(a) && instant.test(b)) return Math.sign(Date.parse(a) - Date.parse(b));
    if (a.length !== b.length) return undefined;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

type Spend = (steps: number) => void;

/** What a comparison may look at, paid for. */
function weigh(value: Json, spend: Spend): void {
  if (typeof value !== 'object' || value === null || value instanceof Decimal) return;
  for (const key in value) {
    spend(1);
    weigh((value as JsonObject)[key] as Json, spend);
  }
}

/** `=`; undefined where dates of different precision cannot be compared. */
export function equal(one: PathNode, other: PathNode, spend: Spend): boolean | undefined {
  const [a, b] = [one.value, other.value];
  if (a === undefined || b === undefined) return undefined;
  if (isNumber(a) && isNumber(b)) return orderOfNumbers(a, b) === 0;
  if (typeof a === 'string' && typeof b === 'string' && a !== b && dateTypes.has(one.type) && dateTypes.has(other.type)) {
    const known = order(one, other);
    return known === undefined ? undefined : known === 0;
  }
  weigh(a, spend);
  return sameJson(a, b);
}

const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ').trim();

/** `~`: texts without case and width of blanks. */
export function equivalent(one: PathNode, other: PathNode, spend: Spend): boolean {
  const [a, b] = [one.value, other.value];
  return typeof a === 'string' && typeof b === 'string' ? plain(a) === plain(b) : equal(one, other, spend) ?? false;
}
