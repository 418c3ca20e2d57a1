/** CDA quantities (PQ, IVL_PQ, RTO, INT, REAL) to FHIR, each number with the digits it was written with. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { Decimal, type Json, type JsonObject } from '../../../fhir/json.js';
import { SYSTEM, systemOf } from '../../../terminology/systems.js';
import { attribute, child, children, compact } from './elements.js';

const NUMBER = /^([+-]?)(?:0*(\d+))?(?:\.(\d+))?([eE][+-]?\d+)?$/;
/** UCUM units are printable ASCII without blanks; anything else is only a text for people. */
const UCUM_UNIT = /^[!-~]+$/;

/** A numeric literal as a FHIR decimal that keeps its digits (`1.00`, `.5` as `0.5`); undefined when it is not a number. */
export function numberOf(literal: string | undefined): Json | undefined {
  const [, sign = '', whole, fraction, exponent = ''] = NUMBER.exec(literal ?? '') ?? [];
  if (whole === undefined && fraction === undefined) return undefined;
  const text = `${sign === '-' ? '-' : ''}${whole ?? '0'}${fraction === undefined ? '' : `.${fraction}`}${exponent}`;
  const number = Number(text);
  return String(number) === text ? number : new Decimal(text);
}

/** A PQ, INT or REAL (`@value`, `@unit`) as a Quantity, with a comparator if given; undefined without a readable value. */
export function quantity(element: XmlElement | undefined, comparator?: string): JsonObject | undefined {
  const value = numberOf(attribute(element, 'value'));
  return value === undefined ? undefined : compact({ value, comparator, ...unitOf(attribute(element, 'unit')) });
}

/** The other measures of a PQ (`translation`, a PQR with its own unit code), as Quantities. */
export function translations(element: XmlElement): JsonObject[] {
  return children(element, 'translation').map(translated).filter((found) => found !== undefined);
}

/**
 * An IVL_PQ (or IVL_INT, IVL_REAL): one bound is a Quantity with a comparator (`low` inclusive is `>=`), two are a Range, a lone value or
 * centre is a Quantity.
 */
export function interval(element: XmlElement): { readonly quantity: JsonObject } | { readonly range: JsonObject } | undefined {
  const low = child(element, 'low');
  const high = child(element, 'high');
  const lower = quantity(low);
  const upper = quantity(high);
  if (lower !== undefined && upper !== undefined) return { range: { low: lower, high: upper } };
  const single = lower !== undefined ? quantity(low, isClosed(low) ? '>=' : '>')
    : upper !== undefined ? quantity(high, isClosed(high) ? '<=' : '<')
      : quantity(element) ?? quantity(child(element, 'center'));
  return single === undefined ? undefined : { quantity: single };
}

/** A Range of an IVL_PQ, whatever bounds it has; a lone value is both. */
export function range(element: XmlElement): JsonObject | undefined {
  const both = quantity(element);
  const low = quantity(child(element, 'low')) ?? both;
  const high = quantity(child(element, 'high')) ?? both;
  return low === undefined && high === undefined ? undefined : compact({ low, high });
}

/** An RTO as a Ratio; FHIR wants both halves or neither. */
export function ratio(element: XmlElement | undefined): JsonObject | undefined {
  const numerator = quantity(child(element, 'numerator'));
  const denominator = quantity(child(element, 'denominator'));
  return numerator === undefined || denominator === undefined ? undefined : { numerator, denominator };
}

function translated(element: XmlElement): JsonObject | undefined {
  const value = numberOf(attribute(element, 'value'));
  const code = attribute(element, 'code')?.replace(/\s+/g, ' ');
  if (value === undefined) return undefined;
  const oid = attribute(element, 'codeSystem');
  const unit = attribute(element, 'displayName') ?? code ?? attribute(element, 'unit');
  return compact({ value, unit, ...(code !== undefined && oid !== undefined ? { system: systemOf(oid), code } : {}) });
}

function unitOf(unit: string | undefined): Record<string, Json> {
  if (unit === undefined) return {};
  return UCUM_UNIT.test(unit) ? { unit, system: SYSTEM.ucum, code: unit } : { unit };
}

function isClosed(bound: XmlElement | undefined): boolean {
  return attribute(bound, 'inclusive') !== 'false';
}
