/**
 * What happens when a parameter has put its entries: duplicates go, and the least and the greatest value are marked (1, 2, or 3
 * for both): they are the sort keys (rules 6.6). Only entries of the resource itself are marked, never those of a contained one.
 */
type Marked = { readonly param: string; readonly contained?: string; mark?: 1 | 2 | 3 };

/** Drops entries equal to an earlier one, from index `from` on. */
export function dropTwins<E>(list: E[], from: number, key: (entry: E) => string): void {
  if (list.length - from < 2) return;
  const seen = new Set<string>();
  let kept = from;
  for (let at = from; at < list.length; at++) {
    const entry = list[at] as E;
    const text = key(entry);
    if (seen.has(text)) continue;
    seen.add(text);
    list[kept++] = entry;
  }
  list.length = kept;
}

/**
 * Marks among the entries from `from` on that bear `param`.
 * @param least negative when the first is before the second by their least value; `greatest` by their greatest
 */
export function markEnds<E extends object>(list: E[], from: number, param: string, least: (a: E, b: E) => number, greatest: (a: E, b: E) => number = least): void {
  let low: (E & Marked) | undefined;
  let high: (E & Marked) | undefined;
  for (let at = from; at < list.length; at++) {
    const entry = list[at] as E & Marked;
    if (entry.param !== param) continue;
    if (low === undefined || least(entry, low) < 0) low = entry;
    if (high === undefined || greatest(entry, high) > 0) high = entry;
  }
  if (low === undefined || high === undefined) return;
  if (low === high) {
    low.mark = 3;
    return;
  }
  low.mark = 1;
  high.mark = 2;
}
