/**
 * Index entries read back from their rows: the inverse of `writer/entry-rows.ts`. What rows do not keep is not there: the
 * name of a contained resource is its number, a canonical has no fragment, and the kind of the second component of a
 * composite is told by its shape. Written again, they give the same rows.
 */
import type { CompositeEntry, IndexEntries, ReferenceEntry } from '../../../search/entries.js';
import type { Connection, Row } from '../connection.js';
import type { Names } from '../names.js';
import { entryTableNames, entryTables, ExternalForm, type EntryTableName } from '../schema.js';

type Mark = 1 | 2 | 3;
type Lists = { -readonly [K in keyof Omit<IndexEntries, 'mainDate' | 'by'>]: NonNullable<IndexEntries[K]>[number][] };

/** Columns of a row by their names. */
type Columns = Readonly<Record<string, string | number>>;

const inside = (c: string | number | undefined): { contained?: string } => (c === 0 || c === undefined ? {} : { contained: String(c) });
const marked = ({ mark }: Columns): { mark?: Mark } => (mark === 0 ? {} : { mark: mark as Mark });
const text = (value: string | number | undefined): string => String(value ?? '');
const number = (value: string | number | undefined): number => Number(value);

export interface EntryReading {
  readonly names: Names;
  /** Type and id of a resource by its number. */
  key(rid: number): { readonly type: string; readonly id: string } | undefined;
  /** Told of a reference to a number that no resource has. */
  lost(rid: number): void;
}

const noLists = (): Lists => ({ token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [] });

type Take = (row: Columns, into: Lists, reading: EntryReading) => void;
const takers: { readonly [name in EntryTableName]: Take } = {
  tok: (row, into, { names }) => into.token.push({ ...base(row, names), code: text(row.code), system: names.text(number(row.sys)) }),
  ref: (row, into, reading) => {
    const found = local(row, reading);
    if (found) into.reference.push(found);
  },
  ext: (row, into, reading) => into.reference.push(external(row, reading.names)),
  str: (row, into, { names }) => into.string.push({ ...base(row, names), folded: text(row.f), exact: text(row.x) }),
  uri: (row, into, { names }) => into.uri.push({ ...base(row, names), value: text(row.v) }),
  dat: (row, into, { names }) => into.date.push({ ...base(row, names), lo: number(row.lo), hi: number(row.hi) }),
  num: (row, into, { names }) => into.number.push({ ...base(row, names), lo: number(row.lo), hi: number(row.hi) }),
  qty: (row, into, { names }) => into.quantity.push({ ...base(row, names), unit: names.text(number(row.u)), lo: number(row.lo), hi: number(row.hi) }),
  pos: (row, into, { names }) => (into.position ??= []).push({ ...base(row, names), latitude: number(row.lat), longitude: number(row.lon) }),
  cmp: (row, into, { names }) => into.composite.push(composite(row, names)),
};

const base = (row: Columns, names: Names) => ({ param: names.text(number(row.p)), ...inside(row.c), ...marked(row) });

function local(row: Columns, { names, key, lost }: EntryReading): ReferenceEntry | undefined {
  const target = number(row.t);
  if (target < 0) return { ...base(row, names), form: 'contained', id: String(-target) };
  const found = key(target);
  if (!found) return void lost(target);
  return { ...base(row, names), form: 'local', ...found, ...(row.ver === '' ? {} : { version: text(row.ver) }) };
}

function external(row: Columns, names: Names): ReferenceEntry {
  const extra = text(row.extra);
  if (row.form === ExternalForm.absolute) return { ...base(row, names), form: 'absolute', url: text(row.v) };
  if (row.form === ExternalForm.canonical) return { ...base(row, names), form: 'canonical', url: text(row.v), ...(extra === '' ? {} : { version: extra }) };
  return { ...base(row, names), form: 'logical', value: text(row.v), system: names.text(number(row.sys)), ...(extra === '' ? {} : { type: extra }) };
}

function composite(row: Columns, names: Names): CompositeEntry {
  const u = names.text(number(row.u));
  const lo = number(row.lo);
  const hi = number(row.hi);
  const folded = text(row.v);
  const second: CompositeEntry['second'] = folded !== '' && u === '' ? { kind: 'string', folded }
    : lo === 0 && hi === 0 ? { kind: 'token', system: u, code: folded }
      : u === '' ? { kind: 'number', lo, hi } : { kind: 'quantity', unit: u, lo, hi };
  const third = row.hi2 === 0 && row.lo2 === 0 ? {} : { third: { lo: number(row.lo2), hi: number(row.hi2) } };
  return { ...base(row, names), code: text(row.code), system: names.text(number(row.sys)), second, ...third };
}

const columnsOf = (name: EntryTableName): readonly string[] => [...entryTables[name].columns, 'mark'];
const readings = entryTableNames.map((name) => ({
  name, columns: columnsOf(name), text: `SELECT ${columnsOf(name).join(', ')} FROM ${name} INDEXED BY ${name}_r WHERE rid BETWEEN ? AND ? ORDER BY rid`,
}));

const named = (columns: readonly string[], row: Row): Columns => Object.fromEntries(columns.map((column, at) => [column, row[at] as string | number]));

/** Entries of the resources whose numbers lie in a range, without their main dates. */
export function entriesBetween(connection: Connection, reading: (rid: number) => EntryReading, from: number, to: number): ReadonlyMap<number, Omit<IndexEntries, 'mainDate' | 'by'>> {
  const found = new Map<number, Lists>();
  for (const { name, columns, text: select } of readings) {
    for (const row of connection.prepare(select).all(from, to)) {
      const values = named(columns, row);
      const rid = number(values.rid);
      const lists = found.get(rid) ?? noLists();
      found.set(rid, lists);
      takers[name](values, lists, reading(rid));
    }
  }
  return found;
}
export const withoutEntries: Omit<IndexEntries, 'mainDate' | 'by'> = noLists();
