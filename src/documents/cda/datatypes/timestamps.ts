/** HL7 v3 points of time to FHIR (french-interop 6.10, trap 3). */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute } from './elements.js';
import type { Reading } from './reading.js';

const SHAPE = /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d+))?)?)?)?)?)?(Z|[+-]\d{2,4})?$/;

/**
 * A timestamp literal (`YYYY` to `YYYYMMDDHHMMSS.f`, zone `+ZZZZ`) as a FHIR dateTime of the same precision: minutes get `:00`, an hour
 * alone is cut to its date. Undefined when it cannot be read.
 */
export function dateTime(literal: string, reading: Pick<Reading, 'zone' | 'timeZone'>): string | undefined {
  const parts = SHAPE.exec(literal.trim());
  if (!parts) return undefined;
  const [, year = '', month, day, hour, minute, second = '00', fraction, zone] = parts;
  const date = dateText(year, month, day);
  if (date === undefined || hour === undefined || minute === undefined) return hour !== undefined && Number(hour) > 23 ? undefined : date;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const local = `${date}T${hour}:${minute}:${second}`;
  const offset = zone === undefined ? (reading.zone ?? zoneOffset(local, reading.timeZone)) : offsetText(zone);
  return offset === undefined ? undefined : `${local}${fraction === undefined ? '' : `.${fraction.slice(0, 9)}`}${offset}`;
}

/** The date part of a timestamp literal, to the precision written (`YYYY`, `YYYY-MM` or `YYYY-MM-DD`). */
export function dateOf(literal: string): string | undefined {
  const parts = SHAPE.exec(literal.trim());
  return parts ? dateText(parts[1] ?? '', parts[2], parts[3]) : undefined;
}

/** The offset written in a timestamp literal (`+02:00`), undefined when there is none or it cannot be read. */
export function zoneOf(literal: string): string | undefined {
  const zone = SHAPE.exec(literal.trim())?.[8];
  return zone === undefined ? undefined : offsetText(zone);
}

/** A TS element (`@value`) as a dateTime; one that cannot be read is named and dropped. */
export function timeOf(element: XmlElement | undefined, reading: Reading): string | undefined {
  const literal = attribute(element, 'value');
  if (element === undefined || literal === undefined) return undefined;
  const time = dateTime(literal, reading);
  if (time === undefined) reading.leftOut(`${element.name}: a time that cannot be read`);
  return time;
}

/** The instant of a dateTime text made here, as ms UTC (the start of a partial date, in UTC). */
export function instantOf(time: string): number {
  return Date.parse(time);
}

function dateText(year: string, month: string | undefined, day: string | undefined): string | undefined {
  if (year === '0000') return undefined;
  if (month === undefined) return year;
  if (Number(month) < 1 || Number(month) > 12) return undefined;
  if (day === undefined) return `${year}-${month}`;
  return Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month)) ? `${year}-${month}-${day}` : undefined;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** `+0200`, `+02`, or three digits (`+100` is one hour): one spelling, at most 14 hours. */
function offsetText(zone: string): string | undefined {
  if (zone === 'Z') return 'Z';
  const digits = zone.slice(1);
  const four = digits.length === 2 ? `${digits}00` : digits.padStart(4, '0');
  const hours = Number(four.slice(0, 2));
  const minutes = Number(four.slice(2));
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return undefined;
  return `${zone[0]}${four.slice(0, 2)}:${four.slice(2)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The offset that a zone has at a local time. */
function zoneOffset(local: string, timeZone: string): string {
  const asUtc = Date.parse(`${local}Z`);
  const guess = offsetAt(asUtc, timeZone);
  const offset = offsetAt(asUtc - guess * 60_000, timeZone);
  const size = Math.abs(offset);
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function offsetAt(instant: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
