/** Where the store takes its search engine from. */
import { fail } from '../../fhir/failure.js';
import type { EngineOptions, MatchingIds, SearchEngine } from './engine.js';

const absent = () => fail('not-implemented', { reason: 'This build has no search engine.' });

export const createSearch = (_options: EngineOptions): SearchEngine => ({
  search: () => Promise.reject(absent()),
  close: () => Promise.resolve(),
});
export const matchingIds: MatchingIds = () => {
  throw absent();
};
