/** What every handler is given: the store and what the settings say. Made once, in the composition root. */
import type { Grant } from '../access/grant.js';
import type { IndexState, OwnParameters } from '../search/index-state.js';
import type { FullText } from '../search/index/full-text.js';
import type { Store } from '../store/port.js';
import type { Lanes } from './lane.js';
import type { Route } from './routes.js';
import type { DeleteCascades } from './cascade.js';

/** A limit and the setting that it comes from, so that an answer can name it. */
export interface Limit {
  readonly value: number;
  readonly setting: string;
}

export interface Limits {
  /** Bytes of a FHIR body. */
  readonly body: Limit;
  /** Bytes of a CDA document. */
  readonly document: Limit;
  /** Bytes of a Binary sent as such: streamed, never held whole. */
  readonly binary: Limit;
  /** Entries of a batch or transaction. */
  readonly entries: Limit;
  /** Matches that a conditional delete deletes; 1 where only one may match. */
  readonly conditionalDelete: Limit;
  /** Codes that one value set, or what one code subsumes, may be. */
  readonly expansion: Limit;
  /** Resources that one hierarchy may be made of. */
  readonly hierarchy: Limit;
  /** Tests and brackets of one `_filter`. */
  readonly filter: Limit;
  /** Resources that one search puts into an order that no index has. */
  readonly sort: Limit;
  /** Versions looked at for one page of a history of a type or of the system. */
  readonly history: Limit;
  /** Matches on a page. */
  readonly pageDefault: Limit;
  readonly pageMax: Limit;
  /** Resources that a page brings along, and the levels that it follows references. */
  readonly included: Limit;
  readonly includeLevels: Limit;
  /** Resources that one operation looks at. */
  readonly operation: Limit;
}

/** What is known of the index of the store (see `maintenance/index-keeper.ts`). */
export interface SearchIndex {
  /** As it was known last. */
  readonly state: IndexState;
  /** Late by no more than changes wait for. */
  current(): Promise<IndexState>;
  /** As it stands. */
  refresh(): Promise<IndexState>;
  /** Parameters of the operator, at most (SEARCH_PARAMETERS_LIMIT). */
  readonly most: number;
  /** Has everything indexed anew. */
  reconcile(all: true): Promise<void>;
}

export interface Services {
  /** Absent: there are no parameters but those of the standard. */
  readonly index?: SearchIndex;
  readonly store: Store;
  readonly lanes: Lanes;
  readonly limits: Limits;
  /** The FHIR base without a slash at its end: what every link of ours starts with. */
  readonly baseUrl: string;
  /** The FHIR base and its aliases: references under them count as local. */
  readonly baseUrls: readonly string[];
  /** IANA name: how dates without a zone are read. */
  readonly timeZone: string;
  /** Metres that are near when a search does not say how far. */
  readonly nearDistance: number;
  /** Words that are indexed. */
  readonly fullText: FullText;
  readonly identityDomain: 'production' | 'test';
  readonly searchHandling: 'strict' | 'lenient';
  readonly referentialIntegrity: boolean;
  /** Whether the operator may erase past versions. */
  readonly historyDelete?: boolean;
  /** Told in metadata. */
  readonly demo: boolean;
  /** How callers show who they are, told in metadata: tokens of these issuers, or nothing at all. */
  readonly authorization?: { readonly mode: 'token' | 'open'; readonly issuers: readonly string[] };
  /** Whether web apps of other origins may call, told in metadata. */
  readonly cors?: boolean;
  /** Product version, told in metadata. */
  readonly version: string;
  /** ms UTC */
  readonly clock: () => number;
  /** A grant of reach `everything`, for what is judged over all data (uniqueness, identity); never for an answer. */
  readonly serverGrant: () => Grant;
  /** Page cursors: sealed with keys of the store, bound to the actor, valid for 24 hours. */
  readonly cursors: Cursors;
  /** What is deleted with a resource, by type (a document takes along what was drawn from it). */
  readonly deleteCascades: DeleteCascades;
  /** Told of a fault of ours that ends an entry of a batch and not the request. @param request its id, which the entry's answer names */
  readonly report?: (request: string, thrown: unknown) => void;
  /** The whole route table: `metadata` is built from it. */
  readonly routes: readonly Route[];
}

export interface Cursors {
  /** The sealed text of a page link. */
  seal(grant: Grant, content: string): Promise<string>;
  /** @throws Failure `bad-cursor` when it is malformed, too old, or another caller's */
  unseal(grant: Grant, cursor: string): Promise<string>;
}

/** The shape that `RequestBody` takes a limit in. */
export const byteLimit = ({ value, setting }: Limit): { bytes: number; setting: string } => ({ bytes: value, setting });

/** The parameters of the operator, for whoever makes entries; nothing where there never were any. */
export const ownOf = ({ index }: Pick<Services, 'index'>): { readonly own?: OwnParameters } =>
  (index === undefined || index.state.generation === 0 ? {} : { own: index.state });

/** The state of the index, for whoever reads a search. */
export const indexOf = async ({ index }: Pick<Services, 'index'>): Promise<{ readonly index?: IndexState }> => (index === undefined ? {} : { index: await index.current() });
