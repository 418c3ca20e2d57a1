/**
 * Where the versions of a history are read from, each in the order of commits:
 *
 * | reach         | sources                                                                                             |
 * |---------------|-----------------------------------------------------------------------------------------------------|
 * | patient       | what the record owns, by its rows in `own`, sorted; public resources of each type, by their indexes |
 * | all others    | for each type: live resources, tombstones, past versions, by their indexes                          |
 *
 * The grant is a column of each row (`seen`), so that what is passed over is counted.
 */
import type { Candidate, Source } from '../../history/choose.js';
import type { Position } from '../../history/position.js';
import type { HistoryQuery } from '../../port.js';
import type { Connection } from '../connection.js';
import { State } from '../schema.js';
import { sql, type Sql } from '../sql.js';
import { visible, type StoredReach } from '../visibility.js';

export interface Version extends Candidate {
  readonly version: number;
  readonly past: boolean;
}
/** What is asked of every row. */
export interface Window {
  readonly reach: StoredReach;
  readonly since: number;
  /** Past versions that the next one had replaced by then were not current. */
  readonly currentAfter: number;
  /** 1 for who sees also versions from before a resource came to another person. */
  readonly apart: 0 | 1;
}

export const windowOf = (reach: StoredReach, { since, at }: Pick<HistoryQuery, 'since' | 'at'>): Window =>
  ({ reach, since: Math.max(since ?? 0, 0), currentAfter: at?.lo ?? 0, apart: reach.kind === 'everything' ? 1 : 0 });

/** When the version after `v` of the resource `r` took over. */
const ended = 'COALESCE((SELECT w.lu FROM past w WHERE w.rid = v.rid AND w.version > v.version ORDER BY w.version LIMIT 1), r.lu)';
/** Rows read at first: many types may give few each. */
const few = 8;
/** Rows of a record read at first: it is sorted anew each time. */
const record = 1_024;

const columns = (row: 'r' | 'v'): string => `${row}.lu, ${row}.rid, ${row}.version`;
const behind = (row: 'r' | 'v'): string => `(${row}.lu, ${row}.rid) < (?, ?) AND ${row}.lu >= ?`;

function source(connection: Connection, past: boolean, first: number, { since }: Window, select: Sql, from: Sql, order: 'r' | 'v'): Source<Version> {
  const statement = connection.prepare(`SELECT ${columns(order)}, ${select.text} ${from.text} AND ${behind(order)} ORDER BY ${order}.lu DESC, ${order}.rid DESC LIMIT ?`);
  return {
    first,
    read: ({ lu, key }: Position, limit) => statement.all(...select.args, ...from.args, lu, key, since, limit)
      .map(([at, rid, version, seen]) => ({ lu: at as number, key: rid as number, version: version as number, past, seen: seen !== 0 })),
  };
}

const ofPast = ({ apart, currentAfter }: Window, { text, args }: Sql): Sql => sql(`${text} AND v.apart <= ? AND ${ended} > ?`, ...args, apart, currentAfter);

/** All resources of a type. */
function ofType(connection: Connection, window: Window, type: number): Source<Version>[] {
  const seen = visible(window.reach, 'r');
  const current = (state: number) => source(connection, false, few, window, seen, sql(`FROM res r WHERE r.type = ? AND r.state = ${state}`, type), 'r');
  const past = source(connection, true, few, window, ofPast(window, seen), sql('FROM past v INDEXED BY past_lu CROSS JOIN res r ON r.rid = v.rid WHERE v.type = ?', type), 'v');
  return [current(State.live), current(State.deleted), past];
}

/** Public resources of a type. */
function sharedOfType(connection: Connection, window: Window, type: number): Source<Version>[] {
  return [
    source(connection, false, few, window, sql('1'), sql('FROM res r INDEXED BY res_shared WHERE r.type = ? AND r.exposure = 0', type), 'r'),
    source(connection, true, few, window, ofPast(window, sql('1')), sql('FROM past v INDEXED BY past_shared CROSS JOIN res r ON r.rid = v.rid WHERE v.type = ? AND v.shared = 1', type), 'v'),
  ];
}

/** What a record owns, of one type or of all. Rows that the person may not see are left out where they are sorted. */
function ofRecord(connection: Connection, window: Window, patient: number, type: number | undefined): Source<Version>[] {
  const seen = visible(window.reach, 'r');
  const owned = `FROM own o CROSS JOIN res r ON r.rid = o.rid`;
  const mine = `WHERE o.pt = ?${type === undefined ? '' : ' AND o.type = ?'} AND r.exposure <> 0 AND ${seen.text}`;
  const args = [patient, ...(type === undefined ? [] : [type]), ...seen.args];
  return [
    source(connection, false, record, window, sql('1'), sql(`${owned} ${mine}`, ...args), 'r'),
    source(connection, true, record, window, ofPast(window, sql('1')), sql(`${owned} CROSS JOIN past v ON v.rid = r.rid ${mine}`, ...args), 'v'),
  ];
}

/** The types that a partial index holds, one by one. */
function distinct(connection: Connection, table: 'res' | 'past', condition: string): number[] {
  const least = (more: string): string => `SELECT min(type) FROM ${table} WHERE ${condition}${more}`;
  return connection.prepare(`WITH RECURSIVE t(type) AS (${least('')} UNION ALL SELECT (${least(' AND type > t.type')}) FROM t WHERE t.type IS NOT NULL)
    SELECT type FROM t WHERE type IS NOT NULL`).all().map(([type]) => type as number);
}

const typesOf = (connection: Connection, ...holding: readonly (readonly ['res' | 'past', string])[]): number[] =>
  [...new Set(holding.flatMap(([table, condition]) => distinct(connection, table, condition)))];

/** @param type number of the type; undefined = all */
export function sourcesOf(connection: Connection, window: Window, type: number | undefined): Source<Version>[] {
  const { reach } = window;
  if (reach.kind !== 'patient') {
    const types = type === undefined ? typesOf(connection, ['res', `state = ${State.live}`], ['res', `state = ${State.deleted}`], ['past', '1']) : [type];
    return types.flatMap((one) => ofType(connection, window, one));
  }
  const types = type === undefined ? typesOf(connection, ['res', 'exposure = 0'], ['past', 'shared = 1']) : [type];
  return [...ofRecord(connection, window, reach.patient, type), ...types.flatMap((one) => sharedOfType(connection, window, one))];
}
