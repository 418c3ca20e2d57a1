/** Totals, counted under the very predicate of the search (rules 6.7). */
import type { SearchPlan } from '../../../search/plan.js';
import { budgets, tooCostly } from '../../search/budgets.js';
import { conjuncts } from '../../search/clauses.js';
import { Exposure, type AccessRow } from '../documents.js';
import { accessFields } from '../visibility.js';
import { allOf, anyOf, isAlways } from './conditions.js';
import { batch, pieces, type SearchContext } from './context.js';
import { few, rowsIn, typeDriver, type Driver } from './drivers.js';
import { filterOf, isHopeless, jobBy, kept, type DrivenJob, type Job } from './gather.js';
import { surelyDated } from './dated.js';
import { hintOf, isEmpty, measure, scan, scanned, type Range } from './ranges.js';

type Mode = Exclude<SearchPlan['total'], 'none'>;

/** Matches up to which a total is given without being insisted upon, and the rows looked at for each of them. */
const limits: Readonly<Record<Exclude<Mode, 'accurate'>, number>> = { 'if-cheap': budgets.cheapCount, estimate: budgets.estimate };
const rowsForEach = 10;

/** Whether so many matches are told in that mode, now that they are known. */
export const isWithin = (mode: Mode, matches: number): boolean => mode === 'accurate' || matches <= limits[mode];

/**
 * @returns undefined when a total that was not insisted upon is not cheap
 * @throws Failure `too-costly` when one that was insisted upon goes beyond its budget
 */
export async function total(context: SearchContext, job: DrivenJob, mode: Mode): Promise<number | undefined> {
  if (isHopeless(job)) return 0;
  const everything = typeDriver(context, job.types);
  const sole = await everyRow(context, job);
  if (sole) return mode === 'accurate' ? allIn(context, sole) : rowsWithin(context, sole, limits[mode]);
  const narrow = await few(context, job.drivers.length > 0 ? job.drivers : [everything], mode === 'accurate' ? budgets.estimate : budgets.cheapCount);
  if (narrow?.rows === 0) return 0;
  if (narrow) return count(context, job, narrow.driver, narrow.rows);
  const driver = job.drivers.find(({ ranges }) => ranges.length === 1) ?? everything;
  return mode === 'accurate' ? accurate(context, job, driver) : cheap(context, job, driver, limits[mode]);
}

/** Nothing is hidden, or left out for having changed. */
const isOpenTo = ({ grant: { reach } }: SearchContext, { extra }: Pick<Job, 'extra'>): boolean => reach.kind === 'everything' && isAlways(extra);

/** A driver whose rows are the matches, each once: nothing is left to be checked on them. */
async function everyRow(context: SearchContext, { where, extra, drivers, compiled: { rest } }: DrivenJob): Promise<Driver | undefined> {
  if (!isOpenTo(context, { extra }) || rest) return undefined;
  const [clause, ...further] = conjuncts(where);
  const driver = further.length > 0 ? undefined : drivers.find(({ settles, ranges: [range, ...more] }) => settles === clause && range?.keys !== undefined && more.length === 0);
  // A resource bears each key once; several keys may be on several of its documents.
  return driver && (driver.ranges[0]?.keys?.length === 1 || !await anyFurther(context)) ? driver : undefined;
}
/** Whether any resource has further documents. */
const anyFurther = (context: SearchContext): Promise<boolean> => context.once(context, 'further', async () =>
  (await context.rows([{ $match: { of: { $gt: '' } } }, { $limit: 1 }, { $project: { _id: 0, of: 1 } }], { of: 1 })).length > 0);

async function rowsWithin(context: SearchContext, driver: Driver, limit: number): Promise<number | undefined> {
  const rows = await rowsIn(context, driver, limit + 1);
  return rows > limit ? undefined : rows;
}
async function allIn(context: SearchContext, driver: Driver): Promise<number> {
  const rows = await rowsWithin(context, driver, budgets.count);
  if (rows === undefined) throw tooCostly('count');
  return rows;
}

async function accurate(context: SearchContext, job: DrivenJob, driver: Driver): Promise<number> {
  await allIn(context, driver);
  return count(context, job, driver, budgets.count);
}

async function cheap(context: SearchContext, job: DrivenJob, driver: Driver, limit: number): Promise<number | undefined> {
  const rows = limit * rowsForEach;
  const sure = isOpenTo(context, job) ? surelyDated(job.where, job.types) : undefined;
  if (sure && await measure(context, sure, limit + 1) > limit) return undefined;
  const isTooLong = async (): Promise<boolean> => await rowsIn(context, driver, rows + 1) > rows;
  // Where no row is hidden, counting ends soon after the limit.
  const isOpen = context.grant.reach.kind === 'everything';
  if (!isOpen && await isTooLong()) return undefined;
  const found = await count(context, job, driver, rows, limit + 1);
  return found > limit || (isOpen && await isTooLong()) ? undefined : found;
}

/** Among at most `rows` rows of each range. @param most matches that matter */
async function count(context: SearchContext, given: DrivenJob, driver: Driver, rows: number, most = rows): Promise<number> {
  const [range, ...more] = driver.ranges.filter((each) => !isEmpty(context, each));
  if (!range) return 0;
  const job = jobBy(given, driver);
  if (more.length === 0 && !job.compiled.rest) return countAlike(context, job, range, rows, most);
  const ids = new Set<string>();
  for (const each of [range, ...more]) {
    for await (const some of scanned(context, each, { rows, filter: filterOf(context, job) })) {
      for (const { _id } of await kept(context, job, some)) ids.add(_id);
    }
  }
  return ids.size;
}

interface Group {
  readonly _id: AccessRow & { /** One document does not tell all of these. */ readonly more: boolean };
  readonly rows: number;
}
/** Rows of one range that are alike for the grant are judged once. Those of which one document does not tell all are judged each. */
async function countAlike(context: SearchContext, job: Job, range: Range, rows: number, most: number): Promise<number> {
  const filter = filterOf(context, job);
  const more = { $or: [{ $gt: ['$of', null] }, { $gt: ['$sp', null] }] };
  const isOpen = context.grant.reach.kind === 'everything';
  const access = isOpen ? [] : Object.keys(accessFields).map((field) => [field, `$${field}`]);
  const groups = await context.rows<Group>([
    { $match: range.condition }, { $limit: rows }, ...(isAlways(filter) ? [] : [{ $match: filter }]), ...(isOpen && most < rows ? [{ $limit: most }] : []), { $group: { _id: { ...Object.fromEntries(access), more }, rows: { $sum: 1 } } },
  ], hintOf(range));
  let sum = 0;
  for (const some of pieces(groups.filter(({ _id }) => !_id.more), batch)) {
    const seen = await context.sight.visible(some.map((group) => ({ ...group._id, x: group._id.x ?? Exposure.public, rows: group.rows })));
    sum += seen.reduce((all, group) => all + group.rows, 0);
  }
  if (!groups.some(({ _id }) => _id.more)) return sum;
  if (most < rows) return countAlike(context, job, range, rows, rows);
  const spilled = await scan(context, range, { rows, filter: allOf(filter, anyOf({ of: { $exists: true } }, { sp: { $exists: true } })) });
  return sum + (await kept(context, job, spilled)).length;
}
