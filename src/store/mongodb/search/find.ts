/**
 * How the resources of a page are found. Every way that could be short is tried over a few rows, then over four times as many, and
 * so on: drivers are counted until one ends, indexes in the order of the search are walked until the page is full. What is
 * looked at stays within a small multiple of the shortest way, whatever the data.
 */
import { budgets, tooCostly, tooManyToSort } from '../../search/budgets.js';
import { comparePositions, type Position } from '../../search/positions.js';
import { farPast } from '../documents.js';
import { allOf } from './conditions.js';
import { growth, type Row, type SearchContext } from './context.js';
import { fewest, isOrdered, rowsIn, typeDriver, type Counted, type Driver } from './drivers.js';
import { filterOf, isHopeless, jobBy, listedBy, rowsOf, type DrivenJob, type Job } from './gather.js';
import { inOrder } from './in-order.js';
import { hitOf, type Hit, type Key, type Order } from './order.js';
import { scan, type Range } from './ranges.js';
import { Walker, type Track } from './walker.js';

/** What is searched of one type. */
export interface TypeJob extends DrivenJob {
  readonly type: string;
}

interface Question {
  readonly job: TypeJob;
  readonly order: Order;
  readonly after: Position | undefined;
  readonly limit: number;
}

/** A page, and how many there are on all of them where every one was looked at. */
export interface Found {
  readonly hits: readonly Hit[];
  readonly all?: number;
}

/** The first `limit` after a position, in order. @throws Failure `too-costly` when no way to them ends within the budgets */
export async function find(context: SearchContext, job: TypeJob, order: Order, after: Position | undefined, limit: number): Promise<Found> {
  const [key] = order.keys;
  if (isHopeless(job) || limit <= 0) return { hits: [] };
  if (!key) return findById(context, job, after, limit);
  if (key.missing === 'always' || (key.missing && after?.keys[0] === null)) return findMissing(context, job, order, after, limit);
  return race(context, { job, order, after, limit }, key);
}

const byId: Order = { keys: [{ descending: false, value: ({ _id }) => _id.slice(_id.indexOf('/') + 1), columns: ['_id'] }], aligned: 1 };
async function findById(context: SearchContext, job: TypeJob, after: Position | undefined, limit: number): Promise<Found> {
  const found = await find(context, job, byId, after?.id === undefined ? undefined : { ...after, keys: [after.id] }, limit);
  return { ...found, hits: found.hits.map((hit) => ({ ...hit, keys: [] })) };
}

/** What has no value for the first key: in the order of the others. */
async function findMissing(context: SearchContext, job: TypeJob, { keys: [key, ...rest] }: Order, after: Position | undefined, limit: number): Promise<Found> {
  const undated = key?.missing === 'undated' ? { ...job, extra: allOf(job.extra, { sd: farPast }) } : job;
  const position = after?.keys[0] === null ? { ...after, keys: after.keys.slice(1) } : undefined;
  const { hits, all } = await find(context, undated, { keys: rest, aligned: 1 }, position, limit);
  return { hits: hits.map((hit) => ({ ...hit, keys: [null, ...hit.keys] })), ...(undated === job && all !== undefined ? { all } : {}) };
}

const inSequence = ({ order: { keys }, after, limit }: Question, hits: readonly Hit[]): Hit[] =>
  hits.filter((hit) => !after || comparePositions(keys, hit, after) > 0).sort((one, other) => comparePositions(keys, one, other)).slice(0, limit);

interface Course {
  readonly walker: Walker;
  /** The driver that is walked, when it is one of the search itself. */
  readonly driver?: Driver;
}

async function race(context: SearchContext, question: Question, key: Key): Promise<Found> {
  const { job, limit } = question;
  // The type itself may have few resources, whatever the criteria.
  const drivers = job.drivers.length > 0 ? job.drivers : key.columns?.[0] === 'sd' ? [] : [typeDriver(context, job.types)];
  let courses = coursesOf(context, question, key, job.drivers.filter(isOrdered));
  const sole = courses.length === 1 && drivers.length === 1 && courses[0]?.driver === drivers[0];
  // What is counted anyway, for the total, is counted first.
  const counted = context.counted && !sole && drivers.length === 1 ? Math.min(budgets.cheapCount, context.sortable) : 0;
  for (let step = Math.min(context.stepFor(limit), context.sortable), first = true; ; step *= growth, first = false) {
    const rows = sole ? undefined : (first ? await listedAtOnce(context, drivers, job, step, counted) : undefined) ?? await fewRows(context, drivers, job, Math.max(step, counted));
    if (rows) return listed(question, rows);
    if (first && courses.length === 0) courses = await otherCourses(context, question, key, drivers);
    for (const course of step < allCourses ? courses.slice(0, 1) : courses) {
      const hits = await walk(question, course, Math.min(step, budgets.walk));
      if (!hits) continue;
      const { exhausted, found } = course.walker;
      return { hits: await withMissing(context, question, key, hits), ...(exhausted && !question.after && !key.missing ? { all: found } : {}) };
    }
    if (courses.length === 0 && step > context.sortable * growth) throw tooManyToSort(context.sortable);
    if (courses.length > 0 && step >= budgets.walk) throw tooCostly('walk');
  }
}

const listed = (question: Question, rows: readonly Row[]): Found => ({ hits: inSequence(question, rows.map((row) => hitOf(row, question.order.keys))), all: rows.length });

/** Rows from which every way in the order of the search is walked, not the likeliest alone. */
const allCourses = 1_000;

/** Walks until `step` rows of the index were looked at. @returns hits when they fill the page or are all that there are */
async function walk(question: Question, { walker }: Course, step: number): Promise<Hit[] | undefined> {
  const { job, order: { keys }, limit } = question;
  const want = job.compiled.rest ? Math.max(limit, judgedAtOnce) : limit;
  for (;;) {
    const hits = inSequence(question, walker.settled().map((row) => hitOf(row, keys)));
    if (hits.length >= limit || walker.exhausted) return hits;
    if (walker.walked >= step) return undefined;
    await walker.advance(step - walker.walked, want);
  }
}
/** Rows that are judged together, where a document does not tell all. */
const judgedAtOnce = 100;

async function withMissing(context: SearchContext, { job, order, limit }: Question, key: Key, hits: Hit[]): Promise<Hit[]> {
  if (key.missing !== 'undated' || hits.length >= limit) return hits;
  return [...hits, ...(await findMissing(context, job, order, undefined, limit - hits.length)).hits];
}

/** Those of the first driver: in one step, and up to `counted` where to count them would be to look at each. */
async function listedAtOnce(context: SearchContext, drivers: readonly Driver[], job: Job, step: number, counted: number): Promise<readonly Row[] | undefined> {
  const isLookedAt = drivers[0]?.ranges.every(({ keys, field }) => keys === undefined && field !== 'pt') === true;
  return await listedBy(context, drivers, job, step) ?? (counted > step && isLookedAt ? listedBy(context, drivers, job, counted) : undefined);
}
/** All resources of a driver that has no more than `step` rows. */
async function fewRows(context: SearchContext, drivers: readonly Driver[], job: Job, step: number): Promise<readonly Row[] | undefined> {
  const short = await shortest(context, drivers, job, step);
  return short && rowsOf(context, short.driver, job, short.rows);
}
/** One of the shorter drivers, when it has no more rows than `step`. */
async function shortest(context: SearchContext, drivers: readonly Driver[], job: Job, step: number): Promise<Counted | undefined> {
  if (drivers.length === 0) return undefined;
  const { sortable } = context;
  return (step <= sortable * growth ? await fewest(context, drivers, Math.min(step, sortable)) : undefined)
    ?? (step > Math.min(budgets.look, sortable) * growth ? scannable(context, drivers, job) : undefined);
}

/** A driver whose long ranges hold few rows that fit: these, listed. */
async function scannable(context: SearchContext, drivers: readonly Driver[], job: Job): Promise<Counted | undefined> {
  for (const driver of drivers.filter(({ ranges }) => ranges.every(({ keys }) => keys === undefined))) {
    const found = await context.once(driver, 'scanned', () => scanned(context, driver, job));
    if (found) return { driver: { ranges: [found] }, rows: found.size ?? 0 };
  }
  return undefined;
}
async function scanned(context: SearchContext, { ranges }: Driver, job: Job): Promise<Range | undefined> {
  const ids = new Set<string>();
  for (const range of ranges) {
    if (await rowsIn(context, { ranges: [range] }, budgets.scan + 1) > budgets.scan) return undefined;
    const rows = await scan(context, range, { rows: budgets.scan, filter: filterOf(context, job), want: context.sortable + 1 });
    for (const { _id, of } of rows) ids.add(of ?? _id);
    if (ids.size > context.sortable) return undefined;
  }
  return { field: '_id', condition: { _id: { $in: [...ids] } }, ordered: false, size: ids.size };
}

/** Indexes in the order of the first key: those of the search's own drivers, where they have it. */
function coursesOf(context: SearchContext, question: Question, key: Key, ordered: readonly Driver[]): Course[] {
  const { job, order: { aligned }, after } = question;
  const { columns, descending } = key;
  if (!columns) return [];
  const [start, tie] = after?.keys ?? [];
  const track = (ranges: readonly Range[]): Track => ({
    ranges, columns, descending,
    ...(key.missing === 'undated' ? { bound: { sd: { $gt: farPast } } } : {}),
    ...(start === undefined || start === null ? {} : { start: columns[0] === '_id' ? [`${job.type}/${start}`] : aligned === 2 && tie !== undefined ? [start, tie] : [start] }),
  });
  const course = (ranges: readonly Range[], driver?: Driver): Course => ({ walker: new Walker(context, driver ? jobBy(job, driver) : job, track(ranges), aligned), ...(driver ? { driver } : {}) });
  if (columns[0] === 'sd') {
    if (ordered.length > 0) return ordered.map((driver) => course(driver.ranges, driver));
    return job.drivers.length > 0 ? [] : [course(typeDriver(context, job.types).ranges)];
  }
  const { type } = job;
  const whole: Range = columns[0] === 'lu'
    ? { field: 'lu', condition: { rt: type }, ordered: true }
    : { field: '_id', condition: { _id: { $gte: `${type}/`, $lt: `${type}0` }, rt: type }, ordered: true };
  return [course([whole])];
}

/** Drivers that can be put in order, now that none is short; else the type as a whole. */
async function otherCourses(context: SearchContext, question: Question, key: Key, drivers: readonly Driver[]): Promise<Course[]> {
  if (key.columns?.[0] !== 'sd') return [];
  const ordered: Driver[] = [];
  for (const driver of drivers) {
    const put = await inOrder(context, driver);
    if (put) ordered.push(put);
  }
  return coursesOf(context, question, key, ordered.length > 0 ? ordered : [await inOrder(context, typeDriver(context, question.job.types)) ?? typeDriver(context, question.job.types)]);
}
