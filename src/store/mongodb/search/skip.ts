/**
 * Which keys, or beginnings of keys, an index on an array has in a range: as many reads as there are, whatever the number of
 * documents. Each read asks for what is not known yet, so that nothing depends on the order of its answer.
 */
import { anyOf, type Condition } from './conditions.js';
import type { SearchContext } from './context.js';

const less = (one: string, other: string): boolean => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;

/** A range of keys; the end is exclusive. */
interface Gap {
  readonly from: string;
  /** `from` itself is known already. */
  readonly open: boolean;
  readonly end: string;
}
const inGap = (field: string, { from, open, end }: Gap): Condition => ({ [field]: { $elemMatch: { [open ? '$gt' : '$gte']: from, $lt: end } } });
const isIn = (key: string, { from, open, end }: Gap): boolean => less(key, end) && (less(from, key) || (!open && key === from));

/** Some keys that stand in the gaps: all those of one document. */
async function someKeys(context: SearchContext, field: 't' | 'r', gaps: readonly Gap[]): Promise<readonly string[]> {
  const [found] = await context.rows<{ readonly keys: readonly string[] }>(
    [{ $match: anyOf(...gaps.map((gap) => inGap(field, gap))) }, { $limit: 1 }, { $project: { keys: `$${field}` } }], { [field]: 1, sd: 1, n: 1 });
  context.keys += gaps.length;
  return found ? found.keys.filter((key) => gaps.some((gap) => isIn(key, gap))) : [];
}

/**
 * The keys from `start` to `end` (exclusive), in order; undefined when they are more than `most`.
 * @param whole a key as it is to be told, @param next the first key that is not told by it
 */
async function told(context: SearchContext, field: 't' | 'r', range: Gap, most: number, whole: (key: string) => string, next: (told: string) => Pick<Gap, 'from' | 'open'>): Promise<readonly string[] | undefined> {
  const known = new Set<string>();
  for (;;) {
    const inOrder = [...known].sort((one, other) => (less(one, other) ? -1 : 1));
    const gaps = [range, ...inOrder.map(next)].map((gap, at): Gap => ({ from: gap.from, open: gap.open, end: inOrder[at] ?? range.end }));
    const found = await someKeys(context, field, gaps);
    if (found.length === 0) return inOrder;
    for (const key of found) known.add(whole(key));
    if (known.size > most) return undefined;
  }
}

export const keysWithin = (context: SearchContext, field: 't' | 'r', start: string, end: string, most: number): Promise<readonly string[] | undefined> =>
  told(context, field, { from: start, open: false, end }, most, (key) => key, (key) => ({ from: key, open: true }));

/** What stands before the bar of the keys from `start` to `end`. */
export async function paramsWithin(context: SearchContext, field: 't' | 'r', start: string, end: string): Promise<readonly string[]> {
  // `}` is the sign that follows the bar: `param}` is beyond all keys of the parameter.
  const found = await told(context, field, { from: start, open: false, end }, Infinity, (key) => key.slice(0, key.indexOf('|') + 1), (param) => ({ from: `${param.slice(0, -1)}}`, open: false }));
  return (found ?? []).map((param) => param.slice(0, -1));
}
