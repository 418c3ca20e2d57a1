/** Index entries as rows of the entry tables. */
import type { IndexEntries } from '../../../search/entries.js';
import type { Connection } from '../connection.js';
import { EntryListing, makings, type Cell, type EntryLists } from '../entry-lists.js';
import { entryTableNames, entryTables, type EntryTableName } from '../schema.js';
import type { SqlValue } from '../sql.js';
import { lowerSide, upperSide } from '../wire.js';
import { BulkInsert } from './bulk.js';

/** What rows need to know of the rest: numbers of texts and of resources. */
export interface Numbers {
  name(text: string): number;
  /** rid of a resource, reserved when it was never heard of */
  mention(type: string, id: string): number;
}

/** Names of a message, each with its number. */
export interface Named {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
}

export class EntryRows {
  private readonly tables: Readonly<Record<EntryTableName, BulkInsert>>;

  constructor(private readonly connection: Connection, private readonly numbers: Numbers) {
    // The same value twice is one row that bears both marks.
    const table = (name: EntryTableName) =>
      [name, new BulkInsert(connection, name, [...entryTables[name].columns, 'mark'], 'ON CONFLICT DO UPDATE SET mark = mark | excluded.mark')] as const;
    this.tables = Object.fromEntries(entryTableNames.map(table)) as Record<EntryTableName, BulkInsert>;
  }

  /** Looks the names of a message up, once for all rows that bear them. */
  named(texts: readonly string[]): Named {
    return { texts, numbers: texts.map((text) => this.numbers.name(text)) };
  }

  /** Gathers the rows of one resource. */
  add(rid: number, entries: IndexEntries): void {
    const listing = new EntryListing();
    const lists = listing.of(entries);
    this.addLists(rid, lists, this.named(listing.names));
  }

  /** @param named the names that the cells hold the places of */
  addLists(rid: number, { rows, sd }: EntryLists, named: Named): void {
    for (const name in rows) this.addTable(name as EntryTableName, rows[name as EntryTableName] ?? [], rid, sd, named);
  }

  private addTable(name: EntryTableName, cells: readonly Cell[], rid: number, sd: number, { texts, numbers }: Named): void {
    const table = this.tables[name];
    const columns = makings[name];
    for (let at = 0; at < cells.length;) {
      for (const making of columns) {
        switch (making) {
          case 'cell': table.cell(cells[at++] as SqlValue); break;
          case 'name': table.cell(numbers[cells[at++] as number] as number); break;
          case 'sd': table.cell(sd); break;
          case 'rid': table.cell(rid); break;
          case 'lower': table.cell(lowerSide(cells[at++] as number | null)); break;
          case 'upper': table.cell(upperSide(cells[at++] as number | null)); break;
          case 'target': {
            const type = cells[at++] as number;
            const id = cells[at++];
            table.cell(typeof id === 'number' ? id : this.numbers.mention(texts[type] as string, id as string));
          }
        }
      }
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
