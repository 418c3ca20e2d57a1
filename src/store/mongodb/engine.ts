/** The seam between the store and its search engine (`search/`). */
import type { GrantedPlan } from '../../access/grant.js';
import type { SearchPage } from '../port.js';
import type { Reading } from './connection.js';

/** What `search/index.ts` exports as `searchPage`: one search in the snapshot of `reading`. */
export type SearchPageOf = (reading: Reading, bound: GrantedPlan) => Promise<SearchPage>;

/**
 * What `search/index.ts` exports as `matchingIds`: ids that a plan finds, at most `limit`, in the transaction of `reading`,
 * which takes one operation at a time. The guard `matches` is judged by it.
 */
export type MatchingIds = (reading: Reading, bound: GrantedPlan, limit: number) => Promise<readonly string[]>;

/** What `search/index.ts` exports as `findNothing`: whether plans certainly find nothing, as one query tells. */
export type FindNothing = (reading: Reading, plans: readonly GrantedPlan[]) => Promise<boolean>;
