/**
 * Index entries in bytes. A resource that is found by very many values (an Observation of 100,000 components) would hold
 * the event loop for as long as its entries take to be copied between threads as objects; bytes are moved. Each part is
 * read in a few milliseconds.
 */
import type { IndexEntries } from './entries.js';

export interface PackedEntries {
  /** What decisions look at (references, and what is contained), and all of it where there are few. */
  readonly entries: IndexEntries;
  /** Parts of the rest. */
  readonly more?: readonly Uint8Array[];
}

type Some = { readonly contained?: string | undefined };

/** Entries that cross as objects. */
const fewEntries = 2_000;
/** Of one part. */
const partSize = 2_000;

/** Kinds that no decision looks at, and of which there may be many. */
export const packedKinds = ['token', 'string', 'date', 'number', 'quantity', 'uri', 'composite'] as const;
const none: IndexEntries = { token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: 0 };

export const countEntries = (entries: IndexEntries): number => Object.values(entries).reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);

export function packEntries(entries: IndexEntries): PackedEntries {
  if (countEntries(entries) <= fewEntries) return { entries };
  const encoder = new TextEncoder();
  const kept: Record<string, unknown> = { ...entries };
  const more: Uint8Array[] = [];
  for (const kind of packedKinds) {
    const list: readonly Some[] = entries[kind];
    const own = list.filter(({ contained }) => contained === undefined);
    kept[kind] = list.filter(({ contained }) => contained !== undefined);
    for (let at = 0; at < own.length; at += partSize) more.push(encoder.encode(JSON.stringify({ [kind]: own.slice(at, at + partSize) })));
  }
  return { entries: kept as unknown as IndexEntries, more };
}

type Interval = { readonly lo: number | null; readonly hi: number | null };
/** In JSON an open side is null. */
const opened = <T extends object>(entry: T): T => {
  const { lo, hi } = entry as T & Interval;
  return lo === null || hi === null ? { ...entry, lo: lo ?? Number.NEGATIVE_INFINITY, hi: hi ?? Number.POSITIVE_INFINITY } : entry;
};

/** One part, with the main date of the whole. */
export function unpackPart(part: Uint8Array, mainDate: number): IndexEntries {
  const { date = [], number = [], quantity = [], composite = [], ...others } = JSON.parse(new TextDecoder().decode(part)) as Partial<IndexEntries>;
  return {
    ...none, ...others, mainDate, date: date.map(opened), number: number.map(opened), quantity: quantity.map(opened),
    composite: composite.map((entry) => ({ ...entry, second: opened(entry.second) })),
  };
}
