/** The state of the index as the document `index` of `meta`: read, and changed by whoever knows its generation. */
import type { Collection } from 'mongodb';
import { firstIndex, type IndexState } from '../../search/index-state.js';
import { times } from './connection.js';
import type { StoreDocument } from './documents.js';
import { isDuplicate } from './faults.js';

const options = { maxTimeMS: times.key } as const;

export function stateOf(document: StoreDocument | null): IndexState {
  const { generation, definitions, job } = document ?? {};
  if (generation === undefined) return firstIndex;
  if (!job) return { generation, definitions: definitions ?? [] };
  const { params, types, done, total, started } = job;
  return {
    generation, definitions: definitions ?? [],
    job: { ...(params ? { params } : {}), ...(types ? { types } : {}), done, total, started },
  };
}

/**
 * @param expected the generation that is to change; absent: whatever it is
 * @returns false when it is another one
 */
export async function changeIndex(meta: Collection<StoreDocument>, change: (state: IndexState) => IndexState, expected?: number): Promise<boolean> {
  const state = stateOf(await meta.findOne({ _id: 'index' }, options));
  if (expected !== undefined && state.generation !== expected) return false;
  const { generation, definitions, job } = change(state);
  // The values are data, not expressions.
  const fields = { generation: { $literal: generation }, definitions: { $literal: definitions }, job: { $literal: job }, changed: '$$NOW' };
  const filter = { _id: 'index', generation: state.generation === 0 ? { $exists: false } : state.generation };
  try {
    const { matchedCount, upsertedCount } = await meta.updateOne(filter, [{ $set: { ...fields, job: '$$REMOVE' } }, { $set: { job: fields.job } }, { $unset: ['holder', 'until'] }], { ...options, upsert: state.generation === 0 });
    return matchedCount + upsertedCount > 0;
  } catch (thrown) {
    if (isDuplicate(thrown)) return false;
    throw thrown;
  }
}
