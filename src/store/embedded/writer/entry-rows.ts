/** Index entries as rows of the entry tables. */
import { bandOf, pointOf } from '../../../search/geo.js';
import type { CompositeEntry, IndexEntries, PositionEntry, ReferenceEntry } from '../../../search/entries.js';
import type { Connection } from '../connection.js';
import { entryTableNames, entryTables, ExternalForm, farFuture, farPast, type EntryTableName } from '../schema.js';
import { lowerSide, upperSide } from '../wire.js';
import { BulkInsert } from './bulk.js';

/** What rows need to know of the rest: numbers of texts and of resources. */
export interface Numbers {
  name(text: string): number;
  /** rid of a resource, reserved when it was never heard of */
  mention(type: string, id: string): number;
}

const past = (lo: number): number => Math.max(lowerSide(lo), farPast);
const future = (hi: number): number => Math.min(upperSide(hi), farFuture);

/** Main dates are whole milliseconds within the ends of time. */
export const mainDate = ({ mainDate: sd }: IndexEntries): number => Math.min(Math.max(sd ?? farPast, farPast), farFuture);

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

export class EntryRows {
  private readonly tables: Readonly<Record<EntryTableName, BulkInsert>>;

  constructor(private readonly connection: Connection, private readonly numbers: Numbers) {
    // The same value twice is one row that bears both marks.
    const table = (name: EntryTableName) =>
      [name, new BulkInsert(connection, name, [...entryTables[name].columns, 'mark'], 'ON CONFLICT DO UPDATE SET mark = mark | excluded.mark')] as const;
    this.tables = Object.fromEntries(entryTableNames.map(table)) as Record<EntryTableName, BulkInsert>;
  }

  /** Gathers the rows of one resource. */
  add(rid: number, entries: IndexEntries): void {
    const { tok, str, uri, dat, num, qty } = this.tables;
    const { numbers } = this;
    const sd = mainDate(entries);
    const c = containedNumbers();
    for (const e of entries.token) tok.add(numbers.name(e.param), e.code, sd, rid, numbers.name(e.system), c(e.contained), e.mark ?? 0);
    for (const e of entries.reference) this.reference(rid, sd, e, c);
    for (const e of entries.string) str.add(numbers.name(e.param), e.folded, rid, e.exact, c(e.contained), e.mark ?? 0);
    for (const e of entries.date) dat.add(numbers.name(e.param), past(e.lo), future(e.hi), rid, c(e.contained), e.mark ?? 0);
    for (const e of entries.number) num.add(numbers.name(e.param), lowerSide(e.lo), upperSide(e.hi), rid, c(e.contained), e.mark ?? 0);
    for (const e of entries.quantity) qty.add(numbers.name(e.param), numbers.name(e.unit), lowerSide(e.lo), upperSide(e.hi), rid, c(e.contained), e.mark ?? 0);
    for (const e of entries.uri) uri.add(numbers.name(e.param), e.value, rid, c(e.contained), e.mark ?? 0);
    for (const e of entries.composite) this.composite(rid, e, c(e.contained));
    if (entries.position) for (const e of entries.position) this.position(rid, e, c(e.contained));
  }

  private position(rid: number, entry: PositionEntry, c: number): void {
    const { x, y, z } = pointOf(entry);
    this.tables.pos.add(this.numbers.name(entry.param), bandOf(entry.latitude), entry.longitude, rid, c, entry.latitude, x, y, z, 0);
  }

  private reference(rid: number, sd: number, entry: ReferenceEntry, c: (contained: string | undefined) => number): void {
    const { ref, ext } = this.tables;
    const p = this.numbers.name(entry.param);
    const inside = c(entry.contained);
    const mark = entry.mark ?? 0;
    switch (entry.form) {
      case 'local':
        return ref.add(p, this.numbers.mention(entry.type, entry.id), sd, rid, inside, entry.version ?? '', mark);
      case 'contained':
        return ref.add(p, -c(entry.id), sd, rid, inside, '', mark);
      case 'absolute':
        return ext.add(p, entry.url, sd, rid, ExternalForm.absolute, 0, '', inside, mark);
      case 'canonical':
        return ext.add(p, entry.url, sd, rid, ExternalForm.canonical, 0, entry.version ?? '', inside, mark);
      case 'logical':
        return ext.add(p, entry.value, sd, rid, ExternalForm.logical, this.numbers.name(entry.system), entry.type ?? '', inside, mark);
    }
  }

  private composite(rid: number, entry: CompositeEntry, c: number): void {
    const { second, third } = entry;
    const add = (u: number, v: string, lo: number, hi: number): void =>
      this.tables.cmp.add(this.numbers.name(entry.param), entry.code, u, v, lo, hi, rid, this.numbers.name(entry.system), c, third ? lowerSide(third.lo) : 0, third ? upperSide(third.hi) : 0, entry.mark ?? 0);
    switch (second.kind) {
      case 'quantity':
        return add(this.numbers.name(second.unit), '', lowerSide(second.lo), upperSide(second.hi));
      case 'number':
        return add(0, '', lowerSide(second.lo), upperSide(second.hi));
      case 'date':
        return add(0, '', past(second.lo), future(second.hi));
      case 'token':
        return add(this.numbers.name(second.system), second.code, 0, 0);
      case 'string':
        return add(0, second.folded, 0, 0);
    }
  }

  /** Takes every row of a resource away. */
  remove(rid: number): void {
    for (const name of entryTableNames) this.connection.prepare(`DELETE FROM ${name} WHERE rid = ?`).run(rid);
  }

  flush(): void {
    for (const name of entryTableNames) this.tables[name].flush();
  }
  clear(): void {
    for (const name of entryTableNames) this.tables[name].clear();
  }
}
