/** CDA quantities (PQ, IVL_PQ, RTO, INT, REAL) to FHIR, each number with the digits it was written with. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { Decimal, type Json, type JsonObject } from '../../../fhir/json.js';
import { systemOf } from '../../../terminology/systems.js';
import { shifted } from './decimals.js';
import { attribute, child, children, compact } from './elements.js';
import type { Reading } from './reading.js';
import { codedUnit, unitOf } from './units.js';

const NUMBER = /^([+-]?)(?:0*(\d+))?(?:\.(\d+))?([eE][+-]?\d+)?$/;
/** The same measure in another unit (https://hl7.org/fhir/R4/extension-iso21090-pq-translation.html). */
const translationUrl = 'http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation';

/** A numeric literal as a FHIR decimal that keeps its digits (`1.00`, `.5` as `0.5`); undefined when it is not a number. */
export function numberOf(literal: string | undefined): Json | undefined {
  const [, sign = '', whole, fraction, exponent = ''] = NUMBER.exec(literal ?? '') ?? [];
  if (whole === undefined && fraction === undefined) return undefined;
  const text = `${sign === '-' ? '-' : ''}${whole ?? '0'}${fraction === undefined ? '' : `.${fraction}`}${exponent}`;
  const number = Number(text);
  return String(number) === text ? number : new Decimal(text);
}

/**
 * A PQ, INT or REAL (`@value`, `@unit`) as a Quantity, with a comparator if given; undefined without a readable value. Its
 * translations into other units stand in an extension: they are one measure, never a second one. Where it has no value of its own, the first of them is it.
 */
export function quantity(element: XmlElement | undefined, reading: Reading, comparator?: string): JsonObject | undefined {
  if (element === undefined) return undefined;
  const value = numberOf(attribute(element, 'value'));
  const others = children(element, 'translation').map((translation) => translated(translation, reading)).filter((other) => other !== undefined);
  const first = value === undefined ? others.shift() : { value, ...unitOf(attribute(element, 'unit'), reading) };
  if (first === undefined) return undefined;
  const { value: number, ...unit } = first;
  return compact({ extension: others.map((other) => ({ url: translationUrl, valueQuantity: other })), value: number, comparator, ...unit });
}

/**
 * An IVL_PQ (or IVL_INT, IVL_REAL): one bound is a Quantity with a comparator (`low` inclusive is `>=`), two are a Range, a lone value or
 * centre is a Quantity. Undefined when it says nothing, or when its bounds are the wrong way round (rng-2), which is named.
 */
export function interval(element: XmlElement, reading: Reading): { readonly quantity: JsonObject } | { readonly range: JsonObject } | undefined {
  const { low, high } = boundsOf(element, reading);
  const lower = quantity(low, reading);
  const upper = quantity(high, reading);
  if (lower !== undefined && upper !== undefined) return inOrder(lower, upper, reading) ? { range: { low: lower, high: upper } } : undefined;
  const single = lower !== undefined ? quantity(low, reading, isClosed(low) ? '>=' : '>')
    : upper !== undefined ? quantity(high, reading, isClosed(high) ? '<=' : '<')
      : quantity(element, reading) ?? quantity(child(element, 'center'), reading);
  return single === undefined ? undefined : { quantity: single };
}

/** A Range of an IVL_PQ, whatever bounds it has; a lone value is both. Bounds the wrong way round are named and give none. */
export function range(element: XmlElement, reading: Reading): { readonly low?: JsonObject; readonly high?: JsonObject } | undefined {
  const both = quantity(element, reading);
  const bounds = boundsOf(element, reading);
  const low = quantity(bounds.low, reading) ?? both;
  const high = quantity(bounds.high, reading) ?? both;
  if (low === undefined && high === undefined) return undefined;
  if (low !== undefined && high !== undefined && !inOrder(low, high, reading)) return undefined;
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

/** An RTO as a Ratio; FHIR wants both halves or neither. */
export function ratio(element: XmlElement | undefined, reading: Reading): JsonObject | undefined {
  const numerator = quantity(child(element, 'numerator'), reading);
  const denominator = quantity(child(element, 'denominator'), reading);
  return numerator === undefined || denominator === undefined ? undefined : { numerator, denominator };
}

/** The bounds as written; the missing one, or both around a centre, by the `width`. */
function boundsOf(element: XmlElement, reading: Reading): { readonly low?: XmlElement; readonly high?: XmlElement } {
  const low = valued(child(element, 'low'));
  const high = valued(child(element, 'high'));
  const width = valued(child(element, 'width'));
  const centre = low === undefined && high === undefined ? valued(child(element, 'center')) : undefined;
  if (width === undefined || (low !== undefined && high !== undefined)) return { ...(low && { low }), ...(high && { high }) };
  const from = low ?? moved(high, width, -10) ?? moved(centre, width, -5);
  const to = high ?? moved(low, width, 10) ?? moved(centre, width, 5);
  if (from === undefined || to === undefined) reading.leftOut('a width of a quantity that gives no bound');
  return { ...(from && { low: from }), ...(to && { high: to }) };
}

const valued = (element: XmlElement | undefined): XmlElement | undefined => (attribute(element, 'value') === undefined ? undefined : element);

/** A bound beside another one, in the same unit, without its translations. */
function moved(bound: XmlElement | undefined, width: XmlElement, tenths: Parameters<typeof shifted>[2]): XmlElement | undefined {
  if (bound === undefined || attribute(bound, 'unit') !== attribute(width, 'unit')) return undefined;
  const value = shifted(attribute(bound, 'value'), attribute(width, 'value'), tenths);
  return value === undefined ? undefined : { ...bound, attributes: { ...bound.attributes, value, inclusive: 'true' }, children: [] };
}

/** Told of one unit only: others cannot be compared as they are written. */
function inOrder(low: JsonObject, high: JsonObject, reading: Reading): boolean {
  if (low.unit !== high.unit || Number(low.value) <= Number(high.value)) return true;
  reading.leftOut('bounds of which the lower is above the higher');
  return false;
}

function translated(element: XmlElement, reading: Reading): JsonObject | undefined {
  const value = numberOf(attribute(element, 'value'));
  if (value === undefined) return undefined;
  const code = attribute(element, 'code')?.replace(/\s+/g, ' ');
  const oid = attribute(element, 'codeSystem');
  if (code === undefined && oid === undefined && attribute(element, 'unit') !== undefined) return compact({ value, ...unitOf(attribute(element, 'unit'), reading) });
  return compact({ value, ...codedUnit(code, oid === undefined ? undefined : systemOf(oid), attribute(element, 'displayName'), reading) });
}

function isClosed(bound: XmlElement | undefined): boolean {
  return attribute(bound, 'inclusive') !== 'false';
}
