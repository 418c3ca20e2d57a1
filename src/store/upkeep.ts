/**
 * What is done to a store as a whole: export, import, inspection, counting. It stands apart from the store port, so that
 * no request can reach it: these methods take no grant, because they are for the operator's command line alone.
 *
 * A dump is a sequence of records in an order in which they can be applied: secrets and the audit log, then numbers, then
 * bytes, then resources, each behind its past versions. It names resources by type and id, and is the same whatever the store.
 */
import type { AccessFacts } from '../access/facts.js';
import type { AuditRecord } from '../access/audit-record.js';
import type { IndexEntries } from '../search/entries.js';
import type { BodyHalves, Claim, ContentRef, ResourceKey } from './port.js';

/** What a store is, for the head of an export and for what refuses to mix stores. */
export interface StoreDescription {
  /** `capabilities.name` of the store. */
  readonly store: string;
  readonly domain: 'production' | 'test';
  readonly tenant: string;
  /** Version of the index entries. */
  readonly indexer: number;
  /** ms UTC: no version bears a later time. */
  readonly clock: number;
}

/** The body of a version: its halves, or a content that holds the UTF-8 of both, `cut` characters being the first. */
export type ArchivedBody = BodyHalves | { readonly content: string; readonly cut: number };

interface ArchivedVersion extends ResourceKey {
  readonly version: number;
  /** ms UTC */
  readonly lastUpdated: number;
  readonly deleted: boolean;
  /** Absent for a tombstone. */
  readonly body?: ArchivedBody;
  /** SHA-256 of the text with its version and time, without labels of the moment; hex. Absent where `body` is a content. */
  readonly hash?: string;
  /** Bytes kept beside the text. */
  readonly content?: string;
}
/** Any version but the last one. */
export interface ArchivedPast extends ArchivedVersion {
  readonly kind: 'past';
  /** From before the resource came to another person: for the operator alone. */
  readonly apart?: boolean;
}
/** The last version, and what rules the resource. */
export interface ArchivedResource extends ArchivedVersion {
  readonly kind: 'resource';
  readonly access: AccessFacts;
  /** Of a document: documents that bear the same one (the id of one of them) are one chain, whatever their keys. */
  readonly chain?: string;
  readonly claims: readonly Claim[];
  /** Main date, ms UTC; a tombstone has one too. */
  readonly mainDate: number;
  /** Absent for a tombstone, and where the store keeps them in a form of its own only. */
  readonly entries?: IndexEntries;
  /** What the store keeps in a form of its own (entries, its place among equals): for a store of the same name and index version alone. */
  readonly kept?: string | undefined;
}
export type ArchiveRecord =
  | { readonly kind: 'secret'; readonly name: string; readonly id: string; /** ms UTC */ readonly made: number; readonly key: Uint8Array }
  | { readonly kind: 'audit'; readonly record: AuditRecord }
  /** Numbers that a store gave: to texts, and to resources, mentioned ones too. Kept by a store of the same name, for others of no meaning. */
  | { readonly kind: 'name'; readonly text: string; readonly number: number }
  | ({ readonly kind: 'place'; readonly number: number } & ResourceKey)
  /** Followed by its chunks, in order. */
  | ({ readonly kind: 'content' } & ContentRef)
  | { readonly kind: 'chunk'; readonly content: string; readonly position: number; readonly bytes: Uint8Array }
  | ArchivedPast
  | ArchivedResource;

export interface RestoreBatch {
  /** Id of the export: a store takes one only. */
  readonly origin: string;
  /** 1, 2, 3 … */
  readonly position: number;
  readonly records: readonly ArchiveRecord[];
  /** With the last batch: from now on the store can be served. */
  readonly clock?: number;
}
export type RestoreState =
  | { readonly kind: 'empty' }
  /** It holds data of its own. */
  | { readonly kind: 'occupied' }
  /** `position`: of the last batch that stands. */
  | { readonly kind: 'restoring' | 'restored'; readonly origin: string; readonly position: number };

/** Something that should not be. No personal data: ids of ours only. */
export interface Finding {
  /** `Type/id`, `content n`, … */
  readonly subject: string;
  readonly text: string;
}

export interface StoreStatistics {
  readonly types: readonly {
    readonly type: string;
    readonly live: number;
    readonly deleted: number;
    /** Current, past and tombstones. */
    readonly versions: number;
    /** Of texts as they lie in the store, without those in chunks. */
    readonly bytes: number;
  }[];
  /** Rows or values by kind of entry. */
  readonly entries: Readonly<Record<string, number>>;
  readonly contents: { readonly count: number; readonly chunks: number; /** before they were packed */ readonly bytes: number };
  readonly claims: number;
  readonly rules: number;
  /** `parts`: files, or records where it lies in the database. */
  readonly audit: { readonly bytes: number; readonly parts: number };
  /** ms UTC of the oldest and the newest version; absent when there is none. */
  readonly oldest?: number;
  readonly newest?: number;
  /** Bytes that the store takes up. */
  readonly size: number;
}

export interface StoreUpkeep {
  describe(): Promise<StoreDescription>;
  /** How many records a dump has, but for the audit log. */
  dumpSize(): Promise<number>;
  /**
   * Everything, of one moment. Nothing that is broken is passed over in silence.
   * @param onDamage told of what cannot be dumped, which is then left out; without it the dump fails with the first
   * @throws DamagedStore
   */
  dump(onDamage?: (finding: Finding) => void): AsyncIterable<ArchiveRecord>;

  /** What is wrong with the entries of a record that this store dumped, given those that are due; parameters and counts, never values. */
  entryDifference(record: ArchivedResource, due: IndexEntries): string | undefined;

  restoreState(): Promise<RestoreState>;
  /**
   * Applies a batch: whole or not at all, durable when it resolves. A batch that stands already changes nothing.
   * @throws RestoreRefused out of turn, of another origin, into a store with data of its own, or a text that is not what its hash says
   */
  restore(batch: RestoreBatch): Promise<void>;

  /** What only the store itself can see: rows without owner, bytes that nobody names, a file that is damaged. */
  inspect(): AsyncIterable<Finding>;
  statistics(): Promise<StoreStatistics>;
}

/** The message is one line for the operator. */
export class DamagedStore extends Error {
  override readonly name = 'DamagedStore';
}
/** The message is one line for the operator. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/** @returns whether a batch is to be applied; false when it stands already. @throws RestoreRefused */
export function isDue(state: RestoreState, { origin, position }: RestoreBatch): boolean {
  if (state.kind === 'occupied') throw new RestoreRefused('The store holds data of its own. Import into an empty one.');
  if (state.kind !== 'empty' && state.origin !== origin) throw new RestoreRefused('The store holds another export. Import into an empty one.');
  const last = state.kind === 'empty' ? 0 : state.position;
  if (position > last + 1 || (state.kind === 'restored' && position > last)) throw new RestoreRefused('The export is not applied in its order.');
  return position === last + 1;
}
