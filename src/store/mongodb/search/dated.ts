/**
 * Criteria on the main date bound where a driver is read: the date stands in every token and reference key. Where it is narrow,
 * the key says when it begins; the wide ones are few, or the criterion is only checked.
 */
import { mainDateCode } from '../../../search/main-date.js';
import type { Clause, Comparison, Leaf } from '../../../search/plan.js';
import { budgets } from '../../search/budgets.js';
import { conjuncts } from '../../search/clauses.js';
import { farPast } from '../documents.js';
import { wide } from '../entry-texts.js';
import { compares } from './compare.js';
import { allOf, type Condition } from './conditions.js';
import type { SearchContext } from './context.js';
import { driversOf, typeDriver, type Driver } from './drivers.js';
import { measure, type Range } from './ranges.js';

type DateLeaf = Extract<Leaf, { readonly kind: 'date' | 'number' }>;

/** Resources whose narrow main date satisfies some criteria lie between bounds; those with a wide one are listed. */
interface Dated {
  readonly bounds: Condition;
  readonly wide: readonly Range[];
}

/** Drivers of a search: one for each clause that an index can find resources by. */
export async function searchDrivers(context: SearchContext, where: Clause, types: readonly string[]): Promise<Driver[]> {
  const clauses = conjuncts(where);
  const [type = '', ...more] = types;
  const main = `${type}.${mainDateCode(type) ?? ''}`;
  const dates = more.length > 0 ? [] : clauses.filter((clause): clause is DateLeaf => clause.kind === 'date' && clause.param === main);
  const dated = dates.length === 0 ? undefined : await boundsOf(context, dates);
  if (!dated) return driversOf(context, clauses, types);
  const others = await driversOf(context, clauses.filter((clause) => !dates.some((date) => date === clause)), types);
  const cut = others.map((driver) => within(driver, dated));
  return cut.length > 0 && cut.every(isCut) ? cut : [...cut, within(typeDriver(context, types), dated)];
}
const isCut = ({ ranges }: Driver): boolean => ranges.some(({ ordered }) => ordered);

async function boundsOf(context: SearchContext, dates: readonly DateLeaf[]): Promise<Dated | undefined> {
  const bounds = dates.map(({ compare }) => compares(compare, 'date', 'narrow').lo as Condition | undefined).filter((lo) => lo !== undefined);
  const [{ param, compare } = {}] = dates;
  if (bounds.length === 0 || param === undefined || compare === undefined) return undefined;
  const range: Range = { field: 'd', condition: { d: { $elemMatch: { p: wide(param), ...compares(compare, 'date', 'wide') } } }, ordered: false };
  const size = await context.once(dates[0] as DateLeaf, 'wide', () => measure(context, range, budgets.targets + 1));
  if (size > budgets.targets) return undefined;
  return { bounds: allOf(...bounds.map((lo) => ({ sd: lo }))), wide: size === 0 ? [] : [{ ...range, size }] };
}

/** Main dates that satisfy a criterion wherever the rest of the interval lies, and when they end one without a beginning. */
const sureBounds: Partial<Readonly<Record<Comparison['prefix'], (asked: Comparison) => Condition>>> = {
  gt: ({ hi }) => ({ $gt: hi }), ge: ({ hi }) => ({ $gt: hi }),
  lt: ({ lo }) => ({ $gt: farPast, $lt: lo }), le: ({ lo }) => ({ $gt: farPast, $lt: lo }),
};
/** Resources that surely satisfy a search which asks for the main date alone: some of those that do. */
export function surelyDated(where: Clause, [type = '', ...more]: readonly string[]): Range | undefined {
  const main = `${type}.${mainDateCode(type) ?? ''}`;
  const bounds = conjuncts(where).map((clause) => (clause.kind === 'date' && clause.param === main ? sureBounds[clause.compare.prefix]?.(clause.compare) : undefined));
  if (more.length > 0 || bounds.includes(undefined)) return undefined;
  return { field: 't', condition: allOf({ t: type }, ...bounds.map((sd) => ({ sd }))), ordered: true };
}

/** Ranges that are in the order of the main date are cut to the bounds. */
function within(driver: Driver, dated: Dated): Driver {
  const { ranges } = driver;
  const cut = ranges.map((range) => (range.ordered ? { ...range, condition: allOf(range.condition, dated.bounds) } : range));
  // What is listed for its wide date is found by nothing else.
  return isCut(driver) && dated.wide.length > 0 ? { ranges: [...cut, ...dated.wide] } : { ...driver, ranges: cut };
}
