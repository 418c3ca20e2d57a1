/**
 * Index entries as fields of documents: those of the resource itself, of what it contains, and its sort keys.
 *
 * Entries of contained resources stand in `in`, where a chain looks at them one contained resource at a time; their keys stand
 * once more among those of the resource, marked by `#`, so that the same indexes find them.
 */
import { nextAbove } from '../../search/decimal-interval.js';
import { bandOf, pointOf } from '../../search/geo.js';
import type { CompositeEntry, IndexEntries, ReferenceEntry } from '../../search/entries.js';
import { mainDateCode } from '../../search/main-date.js';
import { farPast, type CompositeValue, type ContainedFields, type EntryFields, type SortValue } from './documents.js';
import { escaped, insideMark, narrowDate, referenceKeys, textKey, tokenKey, uriKey, wide } from './entry-texts.js';

/** Main dates are whole milliseconds within the ends of time. */
export const mainDate = ({ mainDate: sd }: IndexEntries): number => Math.min(Math.max(sd ?? farPast, farPast), -farPast);

type Kind = keyof EntryFields;
type Value<K extends Kind> = NonNullable<EntryFields[K]>[number];
type Values = readonly (readonly [kind: Kind, value: Value<Kind>])[];

/** The values of one scope, each once. */
class Gathering {
  private readonly lists: { readonly [K in Kind]: Map<string, Value<K>> } = { t: new Map(), r: new Map(), s: new Map(), u: new Map(), d: new Map(), q: new Map(), c: new Map(), pl: new Map() };

  add<K extends Kind>(kind: K, value: Value<K>): void {
    this.lists[kind].set(typeof value === 'string' ? value : JSON.stringify(Object.values(value).map(String)), value);
  }
  values(): Values {
    return (Object.keys(this.lists) as Kind[]).flatMap((kind) => [...this.lists[kind].values()].map((value) => [kind, value] as const));
  }
}

function fieldsOf(values: Values): EntryFields {
  const fields: Partial<Record<Kind, Value<Kind>[]>> = {};
  for (const [kind, value] of values) (fields[kind] ??= []).push(value);
  return fields as EntryFields;
}

const dateName = (p: string, lo: number, hi: number): string => (hi - lo <= narrowDate ? p : wide(p));
const numberName = (p: string, lo: number, hi: number): string => (hi === nextAbove(lo) ? p : wide(p));

function compositeOf(p: string, entry: CompositeEntry): CompositeValue {
  const { third } = entry;
  return third ? { ...pairOf(p, entry), lo2: third.lo, hi2: third.hi } : pairOf(p, entry);
}
function pairOf(p: string, { code: t, system: y, second }: CompositeEntry): CompositeValue {
  switch (second.kind) {
    case 'quantity': return { p: numberName(p, second.lo, second.hi), t, y, u: second.unit, v: '', lo: second.lo, hi: second.hi };
    case 'number': return { p: numberName(p, second.lo, second.hi), t, y, u: '', v: '', lo: second.lo, hi: second.hi };
    case 'date': return { p: dateName(p, second.lo, second.hi), t, y, u: '', v: '', lo: second.lo, hi: second.hi };
    case 'token': return { p, t, y, u: second.system, v: second.code };
    case 'string': return { p, t, y, u: '', v: second.folded };
  }
}

type Scoped = { readonly param: string; readonly contained?: string | undefined };

/** @param main the parameter of the main date @param scope which entries, by the contained resource that they come from @param mark set before their parameters */
function gather(entries: IndexEntries, main: string, mark: string, scope: (contained: string | undefined) => boolean, into: Gathering): void {
  const each = <E extends Scoped>(list: readonly E[], add: (p: string, entry: E) => void): void => {
    for (const entry of list) if (scope(entry.contained)) add(`${mark}${entry.param}`, entry);
  };
  each(entries.token, (p, entry) => into.add('t', tokenKey(p, entry)));
  each(entries.reference, (p, entry) => {
    for (const key of referenceKeys(p, entry)) into.add('r', key);
  });
  each(entries.string, (p, entry) => into.add('s', textKey(p, entry)));
  each(entries.uri, (p, entry) => into.add('u', uriKey(p, entry.value)));
  // A narrow main date is where the resource stands in its order, and nowhere else.
  const elsewhere = (p: string, lo: number): boolean => p === main && lo !== entries.mainDate;
  each(entries.date, (p, { lo, hi }) => into.add('d', { p: elsewhere(p, lo) ? wide(p) : dateName(p, lo, hi), lo, hi }));
  each(entries.number, (p, { lo, hi }) => into.add('q', { p: numberName(p, lo, hi), u: '', lo, hi }));
  each(entries.quantity, (p, { unit, lo, hi }) => into.add('q', { p: numberName(p, lo, hi), u: unit, lo, hi }));
  each(entries.composite, (p, entry) => into.add('c', compositeOf(p, entry)));
  each(entries.position ?? [], (p, entry) => into.add('pl', { p, b: bandOf(entry.latitude), lon: entry.longitude, lat: entry.latitude, ...pointOf(entry) }));
}

const typeOfParam = (param: string): string => param.slice(0, param.indexOf('.'));

/** The types that the parameters of each contained resource tell. */
function containedTypes(entries: IndexEntries): ReadonlyMap<string, ReadonlySet<string>> {
  const types = new Map<string, Set<string>>();
  const { token, reference, string, date, number, quantity, uri, composite, position = [] } = entries;
  for (const list of [token, reference, string, date, number, quantity, uri, composite, position]) {
    for (const { contained, param } of list) {
      if (contained === undefined) continue;
      const known = types.get(contained) ?? new Set();
      types.set(contained, known.add(typeOfParam(param)));
    }
  }
  return types;
}

function containedFields(entries: IndexEntries): ContainedFields[] {
  return [...containedTypes(entries)].map(([id, rt]) => {
    const gathering = new Gathering();
    gather(entries, '', '', (contained) => contained === id, gathering);
    const by = entries.reference.filter((entry) => entry.form === 'contained' && entry.contained === undefined && entry.id === id);
    return { id, by: [...new Set(by.map(({ param }) => param))], rt: [...rt], ...fieldsOf(gathering.values()) };
  });
}

/** Bits of `mark`. */
const least = 1;
const greatest = 2;

/** A contained resource has no name to sort by. */
function referenceValue(entry: ReferenceEntry): string | undefined {
  switch (entry.form) {
    case 'local': return `${entry.type}/${entry.id}`;
    case 'contained': return undefined;
    case 'logical': return entry.value;
    default: return entry.url;
  }
}

/** The marked entries of the resource itself. Periods without a start sort by their end. */
function sortValues(entries: IndexEntries): SortValue[] {
  const found = new Map<string, SortValue>();
  const add = ({ param: p, contained, mark = 0 }: Scoped & { readonly mark?: number | undefined }, value: string | number | undefined): void => {
    if (mark === 0 || contained !== undefined || value === undefined) return;
    const known = found.get(p) ?? { p, a: value };
    if ((mark & least) !== 0) known.a = value;
    if ((mark & greatest) !== 0) known.z = value;
    found.set(p, known);
  };
  for (const entry of entries.token) add(entry, entry.code);
  for (const entry of entries.string) add(entry, entry.folded);
  for (const entry of entries.uri) add(entry, entry.value);
  for (const entry of entries.date) add(entry, Number.isFinite(entry.lo) ? entry.lo : entry.hi);
  for (const entry of [...entries.number, ...entries.quantity]) add(entry, entry.lo);
  for (const entry of entries.reference) add(entry, referenceValue(entry));
  for (const entry of entries.composite) add(entry, entry.code);
  return [...found.values()].map(({ p, a, z }) => (z === undefined || z === a ? { p, a } : { p, a, z }));
}

export type ResourceFields = EntryFields & { k?: SortValue[]; in?: ContainedFields[] };
export interface Fields {
  /** Of the resource's own document. */
  readonly main: ResourceFields;
  /** Of each further document. */
  readonly spill: readonly ResourceFields[];
}

/** Values that one document holds; beyond, a resource spills into further ones. */
export const spillFrom = 5_000;

const sizeOf = (fields: ContainedFields): number => Object.values(fields).reduce((sum: number, list: unknown) => sum + (Array.isArray(list) ? list.length : 0), 1);

/** Cuts a list into runs of at most `limit`; what is larger alone stands alone. */
function runs<T>(all: readonly T[], limit: number, size: (one: T) => number): T[][] {
  const found: T[][] = [];
  let room = 0;
  for (const one of all) {
    if (found.length === 0 || room < size(one)) {
      found.push([]);
      room = limit;
    }
    found.at(-1)?.push(one);
    room -= size(one);
  }
  return found;
}

/** @param type of the resource @param limit values in one document */
export function entryFields(type: string, entries: IndexEntries, limit = spillFrom): Fields {
  const gathering = new Gathering();
  gathering.add('t', escaped(type));
  gather(entries, `${type}.${mainDateCode(type) ?? ''}`, '', (contained) => contained === undefined, gathering);
  gather(entries, '', insideMark, (contained) => contained !== undefined, gathering);
  const values = gathering.values();
  const inside = containedFields(entries);
  const size = values.length + inside.reduce((sum, fields) => sum + sizeOf(fields), 0);
  const documents: ResourceFields[] = size <= limit ? [inside.length === 0 ? fieldsOf(values) : { ...fieldsOf(values), in: inside }] : [
    ...runs(values, limit, () => 1).map(fieldsOf),
    ...runs(inside, limit, sizeOf).map((run) => ({ in: run })),
  ];
  const [first = {}, ...spill] = documents;
  const sort = sortValues(entries);
  return { main: sort.length === 0 ? first : { ...first, k: sort }, spill };
}
