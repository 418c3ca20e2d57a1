/**
 * The store that a test file runs on: jest.config.cjs runs some of the files once on each. On MongoDB the databases are
 * handed on, emptied, from store to store and from file to file: making one costs more than most tests.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { openEmbedded } from '../../src/store/embedded/open';
import { openMongo } from '../../src/store/mongodb/open';
import type { Store, StoreIdentity } from '../../src/store/port';
import { inDatabase, mongoUrl, quiet, runFolder } from './mongo';

type Domain = StoreIdentity['domain'];
export const onMongo = process.env.PASSERELLE_TEST_STORE === 'mongodb';

export interface TestDatabase {
  readonly url: string;
  /** Once nothing uses it any more. */
  release(): void;
}

const freeOnes = (domain: Domain): string => {
  const path = join(runFolder(), `free-${domain}`);
  mkdirSync(path, { recursive: true });
  return path;
};

/** Whoever takes the file away has the database. */
function taken(domain: Domain): string | undefined {
  return readdirSync(freeOnes(domain)).find((name) => {
    try {
      unlinkSync(join(freeOnes(domain), name));
      return true;
    } catch {
      return false;
    }
  });
}

/** Its collections and indexes stay, and what says whose it is. */
export async function emptyDatabase(url: string): Promise<void> {
  const client = new MongoClient(url);
  try {
    const database = client.db();
    const collections = await database.listCollections({}, { nameOnly: true }).toArray();
    await Promise.all(collections.filter(({ name }) => name !== 'meta' && name !== 'clock').map(({ name }) => database.collection(name).deleteMany({})));
    await database.collection('meta').deleteOne({ _id: 'index' as never });
    // Which words a store was indexed for belongs to its settings: another choice would have the next server index it anew.
    await database.collection('meta').updateMany({}, { $unset: { words: '' } });
    await database.collection('clock').updateMany({}, { $unset: { generation: '' }, $set: { open: [] } });
  } finally {
    await client.close();
  }
}

/** An empty database of the replica set of this run. */
export async function testDatabase(domain: Domain = 'test'): Promise<TestDatabase> {
  const server = await mongoUrl();
  const used = taken(domain);
  const name = used ?? `test-${randomBytes(5).toString('hex')}`;
  const url = inDatabase(server, name);
  if (used !== undefined) await emptyDatabase(url);
  return { url, release: () => writeFileSync(join(freeOnes(domain), name), '') };
}

/** An empty store of the kind under test. Its end gives its database back. */
export async function openTestStore(domain: Domain = 'test'): Promise<Store> {
  if (!onMongo) return openEmbedded({ directory: 'memory:', identity: { domain }, log: quiet });
  const database = await testDatabase(domain);
  const store = await openMongo({ url: database.url, identity: { domain }, log: quiet });
  const close = store.close.bind(store);
  return Object.assign(store, {
    close: async () => {
      await close();
      database.release();
    },
  });
}
