/**
 * What passes between the store and its writer thread. Index entries cross as lists in one JSON text, which costs a fraction of
 * cloning as many small objects; bodies cross as strings of their own. An infinite side of an interval becomes null
 * in JSON: null as the lower side is -Infinity, as the upper one +Infinity.
 */
import { chunkSize } from '../body/chunks.js';
import type { Claim, ContentRef, DeleteWrite, AccessWrite, Guard, PutWrite, ResourceKey, Write } from '../port.js';
import { EntryListing, type EntryLists } from './entry-lists.js';
import { planToWire, type PlanWire } from './grant-wire.js';

/** A put without its body: its halves stand in {@link WirePart.bodies}, or in the content `big`. */
export type WirePut = Omit<PutWrite, 'body' | 'content' | 'entries' | 'more'> & {
  readonly entries: EntryLists;
  readonly content?: ContentRef;
  /** The bytes of the content stand in {@link WirePart.contents}. */
  readonly own?: true;
  /** how many of {@link WirePart.entries} are its own */
  readonly more?: number;
  readonly big?: { readonly content: string; readonly cut: number };
};
export type WireWrite = WirePut | DeleteWrite | AccessWrite;

/** Some of the writes of a set. */
export interface WirePart {
  /** JSON of WireWrite[] */
  readonly writes: string;
  /** What the entries of all of them hold the places of. */
  readonly names: readonly string[];
  /** The halves of each put that is not `big`, in order: before, after, before, after … */
  readonly bodies: readonly string[];
  /** Packed entries of the puts that have `more`, in order. */
  readonly entries: readonly Uint8Array[];
  /** The bytes of each put that is `own`, in order; each in a buffer of its own, so that they can be given away. */
  readonly contents: readonly Uint8Array<ArrayBuffer>[];
}
export type WireGuard =
  | Exclude<Guard, { readonly kind: 'matches' }>
  | { readonly kind: 'matches'; readonly plan: PlanWire; readonly ids: readonly string[] };

export interface WireSet {
  readonly parts: readonly WirePart[];
  readonly guards: readonly WireGuard[];
}

/** The conflict of a set; a guard is named by its position. */
export type WireConflict =
  | { readonly kind: 'claim'; readonly claim: Claim; readonly holder: ResourceKey }
  | { readonly kind: 'version'; readonly key: ResourceKey; readonly current?: number; readonly deleted: boolean }
  | { readonly kind: 'record-closed'; readonly patient: string }
  | { readonly kind: 'guard'; readonly guard: number }
  | { readonly kind: 'index' };

export type WireOutcome =
  /** For each put and delete: version, lastUpdated, labels of the chain it was drawn from. */
  | { readonly versions: readonly number[] }
  | { readonly conflict: WireConflict };

/** Where the halves of a long text were staged. */
export type Staged = ReadonlyMap<Write, { readonly content: string; readonly cut: number }>;

/** @param nextContent gives a number to content that comes along */
export function wirePart(writes: readonly Write[], staged: Staged, nextContent: () => number): WirePart {
  const bodies: string[] = [];
  const entries: Uint8Array[] = [];
  const contents: Uint8Array<ArrayBuffer>[] = [];
  const named = (content: PutWrite['content']): Pick<WirePut, 'content' | 'own'> => {
    if (content === undefined || !('bytes' in content)) return content === undefined ? {} : { content };
    const { bytes, ...rest } = content;
    if (bytes.length > chunkSize) throw new RangeError('Content of its own has one chunk at most');
    contents.push(new Uint8Array(bytes));
    return { content: { ...rest, content: String(nextContent()) }, own: true };
  };
  const listing = new EntryListing();
  const bare = writes.map((write): WireWrite => {
    if (write.kind !== 'put') return write;
    const { body, content, entries: own, more, ...rest } = write;
    if (more !== undefined) entries.push(...more);
    const put = { ...rest, entries: listing.of(own), ...named(content), ...(more === undefined ? {} : { more: more.length }) };
    const big = staged.get(write);
    if (big !== undefined) return { ...put, big };
    bodies.push(body.before, body.after);
    return put;
  });
  return { writes: JSON.stringify(bare), names: listing.names, bodies, entries, contents };
}

/** What of a part is moved instead of copied. */
export const buffersOf = ({ entries, contents }: WirePart): ArrayBuffer[] => [...entries, ...contents].map(({ buffer }) => buffer as ArrayBuffer);

export const wireGuards = (guards: readonly Guard[]): WireGuard[] =>
  guards.map((guard) => (guard.kind === 'matches' ? { ...guard, plan: planToWire(guard.plan) } : guard));

/** Lower and upper side of an interval as they were before they became JSON. */
export const lowerSide = (value: number | null): number => value ?? Number.NEGATIVE_INFINITY;
export const upperSide = (value: number | null): number => value ?? Number.POSITIVE_INFINITY;
