/** The database at start: made when it is empty, lifted when it is older, refused when it is not ours to open. */
import type { StoreIdentity } from '../port.js';
import { StoreRefused, type StoreLog } from '../refused.js';
import { outdated } from '../../search/index-state.js';
import { firstClock } from './clock.js';
import { collectionNames, indexerVersion, makeCollection, makeIndexes, schemaVersion } from './collections.js';
import { times, type Connection } from './connection.js';
import type { StoreDocument } from './documents.js';
import { Code, codeOf, isDuplicate } from './faults.js';
import { changeIndex } from './index-state.js';
import { standAlone } from './refusals.js';
import { nobody } from './versions.js';
import { withStartLock } from './start-lock.js';

export const tenant = 'default';
/** Older servers lack snapshot reads or consistent catalogues. */
const oldestServer = 7;

/** Lifts a store from the schema it is keyed by to the next one. */
const migrations: ReadonlyMap<number, (connection: Connection) => Promise<void>> = new Map([
  [1, placePast],
  // What bears a label is found by it.
  [2, ({ db }) => makeIndexes(db, 'chains', times.build)],
]);

/** Past versions say whose they are and where they stand among equals, so that histories are read from an index. */
async function placePast({ collections: { past }, db }: Connection): Promise<void> {
  await past.aggregate([
    { $match: { ty: { $exists: false } } }, { $project: { _id: 1 } },
    { $lookup: { from: 'resources', localField: '_id.k', foreignField: '_id', as: 'of', pipeline: [{ $project: { n: 1, pt: 1, pts: 1 } }] } },
    { $set: { of: { $first: '$of' } } },
    { $project: {
      ty: { $first: { $split: ['$_id.k', '/'] } }, n: { $ifNull: ['$of.n', 0] },
      own: { $ifNull: ['$of.pts', [{ $ifNull: ['$of.pt', nobody] }]] },
    } },
    { $merge: { into: 'past', on: '_id', whenMatched: 'merge', whenNotMatched: 'discard' } },
  ], { maxTimeMS: times.build }).toArray();
  for (const name of ['resources', 'past'] as const) await makeIndexes(db, name, times.build);
}

export interface Opening {
  /** Whether a store that holds a part of an import may be opened. */
  readonly restoring: boolean;
  /** Whether it has to be there already. */
  readonly existing: boolean;
}

/** @throws StoreRefused when the server cannot give what the store promises */
async function checkServer({ db }: Connection, place: string): Promise<void> {
  const { version } = await db.admin().command({ buildInfo: 1, maxTimeMS: times.key });
  if (!(Number.parseInt(String(version), 10) >= oldestServer)) throw new StoreRefused(`The MongoDB server at ${place} is version ${String(version)}; this version needs ${oldestServer}.0 or later.`);
  const hello = await db.admin().command({ hello: 1, maxTimeMS: times.key });
  if (hello.setName === undefined && hello.msg !== 'isdbgrid') throw standAlone(place);
}

/** @throws StoreRefused when the store was written by a newer version or for the other identity domain */
function check({ schema = NaN, indexer = NaN, domain = '' }: StoreDocument, place: string, identity: StoreIdentity): void {
  if (!(schema <= schemaVersion && indexer <= indexerVersion)) {
    throw new StoreRefused(`The store at ${place} was written by a newer version (schema ${schema}, index ${indexer}; this one reads ${schemaVersion} and ${indexerVersion}).`);
  }
  if (domain !== identity.domain) throw new StoreRefused(`The store at ${place} holds the identity domain "${domain}" and cannot be opened as "${identity.domain}" (IDENTITY_DOMAIN).`);
}

/** Everything that is not there yet. An index that cannot be built names its collection. */
async function makeAll({ db }: Connection, place: string): Promise<void> {
  for (const name of collectionNames) await makeCollection(db, name, times.write);
  for (const name of collectionNames) {
    try {
      await makeIndexes(db, name, times.build);
    } catch (thrown) {
      const code = (thrown as { codeName?: unknown }).codeName;
      if (code === undefined || codeOf(thrown) === Code.unauthorized) throw thrown;
      throw new StoreRefused(`An index of the collection "${name}" at ${place} could not be built: ${String(code)}.`);
    }
  }
}

async function migrate(connection: Connection, place: string, from: number): Promise<void> {
  for (let version = from; version < schemaVersion; version++) {
    const step = migrations.get(version);
    if (step === undefined) throw new StoreRefused(`The store at ${place} has schema ${from}, which this version (schema ${schemaVersion}) cannot lift.`);
    await step(connection);
    await connection.collections.meta.updateOne({ _id: 'store' }, { $set: { schema: version + 1 } }, { maxTimeMS: times.key });
  }
}

const hasIndex = ({ indexer, words = 'text' }: StoreDocument, { fullText = words }: StoreIdentity): boolean => indexer === indexerVersion && words === fullText;

/** Entries of an earlier indexer, or without the words that are wanted, are made anew while the store is served. */
async function reindexAll({ collections: { meta, resources } }: Connection, store: StoreDocument, identity: StoreIdentity): Promise<void> {
  if (hasIndex(store, identity)) return;
  const total = await resources.estimatedDocumentCount({ maxTimeMS: times.write });
  await changeIndex(meta, (state) => outdated(state, total, Date.now()));
  await meta.updateOne({ _id: 'store' }, { $set: { indexer: indexerVersion, words: identity.fullText ?? store.words ?? 'text' } }, { maxTimeMS: times.key });
}

async function makeClock({ collections: { clock } }: Connection): Promise<void> {
  try {
    await clock.insertOne(firstClock, { maxTimeMS: times.key });
  } catch (thrown) {
    if (!isDuplicate(thrown)) throw thrown;
  }
}

/**
 * Makes the database ready, one process at a time.
 * @param place of the database, for messages
 * @throws StoreRefused with one line that says why
 */
export async function prepareDatabase(connection: Connection, place: string, identity: StoreIdentity, log: StoreLog, { restoring, existing }: Opening): Promise<void> {
  await checkServer(connection, place);
  const { meta } = connection.collections;
  const known = await meta.findOne({ _id: 'store' }, { maxTimeMS: times.key });
  if (known === null && existing) throw new StoreRefused(`There is no store at ${place} (STORE_URL).`);
  if (known !== null) check(known, place, identity);
  if (!restoring && (await meta.findOne({ _id: 'restore' }, { maxTimeMS: times.key }))?.done === false) {
    throw new StoreRefused(`The store at ${place} holds a part of an import: finish it with passerelle import-store and the same file.`);
  }
  // It is written once everything stands.
  if (known?.schema === schemaVersion && hasIndex(known, identity)) return;
  await makeCollection(connection.db, 'meta', times.write);
  await withStartLock(meta, log, async () => {
    const store = await meta.findOne({ _id: 'store' }, { maxTimeMS: times.key });
    if (store !== null) {
      check(store, place, identity);
      await migrate(connection, place, store.schema ?? NaN);
      return reindexAll(connection, store, identity);
    }
    await makeAll(connection, place);
    await makeClock(connection);
    await meta.insertOne({ _id: 'store', schema: schemaVersion, indexer: indexerVersion, words: identity.fullText ?? 'text', domain: identity.domain, tenant }, { maxTimeMS: times.key });
  });
}

/** The cache of a server whose cache cannot be asked for, bytes. */
const assumedCache = 256 * 1024 * 1024;

/** Bytes of the server's cache. */
export async function cacheSize({ db }: Connection, log: StoreLog): Promise<number> {
  try {
    const { wiredTiger } = await db.admin().command({ serverStatus: 1, metrics: 0, locks: 0, maxTimeMS: times.key }) as { wiredTiger?: { cache?: Record<string, unknown> } };
    const bytes = Number(wiredTiger?.cache?.['maximum bytes configured']);
    if (bytes > 0) return bytes;
  } catch (thrown) {
    if (codeOf(thrown) !== Code.unauthorized) throw thrown;
  }
  log.warn({ assumed: assumedCache }, 'The cache of the database cannot be asked for (role clusterMonitor): set TRANSACTION_STORE_BYTES');
  return assumedCache;
}
