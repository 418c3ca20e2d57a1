/** Counts and sizes of a MongoDB store. */
import type { Document } from 'mongodb';
import type { StoreDescription, StoreStatistics } from '../../upkeep.js';
import { times, type Connection } from '../connection.js';
import { stateOf } from '../index-state.js';

const options = { maxTimeMS: times.build, allowDiskUse: true } as const;

export async function describeStore({ collections: { meta, clock } }: Connection): Promise<StoreDescription> {
  const [store, time] = [await meta.findOne({ _id: 'store' }, { maxTimeMS: times.key }), await clock.findOne({ _id: 'clock' }, { maxTimeMS: times.key })];
  const { job } = stateOf(await meta.findOne({ _id: 'index' }, { maxTimeMS: times.key }));
  // Entries of an earlier indexer are of no use to another store.
  const indexer = job !== undefined && job.params === undefined ? 0 : store?.indexer ?? NaN;
  return { store: 'mongodb', domain: store?.domain === 'production' ? 'production' : 'test', tenant: store?.tenant ?? '', indexer, clock: Number(time?.last ?? 0) };
}

const sizeOfText: Document = { $cond: [{ $in: [{ $type: '$b' }, ['string', 'binData']] }, { $binarySize: '$b' }, 0] };
const isThere = (field: string): Document => ({ $cond: [{ $eq: [{ $type: field }, 'missing'] }, 0, 1] });

interface TypeRow { readonly _id: string; readonly live: number; readonly deleted: number; readonly versions: number; readonly bytes: number; readonly oldest: number; readonly newest: number }

/** Of current or past versions, by type. */
const byType = (type: Document | string, live: Document | number, deleted: Document | number): Document[] => [
  { $match: { of: { $exists: false } } },
  { $group: { _id: type, live: { $sum: live }, deleted: { $sum: deleted }, versions: { $sum: 1 }, bytes: { $sum: sizeOfText }, oldest: { $min: '$lu' }, newest: { $max: '$lu' } } },
];

function types(current: readonly TypeRow[], past: readonly TypeRow[]): StoreStatistics['types'] {
  return current.map(({ _id, live, deleted, versions, bytes }) => {
    const before = past.find((row) => row._id === _id);
    return { type: _id, live, deleted, versions: versions + (before?.versions ?? 0), bytes: bytes + (before?.bytes ?? 0) };
  }).sort((one, other) => (one.type < other.type ? -1 : 1));
}

const kinds = { token: 't', reference: 'r', string: 's', uri: 'u', date: 'd', quantity: 'q', composite: 'c', position: 'pl' } as const;
const lengths: Document = Object.fromEntries(Object.entries(kinds).map(([kind, field]) => [kind, { $sum: { $size: { $ifNull: [`$${field}`, []] } } }]));

/** The first document of an aggregation, or nothing. */
async function first(cursor: { toArray(): Promise<Document[]> }): Promise<Document> {
  return (await cursor.toArray())[0] ?? {};
}

export async function storeStatistics({ collections, db }: Connection): Promise<StoreStatistics> {
  const { resources, past, contents, chunks, claims, records, audit } = collections;
  const current = await resources.aggregate<TypeRow>(byType({ $ifNull: ['$rt', '$dt'] }, isThere('$rt'), isThere('$dt')), options).toArray();
  const former = await past.aggregate<TypeRow>(byType({ $first: { $split: ['$_id.k', '/'] } }, 0, 0), options).toArray();
  const rows = [...current, ...former];
  const entries = await first(resources.aggregate([{ $group: { _id: null, ...lengths } }, { $unset: '_id' }], options));
  const content = await first(contents.aggregate([{ $group: { _id: null, count: { $sum: 1 }, bytes: { $sum: '$size' } } }], options));
  const rules = await first(records.aggregate([{ $group: { _id: null, n: { $sum: { $size: { $ifNull: ['$r', []] } } } } }], options));
  const log = await first(audit.aggregate([{ $group: { _id: null, bytes: { $sum: { $bsonSize: '$$ROOT' } }, parts: { $sum: 1 } } }], options));
  const size = await db.stats({ maxTimeMS: times.write });
  return {
    types: types(current, former),
    entries: entries as Record<string, number>,
    contents: { count: Number(content.count ?? 0), chunks: await chunks.countDocuments({}, { maxTimeMS: times.build }), bytes: Number(content.bytes ?? 0) },
    claims: await claims.countDocuments({}, { maxTimeMS: times.build }), rules: Number(rules.n ?? 0), audit: { bytes: Number(log.bytes ?? 0), parts: Number(log.parts ?? 0) },
    ...(rows.length === 0 ? {} : { oldest: Math.min(...rows.map(({ oldest }) => oldest)), newest: Math.max(...rows.map(({ newest }) => newest)) }),
    size: Number(size.totalSize ?? Number(size.storageSize) + Number(size.indexSize)),
  };
}
