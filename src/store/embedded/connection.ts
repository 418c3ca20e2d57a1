/** One connection to the database file of a store folder: the only place that knows the driver. */
import Database from 'libsql';
import { join } from 'node:path';
import type { SqlValue } from './sql.js';

export type Row = readonly (SqlValue & (string | number | Buffer | null))[];

/** A prepared statement; rows come as arrays, in the order of the columns. */
export interface Statement {
  run(...args: readonly SqlValue[]): { readonly changes: number };
  /** The first row. */
  get(...args: readonly SqlValue[]): Row | undefined;
  all(...args: readonly SqlValue[]): Row[];
}

/** Statements are prepared once for each text and kept. */
export interface Connection {
  /** @param text constant SQL; a bounded number of different texts */
  prepare(text: string): Statement;
  exec(text: string): void;
  readonly inTransaction: boolean;
  close(): void;
}

/** Statements kept for each connection; the oldest is let go. */
const keptStatements = 500;

class LibsqlConnection implements Connection {
  private readonly statements = new Map<string, Statement>();
  constructor(private readonly database: Database.Database) {}

  prepare(text: string): Statement {
    const known = this.statements.get(text);
    if (known !== undefined) return known;
    if (this.statements.size >= keptStatements) this.statements.delete(this.statements.keys().next().value ?? '');
    const statement = wrap(this.database, text);
    this.statements.set(text, statement);
    return statement;
  }
  exec(text: string): void {
    this.database.exec(text);
  }
  get inTransaction(): boolean {
    return this.database.inTransaction;
  }
  close(): void {
    this.statements.clear();
    this.database.close();
  }
}

/** The driver ends the process at a boolean, takes what is missing for NULL, and reads a text back up to its first NUL. */
function requireBindable(arg: unknown): void {
  if (typeof arg === 'string' ? arg.includes('\0') : arg === undefined || typeof arg === 'boolean' || Number.isNaN(arg)) throw new TypeError('A value that the database cannot hold');
}

/**
 * Each way of running a text has a prepared statement of its own, and one that failed is let go: in libsql 0.5.29 a `get`
 * that follows an `all`, or a failure, on one statement keeps the values bound before, and so answers another question
 * than the one asked.
 */
function wrap(database: Database.Database, text: string): Statement {
  const prepare = () => {
    const statement = database.prepare(text);
    return statement.reader ? statement.raw(true) : statement;
  };
  type Way = 'run' | 'get' | 'all';
  // One is prepared at once, so that a text that is wrong or unknown fails where it is prepared.
  const first = prepare();
  const prepared: { [way in Way]?: Database.Statement } = { [first.reader ? 'all' : 'run']: first };
  const ask = (way: Way, args: readonly SqlValue[]): unknown => {
    for (const arg of args) requireBindable(arg);
    const statement = (prepared[way] ??= prepare());
    try {
      return statement[way](args);
    } catch (error) {
      delete prepared[way];
      throw error;
    }
  };
  return {
    run: (...args) => ask('run', args) as { changes: number },
    get: (...args) => ask('get', args) as Row | undefined,
    all: (...args) => ask('all', args) as Row[],
  };
}

export const databaseFile = (folder: string): string => join(folder, 'passerelle.db');

/** The writer's connection: what is deleted is overwritten. @param durable false for a store that forgets everything at its end */
export function openWriteConnection(folder: string, durable: boolean): Connection {
  const connection = new LibsqlConnection(new Database(databaseFile(folder)));
  connection.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'};
    PRAGMA secure_delete = ON;
    PRAGMA busy_timeout = 2000;
    PRAGMA wal_autocheckpoint = 8000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -32768;
    PRAGMA temp_store = MEMORY;
  `);
  return connection;
}

/** A connection that can only read; any number of them beside the writer, each used by one thread. */
export function openReadConnection(folder: string): Connection {
  const connection = new LibsqlConnection(new Database(databaseFile(folder)));
  connection.exec(`
    PRAGMA query_only = ON;
    PRAGMA busy_timeout = 2000;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
    PRAGMA mmap_size = 268435456;
  `);
  return connection;
}

/** Runs `work` in one snapshot of the data. */
export function inSnapshot<T>(connection: Connection, work: () => T): T {
  connection.exec('BEGIN');
  try {
    return work();
  } finally {
    connection.exec('COMMIT');
  }
}
