/**
 * Index entries as fields of a resource's document (layout M2: body and entries in one document, one array for each kind).
 * An index holds at most one of these arrays.
 *
 * Entries of contained resources stand in `in`, one element for each contained resource, where a chain looks at them; their
 * keys stand once more among the keys of the resource, marked by `#`, so that the same indexes find them.
 */
import type { CompositeEntry, IndexEntries } from '../../search/entries.js';
import { escaped, insideMark, longDates, referenceKeys, shortDate, textKey, tokenKey, uriKey } from './entry-keys.js';

export interface IntervalField {
  readonly p: string;
  readonly lo: number;
  readonly hi: number;
}
/** u: unit; '' for the bare number of a quantity and for numbers. */
export interface QuantityField extends IntervalField {
  readonly u: string;
}
/**
 * t, y: code and system of the first component. Of the second: u, lo, hi of a quantity; lo, hi of a date or number; v, u = code and
 * system of a token; v = folded string. What does not apply is '' or absent.
 */
export interface CompositeField {
  readonly p: string;
  readonly t: string;
  readonly y: string;
  readonly u: string;
  readonly v: string;
  readonly lo?: number;
  readonly hi?: number;
}
/** See `entry-keys.ts` for the keys. An array that would be empty is absent. */
export interface KeyFields {
  /** Tokens; and the type of the resource, bare, in its first document only. */
  readonly t?: readonly string[];
  readonly r?: readonly string[];
  readonly s?: readonly string[];
  readonly u?: readonly string[];
  readonly d?: readonly IntervalField[];
  readonly q?: readonly QuantityField[];
  readonly c?: readonly CompositeField[];
}
export interface InsideField extends KeyFields {
  /** Id of the contained resource. */
  readonly i: string;
  /** Parameters by which the resource itself refers to it. */
  readonly by: readonly string[];
  /** The types that its parameters tell. */
  readonly rt: readonly string[];
}
/** Least and greatest value of a parameter, by which resources are sorted; `z` only where it is another. */
export interface SortField {
  readonly p: string;
  readonly a?: string | number;
  readonly z?: string | number;
}
export interface EntryFields extends KeyFields {
  readonly in?: readonly InsideField[];
  readonly k?: readonly SortField[];
}

/** Entries in one document; more go to further documents, written in the same step. */
export const entriesPerDocument = 5_000;

type Kind = keyof KeyFields;
type Value<K extends Kind> = NonNullable<KeyFields[K]>[number];

/** Gathers the keys of one scope: of the resource itself, or of one contained in it. */
class Keys {
  private readonly lists: { [K in Kind]: Map<string, Value<K>> } = { t: new Map(), r: new Map(), s: new Map(), u: new Map(), d: new Map(), q: new Map(), c: new Map() };

  add<K extends Kind>(kind: K, value: Value<K>): void {
    this.lists[kind].set(typeof value === 'string' ? value : JSON.stringify(Object.values(value).map(String)), value);
  }
  values(): readonly (readonly [Kind, Value<Kind>])[] {
    return (Object.keys(this.lists) as Kind[]).flatMap((kind) => [...this.lists[kind].values()].map((value) => [kind, value] as const));
  }
}

const gathered = (values: readonly (readonly [Kind, Value<Kind>])[]): KeyFields => {
  const fields: Partial<Record<Kind, Value<Kind>[]>> = {};
  for (const [kind, value] of values) (fields[kind] ??= []).push(value);
  return fields as KeyFields;
};

const compositeField = (p: string, { code: t, system: y, second }: CompositeEntry): CompositeField => {
  switch (second.kind) {
    case 'quantity': return { p, t, y, u: second.unit, v: '', lo: second.lo, hi: second.hi };
    case 'token': return { p, t, y, u: second.system, v: second.code };
    case 'string': return { p, t, y, u: '', v: second.folded };
    default: return { p, t, y, u: '', v: '', lo: second.lo, hi: second.hi };
  }
};

/** Calls `put` with the key of each entry that belongs to `scope` under the parameter's name, before which `mark` is set. */
function keysOf(entries: IndexEntries, mark: string, scope: (contained: string | undefined) => boolean, keys: Keys): void {
  const own = <E extends { readonly param: string; readonly contained?: string | undefined }>(list: readonly E[], each: (p: string, entry: E) => void): void => {
    for (const entry of list) if (scope(entry.contained)) each(`${mark}${entry.param}`, entry);
  };
  own(entries.token, (p, entry) => keys.add('t', tokenKey(p, entry)));
  own(entries.reference, (p, entry) => { for (const key of referenceKeys(p, entry)) keys.add('r', key); });
  own(entries.string, (p, entry) => keys.add('s', textKey(p, entry)));
  own(entries.uri, (p, entry) => keys.add('u', uriKey(p, entry.value)));
  own(entries.date, (p, { lo, hi }) => keys.add('d', { p: hi - lo > shortDate ? longDates(p) : p, lo, hi }));
  own(entries.number, (p, { lo, hi }) => keys.add('q', { p, u: '', lo, hi }));
  own(entries.quantity, (p, { unit, lo, hi }) => keys.add('q', { p, u: unit, lo, hi }));
  own(entries.composite, (p, entry) => keys.add('c', compositeField(p, entry)));
}

const typeOfParam = (param: string): string => param.slice(0, param.indexOf('.'));

function insides(entries: IndexEntries): InsideField[] {
  const lists = [entries.token, entries.reference, entries.string, entries.date, entries.number, entries.quantity, entries.uri, entries.composite];
  const types = new Map<string, Set<string>>();
  for (const list of lists) {
    for (const { contained, param } of list) {
      if (contained === undefined) continue;
      const known = types.get(contained) ?? new Set();
      types.set(contained, known.add(typeOfParam(param)));
    }
  }
  return [...types].map(([i, rt]): InsideField => {
    const keys = new Keys();
    keysOf(entries, '', (contained) => contained === i, keys);
    const by = entries.reference.flatMap((entry) => (entry.form === 'contained' && entry.contained === undefined && entry.id === i ? [entry.param] : []));
    return { i, by: [...new Set(by)], rt: [...rt], ...gathered(keys.values()) };
  });
}

type Marked = { readonly param: string; readonly contained?: string | undefined; readonly mark?: 1 | 2 | 3 | undefined };

function sortFields(entries: IndexEntries): SortField[] {
  const fields = new Map<string, { p: string; a?: string | number; z?: string | number }>();
  const sorted = <E extends Marked>(list: readonly E[], value: (entry: E) => string | number | undefined): void => {
    for (const entry of list) {
      const known = entry.mark && entry.contained === undefined ? value(entry) : undefined;
      if (known === undefined) continue;
      const field = fields.get(entry.param) ?? { p: entry.param };
      fields.set(entry.param, field);
      if (entry.mark !== 2) field.a ??= known;
      if (entry.mark !== 1) field.z ??= known;
    }
  };
  sorted(entries.token, ({ code }) => code);
  sorted(entries.string, ({ folded }) => folded);
  sorted(entries.uri, ({ value }) => value);
  sorted(entries.reference, (entry) => {
    switch (entry.form) {
      case 'local': return `${entry.type}/${entry.id}`;
      case 'logical': return entry.value;
      case 'contained': return undefined;
      default: return entry.url;
    }
  });
  sorted(entries.date, ({ lo, hi }) => (Number.isFinite(lo) ? lo : hi));
  sorted(entries.number, ({ lo }) => lo);
  sorted(entries.quantity, ({ lo }) => lo);
  sorted(entries.composite, ({ code }) => code);
  return [...fields.values()].map(({ p, a, z }) => ({ p, ...(a === undefined ? {} : { a }), ...(z === undefined || z === a ? {} : { z }) }));
}

const sizeOf = (field: KeyFields): number => 1 + (Object.values(field) as unknown[]).reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);

/**
 * @param type of the resource
 * @returns the fields of its first document, and of the further ones when it has more than {@link entriesPerDocument}
 */
export function entryFields(type: string, entries: IndexEntries): { readonly first: EntryFields; readonly further: readonly EntryFields[] } {
  const keys = new Keys();
  keys.add('t', escaped(type));
  keysOf(entries, '', (contained) => contained === undefined, keys);
  keysOf(entries, insideMark, (contained) => contained !== undefined, keys);
  const values = keys.values();
  const contained = insides(entries);
  const k = sortFields(entries);
  const whole = (own: typeof values, inside: readonly InsideField[]): EntryFields => ({ ...gathered(own), ...(inside.length > 0 ? { in: inside } : {}) });
  const size = values.length + contained.reduce((sum, inside) => sum + sizeOf(inside), 0);
  const documents = size <= entriesPerDocument ? [whole(values, contained)] : [
    ...pieces(values, () => 1).map((piece) => whole(piece, [])), ...pieces(contained, sizeOf).map((piece) => whole([], piece)),
  ];
  const [first = {}, ...further] = documents;
  return { first: k.length > 0 ? { ...first, k } : first, further };
}

function pieces<T>(all: readonly T[], size: (one: T) => number): T[][] {
  const found: T[][] = [];
  let room = 0;
  for (const one of all) {
    if (found.length === 0 || room < size(one)) {
      found.push([]);
      room = entriesPerDocument;
    }
    found.at(-1)?.push(one);
    room -= size(one);
  }
  return found;
}
