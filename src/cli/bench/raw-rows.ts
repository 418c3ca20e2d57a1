/**
 * The rows of one transaction, written by the database driver alone: into a copy of the store's file, as durable as that, one
 * statement for each table, one row after another, one commit. What it writes is what the store itself wrote for that transaction.
 */
import Database from 'libsql';
import { join } from 'node:path';
import { newId } from '../../fhir/id.js';
import type { Store, WriteSet } from '../../store/port.js';
import { databaseFile, openReadConnection, type Connection, type Row } from '../../store/embedded/connection.js';

interface Table {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Positions of what differs from one transaction to the next. */
  readonly rid: number;
  readonly id: number;
}

const columnsOf = (source: Connection, name: string): string[] => source.prepare(`PRAGMA table_info(${name})`).all().map(([, column]) => String(column));

function tablesOf(source: Connection, after: number): Table[] {
  const names = source.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").all().map(([name]) => String(name));
  return names.flatMap((name): Table[] => {
    const columns = columnsOf(source, name);
    const rid = columns.indexOf('rid');
    const rows = rid < 0 ? [] : source.prepare(`SELECT * FROM ${name} WHERE rid > ?`).all(after);
    return rows.length === 0 ? [] : [{ name, rows, rid, id: name === 'res' ? columns.indexOf('id') : -1 }];
  });
}

function copy(from: string, to: string): void {
  const database = new Database(from);
  try {
    database.prepare('VACUUM INTO ?').run(to);
  } finally {
    database.close();
  }
}

export class RawRows {
  private readonly database: Database.Database;
  private readonly inserts: readonly (readonly [Table, Database.Statement])[];
  private times = 0;

  private constructor(file: string, tables: readonly Table[]) {
    this.database = new Database(file);
    this.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -32768;');
    this.inserts = tables.map((table) => [table, this.database.prepare(`INSERT INTO ${table.name} VALUES (${table.rows[0]?.map(() => '?').join(',') ?? ''})`)]);
  }

  /** Has the store write the set, and reads what that came to. @param folder of the store */
  static async of(set: WriteSet, store: Store, folder: string): Promise<RawRows> {
    const source = openReadConnection(join(folder, 'store'));
    try {
      const last = Number(source.prepare('SELECT max(rid) FROM res').get()?.[0] ?? 0);
      const { kind } = await store.commit(set);
      if (kind !== 'committed') throw new Error(`The write was not taken: ${kind}.`);
      const file = join(folder, 'raw.db');
      copy(databaseFile(join(folder, 'store')), file);
      return new RawRows(file, tablesOf(source, last));
    } finally {
      source.close();
    }
  }

  write(): void {
    this.times++;
    this.database.exec('BEGIN IMMEDIATE');
    for (const [{ rows, rid, id }, insert] of this.inserts) {
      for (const row of rows) insert.run(row.map((value, at) => (at === rid ? Number(value) + this.times * rows.length : at === id ? newId() : value)));
    }
    this.database.exec('COMMIT');
  }

  close(): void {
    this.database.close();
  }
}
