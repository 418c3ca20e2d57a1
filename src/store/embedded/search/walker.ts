/**
 * A walk along index ranges that are in the order of a search, with everything else checked on each row. It is resumed
 * where it stood, so that a search can look at twice as many rows each time and look at none twice.
 */
import type { SearchContext } from './context.js';
import { hitOf, keyColumns } from './job.js';
import type { Hit, Key } from './order.js';
import type { Bound } from '../../search/positions.js';
import { join, name, q, type Sql } from './sql.js';

export interface Track {
  readonly sources: readonly { readonly source: Sql; readonly filter: Sql }[];
  /** Columns of `e` that each source is ordered by. */
  readonly columns: readonly string[];
  readonly descending: boolean;
  /** Where it starts: exclusive over all columns, or inclusive over the first one only. */
  readonly start?: { readonly after: readonly Bound[] } | { readonly at: Bound };
}

export class Walker {
  exhausted: boolean;
  /** Rows of the index looked at, at most. */
  walked = 0;
  private readonly seen = new Set<number>();
  private position: readonly Bound[] | undefined;

  /** @param condition on the row `r` of what an index gives */
  constructor(private readonly context: SearchContext, private readonly condition: Sql, private readonly track: Track, private readonly keys: readonly Key[]) {
    this.exhausted = track.sources.length === 0;
    this.position = track.start && 'after' in track.start ? track.start.after : undefined;
  }

  /**
   * Walks over at most `rows` rows of the index, and stops after `want` hits.
   * @returns the hits in the order of the index, none given before
   */
  next(rows: number, want: number): Hit[] {
    if (this.exhausted || rows <= 0) return [];
    const { columns } = this.track;
    const along = columns.map((_, at) => `w.p${at}`).join(', ');
    const statement = q`SELECT ${{ text: along, args: [] }}, r.rid, r.id, r.type${keyColumns(this.keys)}
      FROM (${this.window(rows)}) w CROSS JOIN res r ON r.rid = w.rid WHERE ${this.condition} LIMIT ${want}`;
    const found = this.context.rows(statement);
    if (found.length === want) this.position = found[want - 1]?.slice(0, columns.length) as Bound[];
    else this.position = this.endOf(rows);
    // How many rows lay between the hits is not told: all that could be.
    this.walked += rows;
    this.context.meter.spend(rows);
    const hits = found.map((row) => hitOf(row, columns.length));
    return hits.filter(({ rid }) => !this.seen.has(rid) && this.seen.add(rid));
  }

  /** Where a walk over `rows` rows ends; the walk is exhausted when there are fewer. */
  private endOf(rows: number): readonly Bound[] | undefined {
    const last = this.context.rows(q`SELECT * FROM (${this.window(1, rows - 1)})`)[0];
    if (!last) this.exhausted = true;
    return last ? (last.slice(0, this.track.columns.length) as unknown as Bound[]) : this.position;
  }

  /**
   * The next rows of the index. What does not fit is left out here, not later: a resource may have several rows at one
   * position, and the next window begins behind all of them.
   */
  private window(limit: number, offset = 0): Sql {
    const { columns, sources, descending } = this.track;
    const along = columns.map((column, at) => `e.${column} AS p${at}`).join(', ');
    const rows = sources.map(({ source, filter }) => q`SELECT ${{ text: along, args: [] }}, e.rid AS rid FROM ${source} AND ${filter}${this.onward()}`);
    const order = columns.map((_, at) => `p${at}${descending ? ' DESC' : ''}`).join(', ');
    return q`${join(rows, ' UNION ALL ')} ORDER BY ${{ text: order, args: [] }} LIMIT ${limit} OFFSET ${offset}`;
  }

  /** ` AND …`: beyond the position. */
  private onward(): Sql {
    const { columns, descending, start } = this.track;
    const first = name(`e.${columns[0] ?? 'rid'}`);
    if (this.position) {
      const all = columns.map((column) => `e.${column}`).join(', ');
      const [row, values] = [{ text: all, args: [] }, join(this.position.map((value) => q`${value}`), ', ')];
      return descending ? q` AND (${row}) < (${values})` : q` AND (${row}) > (${values})`;
    }
    if (!start || !('at' in start)) return nowhere;
    return descending ? q` AND ${first} <= ${start.at}` : q` AND ${first} >= ${start.at}`;
  }
}
const nowhere = { text: '', args: [] };

