/** One search over one order: what is asked, as SQL on the row `r`. */
import type { Clause } from '../../../search/plan.js';
import { conjuncts } from '../../search/clauses.js';
import type { SearchContext } from './context.js';
import { distinctRids, driversOf, isWholeEntry, type Driver } from './drivers.js';
import { predicate } from './predicate.js';
import type { Bound, Position } from '../../search/positions.js';
import { afterPosition, orderBy, type Hit, type Key } from './order.js';
import { allOf, isNo, name, oneOf, q, type Sql } from './sql.js';
import type { Row } from '../connection.js';

export interface Job {
  readonly types: readonly string[];
  /** What a found row must satisfy beside the criteria: its type, the snapshot, the grant. */
  readonly frame: Sql;
  readonly criteria: readonly { readonly clause: Clause; readonly holds: Sql }[];
  /** Any version, of anybody. */
  readonly unbound: boolean;
  /** One for each clause that an index can find resources by. */
  readonly drivers: readonly Driver[];
}

/** @param asOf resources changed later than this instant are left out */
export const jobOf = (context: SearchContext, types: readonly string[], where: Clause, asOf: number | undefined): Job =>
  context.made(where, `job ${types.join()} ${asOf ?? ''}`, () => makeJob(context, types, where, asOf));

function makeJob(context: SearchContext, types: readonly string[], where: Clause, asOf: number | undefined): Job {
  const numbers = context.typeNumbers(types);
  const unchanged = asOf === undefined ? q`1` : q`r.lu <= ${asOf}`;
  const ofType = numbers.length === 0 ? q`0` : oneOf(name('r.type'), numbers);
  const clauses = conjuncts(where);
  const criteria = clauses.map((clause) => ({ clause, holds: predicate(context, clause, { row: 'r', depth: 0 }) }));
  return { types, frame: allOf(ofType, unchanged, context.seen('r')), criteria, unbound: asOf === undefined && context.seesAll, drivers: driversOf(context, clauses, types) };
}

/** Everything that is to be checked on a row: what the driver that gave it holds by itself is not. */
export const conditionOf = ({ frame, criteria }: Job, driver?: Driver): Sql =>
  allOf(frame, ...criteria.filter(({ clause }) => clause !== driver?.holds).map(({ holds }) => holds));

/** Its rows are matches one and all. */
export const isWhole = ({ types, criteria: [criterion, ...more], unbound }: Job, driver: Driver): boolean =>
  unbound && types.length === 1 && criterion !== undefined && more.length === 0 && isWholeEntry(criterion.clause, driver, types);

/** Nothing can satisfy it. */
export const isHopeless = (job: Job): boolean => isNo(conditionOf(job)) || job.drivers.some(({ branches }) => branches.length === 0);

/** `, key AS k0, …` */
export const keyColumns = (keys: readonly Key[]): Sql => {
  const columns = keys.map(({ value }, at) => q`, ${value} AS ${name(`k${at}`)}`);
  return { text: columns.map(({ text }) => text).join(''), args: columns.flatMap(({ args }) => args) };
};

/** @param from index of `rid`, followed by id, type and the keys */
export const hitOf = (row: Row, from: number): Hit => ({
  rid: row[from] as number, id: row[from + 1] as string, type: row[from + 2] as number, keys: row.slice(from + 3) as unknown as Bound[],
});

/** The first `limit` of what a driver with few rows gives, in the order of the keys. */
export function sorted(context: SearchContext, job: Job, driver: Driver, keys: readonly Key[], after: Position | undefined, limit: number): Hit[] {
  const found = q`SELECT r.rid AS rid, r.id AS id, r.type AS type${keyColumns(keys)} FROM (${distinctRids(driver)}) d CROSS JOIN res r ON r.rid = d.rid WHERE ${conditionOf(job, driver)}`;
  const rest = after ? afterPosition(keys, after) : q`1`;
  return context.rows(q`SELECT * FROM (${found}) WHERE ${rest} ORDER BY ${orderBy(keys)} LIMIT ${limit}`).map((row) => hitOf(row, 0));
}
