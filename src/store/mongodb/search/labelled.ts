/** What follows the labels of a document's chain: told by the documents that bear them where these are few, else by each resource's own document. */
import type { Leaf } from '../../../search/plan.js';
import { labelBits, sumsWith } from '../../body/labels.js';
import { budgets } from '../../search/budgets.js';
import { readOptions } from '../connection.js';
import { oneOf } from './conditions.js';
import { pieces, type SearchContext } from './context.js';

type Labelled = Extract<Leaf, { readonly kind: 'labelled' }>;

/** Ids of the documents whose chain bears one of the labels; undefined when they are many. */
export function labelledDocuments(context: SearchContext, leaf: Labelled): Promise<readonly string[] | undefined> {
  return context.once(leaf, 'documents', async () => {
    const { collections: { chains } } = context.reading;
    const found = await chains.find({ $and: [{ l: { $gt: 0 } }, { l: { $in: [...sumsWith(leaf.labels)] } }] }, { ...readOptions(context.reading), projection: { _id: 1 }, hint: { l: 1 }, limit: budgets.targets + 1 }).toArray();
    context.keys += found.length;
    return found.length > budgets.targets ? undefined : found.map(({ _id }) => _id);
  });
}

/** Those of the resources (`Type/id`) that were drawn from such a document. */
export async function following(context: SearchContext, { labels }: Labelled, ids: readonly string[]): Promise<Set<string>> {
  const kept = new Set<string>();
  for (const piece of pieces([...new Set(ids)], 400)) {
    context.keys += piece.length;
    const rows = await context.rows<{ readonly _id: string; readonly doc: string }>([{ $match: { ...oneOf('_id', piece), doc: { $exists: true }, rt: { $ne: 'DocumentReference' } } }, { $project: { doc: 1 } }], { _id: 1 });
    const known = await context.sight.labels(rows.map(({ doc }) => doc));
    for (const { _id, doc } of rows) if (((known.get(doc) ?? 0) & labelBits(labels)) !== 0) kept.add(_id);
  }
  return kept;
}
