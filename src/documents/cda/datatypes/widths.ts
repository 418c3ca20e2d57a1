/** The `width` of an interval of time, added to a dateTime as far as its precision bears it. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute } from './elements.js';

/** A length of time in what is counted with: calendar months, days, or seconds. */
export interface Width {
  readonly count: number;
  readonly of: 'month' | 'day' | 'second';
}

/** UCUM units of time (https://ucum.org), months and years as the calendar has them. */
const units: Readonly<Record<string, readonly [factor: number, of: Width['of']]>> = {
  s: [1, 'second'], min: [60, 'second'], h: [3_600, 'second'], d: [1, 'day'], wk: [7, 'day'], mo: [1, 'month'], a: [12, 'month'],
};
const DAY = 86_400;

/** A `width` (PQ); undefined when it has no value, or one that is no length of time. */
export function widthOf(element: XmlElement | undefined): Width | undefined {
  const value = attribute(element, 'value');
  const unit = attribute(element, 'unit') ?? '';
  const [factor, of] = Object.hasOwn(units, unit) ? (units[unit] ?? []) : [];
  const count = value === undefined || factor === undefined || !/^\+?\d*\.?\d+$/.test(value) ? Number.NaN : Number(value) * factor;
  return of === undefined || Number.isNaN(count) ? undefined : { count, of };
}

export const halfOf = ({ count, of }: Width): Width => ({ count: count / 2, of });

/**
 * A dateTime moved by a width, in the precision that it has.
 * @param direction 1 later, -1 earlier
 * @returns undefined when the precision does not bear it (days after a month that has no day) or the year has not four digits
 */
export function moved(time: string, width: Width, direction: 1 | -1): string | undefined {
  const months = width.of === 'month' ? width.count : 0;
  const seconds = width.of === 'day' ? width.count * DAY : width.of === 'second' ? width.count : 0;
  if (!Number.isInteger(months) || !Number.isInteger(seconds) || months > 120_000 || seconds > 1e12) return undefined;
  if (seconds > 0 && (time.length < 10 || (time.length === 10 && seconds % DAY !== 0))) return undefined;
  if (time.length === 4 && months % 12 !== 0) return undefined;
  const written = /^(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T(\d\d:\d\d:\d\d)(.*))?$/.exec(time);
  if (!written) return undefined;
  const [, date = '', clock, rest = ''] = written;
  const at = new Date(`${date}${'-01-01'.slice(date.length - 4)}T${clock ?? '00:00:00'}Z`);
  moveMonths(at, direction * months);
  const text = new Date(at.getTime() + direction * seconds * 1000);
  if (Number.isNaN(text.getTime()) || !/^\d{4}-/.test(text.toISOString())) return undefined;
  return clock === undefined ? text.toISOString().slice(0, time.length) : `${text.toISOString().slice(0, 19)}${rest}`;
}

/** The 31st of a month that has 30 days is its 30th. */
function moveMonths(at: Date, months: number): void {
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + months);
  at.setUTCDate(Math.min(day, lastDay(at)));
}

function lastDay(at: Date): number {
  const end = new Date(at.getTime());
  end.setUTCMonth(end.getUTCMonth() + 1, 0);
  return end.getUTCDate();
}
