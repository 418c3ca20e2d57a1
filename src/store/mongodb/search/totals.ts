/** Totals, counted under the very predicate of the search (rules 6.7). */
import type { SearchPlan } from '../../../search/plan.js';
import { budgets, tooCostly } from '../../search/budgets.js';
import { Exposure, type AccessRow } from '../documents.js';
import { accessFields } from '../visibility.js';
import { allOf, anyOf } from './conditions.js';
import { batch, pieces, type SearchContext } from './context.js';
import { few, rowsIn, typeDriver, type Driver } from './drivers.js';
import { filterOf, isHopeless, kept, type DrivenJob } from './gather.js';
import { hintOf, scan, scanned, type Range } from './ranges.js';

type Mode = Exclude<SearchPlan['total'], 'none'>;

/** Matches up to which a total is given without being insisted upon, and the rows looked at for each of them. */
const limits: Readonly<Record<Exclude<Mode, 'accurate'>, number>> = { 'if-cheap': budgets.cheapCount, estimate: budgets.estimate };
const rowsForEach = 10;

/**
 * @returns undefined when a total that was not insisted upon is not cheap
 * @throws Failure `too-costly` when one that was insisted upon goes beyond its budget
 */
export async function total(context: SearchContext, job: DrivenJob, mode: Mode): Promise<number | undefined> {
  if (isHopeless(job)) return 0;
  const everything = typeDriver(context, job.types);
  const narrow = await few(context, job.drivers.length > 0 ? job.drivers : [everything], mode === 'accurate' ? budgets.estimate : budgets.cheapCount);
  if (narrow?.rows === 0) return 0;
  if (narrow) return count(context, job, narrow.driver, narrow.rows);
  const driver = job.drivers.find(({ ranges }) => ranges.length === 1) ?? everything;
  return mode === 'accurate' ? accurate(context, job, driver) : cheap(context, job, driver, limits[mode]);
}

async function accurate(context: SearchContext, job: DrivenJob, driver: Driver): Promise<number> {
  if (await rowsIn(context, driver, budgets.count + 1) > budgets.count) throw tooCostly('count');
  return count(context, job, driver, budgets.count);
}

async function cheap(context: SearchContext, job: DrivenJob, driver: Driver, limit: number): Promise<number | undefined> {
  const rows = limit * rowsForEach;
  if (await rowsIn(context, driver, rows + 1) > rows) return undefined;
  const found = await count(context, job, driver, rows);
  return found > limit ? undefined : found;
}

/** Among at most `rows` rows of each range. */
async function count(context: SearchContext, job: DrivenJob, driver: Driver, rows: number): Promise<number> {
  const [range, ...more] = driver.ranges;
  if (range && more.length === 0 && !job.compiled.rest) return countAlike(context, job, range, rows);
  const ids = new Set<string>();
  for (const each of driver.ranges) {
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
async function countAlike(context: SearchContext, job: DrivenJob, range: Range, rows: number): Promise<number> {
  const filter = filterOf(context, job);
  const more = { $or: [{ $gt: ['$of', null] }, { $gt: ['$sp', null] }] };
  const access = context.grant.reach.kind === 'everything' ? [] : Object.keys(accessFields).map((field) => [field, `$${field}`]);
  const groups = await context.rows<Group>([
    { $match: range.condition }, { $limit: rows }, { $match: filter }, { $group: { _id: { ...Object.fromEntries(access), more }, rows: { $sum: 1 } } },
  ], hintOf(range));
  let sum = 0;
  for (const some of pieces(groups.filter(({ _id }) => !_id.more), batch)) {
    const seen = await context.sight.visible(some.map((group) => ({ ...group._id, x: group._id.x ?? Exposure.public, rows: group.rows })));
    sum += seen.reduce((all, group) => all + group.rows, 0);
  }
  if (!groups.some(({ _id }) => _id.more)) return sum;
  const spilled = await scan(context, range, { rows, filter: allOf(filter, anyOf({ of: { $exists: true } }, { sp: { $exists: true } })) });
  return sum + (await kept(context, job, spilled)).length;
}
