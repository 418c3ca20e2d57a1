/** What happens with time: staged bytes are swept, secrets rotate; and reads that ask the whole set. */
import { bytesOf, contentOf, keyOf, operator, person, put, owned, written, type Subject } from '../../contract/support';
import { MongoClient } from 'mongodb';
import { databaseName } from '../../../src/store/mongodb/connection';
import { openMongo } from '../../../src/store/mongodb/open';
import { describeMongo, MongoSubjects, quiet, testDomain } from '../../support/mongo';

const hour = 60 * 60 * 1000;

describeMongo('The life of a MongoDB store', () => {
  let now = Date.now();
  const subjects = new MongoSubjects({ clock: () => now });
  let subject: Subject;
  const store = () => subject.store as Awaited<ReturnType<typeof openMongo>>;
  beforeEach(async () => {
    now = Date.now();
    subject = await subjects.subject();
  });
  afterEach(() => subject.end());
  afterAll(() => subjects.end());

  test('bytes that no step named within an hour are swept, those that a version names stay', async () => {
    const [named, late, forgotten] = [await store().stage(bytesOf('named'), 'text/plain'), await store().stage(bytesOf('late'), 'text/plain'), await store().stage(bytesOf('forgotten'), 'text/plain')];
    await written(store(), put('Binary', 'b', { content: named }));
    now += hour - 1000;
    await store().sweep();
    await written(store(), put('Binary', 'c', { content: late }));
    now += 2000;
    await store().sweep();
    for (const [id, text] of [['b', 'named'], ['c', 'late']] as const) {
      const found = await store().read(operator, keyOf('Binary', id));
      expect(found && (await contentOf(store(), found)).toString()).toBe(text);
    }
    await expect(store().commit({ writes: [put('Binary', 'd', { content: forgotten })], guards: [] })).rejects.toThrow(/not staged/);
  });

  test('what a sender broke off is swept too', async () => {
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.alloc(300_000);
      throw new Error('connection lost');
    }
    await expect(store().stage(broken(), 'text/plain')).rejects.toThrow('connection lost');
    now += 2 * hour;
    await store().sweep();
    const erased = await store().stage(bytesOf('after'), 'text/plain');
    expect(erased.size).toBe(5);
  });

  test('secrets are made anew each day, two are kept, several processes make the same', async () => {
    const other = await openMongo({ url: await subjects.url(), identity: testDomain, log: quiet, clock: () => now });
    const days: string[] = [];
    for (let day = 0; day < 4; day++) {
      const [mine, theirs] = await Promise.all([store().secrets('cursor'), other.secrets('cursor')]);
      expect(mine[0]?.id).toBe(theirs[0]?.id);
      days.push(mine[0]?.id ?? '');
      expect((await store().secrets('cursor')).map(({ id }) => id)).toEqual(days.slice(-2).reverse());
      now += 24 * hour;
    }
    await other.close();
  });

  test('more instants than milliseconds carry the time of writes ahead of the clock; it goes on growing', async () => {
    const ahead = Date.now() + hour;
    const admin = new MongoClient(await subjects.url());
    await admin.db(databaseName(await subjects.url())).collection<{ _id: string }>('clock').updateOne({ _id: 'clock' }, { $set: { last: ahead } });
    const times: number[] = [];
    for (const id of ['a', 'b', 'a']) times.push((await written(store(), put('Basic', id)))[0]?.lastUpdated ?? 0);
    expect(times).toEqual([ahead + 1, ahead + 2, ahead + 3]);
    await admin.db(databaseName(await subjects.url())).collection<{ _id: string }>('clock').updateOne({ _id: 'clock' }, { $set: { last: 0 } });
    await admin.close();
  });

  test('READ_CONCERN=linearizable: the same answers', async () => {
    const linear = await openMongo({ url: await subjects.url(), identity: testDomain, log: quiet, readConcern: 'linearizable' });
    await written(store(), put('Observation', 'o', { access: owned('p') }));
    await written(store(), put('Observation', 'o', { access: owned('p') }));
    const key = keyOf('Observation', 'o');
    expect(await linear.read(operator, key)).toMatchObject({ version: 2 });
    expect(await linear.vread(person('p'), key, 1)).toMatchObject({ version: 1 });
    expect(await linear.read(person('q'), key)).toBeUndefined();
    expect((await linear.history(person('p'), key, { count: 5 }))?.versions).toHaveLength(2);
    await linear.close();
  });
});
