/**
 * A leaf over index entries as conditions on one array of a document: what an index finds it by (`ranges`, whose union holds all that
 * satisfies the leaf), and what is exactly true of it (`condition`). The same for the arrays of a contained resource.
 */
import { resourceTypes } from '../../../fhir/definitions.js';
import { fold } from '../../../search/fold.js';
import { areaAround, type Area } from '../../../search/geo.js';
import type { Comparison, CompositeSecond, Leaf, ReferenceTarget, StringMatch, TokenGroup, ValueKind } from '../../../search/plan.js';
import { keyStart, localKey, logicalKey, logicalStart, systemEnd, textKey, textStart, tokenKey, tokenStart, uriKey, urlKey, versioned, wide } from '../entry-texts.js';
import type { EntryFields } from '../documents.js';
import { compares, type Ordered, type Width } from './compare.js';
import { allOf, anyOf, oneOf, someStarts, starts, type Condition } from './conditions.js';

export type EntryLeaf = Extract<Leaf, { readonly param: string }>;
export type EntryField = keyof EntryFields;

export interface EntryRange {
  readonly field: EntryField;
  /** On that array alone. */
  readonly condition: Condition;
  /** Present when the range is these keys: then it is in the order of the main date. */
  readonly keys?: readonly string[];
}
export interface LeafForm {
  readonly ranges: readonly EntryRange[];
  readonly condition: Condition;
  /** `condition` says more than the ranges do, in an expression that cannot stand within an array element. */
  readonly expression: boolean;
}

const keyed = (field: 't' | 'r' | 's' | 'u', ...keys: readonly string[]): EntryRange => ({ field, condition: oneOf(field, keys), keys });
const started = (field: 't' | 'r' | 's' | 'u', start: string): EntryRange => ({ field, condition: someStarts(field, start) });
const matched = (field: 'd' | 'q' | 'c' | 'pl', element: Condition): EntryRange => ({ field, condition: { [field]: { $elemMatch: element } } });

const byRanges = (...ranges: readonly EntryRange[]): LeafForm => ({ ranges, condition: anyOf(...ranges.map(({ condition }) => condition)), expression: false });
/** Some element of the array `field`, found by the ranges, satisfies `test` (an expression over `$$text`). */
function byTest(field: EntryField, ranges: readonly EntryRange[], test: Condition): LeafForm {
  const expression = { $expr: { $anyElementTrue: [{ $map: { input: { $ifNull: [`$${field}`, []] }, as: 'text', in: test } }] } };
  return { ranges, condition: allOf(anyOf(...ranges.map(({ condition }) => condition)), expression), expression: true };
}
const byExpression = (range: EntryRange, test: Condition): LeafForm => byTest(range.field, [range], test);

const literal = (text: string): Condition => ({ $literal: text });
const startsWith = (start: string): Condition => ({ $eq: [{ $indexOfBytes: ['$$text', literal(start)] }, 0] });
function endsWith(end: string): Condition {
  const from = { $subtract: [{ $strLenBytes: '$$text' }, Buffer.byteLength(end)] };
  return { $eq: [{ $indexOfBytes: ['$$text', literal(end), { $max: [0, from] }] }, from] };
}
/** `text` stands after `start` and before the next bar. */
function contains(start: string, text: string): Condition {
  const from = Buffer.byteLength(start);
  return { $gte: [{ $indexOfBytes: ['$$text', literal(text), from, { $max: [from, { $indexOfBytes: ['$$text', literal('|'), from] }] }] }, 0] };
}
/** What stands after `start` and before the next bar ends with `text`. */
function endsBeforeBar(start: string, text: string): Condition {
  const from = Buffer.byteLength(start);
  const at = { $subtract: [{ $indexOfBytes: ['$$text', literal('|'), from] }, Buffer.byteLength(text)] };
  return { $eq: [{ $indexOfBytes: ['$$text', literal(`${text}|`), { $max: [from, at] }] }, at] };
}
const both = (...tests: readonly Condition[]): Condition => ({ $and: tests });

function token(param: string, system: string | undefined, code: string | undefined): LeafForm {
  if (code === undefined) {
    const range = started('t', keyStart(param));
    return system === undefined ? byRanges(range) : byExpression(range, both(startsWith(keyStart(param)), endsWith(systemEnd(system))));
  }
  return byRanges(system === undefined ? started('t', tokenStart(param, code)) : keyed('t', tokenKey(param, { code, system })));
}

/** Whole systems are looked for among all tokens of the parameter. */
function tokens(param: string, groups: readonly TokenGroup[]): LeafForm {
  const keys = groups.flatMap(({ system, codes = [] }) => codes.map((code) => tokenKey(param, { code, system })));
  const whole = groups.filter(({ codes }) => codes === undefined).map(({ system }) => endsWith(systemEnd(system)));
  if (whole.length === 0) return byRanges(keyed('t', ...keys));
  const ofSystem = both(startsWith(keyStart(param)), { $or: whole });
  return byExpression(started('t', keyStart(param)), keys.length === 0 ? ofSystem : { $or: [ofSystem, { $in: ['$$text', { $literal: keys }] }] });
}
const codeStarts = (param: string, texts: readonly string[]): LeafForm => byRanges(...texts.map((text) => started('t', textStart(param, text))));

function reference(param: string, target: ReferenceTarget): LeafForm {
  switch (target.form) {
    case 'local': {
      const keys = (target.type === undefined ? resourceTypes : [target.type]).map((type) => localKey(param, type, target.id));
      return byRanges(keyed('r', ...keys.map((key) => (target.version === undefined ? key : versioned(key, target.version)))));
    }
    case 'members': return byRanges(keyed('r', ...target.ids.map((id) => localKey(param, target.type, id))));
    case 'logical': return logical(param, target.system, target.value);
    case 'absolute': return byRanges(keyed('r', urlKey(param, target.form, target.url)));
    case 'canonical': {
      const key = urlKey(param, target.form, target.url);
      if (target.version === undefined) return byRanges(keyed('r', key));
      const version = keyed('r', versioned(key, target.version));
      return target.below ? byRanges(version, started('r', versioned(key, `${target.version}.`))) : byRanges(version);
    }
  }
}
function logical(param: string, system: string | undefined, value: string | undefined): LeafForm {
  if (value !== undefined) return byRanges(system === undefined ? started('r', `${logicalStart(param, value)}|`) : keyed('r', logicalKey(param, value, system)));
  const range = started('r', logicalStart(param));
  return system === undefined ? byRanges(range) : byExpression(range, both(startsWith(logicalStart(param)), endsWith(systemEnd(system))));
}

function string(param: string, match: StringMatch, text: string): LeafForm {
  switch (match) {
    case 'starts': return byRanges(started('s', textStart(param, text)));
    // What is equal as written folds to the same.
    case 'exact': return byRanges(keyed('s', textKey(param, { folded: fold(text), exact: text })));
    case 'contains': return byExpression(started('s', keyStart(param)), both(startsWith(keyStart(param)), contains(keyStart(param), textStart('', text).slice(1))));
    case 'equals': return byRanges(started('s', `${textStart(param, text)}|`));
    case 'ends': return byExpression(started('s', keyStart(param)), both(startsWith(keyStart(param)), endsBeforeBar(keyStart(param), textStart('', text).slice(1))));
  }
}

function uri(param: string, match: 'exact' | 'above' | 'below', value: string): LeafForm {
  if (match === 'exact' || !/:\/\/./.test(value)) return byRanges(keyed('u', uriKey(param, value)));
  if (match === 'above') return byRanges(keyed('u', ...parents(value).map((each) => uriKey(param, each))));
  return byRanges(keyed('u', uriKey(param, value)), started('u', uriKey(param, value.endsWith('/') ? value : `${value}/`)));
}
/** The URL and its parents by path, each with and without the slash at its end. */
function parents(url: string): string[] {
  const all = new Set([url]);
  const host = url.indexOf('://') + 2;
  for (let end = url.lastIndexOf('/'); end > host; end = url.lastIndexOf('/', end - 1)) all.add(url.slice(0, end)).add(url.slice(0, end + 1));
  return [...all];
}

/** Sums of two at a time: more of them at once would be rounded in another way than elsewhere. */
const squared = (field: 'x' | 'y' | 'z', from: number): Condition => {
  const difference = { $subtract: [`$$text.${field}`, from] };
  return { $multiply: [difference, difference] };
};
function near({ param, latitude, longitude, metres }: Extract<Leaf, { readonly kind: 'near' }>): LeafForm {
  const { centre: { x, y, z }, reach, strips }: Area = areaAround({ latitude, longitude }, metres);
  const ranges = strips.map(({ from, to, west, east }) => matched('pl', { p: param, b: from === to ? from : { $gte: from, $lte: to }, lon: { $gte: west, $lte: east } }));
  const line = { $add: [{ $add: [squared('x', x), squared('y', y)] }, squared('z', z)] };
  return byTest('pl', ranges, both({ $eq: ['$$text.p', literal(param)] }, { $lte: [line, reach] }));
}

const widths: readonly Width[] = ['narrow', 'wide'];
const nameOf = (param: string, width: Width): string => (width === 'narrow' ? param : wide(param));
const ranged = (field: 'd' | 'q' | 'c', param: string, compare: Comparison, kind: Ordered, more: Condition = {}): LeafForm =>
  byRanges(...widths.map((width) => matched(field, { p: nameOf(param, width), ...more, ...compares(compare, kind, width) })));

function composite({ param, code, system, second, third }: Extract<Leaf, { readonly kind: 'composite' }>): LeafForm {
  const first = { t: code, ...(system === undefined ? {} : { y: system }), ...(third ? thirdElement(third) : {}) };
  const element = secondElement(second);
  if (element) return byRanges(matched('c', { p: param, ...first, ...element }));
  const { kind, compare, unit } = second as Extract<CompositeSecond, { readonly compare: Comparison }> & { readonly unit?: string };
  const sameUnit = kind !== 'quantity' ? { u: '' } : unit === undefined ? {} : { u: unit };
  return ranged('c', param, compare, kind === 'date' ? 'date' : 'number', { ...first, v: '', ...sameUnit });
}
/** A third component under the names of its fields, apart from what its index goes by. */
const thirdElement = (asked: Comparison): Condition => ({ $and: [renamed(compares(asked, 'number', 'wide'))] });
const renamed = (condition: Condition): Condition => Object.fromEntries(Object.entries(condition).map(([field, value]) =>
  [field === 'lo' ? 'lo2' : field === 'hi' ? 'hi2' : field, Array.isArray(value) ? value.map((each) => renamed(each as Condition)) : value as unknown]));
/** @returns undefined when it is an interval */
function secondElement(second: CompositeSecond): Condition | undefined {
  if (second.kind === 'token') return { ...(second.code === undefined ? {} : { v: second.code }), ...(second.system === undefined ? {} : { u: second.system }) };
  if (second.kind !== 'string') return undefined;
  // As in the other kinds, an entry knows its folded text only.
  switch (second.match) {
    case 'exact': return { v: second.text };
    case 'starts': return { v: starts(second.text) };
    case 'contains': return undefined;
  }
}
function compositeContains({ param, code, system }: Extract<Leaf, { readonly kind: 'composite' }>, text: string): LeafForm {
  const first = { p: param, t: code, ...(system === undefined ? {} : { y: system }) };
  const range = matched('c', first);
  const fields = Object.entries(first).map(([field, value]) => ({ $eq: [`$$text.${field}`, literal(value)] }));
  return byExpression(range, both(...fields, { $gte: [{ $indexOfBytes: ['$$text.v', literal(text)] }, 0] }));
}

const presence: Readonly<Record<ValueKind, (param: string) => EntryRange>> = {
  token: (param) => started('t', keyStart(param)),
  reference: (param) => started('r', keyStart(param)),
  string: (param) => started('s', keyStart(param)),
  uri: (param) => started('u', keyStart(param)),
  date: (param) => ({ field: 'd', condition: { 'd.p': { $in: [param, wide(param)] } } }),
  number: (param) => ({ field: 'q', condition: { 'q.p': { $in: [param, wide(param)] } } }),
  quantity: (param) => ({ field: 'q', condition: { 'q.p': { $in: [param, wide(param)] } } }),
  composite: (param) => ({ field: 'c', condition: { 'c.p': { $in: [param, wide(param)] } } }),
  position: (param) => ({ field: 'pl', condition: { 'pl.p': param } }),
};

/**
 * A leaf `missing` gives what is there, whatever it asks.
 * @param param the parameter as it stands among the keys that are looked at (marked for contained resources)
 */
export function leafForm(leaf: EntryLeaf, param = leaf.param): LeafForm {
  switch (leaf.kind) {
    case 'token': return token(param, leaf.system, leaf.code);
    case 'tokens': return tokens(param, leaf.groups);
    case 'code-starts': return codeStarts(param, leaf.starts);
    case 'near': return near({ ...leaf, param });
    case 'reference': return reference(param, leaf.target);
    case 'string': return string(param, leaf.match, leaf.text);
    case 'date': return ranged('d', param, leaf.compare, 'date');
    case 'number': return ranged('q', param, leaf.compare, 'number', { u: '' });
    case 'quantity': return ranged('q', param, leaf.compare, 'number', leaf.unit === undefined ? {} : { u: leaf.unit });
    case 'uri': return uri(param, leaf.match, leaf.value);
    case 'composite': return leaf.second.kind === 'string' && leaf.second.match === 'contains' ? compositeContains({ ...leaf, param }, leaf.second.text) : composite({ ...leaf, param });
    case 'missing': return byRanges(presence[leaf.valueKind](param));
  }
}
