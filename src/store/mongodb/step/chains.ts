/**
 * Chains of documents: documents that share a chain key, at any distance. Each document holds what its whole chain says, so
 * that a read looks at one.
 */
import { labelBits } from '../../body/labels.js';
import { readOptions } from '../connection.js';
import type { ChainDocument } from '../documents.js';
import type { Locks } from './locks.js';
import type { PreparedPut } from './prepared.js';
import type { StepReading } from './standing.js';

/** `ch`: the chain that it stays in, whatever its keys say. */
type Own = Pick<ChainDocument, '_id' | 'k' | 'own' | 'oa'> & { readonly ch?: string };

const linksOf = ({ k, ch }: Own): string[] => [...k.map((key) => `k ${key}`), ...(ch === undefined ? [] : [`ch ${ch}`])];

/** Those that hang together by a key or their chain, group by group, each in the order of ids. */
function groupsOf(documents: readonly Own[]): Own[][] {
  const byLink = new Map<string, Own[]>();
  for (const document of documents) for (const link of linksOf(document)) byLink.set(link, [...(byLink.get(link) ?? []), document]);
  const placed = new Set<Own>();
  const groups: Own[][] = [];
  for (const first of documents) {
    if (placed.has(first)) continue;
    const group = new Set([first]);
    for (const one of group) for (const link of linksOf(one)) for (const next of byLink.get(link) ?? []) group.add(next);
    for (const one of group) placed.add(one);
    groups.push([...group].sort((one, other) => (one._id < other._id ? -1 : 1)));
  }
  return groups;
}

const union = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];

/** What each document says once its chain is known. */
export function settled(documents: readonly Own[]): ChainDocument[] {
  return groupsOf(documents).flatMap((group) => {
    const chain = {
      ch: group[0]?._id ?? '', l: group.reduce((bits, { own }) => bits | own, 0), m: group.map(({ _id }) => _id),
    };
    return group.map(({ _id, k, own, oa }): ChainDocument => ({ _id, k, own, oa, ...chain }));
  });
}

const same = (one: ChainDocument, other: ChainDocument | undefined): boolean => other !== undefined
  && (['ch', 'l', 'own'] as const).every((field) => one[field] === other[field])
  && (['k', 'oa', 'm'] as const).every((field) => one[field].length === other[field].length && one[field].every((text, at) => text === other[field][at]));

/** Every document of the chains that the given documents and keys belong to. */
export async function chainsAround(reading: StepReading, ids: readonly string[], keys: readonly string[]): Promise<ChainDocument[]> {
  const { chains } = reading.collections;
  const options = readOptions(reading);
  const near = await chains.find({ $or: [{ _id: { $in: [...ids] } }, { k: { $in: [...keys] } }] }, options).toArray();
  return near.length === 0 ? [] : chains.find({ ch: { $in: union([near.map(({ ch }) => ch)]) } }, options).toArray();
}

export async function writeChains(reading: StepReading, before: readonly ChainDocument[], after: readonly ChainDocument[]): Promise<void> {
  const known = new Map(before.map((document) => [document._id, document]));
  const changed = after.filter((document) => !same(document, known.get(document._id)));
  if (changed.length === 0) return;
  await reading.collections.chains.bulkWrite(changed.map((document) => ({ replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true } })), readOptions(reading));
}

/** Without its chain: its keys alone say where it belongs. */
const loose = ({ _id, k, own, oa }: Own): Own => ({ _id, k, own, oa });

/**
 * Documents as written now: their keys, labels and authors replace those they had. A chain stays one even where the document
 * that held it together was erased; one of which a document gives up a key is formed anew by the keys that are left.
 * @returns labels (bits) of the chains that they belong to, by document
 */
export async function changeChains(reading: StepReading, puts: readonly PreparedPut[], locks: Locks): Promise<ReadonlyMap<string, number>> {
  const written = puts.flatMap(({ write: { id, access: { documentFacts } } }): Own[] => (documentFacts === undefined ? [] : [{
    _id: id, k: union([documentFacts.chainKeys]), own: labelBits(documentFacts.labels), oa: union([documentFacts.authors]).filter((author) => author !== ''),
  }]));
  if (written.length === 0) return new Map();
  const before = await chainsAround(reading, written.map(({ _id }) => _id), written.flatMap(({ k }) => k));
  const known = new Map(before.map((document) => [document._id, document]));
  // Another document with the same key may be on its way: neither would see the other.
  for (const { _id, k } of written) for (const key of k) if (known.get(_id)?.k.includes(key) !== true) locks.add('chain', key);
  const rewritten = new Map(written.map((document) => [document._id, document]));
  const lost = ({ _id, k }: ChainDocument): boolean => rewritten.has(_id) && k.some((key) => rewritten.get(_id)?.k.includes(key) !== true);
  const formedAnew = new Set(before.filter(lost).map(({ ch }) => ch));
  const standing = before.map((document): Own => {
    const now = { ...document, ...rewritten.get(document._id) };
    return formedAnew.has(document.ch) ? loose(now) : now;
  });
  const after = settled([...standing, ...written.filter(({ _id }) => !known.has(_id))]);
  await writeChains(reading, before, after);
  return new Map(after.map(({ _id, l }) => [_id, l]));
}

/**
 * Takes documents out for good. What hides the others of their chains goes on hiding them: labels until they are written
 * anew, masks until lifted.
 */
export async function removeFromChains(reading: StepReading, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const before = await chainsAround(reading, ids, []);
  const leaving = before.filter(({ _id }) => ids.includes(_id));
  if (leaving.length === 0) return;
  const staying = before.filter(({ _id }) => !ids.includes(_id)).map((document): Own => {
    const labels = leaving.filter(({ ch }) => ch === document.ch).reduce((bits, { l }) => bits | l, document.own);
    return { ...document, own: labels };
  });
  const options = readOptions(reading);
  for (const { _id, ch } of leaving) {
    const other = before.find((document) => document.ch === ch && !ids.includes(document._id));
    if (other !== undefined) await reading.collections.records.updateMany({ 'r.d': _id }, { $set: { 'r.$[rule].d': other._id } }, { ...options, arrayFilters: [{ 'rule.d': _id }] });
  }
  await writeChains(reading, before, settled(staying));
  await reading.collections.chains.deleteMany({ _id: { $in: leaving.map(({ _id }) => _id) } }, options);
}
