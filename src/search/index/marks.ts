/**
 * What happens when a parameter has put its entries: duplicates go, and the least and the greatest value are marked (1, 2, or 3
 * for both): they are the sort keys (rules 6.6).
 */
type Marked = { readonly param: string; mark?: 1 | 2 | 3 | undefined };

/** How the entries of a kind are told apart and put in order. */
export interface Order<E> {
  /** Equal texts = the same entry. */
  readonly key: (entry: E) => string;
  /** Negative when the least value of the first is before that of the second. */
  readonly least: (a: E, b: E) => number;
  readonly greatest: (a: E, b: E) => number;
}

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
  if (kept < list.length) list.length = kept;
}

/** Marks among the entries that bear `param`. */
export function markEnds<E extends object>(list: readonly E[], param: string, { least, greatest }: Order<E>): void {
  let low: (E & Marked) | undefined;
  let high: (E & Marked) | undefined;
  for (const entry of list as readonly (E & Marked)[]) {
    if (entry.param !== param) continue;
    if (low === undefined || least(entry, low) < 0) low = entry;
    if (high === undefined || greatest(entry, high) > 0) high = entry;
  }
  if (low === undefined || high === undefined) return;
  if (low === high) {
    low.mark = 3;
  } else {
    low.mark = 1;
    high.mark = 2;
  }
}
