/** Faults of the database while it serves, made with its own fail points: what is tried again, what the caller is told. */
import { setImmediate as breathe } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { commit, keyOf, operator, put, written } from '../../contract/support';
import { openMongo } from '../../../src/store/mongodb/open';
import { describeMongo, mongoUrl, MongoSubjects, quiet, testDomain } from '../../support/mongo';
import type { Subject } from '../../contract/support';

interface Fault {
  readonly failCommands: readonly string[];
  readonly errorCode?: number;
  readonly errorLabels?: readonly string[];
  readonly closeConnection?: boolean;
  readonly writeConcernError?: object;
}
type Mode = 'alwaysOn' | { readonly times: number };

describeMongo('Faults of the database', () => {
  const subjects = new MongoSubjects({}, 'faults');
  let admin: MongoClient;
  let subject: Subject;
  /** On the connections of these tests only. */
  const failing = (data: Fault, mode: Mode = { times: 1 }) =>
    admin.db('admin').command({ configureFailPoint: 'failCommand', mode, data: { ...data, appName: 'faults' } });
  const repaired = () => admin.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });

  beforeAll(async () => {
    admin = new MongoClient(await mongoUrl());
  });
  beforeEach(async () => {
    subject = await subjects.subject();
    await written(subject.store, put('Basic', 'a'));
  });
  afterEach(async () => {
    await repaired();
    await subject.end();
  });
  afterAll(async () => {
    await subjects.end();
    await admin.close();
  });

  const versions = async (id: string) => (await subject.store.history(operator, keyOf('Basic', id), { count: 10 }))?.versions.map(({ version }) => version);

  test.each<[string, Fault, Mode]>([
    ['a transaction that the server gave up', { failCommands: ['insert', 'update'], errorCode: 112, errorLabels: ['TransientTransactionError'] }, { times: 3 }],
    ['a connection lost within a transaction', { failCommands: ['insert', 'update'], closeConnection: true }, { times: 1 }],
    ['a connection lost at the commit', { failCommands: ['commitTransaction'], closeConnection: true }, { times: 1 }],
    ['connections lost at the commit, again and again', { failCommands: ['commitTransaction'], closeConnection: true }, { times: 3 }],
    ['a commit whose fate is unknown', { failCommands: ['commitTransaction'], errorCode: 91 }, { times: 3 }],
    ['a commit that was not taken', { failCommands: ['commitTransaction'], errorCode: 251, errorLabels: ['TransientTransactionError'] }, { times: 2 }],
    ['a commit that the cache had no room for', { failCommands: ['commitTransaction'], errorCode: 365 }, { times: 3 }],
    ['a write that the cache had no room for', { failCommands: ['insert'], errorCode: 365 }, { times: 2 }],
    ['a write concern that fails at the commit', { failCommands: ['commitTransaction'], writeConcernError: { code: 91, errmsg: 'going down', errorLabels: ['RetryableWriteError'] } }, { times: 1 }],
  ])('%s: the step is taken once', async (_, fault, mode) => {
    await failing(fault, mode);
    expect(await written(subject.store, put('Basic', 'a'), put('Basic', 'b'))).toMatchObject([{ version: 2 }, { version: 1 }]);
    expect([await versions('a'), await versions('b')]).toEqual([[2, 1], [1]]);
  });

  test.each<[string, Fault]>([
    ['a connection lost', { failCommands: ['insert'], closeConnection: true }],
    ['a primary that steps down', { failCommands: ['insert'], errorCode: 91, errorLabels: ['RetryableWriteError'] }],
    ['a cache that is full', { failCommands: ['insert'], errorCode: 365 }],
  ])('%s while one new resource is written: it is there once', async (_, fault) => {
    await failing(fault);
    expect(await written(subject.store, put('Basic', 'new', { expect: 'absent' }))).toMatchObject([{ version: 1 }]);
    expect(await versions('new')).toEqual([1]);
  });

  test.each<[string, Fault, object]>([
    ['too large for the cache', { failCommands: ['insert'], errorCode: 388 }, { status: 413, message: expect.stringContaining('TRANSACTION_STORE_BYTES') }],
    ['a full disk', { failCommands: ['insert'], errorCode: 14031 }, { status: 503, message: expect.stringContaining('disk') }],
    ['a right that was taken away', { failCommands: ['insert'], errorCode: 13 }, { status: 503, message: expect.stringContaining('right') }],
    ['a server that is too slow', { failCommands: ['insert'], errorCode: 50 }, { status: 503, message: expect.stringContaining('too long') }],
  ])('%s: told, nothing is written, nothing is tried again', async (_, fault, told) => {
    await failing(fault, 'alwaysOn');
    await expect(commit(subject.store, put('Basic', 'a'), put('Basic', 'b'))).rejects.toMatchObject(told);
    await repaired();
    expect([await versions('a'), await versions('b')]).toEqual([[1], undefined]);
  });

  test('a write of which nobody knows whether it was taken: told, and to be read before it is sent again', async () => {
    await failing({ failCommands: ['insert'], closeConnection: true }, { times: 2 });
    await expect(commit(subject.store, put('Basic', 'new', { expect: 'absent' }))).rejects.toMatchObject({ status: 503, message: expect.stringMatching(/did not say whether it took the write\. Read before/), headers: { 'Retry-After': expect.any(String) } });
  });

  test.each(['majority', 'linearizable'] as const)('a read (%s) that no majority confirms in time is a 503', async (readConcern) => {
    const store = await openMongo({ url: await subjects.url(), identity: testDomain, log: quiet, readConcern });
    await failing({ failCommands: ['find', 'aggregate'], errorCode: 50 }, 'alwaysOn');
    await expect(store.read(operator, keyOf('Basic', 'a'))).rejects.toMatchObject({ status: 503, message: expect.stringContaining('too long'), headers: { 'Retry-After': expect.any(String) } });
    await repaired();
    await store.close();
  });

  test('no message holds the address or a secret of the database', async () => {
    await failing({ failCommands: ['find', 'aggregate'], errorCode: 13 }, 'alwaysOn');
    const told = await subject.store.read(operator, keyOf('Basic', 'a')).then(() => '', (thrown: unknown) => String(thrown));
    expect(told).toContain('right');
    expect(told).not.toMatch(/127\.0\.0\.1|mongodb:/);
  });

  test('reads go on after a connection was lost', async () => {
    await failing({ failCommands: ['find', 'aggregate'], closeConnection: true });
    expect(await subject.store.read(operator, keyOf('Basic', 'a'))).toMatchObject({ version: 1 });
  });

  test('readiness says that no majority answers, and comes back by itself', async () => {
    // It does not wait long for an answer: a machine that stands still is not ready either, for a while.
    const ready = async (): Promise<void> => { while (!(await subject.store.ready().then(() => true, () => false))) await breathe(); };
    await ready();
    await failing({ failCommands: ['find'], errorCode: 13 }, 'alwaysOn');
    await expect(subject.store.ready()).rejects.toMatchObject({ status: 503 });
    await repaired();
    await ready();
  });

  test.each<[string, Fault, RegExp]>([
    ['the disk is full', { failCommands: ['insert'], errorCode: 14031 }, /disk/],
    ['the connection is lost, and lost again', { failCommands: ['insert'], closeConnection: true }, /connection to the database was lost/],
  ])('an audit record that cannot be written is told, with the cause: %s', async (_, fault, cause) => {
    await failing(fault, 'alwaysOn');
    await expect(subject.store.appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: 'read', patients: [], status: 200, request: 'r' })).rejects.toMatchObject({ status: 503, message: expect.stringMatching(cause) });
  });

  test('a cache that is full where nothing is tried again is a 503 that says so', async () => {
    await failing({ failCommands: ['find', 'aggregate'], errorCode: 365 }, 'alwaysOn');
    await expect(subject.store.read(operator, keyOf('Basic', 'a'))).rejects.toMatchObject({ status: 503, message: expect.stringContaining('cache of the database is full'), headers: { 'Retry-After': expect.any(String) } });
  });
});
