/** Searches of the MongoDB store: see engine.ts for the seam. */
import { setMaxListeners } from 'node:events';
import type { MongoServerError } from 'mongodb';
import { tooCostly } from '../../search/budgets.js';
import type { FindNothing, MatchingIds, SearchPageOf } from '../engine.js';
import * as nothing from './nothing.js';
import * as page from './page.js';

/** An operation was stopped by its `maxTimeMS`. */
const timeExceeded = 50;

async function timed<T>(search: () => Promise<T>): Promise<T> {
  try {
    return await search();
  } catch (thrown) {
    if ((thrown as Partial<MongoServerError>).code === timeExceeded) throw tooCostly('time');
    throw thrown;
  }
}

/** One search in the snapshot of `reading`. @throws Failure `too-costly`, `bad-cursor`; the reason of the signal when it was aborted */
export const searchPage: SearchPageOf = (reading, bound) => {
  reading.signal?.throwIfAborted();
  // Each read that goes beside others listens to it.
  if (reading.signal) setMaxListeners(0, reading.signal);
  return timed(() => page.searchPage(reading, bound));
};

/** Judges the guard `matches` in the transaction of `reading`. */
export const matchingIds: MatchingIds = (reading, bound, limit) => timed(() => page.matchingIds(reading, bound, limit));

/** Judges the guards `matches` that expect nothing, all at once. */
export const findNothing: FindNothing = (reading, plans) => timed(() => nothing.findNothing(reading, plans));
