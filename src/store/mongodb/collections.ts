/** The collections, how they are made, and their indexes. */
import type { Collection, CreateIndexesOptions, Db, Document, IndexSpecification } from 'mongodb';
import type {
  AuditDocument, ChainDocument, ChunkDocument, ClaimDocument, ClockDocument, ContentDocument, LockDocument, PastDocument,
  RecordDocument, ResourceDocument, SecretDocument, StoreDocument,
} from './documents.js';
import { Exposure } from './documents.js';

/** Of the layout. Older stores are migrated at start, newer ones refused. */
export const schemaVersion = 3;
/** Of the index entries: grows when a change of the indexer makes old entries wrong. */
export const indexerVersion = 5;

interface Documents {
  resources: ResourceDocument;
  past: PastDocument;
  records: RecordDocument;
  chains: ChainDocument;
  claims: ClaimDocument;
  contents: ContentDocument;
  chunks: ChunkDocument;
  locks: LockDocument;
  secrets: SecretDocument;
  audit: AuditDocument;
  clock: ClockDocument;
  meta: StoreDocument;
}
export type CollectionName = keyof Documents;
export type Collections = { readonly [K in CollectionName]: Collection<Documents[K]> };

interface Index { readonly key: IndexSpecification & Document; readonly options?: CreateIndexesOptions }
const on = (key: Index['key'], options: CreateIndexesOptions = {}): Index => ({ key, options });
const sparse = (key: Index['key']): Index => on(key, { sparse: true });

const shared = { partialFilterExpression: { x: Exposure.public } } as const;

/** Every index holds at most one array. Their names are the driver's: `t_1_sd_1_n_1`. */
export const indexes: Readonly<Record<CollectionName, readonly Index[]>> = {
  resources: [
    on({ t: 1, sd: 1, n: 1 }), on({ r: 1, sd: 1, n: 1 }), on({ pt: 1, t: 1, sd: 1, n: 1 }),
    on({ rt: 1, lu: 1, n: 1 }), on({ rt: 1, sd: 1, n: 1 }, { partialFilterExpression: { x: Exposure.public } }),
    sparse({ s: 1 }), sparse({ u: 1 }), sparse({ 'd.p': 1, 'd.lo': 1, 'd.hi': 1 }), sparse({ 'q.p': 1, 'q.u': 1, 'q.lo': 1, 'q.hi': 1 }),
    sparse({ 'c.p': 1, 'c.t': 1, 'c.v': 1, 'c.u': 1, 'c.lo': 1, 'c.hi': 1 }),
    sparse({ 'pl.p': 1, 'pl.b': 1, 'pl.lon': 1 }),
    sparse({ pts: 1 }), sparse({ doc: 1 }), sparse({ of: 1 }),
    // Histories: tombstones, and what is public.
    on({ dt: 1, lu: 1, n: 1 }, { partialFilterExpression: { dt: { $exists: true } } }),
    on({ x: 1, rt: 1, lu: 1, n: 1 }, shared), on({ x: 1, dt: 1, lu: 1, n: 1 }, shared),
  ],
  past: [on({ ty: 1, lu: 1, n: 1 }), on({ own: 1, lu: 1, n: 1, ty: 1 })],
  records: [sparse({ 'r.d': 1 }), sparse({ 'r.c': 1 })],
  chains: [on({ ch: 1 }), on({ k: 1 }), on({ l: 1 }, { partialFilterExpression: { l: { $gt: 0 } } })],
  claims: [],
  contents: [on({ staged: 1 }, { partialFilterExpression: { held: { $lte: 0 } } })],
  chunks: [],
  locks: [on({ at: 1 }, { expireAfterSeconds: 24 * 60 * 60 })],
  secrets: [on({ name: 1, made: -1 })],
  audit: [on({ at: 1, _id: 1 }), sparse({ p: 1, at: 1, _id: 1 })],
  clock: [],
  meta: [],
};
export const collectionNames = Object.keys(indexes) as readonly CollectionName[];

/** Half the bytes of the default (snappy) on these documents. */
const storageEngine = { wiredTiger: { configString: 'block_compressor=zstd' } };
const namespaceExists = 48;

/** Makes a collection when it is not there. */
export async function makeCollection(db: Db, name: CollectionName, maxTimeMS: number): Promise<void> {
  try {
    await db.createCollection(name, { storageEngine, maxTimeMS });
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== namespaceExists) throw thrown;
  }
}
export async function makeIndexes(db: Db, name: CollectionName, maxTimeMS: number): Promise<void> {
  for (const { key, options = {} } of indexes[name]) await db.collection(name).createIndex(key, { ...options, maxTimeMS });
}

export const collectionsOf = (db: Db): Collections =>
  Object.fromEntries(collectionNames.map((name) => [name, db.collection(name)])) as unknown as Collections;
