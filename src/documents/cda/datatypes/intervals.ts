/** HL7 v3 intervals of time (IVL_TS) to FHIR: bounds as written, or counted from one of them, or from the centre, by the width. */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../terminology/systems.js';
import { attribute, child, compact } from './elements.js';
import { numberOf } from './quantities.js';
import type { Reading } from './reading.js';
import { timeOf } from './timestamps.js';
import { halfOf, moved, widthOf } from './widths.js';

/** FHIR dateTimes. A moment is its own start and end, and says nothing of how long something lasted. */
export interface Span {
  readonly start?: string;
  readonly end?: string;
  readonly moment?: true;
}

const nothing: Span = {};
const span = (start: string | undefined, end: string | undefined): Span => ({ ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) });

/** What an IVL_TS or TS says; empty when it says nothing. Whatever of it cannot be told is named. */
export function spanOf(element: XmlElement | undefined, reading: Reading): Span {
  if (element === undefined) return nothing;
  const point = timeOf(element, reading) ?? timeOf(child(element, 'center'), reading);
  const low = timeOf(child(element, 'low'), reading);
  const high = timeOf(child(element, 'high'), reading);
  const width = child(element, 'width');
  const found = width === undefined || attribute(width, 'value') === undefined ? bounded(low, high, point) : measured(element, width, { low, high, point }, reading);
  if (found.start === undefined || found.end === undefined || !isAfter(found.start, found.end)) return found;
  reading.leftOut(`${element.name}: an interval that ends before it starts`);
  return nothing;
}

function bounded(low: string | undefined, high: string | undefined, point: string | undefined): Span {
  if (low === undefined && high === undefined) return point === undefined ? nothing : { start: point, end: point, moment: true };
  return span(low ?? point, high ?? point);
}

interface Written {
  readonly low: string | undefined;
  readonly high: string | undefined;
  readonly point: string | undefined;
}

/** The bound that is not written, by the width from the one that is. */
function measured(element: XmlElement, widthElement: XmlElement, { low, high, point }: Written, reading: Reading): Span {
  const width = widthOf(widthElement);
  const centre = low === undefined && high === undefined && attribute(element, 'value') === undefined ? point : undefined;
  const start = low ?? (width && (high !== undefined ? moved(high, width, -1) : centre && moved(centre, halfOf(width), -1)));
  const end = high ?? (width && (low !== undefined ? moved(low, width, 1) : centre && moved(centre, halfOf(width), 1)));
  if (start !== undefined && end !== undefined) {
    if (low !== undefined && high !== undefined && (width === undefined || moved(low, width, 1) !== high)) reading.leftOut(`${element.name}: a width beside both bounds`);
    return span(start, end);
  }
  reading.leftOut(`${element.name}: a width that gives no bound`);
  return bounded(low, high, point);
}

/** As far as both are precise. */
function isAfter(one: string, other: string): boolean {
  if (one.includes('T') && other.includes('T')) return Date.parse(one) > Date.parse(other);
  const length = Math.min(one.length, other.length, 10);
  return one.slice(0, length) > other.slice(0, length);
}

/** An IVL_TS as a Period; a moment is both its start and end. Undefined when it says nothing. */
export function periodOf(element: XmlElement | undefined, reading: Reading): JsonObject | undefined {
  const { start, end } = spanOf(element, reading);
  return start === undefined && end === undefined ? undefined : compact({ start, end });
}

/** An effectiveTime as the members of a choice element: `xDateTime` for a point (or an interval whose bounds are one), `xPeriod` for an interval. */
export const timeChoice = (prefix: string, element: XmlElement | undefined, reading: Reading): JsonObject => choiceOf(prefix, spanOf(element, reading));

export function choiceOf(prefix: string, { start, end }: Span): JsonObject {
  if (start === undefined && end === undefined) return {};
  return start !== undefined && start === end ? { [`${prefix}DateTime`]: start } : { [`${prefix}Period`]: compact({ start, end }) };
}

/** A time that only says how long: a Duration. Undefined for every other one. */
export function durationOf(element: XmlElement | undefined): JsonObject | undefined {
  const width = child(element, 'width');
  if (width === undefined || widthOf(width) === undefined || attribute(element, 'value') !== undefined) return undefined;
  if (['low', 'high', 'center'].some((name) => attribute(child(element, name), 'value') !== undefined)) return undefined;
  const unit = attribute(width, 'unit') ?? '';
  return compact({ value: numberOf(attribute(width, 'value')), unit, system: SYSTEM.ucum, code: unit });
}
