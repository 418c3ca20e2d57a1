/** The seam between the store and its search engine (`search/`). */
import type { GrantedPlan } from '../../access/grant.js';
import type { SearchPage } from '../port.js';
import type { Connection } from './connection.js';
import type { Names } from './names.js';

export interface EngineOptions {
  /** Folder of the store: readers open their connections by `openReadConnection`. */
  readonly folder: string;
}

/** What `createSearch(options: EngineOptions)` of `search/index.ts` returns. */
export interface SearchEngine {
  /** @throws Failure `too-costly` when a budget is exceeded */
  search(plan: GrantedPlan, signal?: AbortSignal): Promise<SearchPage>;
  /** Ends the reader threads. */
  close(): Promise<void>;
}

/**
 * `matchingIds` of `search/index.ts`: ids that a plan finds, at most `limit`, in the transaction that `connection` is in.
 * The writer judges the guard `matches` by it.
 */
export type MatchingIds = (connection: Connection, names: Names, plan: GrantedPlan, limit: number) => readonly string[];
