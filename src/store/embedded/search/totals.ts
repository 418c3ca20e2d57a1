/** Totals, counted under the very predicate of the search (rules 6.7). */
import type { SearchPlan } from '../../../search/plan.js';
import { budgets, tooCostly } from './budgets.js';
import type { SearchContext } from './context.js';
import { distinctRids, few, measure, typeDriver, type Driver } from './drivers.js';
import { isHopeless, type Job } from './job.js';
import { q } from './sql.js';

/** Rows looked at for a total that is given when it is cheap. */
const cheapScan = budgets.cheapCount * 10;

/**
 * @returns undefined when a total that was not insisted upon is not cheap
 * @throws Failure `too-costly` when one that was insisted upon goes beyond its budget
 */
export function total(context: SearchContext, job: Job, mode: Exclude<SearchPlan['total'], 'none'>): number | undefined {
  if (isHopeless(job)) return 0;
  const everything = typeDriver(context, job.types);
  const driver = few(context, [...job.drivers, everything], budgets.sort) ?? job.drivers[0] ?? everything;
  return mode === 'accurate' ? accurate(context, job, driver) : cheap(context, job, driver, mode === 'estimate' ? budgets.sort : budgets.cheapCount);
}

const count = (job: Job, driver: Driver, limit: number) =>
  q`SELECT COUNT(*) FROM (SELECT 1 FROM (${distinctRids(driver)}) d CROSS JOIN res r ON r.rid = d.rid WHERE ${job.condition} LIMIT ${limit})`;

function accurate(context: SearchContext, job: Job, driver: Driver): number {
  if (measure(context, driver, budgets.count + 1) > budgets.count) throw tooCostly('count');
  return context.number(count(job, driver, budgets.count));
}

function cheap(context: SearchContext, job: Job, driver: Driver, limit: number): number | undefined {
  const rows = measure(context, driver, cheapScan + 1);
  if (rows > cheapScan) return undefined;
  context.meter.spend(rows);
  const found = context.number(count(job, driver, limit + 1));
  return found > limit ? undefined : found;
}
