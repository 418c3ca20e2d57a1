/**
 * Index entries as they cross to the writer: for each entry table one list of the cells of its rows, beside each other. Texts
 * that many rows share (parameters, systems, types) stand once among the names of the message, and cells hold their places
 * there. That is a third of the JSON that the entries are as objects, and nothing but lists is made of it on the other side.
 */
import { bandOf, pointOf } from '../../search/geo.js';
import type { CompositeEntry, IndexEntries, ReferenceEntry } from '../../search/entries.js';
import { entryTableNames, entryTables, ExternalForm, farFuture, farPast, type EntryTableName } from './schema.js';

/** An open side of an interval is null in JSON. */
export type Cell = string | number | null;

/** Columns that hold the number of a text: their cells are places among the names. */
const named: ReadonlySet<string> = new Set(['p', 'sys', 'u']);
const lower: ReadonlySet<string> = new Set(['lo', 'lo2']);
const upper: ReadonlySet<string> = new Set(['hi', 'hi2']);
/** How a column comes from its cell; `target`: of two, a type among the names and an id, or of 0 and -n for the n-th contained resource; `sd` and `rid` have none. */
export type Making = 'cell' | 'name' | 'lower' | 'upper' | 'target' | 'sd' | 'rid';

function makingOf(column: string): Making {
  if (column === 'sd' || column === 'rid') return column;
  if (column === 't') return 'target';
  return named.has(column) ? 'name' : lower.has(column) ? 'lower' : upper.has(column) ? 'upper' : 'cell';
}
const tableMakings = (name: EntryTableName): readonly [EntryTableName, readonly Making[]] => [name, [...entryTables[name].columns, 'mark'].map(makingOf)];
/** How a row of each table comes from its cells, column by column. */
export const makings = Object.fromEntries(entryTableNames.map(tableMakings)) as Record<EntryTableName, readonly Making[]>;

export interface EntryLists {
  readonly rows: Readonly<Partial<Record<EntryTableName, readonly Cell[]>>>;
  /** Whole ms UTC, within the ends of time. */
  readonly sd: number;
  /** The generation of the operator's parameters. */
  readonly by: number;
}

/** Main dates are whole milliseconds within the ends of time. */
export const mainDate = ({ mainDate: sd }: Pick<IndexEntries, 'mainDate'>): number => Math.min(Math.max(sd ?? farPast, farPast), farFuture);

/** An open side is infinite, or null where JSON made it that. */
const past = (lo: number | null): number => Math.max(lo ?? farPast, farPast);
const future = (hi: number | null): number => Math.min(hi ?? farFuture, farFuture);

/** Numbers the contained resources of one resource in the order in which entries name them. */
function containedNumbers(): (contained: string | undefined) => number {
  const numbers = new Map<string, number>();
  return (contained) => {
    if (contained === undefined) return 0;
    const number = numbers.get(contained) ?? numbers.size + 1;
    numbers.set(contained, number);
    return number;
  };
}

/** The lists of one message, and the names of all of them. */
export class EntryListing {
  readonly names: string[] = [];
  private readonly places = new Map<string, number>();

  private place(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    this.places.set(text, this.names.length);
    return this.names.push(text) - 1;
  }

  /** @param entries of one resource, or some of them */
  of(entries: IndexEntries): EntryLists {
    const rows: Partial<Record<EntryTableName, Cell[]>> = {};
    const into = (table: EntryTableName): Cell[] => (rows[table] ??= []);
    const c = containedNumbers();
    for (const e of entries.token) into('tok').push(this.place(e.param), e.code, this.place(e.system), c(e.contained), e.mark ?? 0);
    for (const e of entries.reference) this.reference(e, into, c);
    for (const e of entries.string) into('str').push(this.place(e.param), e.folded, e.exact, c(e.contained), e.mark ?? 0);
    for (const e of entries.date) into('dat').push(this.place(e.param), past(e.lo), future(e.hi), c(e.contained), e.mark ?? 0);
    for (const e of entries.number) into('num').push(this.place(e.param), e.lo, e.hi, c(e.contained), e.mark ?? 0);
    for (const e of entries.quantity) into('qty').push(this.place(e.param), this.place(e.unit), e.lo, e.hi, c(e.contained), e.mark ?? 0);
    for (const e of entries.uri) into('uri').push(this.place(e.param), e.value, c(e.contained), e.mark ?? 0);
    for (const e of entries.composite) this.composite(e, into('cmp'), c(e.contained));
    for (const e of entries.position ?? []) {
      const { x, y, z } = pointOf(e);
      into('pos').push(this.place(e.param), bandOf(e.latitude), e.longitude, c(e.contained), e.latitude, x, y, z, 0);
    }
    return { rows, sd: mainDate(entries), by: entries.by ?? 0 };
  }

  private reference(entry: ReferenceEntry, into: (table: 'ref' | 'ext') => Cell[], c: (contained: string | undefined) => number): void {
    const p = this.place(entry.param);
    const inside = c(entry.contained);
    const mark = entry.mark ?? 0;
    const external = (v: string, form: number, system: string, extra: string): number => into('ext').push(p, v, form, this.place(system), extra, inside, mark);
    switch (entry.form) {
      case 'local': return void into('ref').push(p, this.place(entry.type), entry.id, inside, entry.version ?? '', mark);
      case 'contained': return void into('ref').push(p, 0, -c(entry.id), inside, '', mark);
      case 'absolute': return void external(entry.url, ExternalForm.absolute, '', '');
      case 'canonical': return void external(entry.url, ExternalForm.canonical, '', entry.version ?? '');
      case 'logical': return void external(entry.value, ExternalForm.logical, entry.system, entry.type ?? '');
    }
  }

  private composite({ param, code, system, second, third, mark }: CompositeEntry, list: Cell[], inside: number): void {
    const add = (u: string, v: string, lo: number | null, hi: number | null): number =>
      list.push(this.place(param), code, this.place(u), v, lo, hi, this.place(system), inside, third ? third.lo : 0, third ? third.hi : 0, mark ?? 0);
    switch (second.kind) {
      case 'quantity': return void add(second.unit, '', second.lo, second.hi);
      case 'number': return void add('', '', second.lo, second.hi);
      case 'date': return void add('', '', past(second.lo), future(second.hi));
      case 'token': return void add(second.system, second.code, 0, 0);
      case 'string': return void add('', second.folded, 0, 0);
    }
  }
}
