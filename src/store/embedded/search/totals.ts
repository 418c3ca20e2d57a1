/** Totals, counted under the very predicate of the search (rules 6.7). */
import type { SearchPlan } from '../../../search/plan.js';
import { budgets, tooCostly } from '../../search/budgets.js';
import { counted, type SearchContext } from './context.js';
import { distinctRids, few, isLong, measure, typeDriver, type Driver } from './drivers.js';
import { conditionOf, isHopeless, isWhole, type Job } from './job.js';
import { q } from './sql.js';

type Mode = Exclude<SearchPlan['total'], 'none'>;

/** Matches up to which a total is given without being insisted upon, and the rows looked at for each of them. */
const limits: Readonly<Record<Exclude<Mode, 'accurate'>, number>> = { 'if-cheap': budgets.cheapCount, estimate: budgets.estimate };
const rowsForEach = 10;

/**
 * @returns undefined when a total that was not insisted upon is not cheap
 * @throws Failure `too-costly` when one that was insisted upon goes beyond its budget
 */
export function total(context: SearchContext, job: Job, mode: Mode): number | undefined {
  if (isHopeless(job)) return 0;
  const everything = typeDriver(context, job.types);
  const narrow = few(context, job.drivers.length > 0 ? job.drivers : [everything], mode === 'accurate' ? budgets.estimate : budgets.cheapCount);
  const driver = narrow ?? job.drivers[0] ?? everything;
  return mode === 'accurate' ? accurate(context, job, driver) : cheap(context, job, driver, limits[mode]);
}

/** Distinct resources among the first `rows` rows of a driver that fit, counted up to `limit`. */
function count(context: SearchContext, job: Job, driver: Driver, rows: number, limit: number): number {
  const rids = q`${distinctRids(driver)} LIMIT ${rows}`;
  if (isWhole(job, driver)) return context.number(q`SELECT COUNT(*) FROM (SELECT 1 FROM (${rids}) LIMIT ${limit})`);
  return context.number(q`SELECT COUNT(*) FROM (SELECT 1 FROM (${rids}) d CROSS JOIN res r ON r.rid = d.rid WHERE ${conditionOf(job, driver)} LIMIT ${limit})`);
}

function accurate(context: SearchContext, job: Job, driver: Driver): number {
  if (measure(context, driver, budgets.count + 1) > budgets.count) throw tooCostly('count');
  return count(context, job, driver, budgets.count, budgets.count);
}

function cheap(context: SearchContext, job: Job, driver: Driver, limit: number): number | undefined {
  const rows = limit * rowsForEach;
  if (isLong(context, driver, rows + 1)) return undefined;
  // No more can match than there are, and counting stops soon after the limit.
  context.meter.spend(measure(context, driver, limit), isWhole(job, driver) ? counted : 1);
  const found = count(context, job, driver, rows, limit + 1);
  return found > limit ? undefined : found;
}
