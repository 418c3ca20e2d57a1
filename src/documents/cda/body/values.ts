/** What an observation found: CDA `value` to `value[x]`, and the ranges that it is judged by (french-interop 6.6). */
import type { Json, JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../terminology/systems.js';
import { absentReason, codings, concept, narrated } from '../datatypes/codes.js';
import { attribute, child, children, compact } from '../datatypes/elements.js';
import { periodOf } from '../datatypes/intervals.js';
import { interval, numberOf, quantity, range, ratio } from '../datatypes/quantities.js';
import { timeOf } from '../datatypes/timestamps.js';
import type { Entry } from './scribe.js';

/** Members `value…` of an Observation or of a component; empty when the value says nothing that R4 can hold. */
export type Value = JsonObject;

type Reader = (value: XmlElement, entry: Entry) => Value;

const one = (name: string, found: Json | undefined): Value => (found === undefined ? {} : { [name]: found });
const coded: Reader = (value, { reading }) => one('valueCodeableConcept', concept(value, reading));
const text: Reader = (value, { reading }) => one('valueString', narrated(value, reading));
/** What is written where a number should be ("< 0,5") stays as it is, in words. */
const written = (value: XmlElement, { reading }: Entry): Value => {
  const literal = attribute(value, 'value');
  if (literal === undefined) return {};
  reading.remark('A number that cannot be read is kept in words.');
  return { valueString: [literal, attribute(value, 'unit')].filter((word) => word !== undefined).join(' ') };
};
const measured: Reader = (value, entry) => {
  const found = quantity(value, entry.reading);
  return found === undefined ? written(value, entry) : { valueQuantity: found };
};
const share: Reader = (value, { reading }) => one('valueRatio', ratio(value, reading));
const between: Reader = (value, { reading }) => {
  const found = interval(value, reading);
  return found === undefined ? {} : 'range' in found ? { valueRange: found.range } : { valueQuantity: found.quantity };
};
const whole: Reader = (value, entry) => {
  const number = numberOf(attribute(value, 'value'));
  if (number === undefined) return written(value, entry);
  return typeof number === 'number' && Number.isInteger(number) && Math.abs(number) < 2_147_483_648 ? { valueInteger: number } : { valueQuantity: { value: number } };
};
const yesOrNo: Reader = (value) => {
  const literal = attribute(value, 'value');
  return literal === 'true' || literal === '1' ? { valueBoolean: true } : literal === 'false' || literal === '0' ? { valueBoolean: false } : {};
};
const instant: Reader = (value, { reading }) => one('valueDateTime', timeOf(value, reading));
const period: Reader = (value, entry) => (attribute(value, 'value') === undefined ? one('valuePeriod', periodOf(value, entry.reading)) : instant(value, entry));
const money: Reader = (value) => {
  const number = numberOf(attribute(value, 'value'));
  const currency = attribute(value, 'currency');
  return number === undefined ? {} : { valueQuantity: compact({ value: number, unit: currency, ...(/^[A-Z]{3}$/.test(currency ?? '') ? { system: 'urn:iso:std:iso:4217', code: currency } : {}) }) };
};
const identifier: Reader = (value) => one('valueString', [attribute(value, 'extension') ?? attribute(value, 'root')].find((found) => found !== undefined));

const readers: Readonly<Record<string, Reader>> = {
  CD: coded, CE: coded, CV: coded, CO: coded, CS: coded, SC: text, ST: text, ED: text,
  PQ: measured, REAL: measured, IVL_PQ: between, IVL_REAL: between, IVL_INT: between, INT: whole, BL: yesOrNo,
  RTO: share, RTO_PQ_PQ: share, RTO_QTY_QTY: share,
  TS: instant, IVL_TS: period, MO: money, II: identifier,
};

/** The type of a value: its xsi:type, else what it looks like. */
function typeOf(value: XmlElement): string {
  if (value.xsiType !== undefined) return value.xsiType;
  if (attribute(value, 'code') !== undefined || child(value, 'originalText') !== undefined || child(value, 'translation') !== undefined) return 'CD';
  if (child(value, 'low') !== undefined || child(value, 'high') !== undefined) return 'IVL_PQ';
  return attribute(value, 'value') === undefined ? 'ST' : 'PQ';
}

export interface Found {
  readonly value: Value;
  /** Why there is no value. */
  readonly absent?: JsonObject;
  /** Where there are several, each `value…`: none of them is the value of the observation before the others. */
  readonly several: readonly Value[];
}

/** The values of an observation. One that is null, or of a type that R4 has no place for, gives the reason why there is none. */
export function valuesOf(observation: XmlElement, entry: Entry): Found {
  const [first, ...more] = children(observation, 'value');
  if (first === undefined) return { value: {}, several: [] };
  const values = [first, ...more].map((element) => read(element, entry)).filter((found) => Object.keys(found).length > 0);
  const [value, ...others] = values;
  if (value !== undefined) return others.length === 0 ? { value, several: [] } : { value: {}, several: values };
  const nullFlavor = attribute(first, 'nullFlavor');
  return { value: {}, absent: { coding: [{ system: SYSTEM.dataAbsent, code: nullFlavor === undefined ? 'unknown' : absentReason(nullFlavor) }] }, several: [] };
}

function read(value: XmlElement, entry: Entry): Value {
  const type = typeOf(value);
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
  const found = reader?.(value, entry) ?? {};
  if (Object.keys(found).length === 0 && attribute(value, 'nullFlavor') === undefined) entry.reading.leftOut(reader === undefined ? `a value of type ${type}` : 'a value that says nothing');
  return found;
}

/** `referenceRange` of an observation, each range with what it means and whom it applies to. */
export function referenceRanges(observation: XmlElement, entry: Entry): JsonObject[] {
  return children(observation, 'referenceRange').map((reference) => child(reference, 'observationRange')).filter((found) => found !== undefined).map((found) => referenceRange(found, entry)).filter((found) => found !== undefined);
}

function referenceRange(found: XmlElement, entry: Entry): JsonObject | undefined {
  const { reading } = entry;
  const value = child(found, 'value');
  const numeric = value === undefined || !['PQ', 'IVL_PQ', 'IVL_REAL', 'IVL_INT', 'INT', 'REAL'].includes(typeOf(value)) ? undefined : range(value, reading);
  const words = narrated(child(found, 'text'), reading) ?? openBounds(value) ?? (value === undefined || numeric !== undefined ? undefined : wordsOf(value, entry));
  if (numeric === undefined && words === undefined) {
    reading.leftOut('a reference range without bounds or text');
    return undefined;
  }
  const interpretation = child(found, 'interpretationCode');
  const meaning = concept(interpretation, reading);
  const normal = codings(interpretation).some(({ code }) => code === 'N');
  return compact({
    ...numeric,
    type: normal ? { coding: [{ system: SYSTEM.referenceRangeMeaning, code: 'normal' }, ...codings(interpretation)] } : meaning,
    appliesTo: children(found, 'precondition').map((precondition) => appliesTo(precondition, entry)).filter((one) => one !== undefined),
    text: words,
  });
}

/** FHIR's bounds are closed; an open one is told in words. */
function openBounds(value: XmlElement | undefined): string | undefined {
  const words = (['low', 'high'] as const).flatMap((name) => {
    const bound = child(value, name);
    if (attribute(bound, 'inclusive') !== 'false' || attribute(bound, 'value') === undefined) return [];
    return [[name === 'low' ? '>' : '<', attribute(bound, 'value'), attribute(bound, 'unit')].filter((word) => word !== undefined).join(' ')];
  });
  return words.length === 0 ? undefined : words.join(' ; ');
}

function wordsOf(value: XmlElement, { reading }: Entry): string | undefined {
  const found = concept(value, reading);
  const [coding] = Array.isArray(found?.coding) ? found.coding : [];
  const display = typeof coding === 'object' && coding !== null && 'display' in coding ? coding.display : undefined;
  return [found?.text, display, narrated(value, reading)].find((word) => typeof word === 'string');
}

function appliesTo(precondition: XmlElement, { reading }: Entry): JsonObject | undefined {
  const criterion = child(precondition, 'criterion');
  const text = narrated(child(criterion, 'text'), reading);
  const value = child(criterion, 'value');
  const found = (value === undefined || (value.xsiType !== undefined && value.xsiType.startsWith('IVL')) ? undefined : concept(value, reading)) ?? concept(child(criterion, 'code'), reading);
  return found === undefined ? (text === undefined ? undefined : { text }) : text === undefined || found.text !== undefined ? found : { ...found, text };
}
