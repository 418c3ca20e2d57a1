/** The start: what is refused, each in one clear line without secrets, and what several processes may do at once. */
import { MongoClient } from 'mongodb';
import { openMongo, type MongoOptions } from '../../../src/store/mongodb/open';
import { StoreRefused } from '../../../src/store/refused';
import { keyOf, operator, owned, person, put, written } from '../../contract/support';
import { describeMongo, inDatabase, mongoUrl, newDatabase, quiet, startServer, testDomain, type MongodServer } from '../../support/mongo';

const open = (url: string, more: Partial<MongoOptions> = {}) => openMongo({ url, identity: testDomain, log: quiet, ...more });

/** The line that stops the start. */
async function refusal(url: string, more: Partial<MongoOptions> = {}): Promise<string> {
  const thrown = await open(url, more).then((store) => store.close().then(() => 'opened'), (error: unknown) => error);
  if (!(thrown instanceof StoreRefused)) throw new Error(`Not refused as it should be: ${String(thrown)}`);
  expect(thrown.message).not.toMatch(/\n|secret/);
  return thrown.message;
}
const quick = 'serverSelectionTimeoutMS=1000';

describe('A start without a database', () => {
  test.each([
    ['nothing listens there', `mongodb://root:secret@127.0.0.1:1/records?${quick}`, /127\.0\.0\.1:1\/records cannot be reached: nothing listens there/],
    ['a host that nobody knows', `mongodb://root:secret@nobody.invalid/records?${quick}`, /nobody\.invalid\/records cannot be reached/],
    ['an option that does not exist', 'mongodb://root:secret@127.0.0.1:1/?noSuchOption=1', /^STORE_URL is not a MongoDB URL that can be used: look at .*options/],
    ['a password with a sign that must be escaped', 'mongodb://root:secret@x@127.0.0.1:1/', /STORE_URL|cannot be reached/],
  ])('%s: one line', async (_, url, line) => {
    expect(await refusal(url)).toMatch(line);
  });
});

describeMongo('A start on a replica set', () => {
  let admin: MongoClient;
  let server = '';
  const fresh = () => { const name = newDatabase(); return { url: inDatabase(server, name), db: admin.db(name) }; };

  beforeAll(async () => {
    server = await mongoUrl();
    admin = new MongoClient(server);
  });
  afterAll(() => admin.close());

  test('of schema 1 a store is lifted: what was there before is in the history of its type', async () => {
    const { url, db } = fresh();
    const made = await open(url);
    for (const write of [put('Basic', 'a'), put('Basic', 'a'), put('Observation', 'o', { access: owned('p') }), put('Observation', 'o', { access: owned('p', 'r') }), put('Observation', 'o', { access: owned('p', 'r') })]) await written(made, write);
    await made.close();
    await db.collection('past').updateMany({}, { $unset: { ty: 1, n: 1, own: 1, w: 1 } });
    await db.collection('past').dropIndexes();
    for (const name of ['dt_1_lu_1_n_1', 'x_1_rt_1_lu_1_n_1', 'x_1_dt_1_lu_1_n_1']) await db.collection('resources').dropIndex(name);
    await db.collection<{ _id: string }>('meta').updateOne({ _id: 'store' }, { $set: { schema: 1 } });
    const store = await open(url);
    const told = async (grant: typeof operator) => (await store.history(grant, {}, { count: 9 }))?.versions.map(({ type, version }) => `${type} ${version}`);
    expect(await told(operator)).toEqual(['Observation 3', 'Observation 2', 'Observation 1', 'Basic 2', 'Basic 1']);
    expect(await told(person('p'))).toEqual(['Observation 3', 'Observation 2', 'Basic 2', 'Basic 1']);
    expect(await told(person('q'))).toEqual(['Basic 2', 'Basic 1']);
    await store.close();
    await db.dropDatabase();
  });

  test('two processes that start at once make one store', async () => {
    const { url, db } = fresh();
    // Two that make one collection at the same moment are beyond some builds of the server; everything after it is not.
    await db.createCollection('meta');
    const [one, other] = await Promise.all([open(url), open(url)]);
    await written(one, put('Basic', 'a'));
    expect(await other.read(operator, keyOf('Basic', 'a'))).toMatchObject({ version: 1 });
    expect(await other.secrets('cursor')).toEqual(await one.secrets('cursor'));
    await Promise.all([one.close(), other.close()]);
    await db.dropDatabase();
  });

  test.each([
    ['of the other identity domain', { $set: { domain: 'production' } }, /"production" .*"test" \(IDENTITY_DOMAIN\)/],
    ['of a newer layout', { $inc: { schema: 1 } }, /newer version \(schema/],
    ['of a newer indexer', { $inc: { indexer: 1 } }, /newer version/],
    ['of an older layout that nothing lifts', { $set: { schema: 0 } }, /schema 0, which this version .* cannot lift/],
    ['that is no store of this server', { $unset: { schema: '' } }, /newer version|schema/],
  ])('a store %s is refused', async (_, change, line) => {
    const { url, db } = fresh();
    await (await open(url)).close();
    await db.collection<{ _id: string }>('meta').updateOne({ _id: 'store' }, change as object);
    expect(await refusal(url)).toMatch(line);
    await db.dropDatabase();
  });

  test('an index that cannot be built is named by its collection, and the next start tries again', async () => {
    const { url, db } = fresh();
    await db.collection<{ _id: string }>('chains').insertOne({ _id: 'x', k: 1, ch: 1 } as never);
    await db.collection('locks').createIndex({ at: 1 }, { name: 'another', expireAfterSeconds: 1 });
    expect(await refusal(url)).toMatch(/index of the collection "locks".*could not be built/);
    await db.collection('locks').dropIndex('another');
    await (await open(url)).close();
    await db.dropDatabase();
  });

  test('a lock left behind by a process that died is taken over', async () => {
    const { url, db } = fresh();
    await db.collection<{ _id: string }>('meta').insertOne({ _id: 'lock', holder: 'dead', until: new Date(Date.now() - 1) } as never);
    await (await open(url)).close();
    await db.dropDatabase();
  });

  test('texts are compressed by zstd, and no collection is made by a first write', async () => {
    const { url, db } = fresh();
    const store = await open(url);
    const before = (await db.listCollections().toArray()).map(({ name }) => name).sort();
    await written(store, put('Basic', 'a'), put('Basic', 'b'));
    await store.appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: 'read', patients: [], status: 200, request: 'r' });
    expect((await db.listCollections().toArray()).map(({ name }) => name).sort()).toEqual(before);
    const [stats] = await db.collection('resources').aggregate([{ $collStats: { storageStats: {} } }]).toArray();
    expect(stats?.storageStats.wiredTiger.creationString).toContain('block_compressor=zstd');
    await store.close();
    await db.dropDatabase();
  });
});

describeMongo('A start on a server that cannot serve', () => {
  let locked: MongodServer | undefined;
  let alone: MongodServer | undefined;
  let root: MongoClient | undefined;
  const at = (server: MongodServer | undefined, user = ''): string => server?.url.replace('//', `//${user}`) ?? '';

  beforeAll(async () => {
    [alone, locked] = await Promise.all([startServer('alone'), startServer('authenticated')]);
    root = new MongoClient(at(locked, 'root:secret@'));
  });
  afterAll(async () => {
    await root?.close();
    await Promise.all([locked?.stop(), alone?.stop()]);
  });

  test('one that stands alone: the line has the command that makes it a replica set', async () => {
    expect(await refusal(at(alone))).toMatch(/stands alone.*--replSet.*rs\.initiate\(\)/);
  });

  test('the wrong password', async () => {
    expect(await refusal(at(locked, 'root:secretive@'))).toMatch(/refuses the user or the password/);
  });

  test('no password where one is needed', async () => {
    expect(await refusal(at(locked))).toMatch(/lacks a right|refuses the user/);
  });

  test('a user who may only read', async () => {
    await root?.db('admin').command({ createUser: 'reader', pwd: 'secret', roles: [{ role: 'read', db: 'records' }] });
    const url = at(locked, 'reader:secret@').replace('/?', '/records?authSource=admin&');
    expect(await refusal(url)).toMatch(/lacks a right.*readWrite/);
  });

  test('a user with readWrite on the database alone is enough', async () => {
    await root?.db('admin').command({ createUser: 'writer', pwd: 'secret', roles: [{ role: 'readWrite', db: 'records' }] });
    const warnings: string[] = [];
    const log = { ...quiet, warn: (_: object, message: string) => void warnings.push(message) };
    const store = await open(at(locked, 'writer:secret@').replace('/?', '/records?authSource=admin&'), { log });
    await written(store, put('Basic', 'a'));
    expect(warnings).toEqual([expect.stringContaining('TRANSACTION_STORE_BYTES')]);
    await store.close();
  });
});
