/**
 * The store port: what the rest of the server knows of a store. Two stores stand behind it (embedded, MongoDB) and one
 * contract suite (`test/contract`) holds both.
 *
 * - A resource is one JSON text, stored and served as such, with its index entries and access facts beside it.
 * - Nothing is read without a {@link Grant}; what the grant does not reach does not exist (undefined, never an error).
 * - {@link Store.commit} is one atomic, durable step over any number of resources.
 */
import type { Grant, GrantedPlan } from '../access/grant.js';
import type { AccessFacts } from '../access/facts.js';
import type { AuditRecord } from '../access/audit-record.js';
import type { FullText } from '../search/index/full-text.js';
import type { IndexEntries } from '../search/entries.js';
import type { IndexState, Redefinition } from '../search/index-state.js';
import type { Explanation } from './search/explanation.js';
import type { PackedEntries } from '../search/packed-entries.js';

export interface ResourceKey {
  readonly type: string;
  readonly id: string;
}

/** A version as stored. */
export interface StoredVersion extends ResourceKey {
  readonly version: number;
  /** ms UTC */
  readonly lastUpdated: number;
  /** Patients it belongs to (for the audit record). */
  readonly owners: readonly string[];
  /** `deleted`: a tombstone, without text. */
  readonly deleted: boolean;
  /** The JSON text with meta.versionId, meta.lastUpdated and, for what is drawn from a document, the labels of the moment. */
  readonly text: string;
  /** Bytes kept beside the text (Binary): see {@link Store.openContent}. */
  readonly content?: ContentRef;
  /** The document it was drawn from. */
  readonly document?: string;
}

/** Bytes staged in chunks of 256 KB, durable before the step that names them. */
export interface ContentRef {
  readonly content: string;
  /** bytes */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha1: string;
  readonly sha256: string;
  readonly contentType: string;
}
/** Bytes that the very step which names them writes: none of them is there before, none is left over. */
export interface OwnContent extends Omit<ContentRef, 'content'> {
  /** As many as `size` says, at most `capabilities.ownContent`. The hashes are theirs. */
  readonly bytes: Uint8Array;
}

/**
 * JSON text in two halves; the store writes `"versionId":"n","lastUpdated":"…"` between them at commit.
 * `before` ends with `"meta":{`; `after` begins with `}` or `,"profile":…`.
 */
export interface BodyHalves {
  readonly before: string;
  readonly after: string;
}

/** Sameness: at most one live resource per (kind, system, value). */
export interface Claim {
  readonly kind: 'patient-ins' | 'document' | 'practitioner' | 'practitioner-role' | 'organization' | (string & {});
  readonly system: string;
  readonly value: string;
}

export type Expectation =
  /** Never existed, or is deleted. */
  | 'absent'
  /** Whatever is there. */
  | 'any'
  /** Exactly this current version (a tombstone has one too). */
  | { readonly version: number };

export interface PutWrite extends ResourceKey {
  readonly kind: 'put';
  readonly expect: Expectation;
  readonly body: BodyHalves;
  readonly entries: IndexEntries;
  /** Further entries of a resource that has very many (see `search/packed-entries.ts`). The store takes the bytes: they are gone afterwards. */
  readonly more?: readonly Uint8Array[];
  readonly access: AccessFacts;
  /** The whole set of claims that the resource holds from now on. */
  readonly claims: readonly Claim[];
  readonly content?: ContentRef | OwnContent;
}
export interface DeleteWrite extends ResourceKey {
  readonly kind: 'delete';
  readonly expect: Expectation;
  /** Claims that the tombstone keeps: a deleted document its identifier, a deleted Patient their INS, so that nobody else takes them until `erase`. */
  readonly claims: readonly Claim[];
}
/** Adds structures to the access row of a live resource, without a new version: a push about a known person is a write to their record. */
export interface AccessWrite extends ResourceKey {
  readonly kind: 'access';
  /** IdNat_Struct */
  readonly structures: readonly string[];
}
export type Write = PutWrite | DeleteWrite | AccessWrite;

/** What must still hold at the commit; judged inside the atomic step. */
export type Guard =
  | { readonly kind: 'record-open'; readonly patient: string; readonly moment: number }
  | { readonly kind: 'claim-free'; readonly claim: Claim }
  | { readonly kind: 'version'; readonly key: ResourceKey; readonly version: number }
  /** No live resource refers to it (by a search parameter of its own), but these. */
  | { readonly kind: 'unreferenced'; readonly key: ResourceKey; readonly but: readonly ResourceKey[] }
  /** The plan finds exactly these ids (in any order); [] = nothing. */
  | { readonly kind: 'matches'; readonly plan: GrantedPlan; readonly ids: readonly string[] };

export interface WriteSet {
  readonly writes: readonly Write[];
  readonly guards: readonly Guard[];
  /**
   * A store may call it once the writes are on their way: it needs nothing of them any more, and whoever made them may let go
   * of them while the step waits for the disk. The texts of the versions are then not told ('').
   */
  readonly taken?: () => void;
}

export interface Committed extends ResourceKey {
  readonly version: number;
  readonly lastUpdated: number;
  /** The text as it is now served; '' for a tombstone, and of a set that was {@link WriteSet.taken}. */
  readonly text: string;
}
export type CommitOutcome =
  /** One for each put and delete, in the order of `writes`. */
  | { readonly kind: 'committed'; readonly versions: readonly Committed[] }
  /** Nothing was written. */
  | { readonly kind: 'conflict'; readonly conflict: Conflict };
export type Conflict =
  | { readonly kind: 'claim'; readonly claim: Claim; readonly holder: ResourceKey }
  | { readonly kind: 'version'; readonly key: ResourceKey; /** undefined = never existed */ readonly current?: number; readonly deleted: boolean }
  | { readonly kind: 'record-closed'; readonly patient: string }
  | { readonly kind: 'guard'; readonly guard: Guard }
  /** Entries were made by parameters that have changed since (see {@link StoreIndex}): to be made anew. */
  | { readonly kind: 'index' };

/** What a page brings along is not whole: too many or too long for one match, or deeper than includes are followed. */
export type Cut = 'included' | 'levels' | 'text';

export interface SearchPage {
  readonly matches: readonly StoredVersion[];
  /** In no order, none twice, none that is a match. A page holds fewer matches where it would bring too much along. */
  readonly included: readonly StoredVersion[];
  /** Absent where `included` is whole. */
  readonly cut?: readonly Cut[];
  /** Keyset position of the next page; absent on the last. */
  readonly next?: string;
  readonly total?: number;
  /** Relevance of the matches in their order, 0 to 1, where the plan sorts by it. */
  readonly scores?: readonly number[];
  /** Snapshot marker for the following pages. */
  readonly asOf: string;
  /** ms UTC: a safe next `_since`; nothing committed later bears an earlier one. */
  readonly lastUpdated: number;
}

/** What a history is of: one resource, all resources of a type, or (with neither) the whole system. */
export interface HistoryScope {
  readonly type?: string;
  /** Only with a type. */
  readonly id?: string;
}
export interface HistoryPage {
  /** Newest first, tombstones included; those of one instant in an order that stays the same. */
  readonly versions: readonly StoredVersion[];
  /** Position of the next page; absent on the last. */
  readonly next?: string;
  /** Of all pages; absent where it is not cheap to tell (rules 6.7). */
  readonly total?: number;
  /** Snapshot marker for the following pages: what is committed later is on none of them. */
  readonly asOf: string;
  /** ms UTC: a safe next `since`; nothing that is not in this history bears an earlier one. */
  readonly lastUpdated: number;
}
export interface HistoryQuery {
  readonly count: number;
  readonly after?: string;
  readonly asOf?: string;
  /** ms UTC: made at it or later. */
  readonly since?: number;
  /** ms UTC, `hi` exclusive: current at some time within. */
  readonly at?: { readonly lo: number; readonly hi: number };
  /** Versions that may be looked at for one page of a type or of the system (HISTORY_BUDGET). */
  readonly budget?: number;
}

/**
 * What the entries of a store are made by, and the job that makes them anew when it changes: it goes from resource to resource in small
 * steps, each of them whole or not at all, and goes on where it stood after whatever ended a process. A resource is indexed anew
 * in the version that was read, or not at all: whoever writes meanwhile writes entries of the new kind, for the store takes no others.
 */
export interface StoreIndex {
  /** How long another process may go on by what it knew of the state before, ms; 0 where there is no other. */
  readonly staleness: number;
  /** As it stands. */
  state(): Promise<IndexState>;
  /** @returns false, and nothing changes, when `expected` is not the generation any more */
  redefine(expected: number, change: Redefinition): Promise<boolean>;
  /**
   * One step of the job under way.
   * @param entriesOf undefined for a resource whose entries need not change
   * @returns `idle`: there is none; `elsewhere`: another process does it
   */
  step(entriesOf: (found: StoredVersion, state: IndexState) => Promise<PackedEntries | undefined>): Promise<'stepped' | 'idle' | 'elsewhere'>;
}

export interface Store {
  readonly index: StoreIndex;
  readonly capabilities: {
    readonly name: string;
    readonly transactions: true;
    readonly maxCommitWrites: number;
    /** Bytes of texts and index entries that one step may hold; absent: no other limit than that of a request. */
    readonly maxCommitBytes?: number;
    /** Most bytes of an {@link OwnContent}; 0: every content is staged. */
    readonly ownContent: number;
  };

  /** The current version (or tombstone). */
  read(grant: Grant, key: ResourceKey): Promise<StoredVersion | undefined>;
  /** Versions from before the resource came to another person exist for the operator only, here and in the history. */
  vread(grant: Grant, key: ResourceKey, version: number): Promise<StoredVersion | undefined>;
  /**
   * In the order of commits, read from an index.
   * @returns undefined for one resource that is not there
   * @throws Failure `too-costly` when the caller may see too few of the versions that were looked at, `bad-cursor`
   */
  history(grant: Grant, scope: HistoryScope, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage | undefined>;
  /** @throws Failure `too-costly` when a budget is exceeded */
  search(plan: GrantedPlan, signal?: AbortSignal): Promise<SearchPage>;
  /** How a search is served; it is made once for that. Takes a grant of reach `everything`. @throws Failure as {@link Store.search} */
  explain(plan: GrantedPlan, signal?: AbortSignal): Promise<Explanation>;
  /** The bytes, `hi` exclusive. The grant was used to find the {@link StoredVersion}. */
  openContent(found: StoredVersion, range?: { readonly lo: number; readonly hi: number }): AsyncIterable<Uint8Array>;

  /**
   * Who holds each claim, judged over all data; `deleted` for a tombstone that kept its claim.
   * Takes a grant of reach `everything`; what it finds is for decisions, never for an answer.
   */
  claimed(grant: Grant, claims: readonly Claim[]): Promise<readonly (({ readonly deleted: boolean } & ResourceKey) | undefined)[]>;
  /** Whether the person closed their record at the grant's moment. */
  isClosed(grant: Grant, patient: string): Promise<boolean>;

  /** Writes bytes in chunks, durable when it resolves; swept after an hour when no commit named them. */
  stage(bytes: AsyncIterable<Uint8Array>, contentType: string): Promise<ContentRef>;
  /**
   * @param signal the client hung up: a step that still waits for its turn is not taken, and rejects with the reason
   * @throws Failure `unavailable` when the disk is full or the store is closing
   */
  commit(set: WriteSet, signal?: AbortSignal): Promise<CommitOutcome>;

  /** Resolves when the record is durable; rejects when it cannot be written (the answer must then be withheld). */
  appendAudit(record: AuditRecord): Promise<void>;
  readAudit(grant: Grant, query: { readonly patient?: string; readonly from?: number; readonly until?: number; readonly limit: number }): AsyncIterable<AuditRecord>;

  /** Erases for good every version, entry, claim and byte of a Patient's record or of one resource; resumable: call it again. */
  erase(grant: Grant, target: ResourceKey): AsyncIterable<{ readonly done: number; readonly total: number }>;

  /**
   * Erases past versions of a resource for good, with the bytes that nothing else names: all of them, or one. The current version stays.
   * @returns how many there were
   */
  eraseHistory(grant: Grant, key: ResourceKey, version?: number): Promise<number>;

  /** Named secrets kept with the data (page cursors), newest first; made on first use, rotated daily, two kept. */
  secrets(name: string): Promise<readonly { readonly id: string; readonly key: Uint8Array }[]>;

  /** Rejects with the cause when the store cannot serve. */
  ready(): Promise<void>;
  /** Finishes what is under way and leaves the files clean. */
  close(): Promise<void>;
}

export interface StoreIdentity {
  /** `production` or `test`: a store keeps the domain that it was made with. */
  readonly domain: 'production' | 'test';
  /** Words that are indexed (FULL_TEXT): a store whose entries hold others is indexed anew. Left out: as they are, of narratives in a new store. */
  readonly fullText?: FullText;
}
