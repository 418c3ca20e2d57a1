/**
 * The formats of the primitive datatypes (https://hl7.org/fhir/R4/datatypes.html#primitive). Dates must exist in the
 * calendar, which the patterns of the standard do not say.
 */
import { Decimal, type Json } from '../json.js';

/** What a value must be, to follow the name of its element; undefined when it is right. */
export type Fault = string | undefined;
export type PrimitiveCheck = (value: Json) => Fault;

/** "Strings SHALL NOT exceed 1MB (1024*1024 characters) in size". */
const maxLength = 1024 * 1024;
/** Control characters, which XML cannot carry. */
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function text(value: Json): Fault {
  if (typeof value !== 'string') return 'must be a string, in quotes';
  if (value === '') return 'must not be an empty string: leave it out';
  if (value.length > maxLength) return `must not be longer than ${maxLength} characters`;
  return control.test(value) ? 'must not hold control characters' : undefined;
}

/** A string of limited form, by a pattern that is linear in its length. */
const formed = (pattern: RegExp, fault: string): PrimitiveCheck => (value) => {
  if (typeof value !== 'string') return 'must be a string, in quotes';
  return pattern.test(value) ? undefined : value === '' ? 'must not be an empty string: leave it out' : fault;
};

const daysIn = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const leap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const digits = (value: string, from: number, to: number): number => {
  let number = 0;
  for (let at = from; at < to; at++) number = number * 10 + value.charCodeAt(at) - 48;
  return number;
};
/** For a text that begins with a well-formed date: false for 30 February. */
function inCalendar(value: string): boolean {
  if (value.length < 10) return true;
  const month = digits(value, 5, 7);
  const day = digits(value, 8, 10);
  return day <= (daysIn[month - 1] ?? 0) || (month === 2 && day === 29 && leap(digits(value, 0, 4)));
}

const year = '(?!0000)\\d{4}';
const month = '(?:0[1-9]|1[0-2])';
const day = '(?:0[1-9]|[12]\\d|3[01])';
const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?';
const zone = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';

const calendar = (form: string, fault: string): PrimitiveCheck => {
  const pattern = new RegExp(`^${form}$`);
  return (value) => {
    if (typeof value !== 'string') return 'must be a string, in quotes';
    if (!pattern.test(value)) return fault;
    return inCalendar(value) ? undefined : 'must be a day that the calendar has';
  };
};

const integerLiteral = /^-?(?:0|[1-9]\d{0,9})$/;
function whole(least: number, fault: string): PrimitiveCheck {
  return (value) => {
    if (typeof value === 'number') return Number.isInteger(value) && value >= least && value <= 2_147_483_647 ? undefined : fault;
    // "-0" is the only whole literal of this size that a JavaScript number does not print back.
    return value instanceof Decimal && least < 0 && integerLiteral.test(value.literal) ? undefined : fault;
  };
}

const enum Sign { Other, Digit, Blank, Pad }
const base64Signs = new Uint8Array(128);
for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') base64Signs[sign.charCodeAt(0)] = Sign.Digit;
for (const sign of ' \t\r\n') base64Signs[sign.charCodeAt(0)] = Sign.Blank;
base64Signs['='.charCodeAt(0)] = Sign.Pad;
const base64Fault = 'must be base64 (RFC 4648, groups of four characters, padded with "=")';

function base64(value: Json): Fault {
  if (typeof value !== 'string') return 'must be a string, in quotes';
  let length = 0;
  let padding = 0;
  for (let at = 0; at < value.length; at++) {
    const sign = base64Signs[value.charCodeAt(at)] ?? Sign.Other;
    if (sign === Sign.Blank) continue;
    if (sign === Sign.Pad) padding++;
    else if (sign === Sign.Other || padding > 0) return base64Fault;
    length++;
  }
  return length > 0 && length % 4 === 0 && padding <= 2 ? undefined : base64Fault;
}

/** Blanks and what XML cannot carry: neither has a place in a URI or a code. */
const printed = '[^\\s\\u0000-\\u001f\\ufffe\\uffff]';
const uri = formed(new RegExp(`^${printed}+$`), 'must be a URI: no blanks, no control characters');

/** By the name of the datatype; `xhtml` is in `narrative.ts`. */
export const primitives: Readonly<Record<string, PrimitiveCheck>> = {
  base64Binary: base64,
  boolean: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false, without quotes'),
  canonical: uri,
  code: formed(new RegExp(`^${printed}+(?:\\s${printed}+)*$`), 'must be a code: no blanks at its ends, one at most between its words, no control characters'),
  date: calendar(`${year}(?:-${month}(?:-${day})?)?`, 'must be a date: YYYY, YYYY-MM or YYYY-MM-DD'),
  dateTime: calendar(
    `${year}(?:-${month}(?:-${day}(?:T${clock}${zone})?)?)?`,
    'must be a date, or a date and time with seconds and time zone: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz',
  ),
  decimal: (value) => (typeof value === 'number' || value instanceof Decimal ? undefined : 'must be a number, without quotes'),
  id: formed(/^[A-Za-z0-9\-.]{1,64}$/, 'must be an id: 1 to 64 letters, digits, "-" and "."'),
  instant: calendar(`${year}-${month}-${day}T${clock}${zone}`, 'must be an instant with seconds and time zone: YYYY-MM-DDThh:mm:ss.sss+zz:zz'),
  integer: whole(-2_147_483_648, 'must be a whole number from -2147483648 to 2147483647, without quotes, point or exponent'),
  markdown: text,
  oid: formed(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/, 'must be an OID: urn:oid:1.2.3'),
  positiveInt: whole(1, 'must be a whole number from 1 to 2147483647, without quotes, point or exponent'),
  string: text,
  time: formed(new RegExp(`^${clock}$`), 'must be a time of day: hh:mm:ss'),
  unsignedInt: whole(0, 'must be a whole number from 0 to 2147483647, without quotes, point or exponent'),
  uri,
  url: uri,
  uuid: formed(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID in small letters: urn:uuid:…'),
};
