/** Drivers that are not in the order of the main date, put into it where that is cheap. */
import { budgets } from '../../search/budgets.js';
import type { SearchContext } from './context.js';
import type { Driver } from './drivers.js';
import { keyedRange, measure, type Range } from './ranges.js';
import { keysWithin } from './skip.js';

/** Keys that a range of tokens or references may be made of, to be merged. */
const maxKeys = 8;

/** @returns undefined when it would take too many reads */
export async function inOrder(context: SearchContext, driver: Driver): Promise<Driver | undefined> {
  const ordered: Range[] = [];
  for (const range of driver.ranges) {
    const put = range.ordered ? range : await merged(context, range) ?? await small(context, range);
    if (!put) return undefined;
    if (put.keys?.length !== 0) ordered.push(put);
  }
  return { ...driver, ranges: ordered };
}

/** A range that is read whole. */
async function small(context: SearchContext, range: Range): Promise<Range | undefined> {
  const size = await measure(context, range, budgets.targets + 1);
  return size <= budgets.targets ? { ...range, size } : undefined;
}

/** All codes of one token whatever its system: the keys that are there. */
async function merged(context: SearchContext, range: Range): Promise<Range | undefined> {
  const { field } = range;
  if (field !== 't' && field !== 'r') return undefined;
  const { $gte: start, $lt: end } = (range.condition[field] as { readonly $elemMatch?: { readonly $gte?: string; readonly $lt?: string } }).$elemMatch ?? {};
  if (start === undefined || end === undefined) return undefined;
  const keys = await keysWithin(context, field, start, end, maxKeys);
  return keys && keyedRange(field, keys);
}
