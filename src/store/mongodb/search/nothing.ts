/** Plans that find nothing, told without a search: most documents have neither a child that waits for them nor a twin. */
import type { GrantedPlan } from '../../../access/grant.js';
import type { Clause } from '../../../search/plan.js';
import { conjuncts } from '../../search/clauses.js';
import { readOptions, type Reading } from '../connection.js';
import { SearchContext } from './context.js';
import { searchDrivers } from './dated.js';
import { keyedRange, type Range } from './ranges.js';

/** What an index is asked for by values that stand in the plan: no look-up comes before it. */
const plain: ReadonlySet<Clause['kind']> = new Set(['token', 'reference', 'compartment']);

/** Ranges that hold whatever the plan finds; undefined when that is not to be had without a look. */
async function rangesOf(reading: Reading, { grant, hops, plan: { where, types } }: GrantedPlan): Promise<readonly Range[] | undefined> {
  if (!conjuncts(where).every(({ kind }) => plain.has(kind))) return undefined;
  const [narrowest] = await searchDrivers(new SearchContext(reading, grant, {}, hops), where, types);
  return narrowest?.ranges;
}

/** Keys of one index are one range. */
function merged(ranges: readonly Range[]): Range[] {
  const keysOf = (field: 't' | 'r') => ranges.filter((range) => range.field === field).flatMap(({ keys = [] }) => keys);
  const keyed = (['t', 'r'] as const).map((field) => [field, [...new Set(keysOf(field))]] as const).filter(([, keys]) => keys.length > 0);
  return [...keyed.map(([field, keys]) => keyedRange(field, keys)), ...ranges.filter(({ field, keys }) => keys === undefined || (field !== 't' && field !== 'r'))];
}

/** Whether the plans find nothing, as one query tells; false where that has to be looked at more closely. */
export async function findNothing(reading: Reading, plans: readonly GrantedPlan[]): Promise<boolean> {
  const ranges: Range[] = [];
  for (const plan of plans) {
    const own = await rangesOf(reading, plan);
    if (own === undefined) return false;
    ranges.push(...own);
  }
  if (ranges.length === 0) return true;
  const any = merged(ranges).map(({ condition }) => condition);
  return (await reading.collections.resources.findOne({ $or: any }, { ...readOptions(reading), projection: { _id: 1 } })) === null;
}
