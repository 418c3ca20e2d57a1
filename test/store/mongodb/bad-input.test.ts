/**
 * A database that cannot serve, as the operator and the callers meet it: at start one clear line and exit code 1; while serving a
 * 503 that names the cause. Neither holds a secret.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { BSON, MongoClient } from 'mongodb';
import { openMongo } from '../../../src/store/mongodb/open';
import { startTestServer, type TestServer } from '../../support/http-server';
import { describeMongo, inDatabase, mongoUrl, newDatabase, quiet, startServer, testDomain, type MongodServer } from '../../support/mongo';
import { spawnServer } from '../../support/process';

/** Starts the process of the server. @returns the line that it ends with */
async function failedStart(url: string): Promise<string> {
  const { output, exit } = spawnServer({ PORT: '0', IDENTITY_DOMAIN: 'test', LOG_LEVEL: 'silent', STORE_URL: url });
  const code = await exit;
  const lines = output().trim().split('\n');
  expect([code, lines.length]).toEqual([1, 1]);
  expect(lines[0]).not.toMatch(/secret|root:|writer:/);
  return lines[0] ?? '';
}

/** Speaks as much of the wire protocol as a server says of itself. */
async function pretender(hello: object, version: string): Promise<{ readonly url: string; stop(): void }> {
  const sockets = new Set<Socket>();
  const answer = (socket: Socket, message: Buffer): void => {
    const [request, opcode] = [message.readInt32LE(4), message.readInt32LE(12)];
    const said = BSON.serialize({ ok: 1, isWritablePrimary: true, ismaster: true, minWireVersion: 0, setName: 'rs', hosts: [], maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000, ...hello, version });
    const middle = opcode === 2004 ? Buffer.concat([Buffer.alloc(16), Buffer.from([1, 0, 0, 0])]) : Buffer.alloc(5);
    const header = Buffer.alloc(16);
    header.writeInt32LE(16 + middle.length + said.length, 0);
    header.writeInt32LE(request, 8);
    header.writeInt32LE(opcode === 2004 ? 1 : opcode, 12);
    socket.write(Buffer.concat([header, middle, said]));
  };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let unread: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      unread = Buffer.concat([unread, bytes]);
      while (unread.length >= 16 && unread.length >= unread.readInt32LE(0)) {
        answer(socket, unread);
        unread = unread.subarray(unread.readInt32LE(0));
      }
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/records?directConnection=true&serverSelectionTimeoutMS=4000`,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('A start without a database that can serve is one line', () => {
  test.each([
    ['nothing listens at the URL', 'mongodb://root:secret@127.0.0.1:1/records?serverSelectionTimeoutMS=1000', /127\.0\.0\.1:1\/records cannot be reached/],
    ['the URL has an option that does not exist', 'mongodb://root:secret@127.0.0.1:1/?noSuchOption=1', /is not a MongoDB URL/],
    ['a character of the password is not encoded', 'mongodb://root:not/secret@127.0.0.1:1/records', /STORE_URL is not a MongoDB URL.*percent-encode/],
    ['a host is none', 'mongodb://root:secret@127.0.0.1:99999/records', /is not a MongoDB URL/],
    ['the URL is for another kind of store', 'postgres://root:secret@127.0.0.1/', /STORE_URL/],
  ])('when %s', async (_, url, line) => {
    expect(await failedStart(url)).toMatch(line);
  });

  test.each([
    ['speaks a protocol of long ago', { maxWireVersion: 4 }, '3.2.0', /too old/],
    ['is of the version before', { maxWireVersion: 17 }, '6.0.4', /version 6\.0\.4; this version needs 7\.0/],
  ])('when the server %s', async (_, hello, version, line) => {
    const server = await pretender(hello, version);
    expect(await failedStart(server.url)).toMatch(line);
    server.stop();
  });
});

describeMongo('A start on a database that this server may not open is one line', () => {
  let servers: MongodServer[];
  let root: MongoClient | undefined;
  let admin: MongoClient;
  const url = async (name: string) => inDatabase(await mongoUrl(), name);
  beforeAll(async () => {
    servers = await Promise.all([startServer('authenticated'), startServer('alone')]);
    root = new MongoClient(as('root:secret'));
    admin = new MongoClient(await mongoUrl());
    await root.db('admin').command({ createUser: 'reader', pwd: 'secret', roles: [{ role: 'read', db: 'records' }] });
  });
  afterAll(async () => {
    await root?.close();
    await admin.close();
    await Promise.all(servers.map((server) => server.stop()));
  });
  const as = (user: string, database = 'records'): string => (servers[0]?.url ?? '').replace('//', `//${user}@`).replace('/?', `/${database}?authSource=admin&`);

  test('with wrong credentials', async () => {
    expect(await failedStart(as('root:secretive'))).toMatch(/refuses the user or the password/);
  });
  test('with a user who may only read', async () => {
    expect(await failedStart(as('reader:secret'))).toMatch(/lacks a right.*readWrite/);
  });
  test('with an option that needs what is not there', async () => {
    expect(await failedStart(`${as('root:secret')}&compressors=snappy`)).toMatch(/An option of STORE_URL needs the module "snappy"/);
  });
  test('on a server that stands alone: with the command that makes it a replica set', async () => {
    expect(await failedStart(servers[1]?.url ?? '')).toMatch(/stands alone.*--replSet.*rs\.initiate\(\)/);
  });

  test.each([
    ['of a newer version', { $inc: { schema: 1 } }, /newer version/],
    ['of the other identity domain', { $set: { domain: 'production' } }, /"production".*IDENTITY_DOMAIN/],
  ])('on a database %s', async (_, change, line) => {
    const name = newDatabase();
    await (await openMongo({ url: await url(name), identity: testDomain, log: quiet })).close();
    await admin.db(name).collection<{ _id: string }>('meta').updateOne({ _id: 'store' }, change as object);
    expect(await failedStart(await url(name))).toMatch(line);
    await admin.db(name).dropDatabase();
  });

  test('whose disk is full', async () => {
    const [name, appName] = [newDatabase(), 'full-at-start'];
    const failing = (mode: string) => admin.db('admin').command({ configureFailPoint: 'failCommand', mode, ...(mode === 'off' ? {} : { data: { appName, errorCode: 14031, failCommands: ['insert', 'update', 'create', 'createIndexes', 'findAndModify'] } }) });
    await failing('alwaysOn');
    try {
      expect(await failedStart(`${await url(name)}&appName=${appName}`)).toMatch(/The disk of MongoDB at .* is full\./);
    } finally {
      await failing('off');
    }
    await admin.db(name).dropDatabase();
  });

  test('where an index cannot be built', async () => {
    const name = newDatabase();
    await admin.db(name).collection('locks').createIndex({ at: 1 }, { name: 'another', expireAfterSeconds: 1 });
    expect(await failedStart(await url(name))).toMatch(/index of the collection "locks".*could not be built/);
    await admin.db(name).dropDatabase();
  });
});

describeMongo('A database that fails while it serves', () => {
  const database = newDatabase();
  let admin: MongoClient;
  let server: TestServer;
  let token = '';
  beforeAll(async () => {
    admin = new MongoClient(await mongoUrl());
    server = await startTestServer({ STORE_URL: `${inDatabase(await mongoUrl(), database)}&appName=bad-input&serverMonitoringMode=poll&heartbeatFrequencyMS=500` });
    token = await server.token({ as: 'operator' });
  });
  const repaired = () => admin.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
  afterEach(repaired);
  afterAll(async () => {
    await server.stop();
    await admin.db(database).dropDatabase();
    await admin.close();
  });
  const failing = (errorCode: number) =>
    admin.db('admin').command({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data: { appName: 'bad-input', errorCode, failCommands: ['find', 'aggregate', 'insert', 'update', 'findAndModify'] } });
  const ready = async () => (await server.call(`${server.running.settings.baseUrl}/health/ready`)).status;

  test.each([
    ['a full disk', 14031, /disk of the database is full/],
    ['a right that was taken away', 13, /refuses the user of this server a right/],
    ['credentials that hold no more', 18, /refuses the credentials/],
    ['a primary that is gone for long', 91, /database/],
  ])('%s is a 503 that names it, readiness goes down, and both are over by themselves', async (_, code, cause) => {
    await failing(code);
    const refused = await server.call('Basic', { token, body: { resourceType: 'Basic', code: { text: 'x' } } });
    expect([refused.status, refused.text]).toEqual([503, expect.stringMatching(cause)]);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(refused.text).not.toMatch(/127\.0\.0\.1|mongodb:|bad-input/);
    expect(await ready()).toBe(503);
    await repaired();
    while (await ready() !== 200) await wait(50);
    expect((await server.call('Basic', { token, body: { resourceType: 'Basic', code: { text: 'x' } } })).status).toBe(201);
  });
});
