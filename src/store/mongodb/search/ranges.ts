/** Index ranges, and what is read of them: always through the one index that the range names. */
import type { Document } from 'mongodb';
import type { EntryField, EntryRange } from './leaves.js';
import { allOf, always, isAlways, oneOf, type Condition } from './conditions.js';
import type { Hint, Row, SearchContext } from './context.js';

type Field = EntryField | '_id' | 'pt' | 'pts' | 'doc' | 'lu' | 'public';

/** Keys of the indexes, see collections.ts. */
const hints: Readonly<Record<Field, Hint>> = {
  _id: { _id: 1 }, pt: { pt: 1, t: 1, sd: 1, n: 1 }, pts: { pts: 1 }, doc: { doc: 1 }, lu: { rt: 1, lu: 1, n: 1 }, public: { rt: 1, sd: 1, n: 1 },
  t: { t: 1, sd: 1, n: 1 }, r: { r: 1, sd: 1, n: 1 }, s: { s: 1 }, u: { u: 1 },
  d: { 'd.p': 1, 'd.lo': 1, 'd.hi': 1 }, q: { 'q.p': 1, 'q.u': 1, 'q.lo': 1, 'q.hi': 1 },
  c: { 'c.p': 1, 'c.t': 1, 'c.v': 1, 'c.u': 1, 'c.lo': 1, 'c.hi': 1 },
  pl: { 'pl.p': 1, 'pl.b': 1, 'pl.lon': 1 },
};
/** What is usually narrow comes first: it is the first to be counted to its end. */
const narrowFirst: readonly Field[] = ['_id', 'pt', 'doc', 'r', 'pl', 'u', 's', 'pts', 't', 'c', 'q', 'd', 'lu', 'public'];

export interface Range {
  readonly field: Field;
  readonly condition: Condition;
  /** It is read in the order of (sd, n). */
  readonly ordered: boolean;
  /** Of a keyed range. */
  readonly keys?: readonly string[];
  /** How many rows it has at most, when that is known without looking. */
  readonly size?: number;
}
export const rankOf = ({ field }: Range): number => narrowFirst.indexOf(field);
export const hintOf = ({ field }: Range): Hint => hints[field];

/** Up to this many keys are merged in the order of their index by the server. */
const mergedKeys = 150;

export function entryRange({ field, condition, keys }: EntryRange): Range {
  const ordered = keys !== undefined && (field === 't' || field === 'r') && keys.length <= mergedKeys;
  return { field, condition, ordered, ...(keys === undefined ? {} : { keys }) };
}
export function keyedRange(field: 't' | 'r', keys: readonly string[]): Range {
  return entryRange({ field, condition: oneOf(field, keys), keys });
}
export const listed = (ids: readonly string[]): Range => ({ field: '_id', condition: oneOf('_id', ids), ordered: false, size: ids.length });

/** Rows in a range, counted up to `cap`. */
export async function measure(context: SearchContext, range: Range, cap: number): Promise<number> {
  if (range.size !== undefined) return Math.min(range.size, cap);
  const known = context.sizes.get(range.condition);
  if (known && (known.whole || known.rows >= cap)) return Math.min(known.rows, cap);
  const [counted] = await context.rows<{ readonly rows: number }>([{ $match: range.condition }, { $limit: cap }, { $count: 'rows' }], hintOf(range));
  const rows = counted?.rows ?? 0;
  context.keys += rows;
  context.sizes.set(range.condition, { rows, whole: rows < cap });
  return rows;
}
/** Whether the range is known to have no row. */
export const isEmpty = ({ sizes }: SearchContext, { size, condition }: Range): boolean => size === 0 || (sizes.get(condition)?.rows ?? 1) === 0;

export interface Scan {
  /** On top of the condition of the range: where in its order to begin. */
  readonly from?: Condition;
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  /** Rows of the range to look at, at most; all when left out. */
  readonly rows?: number;
  /** What is checked on each row that was looked at. */
  readonly filter?: Condition;
  /** Rows to give, at most. */
  readonly want?: number;
  /** A parameter whose references are read too. */
  readonly links?: string;
}

/** Rows that are few enough to be read with their texts: those of a first step, and one that tells that there are more. */
export const textsAtOnce = 65;

/** A limit stands between a range and what is checked on its rows: the planner has no second way to find them. */
const stages = (context: SearchContext, range: Range, { from = always, sort, rows, filter = always, want, links }: Scan): Document[] => [
  { $match: allOf(range.condition, from) },
  ...(sort === undefined ? [] : [{ $sort: sort }]),
  ...(rows === undefined ? [] : [{ $limit: rows }]),
  ...(isAlways(filter) ? [] : [{ $match: filter }]),
  ...(want === undefined ? [] : [{ $limit: want }]),
  context.fields({ text: links === undefined && Math.min(rows ?? Infinity, want ?? Infinity) <= textsAtOnce, ...(links === undefined ? {} : { links }) }),
];
export const scan = (context: SearchContext, range: Range, how: Scan): Promise<Row[]> => context.rows(stages(context, range, how), hintOf(range));
/** The same, some rows after others. */
export const scanned = (context: SearchContext, range: Range, how: Scan): AsyncIterable<readonly Row[]> => context.batches(stages(context, range, how), hintOf(range));
