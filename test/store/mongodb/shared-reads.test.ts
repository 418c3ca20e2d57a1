/** Reads by id that wait together: each has its own answer, none is older than its question. */
import { MongoClient } from 'mongodb';
import { bind } from '../../../src/access/grant';
import { openMongo } from '../../../src/store/mongodb/open';
import type { SearchPage, Store } from '../../../src/store/port';
import { always, consent, grantOf, ins, keyOf, moment, operator, owned, person, professional, put, remove, software, written, type Subject } from '../../contract/support';
import { planOf } from '../../contract/search-support';
import { describeMongo, mongoUrl, MongoSubjects, quiet, testDomain } from '../../support/mongo';

describeMongo('Reads that wait together', () => {
  const subjects = new MongoSubjects({}, 'shared');
  let admin: MongoClient;
  let subject: Subject;
  /** Another process. */
  let other: Store;
  const failPoint = (mode: object | string, data: object = {}) => admin.db('admin').command({ configureFailPoint: 'failCommand', mode, ...(mode === 'off' ? {} : { data: { failCommands: ['aggregate'], appName: 'shared', ...data } }) });

  beforeAll(async () => {
    admin = new MongoClient(await mongoUrl());
    other = await openMongo({ url: (await subjects.url()).replace('appName=shared', 'appName=other'), identity: testDomain, log: quiet });
  });
  beforeEach(async () => {
    subject = await subjects.subject();
  });
  afterEach(async () => {
    await failPoint('off');
    await subject.end();
  });
  afterAll(async () => {
    await other.close();
    await subjects.end();
    await admin.close();
  });

  const versionOf = async (reading: ReturnType<Store['read']>) => (await reading)?.version;

  test('are each decided for their own caller, at their own moment', async () => {
    const { store } = subject;
    await written(store, put('Patient', 'p1', { access: owned('p1') }), put('Patient', 'p2', { access: owned('p2') }), put('Basic', 'open'));
    await written(store, put('Basic', 'own', { access: owned('p1') }), put('Basic', 'both', { access: owned('p1', 'p2') }), put('Basic', 'private', { access: { exposure: 'private', owners: [], structures: ['s1'] } }), put('Basic', 'gone'));
    await written(store, remove('Basic', 'gone'), consent('c', 'p2', { effect: 'block', actors: ['professional|1'], from: moment, until: moment + 1000 }));
    const [blocked, allowed, later] = [professional('professional|1'), professional('professional|2'), grantOf({ kind: 'professional', keys: ['professional|1'] }, moment + 1000)];
    const asked = [operator, blocked, allowed, later, person('p1'), person(), software('s1')];
    const expected: Record<string, readonly (number | undefined)[]> = {
      open: [1, 1, 1, 1, 1, 1, 1], own: [1, 1, 1, 1, 1, undefined, undefined], both: [1, undefined, 1, 1, 1, undefined, undefined],
      private: [1, undefined, undefined, undefined, undefined, undefined, 1], gone: [2, 2, 2, 2, 2, 2, 2], none: asked.map(() => undefined),
    };
    const found = await Promise.all(Object.keys(expected).map(async (id) => [id, await Promise.all(asked.map((grant) => versionOf(store.read(grant, keyOf('Basic', id)))))] as const));
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test('see what another process had acknowledged before they came, whatever was on its way then', async () => {
    const { store } = subject;
    await written(store, put('Patient', 'p', { access: owned('p') }), put('Basic', 'a', { access: owned('p') }));
    for (let round = 1; round <= 4; round++) {
      // Both groups that may be on their way stand still while another process writes.
      await failPoint({ times: 2 }, { blockConnection: true, blockTimeMS: 60 });
      const early = [store.read(operator, keyOf('Basic', 'a'))];
      await new Promise((resolve) => { setTimeout(resolve, 5); });
      early.push(store.read(operator, keyOf('Basic', 'a')));
      await written(other, put('Basic', 'a', { access: owned('p') }));
      const late = Array.from({ length: 20 }, () => store.read(operator, keyOf('Basic', 'a')));
      expect(await Promise.all(late.map(versionOf))).toEqual(late.map(() => round + 1));
      await Promise.all(early);
    }
  });

  test('know a consent that another process had acknowledged before they came', async () => {
    const { store } = subject;
    await written(store, put('Patient', 'p', { access: owned('p') }), put('Basic', 'a', { access: owned('p') }));
    const read = () => versionOf(store.read(professional('professional|1'), keyOf('Basic', 'a')));
    const early = Array.from({ length: 10 }, read);
    await written(other, consent('c', 'p', { effect: 'close', ...always }));
    expect(await Promise.all(Array.from({ length: 10 }, read))).toEqual(Array.from({ length: 10 }, () => undefined));
    await Promise.all(early);
    await written(other, remove('Consent', 'c'));
    expect(await Promise.all(Array.from({ length: 10 }, read))).toEqual(Array.from({ length: 10 }, () => 1));
  });

  test('searches see what another process had acknowledged before they came, whatever was on its way then', async () => {
    const { store } = subject;
    const plan = planOf(['Basic'], { kind: 'all' }, { total: 'accurate' });
    const found = async (searching: Promise<SearchPage>) => [(await searching).matches.length, (await searching).total];
    for (let round = 1; round <= 3; round++) {
      // Both looks at the clock that may be on their way stand still while another process writes.
      await failPoint({ times: 2 }, { failCommands: ['find'], blockConnection: true, blockTimeMS: 60 });
      const early = [store.search(bind(operator, plan))];
      await new Promise((resolve) => { setTimeout(resolve, 5); });
      early.push(store.search(bind(operator, plan)));
      await written(other, put('Basic', `a${round}`));
      const late = Array.from({ length: 10 }, () => store.search(bind(operator, plan)));
      expect(await Promise.all(late.map(found))).toEqual(late.map(() => [round, round]));
      await Promise.all(early);
    }
  });

  test('searches that come together each see one instant: a record that was closed is closed for all that they find', async () => {
    const { store } = subject;
    await written(store, put('Patient', 'p', { access: owned('p') }), ...['a', 'b', 'c'].map((id) => put('Basic', id, { access: owned('p') })));
    const plan = planOf(['Patient', 'Basic'], { kind: 'compartment', patient: 'p' }, { total: 'accurate' });
    const search = async () => { const { matches, total } = await store.search(bind(professional('professional|1'), plan)); return [matches.length, total]; };
    const early = Array.from({ length: 10 }, search);
    await written(other, consent('c', 'p', { effect: 'close', ...always }));
    expect(await Promise.all(Array.from({ length: 10 }, search))).toEqual(Array.from({ length: 10 }, () => [0, 0]));
    for (const counts of await Promise.all(early)) expect([[4, 4], [0, 0]]).toContainEqual(counts);
  });

  test('know a claim that another process had acknowledged before they came', async () => {
    const { store } = subject;
    const ask = () => store.claimed(operator, [ins('1'), ins('2')]);
    const early = Array.from({ length: 10 }, ask);
    await written(other, put('Patient', 'p', { access: owned('p'), claims: [ins('2')] }));
    expect(await Promise.all([ask(), ask()])).toEqual([0, 1].map(() => [undefined, { type: 'Patient', id: 'p', deleted: false }]));
    await Promise.all(early);
  });

  test('do not fail by one whose text cannot be read', async () => {
    const { store } = subject;
    await written(store, put('Basic', 'a'), put('Basic', 'b'), put('Basic', 'c'));
    const database = admin.db((await subjects.url()).split('/').at(-1)?.split('?')[0]);
    await database.collection<{ _id: string }>('resources').updateOne({ _id: 'Basic/b' }, { $set: { b: Buffer.from([255, 1, 2, 3]) } });
    const found = await Promise.allSettled(['a', 'b', 'c'].map((id) => store.read(operator, keyOf('Basic', id))));
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('are asked again alone when the server refuses them together', async () => {
    const { store } = subject;
    await written(store, ...Array.from({ length: 8 }, (_, at) => put('Basic', `b${at}`)));
    await failPoint({ times: 1 }, { errorCode: 246 });
    expect(await Promise.all(Array.from({ length: 8 }, (_, at) => versionOf(store.read(operator, keyOf('Basic', `b${at}`)))))).toEqual(Array.from({ length: 8 }, () => 1));
  });
});
