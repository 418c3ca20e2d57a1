/** When a treatment is taken: PIVL_TS, EIVL_TS and SXPR_TS to Timing (french-interop 6.4; https://hl7.org/fhir/R4/datatypes.html#Timing). */
import type { Json, JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { coding, narrated } from '../datatypes/codes.js';
import { attribute, child, children, compact, inTable } from '../datatypes/elements.js';
import { durationOf, periodOf } from '../datatypes/intervals.js';
import { numberOf } from '../datatypes/quantities.js';
import { dateOf } from '../datatypes/timestamps.js';
import type { Entry } from './scribe.js';

/** One rhythm of administration; several of one treatment that do not fit into one Timing are dosages of their own. */
export interface Rhythm {
  readonly repeat: JsonObject;
  /** What the document says of it in words. */
  readonly text?: string;
  /** An event that FHIR has no code for. */
  readonly event?: JsonObject;
}

const UNITS = new Set(['s', 'min', 'h', 'd', 'wk', 'mo', 'a']);
/** HL7 v3 TimingEvent codes that are FHIR EventTiming codes too; those between meals are not. */
const WHENS = new Set(['HS', 'WAKE', 'C', 'CM', 'CD', 'CV', 'AC', 'ACM', 'ACD', 'ACV', 'PC', 'PCM', 'PCD', 'PCV']);
/** A meal with an offset is before or after it: FHIR allows none at it (tim-9). */
const BEFORE: Readonly<Record<string, string>> = { C: 'AC', CM: 'ACM', CD: 'ACD', CV: 'ACV' };
const AFTER: Readonly<Record<string, string>> = { C: 'PC', CM: 'PCM', CD: 'PCD', CV: 'PCV' };
/** The offset of every other event is before it, or after it, as the event itself says: FHIR has no sign for it. */
const BEFORE_ONES = new Set(['HS', 'AC', 'ACM', 'ACD', 'ACV']);
const AFTER_ONES = new Set(['WAKE', 'PC', 'PCM', 'PCD', 'PCV']);
const MINUTES: Readonly<Record<string, number>> = { s: 1 / 60, min: 1, h: 60, d: 1440 };
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const typeOf = (element: XmlElement): string => element.xsiType ?? (child(element, 'period') ? 'PIVL_TS' : child(element, 'event') ? 'EIVL_TS' : child(element, 'comp') ? 'SXPR_TS' : 'IVL_TS');

const isBounds = (time: XmlElement): boolean => typeOf(time) === 'IVL_TS' || typeOf(time) === 'TS';

/** The `effectiveTime` that says from when to when, not how often. */
export function boundsIn(statement: XmlElement, { reading }: Entry): XmlElement | undefined {
  const [bounds, ...others] = children(statement, 'effectiveTime').filter((time) => isBounds(time) && attribute(time, 'operator') !== 'E');
  if (others.length > 0) reading.leftOut('further intervals of a treatment');
  return bounds;
}

/** The rhythms of a statement, each within what bounds them. @param period whether a period bounds them (a part of a treatment), or only how long it lasts */
export function rhythmsOf(statement: XmlElement, period: boolean, entry: Entry): Rhythm[] {
  const bounds = boundsIn(statement, entry);
  const repeat = bounds === undefined || (!period && durationOf(bounds) === undefined) ? {} : boundsOf(bounds, entry);
  return within(repeat, merged(children(statement, 'effectiveTime').flatMap((time) => rhythmsIn(time, entry))));
}

/** `boundsDuration` of a time that only says how long, else `boundsPeriod`; empty when it says nothing. */
function boundsOf(time: XmlElement, { reading }: Entry): JsonObject {
  const duration = durationOf(time);
  return compact(duration === undefined ? { boundsPeriod: periodOf(time, reading) } : { boundsDuration: duration });
}

function within(bounds: JsonObject, rhythms: Rhythm[]): Rhythm[] {
  if (Object.keys(bounds).length === 0) return rhythms;
  if (rhythms.length === 0) return [{ repeat: bounds }];
  return rhythms.map((rhythm) => (rhythm.repeat.boundsPeriod ?? rhythm.repeat.boundsDuration) === undefined ? { ...rhythm, repeat: { ...bounds, ...rhythm.repeat } } : rhythm);
}

function rhythmsIn(time: XmlElement, entry: Entry): Rhythm[] {
  if (attribute(time, 'operator') === 'E') {
    entry.reading.leftOut('a time at which the treatment is not taken');
    return [];
  }
  switch (typeOf(time)) {
    case 'PIVL_TS': case 'PIVL': return [periodic(time, entry)].filter((rhythm) => rhythm !== undefined);
    case 'EIVL_TS': case 'EIVL': return [atEvent(time, entry)].filter((rhythm) => rhythm !== undefined);
    case 'SXPR_TS': return combined(time, entry);
    case 'IVL_TS': case 'TS': return [];
    default:
      entry.reading.leftOut(`a timing of type ${typeOf(time)}`);
      return [];
  }
}

/** Parts of one expression: an interval bounds the rhythms beside it. */
function combined(time: XmlElement, entry: Entry): Rhythm[] {
  const parts = children(time, 'comp');
  const [bounds = {}, ...others] = parts.filter((part) => isBounds(part) && attribute(part, 'operator') !== 'E').map((part) => boundsOf(part, entry)).filter((found) => Object.keys(found).length > 0);
  if (others.length > 0) entry.reading.leftOut('further intervals of a treatment');
  return within(bounds, merged(parts.flatMap((part) => rhythmsIn(part, entry))));
}

/** "Every 8 hours"; said of an institution's own hours (`institutionSpecified`) it is "3 times a day". */
function periodic(time: XmlElement, entry: Entry): Rhythm | undefined {
  const period = child(time, 'period');
  const text = narrated(child(child(period, 'translation'), 'originalText'), entry.reading);
  const low = child(period, 'low') ?? period;
  const value = numberOf(attribute(low, 'value'));
  const unit = attribute(low, 'unit');
  const readable = value !== undefined && Number(value) > 0 && unit !== undefined && UNITS.has(unit);
  if (!readable && attribute(low, 'value') !== undefined) entry.reading.leftOut('a period of administration that cannot be read');
  const every = !readable ? {} : perDay(Number(value), unit, attribute(time, 'institutionSpecified')) ?? compact({ frequency: 1, period: value, periodMax: numberOf(attribute(child(period, 'high'), 'value')), periodUnit: unit });
  const repeat = { ...every, ...phaseOf(time, entry) };
  return Object.keys(repeat).length === 0 && text === undefined ? undefined : { repeat, ...(text === undefined ? {} : { text }) };
}

function perDay(value: number, unit: string, institutionSpecified: string | undefined): JsonObject | undefined {
  const times = unit === 'h' ? 24 / value : NaN;
  return institutionSpecified === 'true' && Number.isInteger(times) && times > 0 && times < 2_147_483_648 ? { frequency: times, period: 1, periodUnit: 'd' } : undefined;
}

/** The phase of a period: a day of the week, an hour of the day, how long it lasts. */
function phaseOf(time: XmlElement, entry: Entry): JsonObject {
  const phase = child(time, 'phase');
  if (phase === undefined) return {};
  const literal = attribute(phase, 'value') ?? attribute(child(phase, 'low'), 'value');
  const day = literal === undefined ? undefined : dateOf(literal);
  const weekly = attribute(time, 'alignment') === 'DW' && day?.length === 10;
  const [, hour, minute, second = '00'] = /^\d{8}([01]\d|2[0-3])([0-5]\d)([0-5]\d)?/.exec(literal ?? '') ?? [];
  if (attribute(child(phase, 'high'), 'value') !== undefined) entry.reading.leftOut('the end of the phase of a period of administration');
  if (literal !== undefined && !weekly && hour === undefined) entry.reading.leftOut('the phase of a period of administration');
  return compact({
    ...lasting(child(phase, 'width'), entry),
    dayOfWeek: weekly ? [DAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? 'sun'] : [],
    timeOfDay: hour === undefined ? [] : [`${hour}:${minute}:${second}`],
  });
}

/** How long an administration lasts. */
function lasting(width: XmlElement | undefined, { reading }: Entry): JsonObject {
  const duration = numberOf(attribute(width, 'value'));
  const unit = attribute(width, 'unit');
  if (duration !== undefined && Number(duration) >= 0 && unit !== undefined && UNITS.has(unit)) return { duration, durationUnit: unit };
  if (attribute(width, 'value') !== undefined) reading.leftOut('how long an administration lasts');
  return {};
}

/** "Before dinner", with how long before or after. */
function atEvent(time: XmlElement, entry: Entry): Rhythm | undefined {
  const event = child(time, 'event');
  const code = attribute(event, 'code');
  if (code === undefined) {
    entry.reading.leftOut('an event of administration without a code');
    return undefined;
  }
  const offset = child(time, 'offset');
  const bound = offset === undefined || attribute(offset, 'value') !== undefined ? offset : child(offset, 'low') ?? child(offset, 'center') ?? child(offset, 'high');
  const value = attribute(bound, 'value');
  const minutes = value === undefined ? 0 : Number(value) * (inTable(MINUTES, attribute(bound, 'unit')) ?? NaN);
  const when = whenOf(code, minutes);
  if (when === undefined) {
    const words = [attribute(event, 'displayName') ?? code, value, attribute(bound, 'unit')].filter((word) => word !== undefined).join(' ');
    return { repeat: {}, event: coding(event) ?? { code }, ...(value === undefined ? {} : { text: words }) };
  }
  return { repeat: compact({ when: [when], offset: minutes === 0 ? undefined : Math.abs(minutes), ...lasting(child(offset, 'width'), entry) }) };
}

/** The event in FHIR's words; undefined when it has none, or none for that offset: one against the direction of its event ("1 h before what is after breakfast"), or no whole minutes. */
function whenOf(code: string, minutes: number): string | undefined {
  if (!Number.isInteger(minutes) || Math.abs(minutes) > 2_147_483_647) return undefined;
  if (minutes === 0) return WHENS.has(code) ? code : undefined;
  const [meals, ones] = minutes < 0 ? [BEFORE, BEFORE_ONES] : [AFTER, AFTER_ONES];
  return inTable(meals, code) ?? (ones.has(code) ? code : undefined);
}

/** Rhythms that differ in their events or hours only are one: morning and evening. */
function merged(rhythms: readonly Rhythm[]): Rhythm[] {
  const kept: Rhythm[] = [];
  for (const rhythm of rhythms) {
    const at = kept.findIndex((other) => sameBut(other, rhythm, 'when') || sameBut(other, rhythm, 'timeOfDay'));
    const other = kept[at];
    if (other === undefined) kept.push(rhythm);
    else kept[at] = { ...other, repeat: { ...other.repeat, ...joined(other.repeat, rhythm.repeat, 'when'), ...joined(other.repeat, rhythm.repeat, 'timeOfDay') } };
  }
  return kept;
}

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

function sameBut(one: Rhythm, other: Rhythm, name: 'when' | 'timeOfDay'): boolean {
  if (list(one.repeat[name]).length === 0 || list(other.repeat[name]).length === 0 || one.text !== other.text) return false;
  const rest = ({ repeat }: Rhythm): string => JSON.stringify({ ...repeat, [name]: [], frequency: 1 });
  return rest(one) === rest(other);
}

function joined(one: JsonObject, other: JsonObject, name: 'when' | 'timeOfDay'): JsonObject {
  const all = [...new Set([...list(one[name]), ...list(other[name])])];
  if (all.length === 0) return {};
  return name === 'timeOfDay' && one.frequency !== undefined ? { timeOfDay: all, frequency: all.length } : { [name]: all };
}

/** A rhythm as a Timing; undefined when it says nothing. */
export function timingOf({ repeat, text, event }: Rhythm): JsonObject | undefined {
  const code = compact({ coding: event === undefined ? [] : [event], text });
  const timing = compact({ repeat, code });
  return Object.keys(timing).length === 0 ? undefined : timing;
}
