/**
 * How the rows of a page are found. Every way that could be short is tried over a few rows, then over twice as many, and
 * so on: drivers are counted until one ends, indexes in the order of the search are walked until the page is full. What
 * is looked at stays within a small multiple of the shortest way, whatever the data.
 */
import { budgets, tooCostly, tooManyToSort } from '../../search/budgets.js';
import type { SearchContext } from './context.js';
import { distinctRids, isOrdered, measure, typeDriver, type Driver } from './drivers.js';
import { conditionOf, isHopeless, sorted, type Job } from './job.js';
import { comparePositions, type Position } from '../../search/positions.js';
import type { Hit, Key } from './order.js';
import { q } from './sql.js';
import { farPast } from '../schema.js';
import { Walker, type Track } from './walker.js';

/** A walker, what it gave, and how to tell whether that is enough. */
interface Course {
  readonly walker: Walker;
  readonly hits: Hit[];
  /** The driver that is walked, when it is one of the search itself. */
  readonly driver?: Driver | undefined;
  readonly full: () => boolean;
}

interface Ways {
  readonly drivers: readonly Driver[];
  readonly courses: readonly Course[];
  /** Hits that fill a page. */
  readonly want: number;
  /** What to do with a driver that has few rows. */
  readonly few: (driver: Driver) => Hit[];
}

/** Walks until `step` rows of the index were looked at. @returns whether that settles the search */
function walk({ walker, hits, full }: Course, step: number, want: number): boolean {
  while (!full() && !walker.exhausted) {
    if (walker.walked >= step) return false;
    hits.push(...walker.next(step - walker.walked, Math.max(want, hits.length)));
  }
  return true;
}

/** The first way that ends. @throws Failure `too-costly` when none ends within the budgets */
function race(context: SearchContext, { drivers, courses, want, few }: Ways): readonly Hit[] {
  const measured = courses.length === 1 && drivers.length === 1 && courses[0]?.driver === drivers[0] ? [] : drivers;
  for (let step = Math.min(context.meter.stepFor(want), context.sortable); ; step *= 2) {
    const driver = (step <= context.sortable * 2 ? fewest(context, measured, Math.min(step, context.sortable)) : undefined)
      ?? (step > Math.min(budgets.look, context.sortable * 2) ? scannable(context, measured) : undefined);
    if (driver) return few(driver);
    const done = courses.find((course) => walk(course, Math.min(step, budgets.walk), want));
    if (done) return done.hits;
    if (courses.length === 0 && step > context.sortable * 2) throw tooManyToSort(context.sortable);
    if (courses.length > 0 && step >= budgets.walk) throw tooCostly('walk');
  }
}

/** The first driver that has no more than `cap` rows. */
function fewest(context: SearchContext, drivers: readonly Driver[], cap: number): Driver | undefined {
  for (const driver of drivers) {
    const rows = measure(context, driver, cap + 1);
    if (rows > cap) continue;
    context.meter.spend(rows);
    return driver;
  }
  return undefined;
}

/** A driver whose long range holds few rows that fit. */
function scannable(context: SearchContext, drivers: readonly Driver[]): Driver | undefined {
  return drivers.find((driver) => driver.branches.some(({ filter }) => filter.text !== 'e.c = 0')
    && measure(context, driver, budgets.scan + 1) <= budgets.scan
    && context.number(q`SELECT COUNT(*) FROM (${distinctRids(driver)} LIMIT ${context.sortable + 1})`) <= context.sortable);
}

/** By main date, newest first: the order when none is asked for. */
const newestFirst: Key = { descending: true, value: q`r.sd`, mainDate: true };

/** The order without a sort, of one type: the position holds the main date and the rid. */
export interface PlainPosition {
  readonly sd: number;
  readonly rid: number;
}
export interface PlainHit extends PlainPosition {
  readonly id: string;
}

/** The first `limit` of one type, newest first. */
export function findPlain(context: SearchContext, job: Job, after: PlainPosition | undefined, limit: number): PlainHit[] {
  if (isHopeless(job)) return [];
  const keys = [newestFirst, { descending: true, value: q`r.rid`, mainDate: false }];
  const plain = ({ rid, id, keys: [sd] }: Hit): PlainHit => ({ rid, id, sd: sd as number });
  const ordered = job.drivers.filter(isOrdered);
  const courses = (ordered.length > 0 ? ordered : [typeDriver(context, job.types)]).map((driver): Course => {
    const track: Track = { sources: driver.branches, columns: ['sd', 'rid'], descending: true, ...(after ? { start: { after: [after.sd, after.rid] } } : {}) };
    const hits: Hit[] = [];
    return { walker: new Walker(context, conditionOf(job, driver), track, keys), hits, driver, full: () => hits.length >= limit };
  });
  const few = (driver: Driver) => sorted(context, job, driver, keys, after && { keys: [after.sd, after.rid] }, limit);
  return race(context, { drivers: job.drivers, courses, want: limit, few }).slice(0, limit).map(plain);
}

/** The first `limit` in the order of the keys. */
export function findSorted(context: SearchContext, job: Job, keys: readonly Key[], after: Position | undefined, limit: number): Hit[] {
  const [key] = keys;
  if (isHopeless(job) || !key) return [];
  if (after && after.keys[0] === null) return missing(context, job, keys, after, limit);
  const present = key.missing ? { ...job, frame: q`(${job.frame} AND NOT (${key.missing}))` } : job;
  const courses = tracksOf(job, key, after).map(({ track, driver }): Course => {
    const hits: Hit[] = [];
    return { walker: new Walker(context, conditionOf(present, driver), track, keys), hits, driver, full: () => isFull(keys, hits, after, limit) };
  });
  let settled = false;
  const few = (driver: Driver) => {
    settled = true;
    return sorted(context, job, driver, keys, after, limit);
  };
  // The types themselves may be few, however many criteria are missing.
  const drivers = courses.length > 0 && job.drivers.length > 0 ? job.drivers : [...job.drivers, typeDriver(context, job.types)];
  const found = race(context, { drivers, courses, want: limit + 1, few });
  if (settled) return [...found];
  const inOrder = beyond(keys, found, after).sort((one, other) => comparePositions(keys, one, other)).slice(0, limit);
  return inOrder.length < limit && key.missing ? [...inOrder, ...missing(context, job, keys, undefined, limit - inOrder.length)] : inOrder;
}

/** Indexes in the order of the first key: those of the search's own drivers, where they have it. */
function tracksOf(job: Job, key: Key, after: Position | undefined): { readonly track: Track; readonly driver?: Driver }[] {
  const from = after?.keys[0] ?? (key.mainDate && !key.descending ? farPast + 1 : null);
  const start = from === null ? {} : { start: { at: from } };
  const ordered = key.mainDate ? job.drivers.filter(isOrdered) : [];
  if (ordered.length > 0) return ordered.map((driver) => ({ driver, track: { sources: driver.branches, columns: ['sd', 'rid'], descending: key.descending, ...start } }));
  const { index } = key;
  return index ? [{ track: { sources: index.sources.map((source) => ({ source, filter: index.filter })), columns: index.columns, descending: key.descending, ...start } }] : [];
}

const beyond = (keys: readonly Key[], hits: readonly Hit[], after: Position | undefined): Hit[] =>
  after ? hits.filter((hit) => comparePositions(keys, hit, after) > 0) : [...hits];

/** Enough hits, and one that lies beyond the last of them by the first key: ties are all there. */
function isFull(keys: readonly Key[], hits: readonly Hit[], after: Position | undefined, limit: number): boolean {
  const last = hits.at(-1);
  if (hits.length <= limit || !last) return false;
  return beyond(keys, hits, after).filter((hit) => hit.keys[0] !== last.keys[0]).length >= limit;
}

/** What has no value for the first key: in the order of the others. */
function missing(context: SearchContext, job: Job, [key, ...rest]: readonly Key[], after: Position | undefined, limit: number): Hit[] {
  const frame = q`(${job.frame} AND ${key?.missing ?? q`0`})`;
  const byId: Key = { descending: false, value: q`r.id`, mainDate: false, index: { sources: [q`res e INDEXED BY res_id WHERE e.state = 1`], filter: q`1`, columns: ['id', 'type'] } };
  const keys = rest.length > 0 ? rest : [byId];
  const position = after && { ...after, keys: rest.length > 0 ? after.keys.slice(1) : [after.id ?? ''] };
  return findSorted(context, { ...job, frame }, keys, position, limit).map((hit) => ({ ...hit, keys: [null, ...(rest.length > 0 ? hit.keys : [])] }));
}
