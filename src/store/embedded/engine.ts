/** The seam between the store and its search engine (`search/`). */
import type { Grant, GrantedPlan } from '../../access/grant.js';
import type { HistoryPage, HistoryQuery, HistoryScope, SearchPage } from '../port.js';
import type { Explanation } from '../search/explanation.js';
import type { Connection } from './connection.js';
import type { HistoryRequest } from './history/page.js';
import type { Names } from './names.js';
import type { SearchRequest } from './search/page.js';

/** What a reader thread is asked. */
export type ReaderRequest = SearchRequest | (SearchRequest & { readonly explain: true }) | HistoryRequest;
export type ReaderResult = SearchPage | Explanation | HistoryPage;

export interface EngineOptions {
  /** Folder of the store: readers open their connections by `openReadConnection`. */
  readonly folder: string;
}

/** What `createSearch(options: EngineOptions)` of `search/index.ts` returns. */
export interface SearchEngine {
  /** @throws Failure `too-costly` when a budget is exceeded */
  search(plan: GrantedPlan, signal?: AbortSignal): Promise<SearchPage>;
  /** @throws Failure as {@link SearchEngine.search} */
  explain(plan: GrantedPlan, signal?: AbortSignal): Promise<Explanation>;
  /** Of a type or of the whole system. @throws Failure `too-costly` */
  history(grant: Grant, scope: Pick<HistoryScope, 'type'>, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage>;
  /** Ends the reader threads. */
  close(): Promise<void>;
}

/**
 * `matchingIds` of `search/index.ts`: ids that a plan finds, at most `limit`, in the transaction that `connection` is in.
 * The writer judges the guard `matches` by it.
 */
export type MatchingIds = (connection: Connection, names: Names, plan: GrantedPlan, limit: number) => readonly string[];
