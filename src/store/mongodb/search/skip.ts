/** Keys of an index on an array, found one behind the other: as many reads as keys, whatever the number of documents. */
import type { SearchContext } from './context.js';

export type Start = { readonly $gte: string } | { readonly $gt: string };

const less = (one: string, other: string): boolean => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;

/** The least key from `start` to `end` (exclusive); undefined when there is none. */
export async function nextKey(context: SearchContext, field: 't' | 'r', start: Start, end: string): Promise<string | undefined> {
  const [next] = await context.rows<{ readonly keys: readonly string[] }>([
    { $match: { [field]: { $elemMatch: { ...start, $lt: end } } } }, { $sort: { [field]: 1, sd: 1, n: 1 } }, { $limit: 1 }, { $project: { keys: `$${field}` } },
  ], { [field]: 1, sd: 1, n: 1 });
  context.keys += 1;
  const within = (key: string): boolean => less(key, end) && ('$gt' in start ? less(start.$gt, key) : !less(key, start.$gte));
  return next?.keys.filter(within).reduce((one, other) => (less(other, one) ? other : one));
}
