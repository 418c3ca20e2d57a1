/** What the parts of one search share: the connection in its snapshot, the caller's reach, and what was spent so far. */
import type { Connection, Row, Statement } from '../connection.js';
import type { Names } from '../names.js';
import { visible, type StoredReach } from '../visibility.js';
import { budgets, tooCostly } from '../../search/budgets.js';
import { q, type Sql } from './sql.js';

/** Thrown where a search turns out longer than what may run on the event loop; it is then begun anew on a thread. */
export class TooLongHere extends Error {}

/** Counts what a search looks at. `limits` apply on the event loop only. */
export class Meter {
  /** Rows of indexes looked at, at most. */
  keys = 0;
  /** The same in the cost of a row that everything is checked on. */
  rows = 0;
  statements = 0;
  /** @param firstStep rows that each way of finding a page is first tried over; about a page when left out */
  constructor(readonly limits?: { readonly rows: number; readonly statements: number }, private readonly firstStep?: number) {}

  stepFor(want: number): number {
    return this.firstStep ?? Math.max(16, Math.min(want, 1_000));
  }

  /** @param weight of a row: 1 when the grant and the criteria are checked on it */
  spend(rows: number, weight = 1): void {
    this.keys += rows;
    this.rows += rows * weight;
    if (this.limits && (this.rows > this.limits.rows || this.statements > this.limits.statements)) throw new TooLongHere();
  }
}
/** A row that is only counted. */
export const counted = 1 / 8;

/** When a range was last found to be long, by `performance.now()`. */
const longRanges = new WeakMap<Connection, Map<string, number>>();
/** ms */
const longFor = 10_000;
const keptRanges = 500;

/** Rows that were counted: all of them, or as many as were asked for. */
interface Count {
  readonly rows: number;
  readonly whole: boolean;
}

/** What SQLite says of a statement that is larger than it takes. */
const beyondStatements = /^(parser stack overflow|Expression tree is too large|too many |at most \d+ tables)/;

export class SearchContext {
  private readonly shared = new Map<string, readonly number[]>();
  private readonly counts = new Map<string, Count>();
  private readonly things = new Map<object, Map<string, unknown>>();

  constructor(
    readonly connection: Connection,
    readonly names: Names,
    private readonly reach: StoredReach,
    readonly meter: Meter,
    private readonly hops: StoredReach = reach,
    /** Resources that may be sorted in memory. */
    readonly sortable: number = budgets.sort,
  ) {}

  rows(statement: Sql): Row[] {
    this.meter.statements++;
    return this.prepared(statement.text).all(...statement.args);
  }
  private prepared(text: string): Statement {
    try {
      return this.connection.prepare(text);
    } catch (thrown) {
      if (thrown instanceof Error && beyondStatements.test(thrown.message)) throw tooCostly('statement');
      throw thrown;
    }
  }
  numbers(statement: Sql): number[] {
    return this.rows(statement).map((row) => row[0] as number);
  }
  number(statement: Sql): number {
    return Number(this.rows(statement)[0]?.[0] ?? 0);
  }
  /**
   * The row of `res` under this alias is live and exists for the caller.
   * @param row `r`, or an alias longer than the single letters that the condition uses within itself: it must not hide the row
   */
  seen(row: string): Sql {
    return this.within(this.reach, row);
  }
  /** The same of what a chain or `_has` passes through. */
  passed(row: string): Sql {
    return this.within(this.hops, row);
  }
  private within(reach: StoredReach, row: string): Sql {
    if (row.length === 1 && row !== 'r') throw new TypeError(`The alias "${row}" may be one of the grant's own`);
    const grant = visible(reach, row);
    return { text: `(${row}.state = 1 AND ${grant.text})`, args: grant.args };
  }
  rid(type: string, id: string): number | undefined {
    const typeName = this.names.id(type);
    return typeName === undefined ? undefined : this.numbers(q`SELECT rid FROM res WHERE id = ${id} AND type = ${typeName}`)[0];
  }
  /** Numbers of the types that anything here bears. */
  typeNumbers(types: readonly string[]): number[] {
    return types.map((type) => this.names.id(type)).filter((type) => type !== undefined);
  }
  /** Numbers of all parameters `<Type>.…` in use. */
  paramsOfType(type: string): number[] {
    return this.numbers(q`SELECT id FROM name WHERE text >= ${`${type}.`} AND text < ${`${type}/`}`);
  }
  /** Nothing that lives is hidden from the caller. */
  get seesAll(): boolean {
    return this.reach.kind === 'everything';
  }
  /** The same of what a chain or `_has` passes through. */
  get passesAll(): boolean {
    return this.hops.kind === 'everything';
  }
  /** Index rows that a statement gives, counted up to `cap`; what this search has counted is not counted again. */
  count(rows: Sql, cap: number): number {
    const key = `${rows.text}${JSON.stringify(rows.args)}`;
    const known = this.counts.get(key);
    if (known && (known.whole || cap <= known.rows)) return Math.min(known.rows, cap);
    const found = this.number(q`SELECT COUNT(*) FROM (${rows} LIMIT ${cap})`);
    this.meter.spend(found, counted);
    this.counts.set(key, { rows: found, whole: found < cap });
    return found;
  }
  /**
   * Whether a range has `rows` rows or more. That it has is remembered for a while: to count so many anew for each search costs
   * more than a page. Only what may be left out may be decided by it.
   */
  isLong(range: Sql, rows: number): boolean {
    const known = longRanges.get(this.connection) ?? new Map<string, number>();
    longRanges.set(this.connection, known);
    const key = `${rows} ${range.text}${JSON.stringify(range.args)}`;
    const now = performance.now();
    if ((known.get(key) ?? -Infinity) > now - longFor) return true;
    known.delete(key);
    if (this.count(range, rows) < rows) return false;
    if (known.size >= keptRanges) known.clear();
    known.set(key, now);
    return true;
  }
  /** Made once in a search of one object (a clause of the plan). @param aspect what is made of it */
  made<T>(of: object, aspect: string, make: () => T): T {
    const aspects = this.things.get(of) ?? new Map<string, unknown>();
    this.things.set(of, aspects);
    if (!aspects.has(aspect)) aspects.set(aspect, make());
    return aspects.get(aspect) as T;
  }
  /** Computed once in a search. */
  once(key: string, make: () => readonly number[]): readonly number[] {
    const known = this.shared.get(key) ?? make();
    this.shared.set(key, known);
    return known;
  }
}
