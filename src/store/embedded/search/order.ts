/**
 * The order of a search. With a sort: its keys, missing values last in either direction, ties by id (rules 6.6). Without:
 * type by type as the plan names them, each by main date, newest first.
 */
import type { Leaf, SortKey, ValueKind } from '../../../search/plan.js';
import { mainDateCode } from '../../../search/main-date.js';
import { farPast, type EntryTableName } from '../schema.js';
import type { Bound, Position } from '../../search/positions.js';
import { typeOfParam } from '../../search/clauses.js';
import type { SearchContext } from './context.js';
import { predicate } from './predicate.js';
import { allOf, anyOf, byResource, join, name, no, q, type Sql } from './sql.js';

/** A sort key as a column of `res` under the alias `r`, or as a look-up of its marked entry. */
export interface Key {
  readonly descending: boolean;
  /** NULL when missing. */
  readonly value: Sql;
  /** An index in the order of this key; undefined when there is none. */
  readonly index?: KeyIndex;
  /** Holds for a row that has no value; absent when every resource has one. */
  readonly missing?: Sql;
  /** The key is the main date: indexes of tokens, references and owners go in its order too. */
  readonly mainDate: boolean;
}
export interface KeyIndex {
  /** `FROM … WHERE …` under the alias `e`, one for each range to merge. */
  readonly sources: readonly Sql[];
  readonly filter: Sql;
  /** Columns of `e` that the index goes by; the first one is the key. */
  readonly columns: readonly string[];
}

/** Bits of `mark`. */
const marks = { least: 1, greatest: 2 } as const;

interface Sortable {
  readonly table: EntryTableName;
  readonly value: string;
  /** Absent where the table is not in the order of the value. */
  readonly columns?: readonly string[];
}
const sortable: Readonly<Record<Exclude<ValueKind, 'reference' | 'position'>, Sortable>> = {
  token: { table: 'tok', value: 'code', columns: ['code', 'sd', 'rid', 'sys'] },
  string: { table: 'str', value: 'f', columns: ['f', 'rid', 'x'] },
  date: { table: 'dat', value: 'lo', columns: ['lo', 'hi', 'rid'] },
  number: { table: 'num', value: 'lo', columns: ['lo', 'hi', 'rid'] },
  quantity: { table: 'qty', value: 'lo' },
  uri: { table: 'uri', value: 'v', columns: ['v', 'rid'] },
  composite: { table: 'cmp', value: 'code' },
};

export function keyOf(context: SearchContext, { by, descending }: SortKey, types: readonly string[]): Key {
  const numbers = context.typeNumbers(types);
  if (by === '_id') {
    return { descending, value: name('r.id'), mainDate: false, index: { sources: [q`res e INDEXED BY res_id WHERE e.state = 1`], filter: q`1`, columns: ['id', 'type'] } };
  }
  if (by === '_lastUpdated') {
    const sources = numbers.map((type) => q`res e INDEXED BY res_lu WHERE e.type = ${type} AND e.state = 1`);
    return { descending, value: name('r.lu'), mainDate: false, index: { sources, filter: q`1`, columns: ['lu', 'rid'] } };
  }
  if ('score' in by) return { descending, value: relevance(context, by.score), mainDate: false };
  const type = typeOfParam(by.param);
  // What is of none of the types is missing from all of them.
  if (!types.includes(type)) return { descending, value: q`NULL`, missing: q`1`, mainDate: false };
  if (by.valueKind === 'date' && by.param === `${type}.${mainDateCode(type) ?? ''}`) return mainDateKey(context, type, descending, types);
  return entryKey(context, by.param, by.valueKind, descending);
}

/** How many of the leaves hold. */
function relevance(context: SearchContext, leaves: readonly Leaf[]): Sql {
  const held = leaves.map((leaf) => predicate(context, leaf, { row: 'r', depth: 0 }));
  return held.length === 0 ? q`0` : q`(${join(held, ' + ')})`;
}

/** The main date stands in the row itself (see `main-date.ts` of the search room). */
function mainDateKey(context: SearchContext, type: string, descending: boolean, types: readonly string[]): Key {
  const number = context.names.id(type) ?? -1;
  const own = types.length === 1 && types[0] === type ? q`NULLIF(r.sd, ${farPast})` : q`CASE WHEN r.type = ${number} THEN NULLIF(r.sd, ${farPast}) END`;
  return {
    descending, value: own, missing: q`(${own}) IS NULL`, mainDate: true,
    index: { sources: [q`res e INDEXED BY res_sd WHERE e.type = ${number} AND e.state = 1 AND e.sd > ${farPast}`], filter: q`1`, columns: ['sd', 'rid'] },
  };
}

function entryKey(context: SearchContext, param: string, kind: ValueKind, descending: boolean): Key {
  const p = context.names.id(param);
  const mark = descending ? marks.greatest : marks.least;
  if (p === undefined) return { descending, value: q`NULL`, missing: q`1`, mainDate: false };
  const marked = q`e.c = 0 AND e.mark & ${mark}`;
  const here = q`e.rid = r.rid AND e.p = ${p} AND ${marked}`;
  // Nothing is in the order of a place.
  if (kind === 'position') return { descending, value: q`NULL`, missing: q`1`, mainDate: false };
  if (kind === 'reference') {
    const text = q`COALESCE(
      (SELECT (SELECT n.text FROM name n WHERE n.id = x.type) || '/' || x.id FROM ${byResource('ref', 'e')} CROSS JOIN res x ON x.rid = e.t WHERE ${here} LIMIT 1),
      (SELECT e.v FROM ${byResource('ext', 'e')} WHERE ${here} LIMIT 1))`;
    return { descending, value: text, missing: q`(${text}) IS NULL`, mainDate: false };
  }
  const { table, value, columns } = sortable[kind];
  const text = kind === 'date' ? q`CASE WHEN e.lo > ${farPast} THEN e.lo ELSE e.hi END` : name(`e.${value}`);
  const missing = q`NOT EXISTS (SELECT 1 FROM ${byResource(table, 'e')} WHERE ${here})`;
  const index = columns && !(kind === 'date' && hasOpenStart(context, p)) ? { index: { sources: [q`${name(table)} e WHERE e.p = ${p}`], filter: marked, columns } } : {};
  return { descending, value: q`(SELECT ${text} FROM ${byResource(table, 'e')} WHERE ${here} LIMIT 1)`, missing, mainDate: false, ...index };
}

/** Periods without a start sort by their end, which the index does not. */
const hasOpenStart = (context: SearchContext, p: number): boolean =>
  context.rows(q`SELECT 1 FROM dat e WHERE e.p = ${p} AND e.lo <= ${farPast} LIMIT 1`).length > 0;

/** A found row with the values of the sort keys. */
export interface Hit {
  readonly rid: number;
  readonly id: string;
  readonly type: number;
  readonly keys: readonly Bound[];
}

/** Rows after a position, over columns k0, k1 …, id, type. */
export function afterPosition(keys: readonly Key[], position: Position, at = 0): Sql {
  const { keys: values, id, type } = position;
  const key = keys[at];
  if (!key) return id === undefined || type === undefined ? no : q`(id, type) > (${id}, ${type})`;
  const column = name(`k${at}`);
  const value = values[at] ?? null;
  const rest = afterPosition(keys, position, at + 1);
  if (value === null) return allOf(q`${column} IS NULL`, rest);
  const beyond = key.descending ? q`${column} < ${value}` : q`${column} > ${value}`;
  return anyOf(beyond, q`${column} IS NULL`, allOf(q`${column} = ${value}`, rest));
}

/** `ORDER BY` over the same columns. */
export const orderBy = (keys: readonly Key[]): Sql => {
  const terms = keys.map(({ descending }, at) => `k${at} IS NULL, k${at}${descending ? ' DESC' : ''}`);
  return { text: [...terms, 'id', 'type'].join(', '), args: [] };
};
