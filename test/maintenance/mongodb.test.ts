/** From the embedded store to MongoDB and back; and what the consistency check finds in a damaged MongoDB store. */
import { Binary, MongoClient, type Db, type Document } from 'mongodb';
import { Readable } from 'node:stream';
import { serverGrant } from '../../src/access/decide';
import { archiveHeader, exportStore } from '../../src/maintenance/export';
import { importStore } from '../../src/maintenance/import';
import { verify } from '../../src/maintenance/verify/verify';
import { openEmbedded } from '../../src/store/embedded/open';
import { openMongo } from '../../src/store/mongodb/open';
import type { ArchiveRecord } from '../../src/store/upkeep';
import type { WholeStore } from '../contract/moved';
import { pagesOf, planOf } from '../contract/search-support';
import { contentOf, listOf, operator } from '../contract/support';
import { describeMongo, MongoSubjects, quiet, testDomain } from '../support/mongo';
import { filledStore, indexOf, openFolder, type Filled } from './filled';

const ignore = (): void => undefined;
const bytesOfStore = async (store: WholeStore): Promise<Buffer> => Buffer.concat(await listOf(exportStore(store, await archiveHeader(store, 1000), ignore)));

describeMongo('The MongoDB store', () => {
  let filled: Filled;
  let databases: readonly MongoSubjects[];
  const open: { close(): Promise<void> }[] = [];
  const opened = async <S extends { close(): Promise<void> }>(store: Promise<S>): Promise<S> => {
    open.push(await store);
    return store;
  };
  let archive: Buffer;

  beforeAll(async () => {
    filled = await filledStore();
    databases = [new MongoSubjects(), new MongoSubjects()];
    const source = await openFolder(filled.data);
    archive = await bytesOfStore(source);
    await source.close();
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  afterAll(async () => {
    for (const each of databases) await each.end();
    filled.end();
  });

  const findings = async (store: WholeStore): Promise<string[]> => {
    const verification = { store, grant: serverGrant(Date.now()), index: indexOf(filled.settings), domain: 'test' as const, onRecord: ignore };
    return (await listOf(verify(verification))).map(({ subject, text }) => `${subject}: ${text}`);
  };
  const imported = async (database: number, bytes = archive): Promise<WholeStore> => {
    const store = await opened((databases[database] as MongoSubjects).wholeStore());
    await importStore(store, Readable.from([bytes]), indexOf(filled.settings), ignore);
    return store;
  };
  const resourcesIn = async (store: WholeStore) => (await listOf(store.dump())).filter((record): record is Extract<ArchiveRecord, { kind: 'resource' }> => record.kind === 'resource');

  /** Every resource with its history and bytes, and what a search of each type finds. */
  async function answers(store: WholeStore): Promise<unknown> {
    const told: unknown[] = [];
    const keys = (await resourcesIn(store)).map(({ type, id }) => ({ type, id })).sort((one, other) => (`${one.type}/${one.id}` < `${other.type}/${other.id}` ? -1 : 1));
    for (const key of keys) {
      const history = await store.history(operator, key, { count: 100 });
      for (const version of history?.versions ?? []) {
        const { content, ...rest } = version;
        told.push({ ...rest, ...(content ? { sha256: content.sha256, bytes: (await contentOf(store, version)).toString('base64') } : {}) });
      }
    }
    const types = [...new Set(keys.map(({ type }) => type))];
    for (const type of types) {
      const plans = [planOf([type], { kind: 'all' }, { sort: [{ by: '_id', descending: false }] }), planOf([type], { kind: 'missing', param: `${type}.identifier`, valueKind: 'token', missing: false }, { sort: [{ by: '_id', descending: false }] })];
      for (const plan of plans) told.push((await pagesOf(store, operator, plan)).flatMap(({ matches }) => matches.map(({ id }) => id)));
    }
    told.push((await listOf(store.readAudit(operator, { limit: 1000 }))).map(({ request }) => request));
    return told;
  }

  test('takes an export of the embedded store, answers as it did, and gives it back', async () => {
    const source = await opened(openFolder(filled.data));
    const before = await answers(source);
    const there = await imported(0);
    expect(await answers(there)).toEqual(before);
    expect(await findings(there)).toEqual([]);
    const counted = ({ types }: Awaited<ReturnType<WholeStore['statistics']>>) => types.map(({ type, live, deleted, versions }) => [type, live, deleted, versions]);
    expect(counted(await there.statistics())).toEqual(counted(await source.statistics()));
    const back = await opened(openEmbedded({ directory: 'memory:', identity: { domain: 'test' }, log: quiet }));
    await importStore(back, Readable.from([await bytesOfStore(there)]), indexOf(filled.settings), ignore);
    expect(await answers(back)).toEqual(before);
    expect(await findings(back)).toEqual([]);
    // And to another database.
    const other = await imported(1, await bytesOfStore(there));
    expect(await answers(other)).toEqual(before);
    expect(await findings(other)).toEqual([]);
  }, 180_000);

  test('is not served while an import into it is unfinished, which goes on where it was cut', async () => {
    const [database] = databases as readonly [MongoSubjects];
    const store = await database.wholeStore();
    await expect(importStore(store, Readable.from([archive.subarray(0, archive.length - 10)]), indexOf(filled.settings), ignore)).rejects.toThrow(/cut/);
    await store.close();
    await expect(database.open()).rejects.toThrow(/holds a part of an import/);
    const again = await opened(openMongo({ url: await database.url(), identity: testDomain, log: quiet, restoring: true }));
    const resumed = await importStore(again, Readable.from([archive]), indexOf(filled.settings), ignore);
    expect(resumed?.skipped).toBeGreaterThan(0);
    expect(await findings(again)).toEqual([]);
  });

  interface Stored { _id: string | object; [field: string]: unknown }
  /** What is done to the database, and what must be told of it. */
  type Damage = (db: Db) => Promise<string>;
  const one = async (db: Db, collection: string, filter: Document): Promise<Document> => {
    const found = await db.collection(collection).findOne(filter, { sort: { _id: 1 } });
    if (found === null) throw new Error(`The fixtures hold nothing like ${JSON.stringify(filter)}`);
    return found;
  };
  const update = (db: Db, collection: string, { _id }: Document, change: Document) => db.collection(collection).updateOne({ _id }, change);
  const live = (type: string, more: Document = {}): Document => ({ rt: type, ...more });
  const damages: Readonly<Record<string, Damage>> = {
    async 'a text that was changed'(db) {
      const found = await one(db, 'resources', live('Specimen', { b: { $type: 'string' } }));
      await update(db, 'resources', found, { $set: { b: String(found.b).replace('"Specimen"', '"Specimem"') } });
      return `${found._id}: the text of version ${found.v} is not what was written (its hash)`;
    },
    async 'a text that is gone'(db) {
      const found = await one(db, 'resources', live('Encounter'));
      await update(db, 'resources', found, { $unset: { b: '' } });
      return `${found._id}: version ${found.v} has no text`;
    },
    async 'index entries that are gone'(db) {
      const found = await one(db, 'resources', live('Condition'));
      await update(db, 'resources', found, { $pull: { t: /^Condition\.code/ } });
      return `${found._id}: its index entries are not those of its text: missing:`;
    },
    async 'an index entry too many'(db) {
      const found = await one(db, 'resources', live('Practitioner'));
      await update(db, 'resources', found, { $push: { s: 'Practitioner.family|somebody|Somebody' } });
      return `${found._id}: its index entries are not those of its text: too many: 1 (Practitioner.family)`;
    },
    async 'a version that is gone'(db) {
      const found = await one(db, 'past', { '_id.v': 1 });
      await db.collection('past').deleteOne({ _id: found._id });
      return `${found._id.k}: version 1 is not there`;
    },
    async 'versions of nobody'(db) {
      await db.collection<Stored>('past').insertOne({ _id: { k: 'Basic/nobody', v: 1 }, lu: 1, b: '{}', cut: 0 });
      return 'Basic/nobody: has past versions, but is not there';
    },
    async 'a chunk that is gone'(db) {
      const found = await one(db, 'contents', { _id: '1' });
      await db.collection('chunks').deleteMany({ '_id.c': found._id });
      return 'content 1: chunk 0 is not there';
    },
    async 'a chunk with other bytes'(db) {
      const found = await one(db, 'contents', { _id: '2' });
      await db.collection<Stored>('chunks').updateOne({ _id: { c: found._id, n: 0 } }, { $set: { b: new Binary(Buffer.alloc(Number(found.size) + 1)) } });
      return 'content 2: its bytes are not what was written (sha-1, sha-256)';
    },
    async 'chunks without owner'(db) {
      await db.collection<Stored>('chunks').insertOne({ _id: { c: 'nobody', n: 0 }, b: new Binary(Buffer.from([0])) });
      return 'content nobody: has chunks, but is not there';
    },
    async 'bytes that count wrongly who names them'(db) {
      await db.collection<{ _id: string; held: number }>('contents').updateOne({ _id: '3' }, { $set: { held: 5 } });
      return 'content 3: counts other versions than those that name it';
    },
    async 'bytes that are gone'(db) {
      await db.collection<{ _id: string; held: number }>('contents').deleteOne({ _id: '4' });
      return 'content 4: is named by a version, but is not there';
    },
    async 'a claim of nobody'(db) {
      const found = await one(db, 'claims', { k: /^Organization\// });
      await update(db, 'claims', found, { $set: { k: 'Organization/nobody' } });
      return 'Organization/nobody: holds a claim, but is not there';
    },
    async 'a claim that is gone'(db) {
      const found = await one(db, 'claims', { k: /^Patient\// });
      await db.collection('claims').deleteOne({ _id: found._id });
      return `${found.k}: names a claim that it does not hold`;
    },
    async 'a resource whose owner is gone'(db) {
      const found = await one(db, 'resources', live('Procedure'));
      await update(db, 'resources', found, { $unset: { pt: '' } });
      return `${found._id}: belongs to people, but names none`;
    },
    async 'a document without access row'(db) {
      const found = await one(db, 'chains', {});
      await db.collection('chains').deleteOne({ _id: found._id });
      return `DocumentReference/${found._id}: is a document without access row`;
    },
    async 'labels that do not hide'(db) {
      const found = (await db.collection('chains').find({}).sort({ _id: -1 }).limit(1).toArray())[0] as Document;
      await update(db, 'chains', found, { $set: { own: 1, l: 0 } });
      return `DocumentReference/${found._id}: does not bear the labels of its chain`;
    },
    async 'a part of a document that is gone'(db) {
      const found = await one(db, 'resources', live('Observation'));
      await db.collection('resources').deleteOne({ _id: found._id });
      return `DocumentReference/${found.doc}: ${found._id}, which was made of it, is not there`;
    },
    async 'a rule of nobody'(db) {
      await db.collection<Stored>('records').insertOne({ _id: 'p', r: [{ e: 1, f: 0, u: 1, c: 'nobody' }] });
      return 'Consent/nobody: gives consent rules, but is not live';
    },
  };

  test('in which each kind of damage is done is found out', async () => {
    const store = await imported(0);
    const client = await new MongoClient(await (databases[0] as MongoSubjects).url()).connect();
    const expected: string[] = [];
    try {
      for (const damage of Object.values(damages)) expected.push(await damage(client.db()));
    } finally {
      await client.close();
    }
    const found = await findings(store);
    for (const line of expected) expect(found).toEqual(expect.arrayContaining([expect.stringContaining(line)]));
  });
});
