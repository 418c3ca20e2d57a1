/** What the parts of one search share: its snapshot, the caller's sight, and what was spent so far. */
import type { AbstractCursor, Document, FindOptions } from 'mongodb';
import type { Leaf } from '../../../search/plan.js';
import type { Grant } from '../../../access/grant.js';
import { budgets, tooCostly } from '../../search/budgets.js';
import type { AccessRow, SortValue } from '../documents.js';
import { tokensOf } from './relevance.js';
import { readOptions, type Reading } from '../connection.js';
import { versionFields, type VersionRow } from '../versions.js';
import { accessFields, reachFilter, Sight } from '../visibility.js';
import { allOf, oneOf, type Condition } from './conditions.js';

/** A document as a search looks at it; with its text where it is likely to be on the page. */
export interface Row extends AccessRow, Partial<Pick<VersionRow, 'v' | 'dt' | 'cut' | 'b' | 'big' | 'ct'>> {
  readonly _id: string;
  readonly rt?: string;
  /** Of a further document: the resource that it belongs to. */
  readonly of?: string;
  readonly lu: number;
  readonly w?: number;
  readonly sd: number;
  readonly n: number;
  /** The resource has further documents: what its own says of entries is not all. */
  readonly sp?: number;
  readonly k?: readonly SortValue[];
  /** Reference keys of one parameter, where they were asked for. */
  readonly r?: readonly string[];
  /** Tokens that relevance is told by, where it is asked for, and what holds of all that is counted: each sort key counts its own. */
  readonly t?: readonly string[];
  readonly held?: readonly Leaf[];
}
const rowFields = { ...accessFields, rt: 1, of: 1, lu: 1, w: 1, sd: 1, n: 1, sp: 1 } as const;

/** The keys of an index: what a query is told to go by. */
export type Hint = Readonly<Record<string, 1>>;

export interface Manner {
  /** The order of the search asks for the sort keys of a resource. */
  readonly sortKeys?: boolean;
  /** What the relevance of a resource is counted by. */
  readonly score?: readonly Leaf[];
  /** Rows that each way of finding a page is first tried over; about a page when left out. */
  readonly firstStep?: number;
  /** Resources that may be sorted in memory. */
  readonly sortable?: number;
  /** A total is wanted where it is cheap: what is listed for it serves the page too. */
  readonly counted?: boolean;
}

export class SearchContext {
  readonly sight: Sight;
  /** What no resource that the caller sees is without. */
  readonly reach: Condition;
  /** Where a chain or `_has` leads: the same snapshot as it exists under the grant of the hops. */
  readonly beyond: SearchContext;
  /** Keys of indexes looked at, at most. */
  keys = 0;
  /** Rows counted of ranges, by their conditions; `whole`: there are no more. */
  readonly sizes = new WeakMap<Condition, { readonly rows: number; readonly whole: boolean }>();
  /** Something was read: the snapshot is fixed. */
  private stands: boolean;
  private readonly deadline: number;
  private readonly known = new WeakMap<object, Map<string, unknown>>();

  constructor(readonly reading: Reading, readonly grant: Grant, private readonly manner: Manner = {}, hops?: Grant) {
    this.deadline = Date.now() + reading.maxTimeMS;
    this.stands = reading.clock !== undefined;
    this.sight = new Sight(reading, grant);
    this.reach = reachFilter(grant);
    this.beyond = hops ? new SearchContext(reading, hops, manner) : this;
  }

  get sortable(): number {
    return this.manner.sortable ?? budgets.sort;
  }
  get counted(): boolean {
    return this.manner.counted ?? false;
  }
  get score(): readonly Leaf[] {
    return this.manner.score ?? [];
  }

  /** Rows that each way is first tried over. */
  stepFor(want: number): number {
    return this.manner.firstStep ?? Math.max(leastStep, Math.min(want, 1_000));
  }

  /** Documents of `resources`, all at once. */
  rows<T = Row>(pipeline: Document[], hint?: Hint): Promise<T[]> {
    return this.cursor<T>(pipeline, hint).toArray();
  }
  /** The same, some after others; not read further than they are taken. */
  async *batches<T = Row>(pipeline: Document[], hint?: Hint): AsyncIterable<readonly T[]> {
    let some: T[] = [];
    for await (const one of this.cursor<T>(pipeline, hint)) {
      some.push(one);
      if (some.length < batch) continue;
      yield some;
      some = [];
    }
    if (some.length > 0) yield some;
  }
  private cursor<T>(pipeline: Document[], hint?: Hint): AbstractCursor<T> {
    const maxTimeMS = this.deadline - Date.now();
    if (maxTimeMS <= 0) throw tooCostly('time');
    const { resources } = this.reading.collections;
    const options = { ...readOptions({ ...this.reading, maxTimeMS }), batchSize: batch, ...(hint ? { hint } : {}) };
    const asked = findOf(pipeline);
    return asked ? resources.find<T & Document>(asked.filter, { ...options, ...asked.options }) as AbstractCursor<T> : resources.aggregate<T & Document>(pipeline, options) as AbstractCursor<T>;
  }

  /** Projection of a {@link Row}. @param links a parameter whose references are read too, or `every` one's */
  fields({ text = false, links }: { readonly text?: boolean; readonly links?: string } = {}): Document {
    return { $project: { ...rowFields, ...(this.manner.sortKeys ? { k: 1 } : {}), ...(this.score.length > 0 ? { t: tokensOf(this.score) } : {}), ...(text ? versionFields : {}), ...(links === undefined ? {} : { r: links === 'every' ? 1 : keysOf(links) }) } };
  }

  /** Live resources of these types that may exist for the caller: {@link Sight} has the last word. */
  live(types: readonly string[]): Condition {
    return allOf(oneOf('rt', types), this.reach);
  }

  /** Reads that do not wait for each other; in a transaction, which takes one at a time, and before the snapshot stands they do. */
  async together<T>(reads: readonly (() => Promise<T>)[]): Promise<T[]> {
    const found: T[] = [];
    for (const read of reads) {
      if (this.stands && this.reading.session?.inTransaction() !== true) break;
      found.push(await read());
      this.stands = true;
    }
    return [...found, ...await Promise.all(reads.slice(found.length).map((read) => read()))];
  }

  /** Computed once in a search for the same object (a clause of its plan) and aspect. */
  once<T>(of: object, aspect: string, make: () => T): T {
    const aspects = this.known.get(of) ?? new Map<string, unknown>();
    this.known.set(of, aspects);
    if (!aspects.has(aspect)) aspects.set(aspect, make());
    return aspects.get(aspect) as T;
  }
}

/** What a pipeline asks that is no more than a query, in that form: the database answers it in two thirds of the time. */
export function findOf(pipeline: readonly Document[]): { readonly filter: Document; readonly options: FindOptions } | undefined {
  const [match, ...stages] = pipeline;
  const options: Record<string, unknown> = {};
  let from = 0;
  for (const stage of stages) {
    const [[operator, value] = ['', undefined]] = Object.entries(stage);
    const at = inQueries.findIndex(([name]) => name === operator);
    if (at < from) return undefined;
    options[inQueries[at]?.[1] ?? ''] = value;
    from = at + 1;
  }
  return match?.$match === undefined ? undefined : { filter: match.$match as Document, options };
}
/** Stages that are options of a query, in their order. */
const inQueries = [['$sort', 'sort'], ['$skip', 'skip'], ['$limit', 'limit'], ['$project', 'projection']] as const;

/** Counting so few costs less than asking twice. */
const leastStep = 64;
/** How much further each next step goes. */
export const growth = 4;

/** The keys of one parameter: its references, or what else is in that field. */
export const keysOf = (param: string, field: 'r' | 't' | 'u' = 'r'): Document => ({
  $filter: { input: { $ifNull: [`$${field}`, []] }, as: 'key', cond: { $eq: [{ $indexOfBytes: ['$$key', { $literal: `${param}|` }] }, 0] } },
});

/** Documents that one answer of the server brings. */
export const batch = 1_000;

/** The list in pieces of at most `size`. */
export function* pieces<T>(list: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
