/** Small steps that wait together share a transaction, and nothing else: each has its own outcome. */
import { ClientSession, MongoClient } from 'mongodb';
import type { CommitOutcome, Guard, WriteSet } from '../../../src/store/port';
import { always, consent, ins, keyOf, moment, operator, owned, put, remove, written, type Subject } from '../../contract/support';
import { describeMongo, mongoUrl, MongoSubjects } from '../../support/mongo';

const open = (patient: string): Guard => ({ kind: 'record-open', patient, moment });
/** About a person, as software writes. */
const about = (patient: string, id: string): WriteSet => ({ writes: [put('Basic', id, { expect: 'absent', access: owned(patient) })], guards: [open(patient)] });
const people = Array.from({ length: 20 }, (_, at) => `p${at}`);

describeMongo('Steps that wait together', () => {
  const subjects = new MongoSubjects({}, 'convoys');
  let admin: MongoClient;
  let subject: Subject;
  const failing = (mode: object | string, data: object = {}) => admin.db('admin').command({ configureFailPoint: 'failCommand', mode, ...(mode === 'off' ? {} : { data: { appName: 'convoys', ...data } }) });
  /** Commits that the stores of this process send. */
  const sent = jest.spyOn(ClientSession.prototype, 'commitTransaction');
  const atNextCommit = (then: () => void) => sent.mockImplementationOnce(function commit(this: ClientSession) {
    then();
    return this.commitTransaction();
  });

  /** A transaction that the server gives up is taken apart, as it should be: it need not be this one, but it cannot be all of them. */
  async function inOneTransaction(step: (round: number) => Promise<void>): Promise<void> {
    const taken: number[] = [];
    while (taken.length < 5 && taken.at(-1) !== 1) {
      sent.mockClear();
      await step(taken.length);
      taken.push(new Set(sent.mock.contexts).size);
    }
    expect(taken.at(-1)).toBe(1);
  }

  beforeAll(async () => {
    admin = new MongoClient(await mongoUrl());
  });
  beforeEach(async () => {
    subject = await subjects.subject();
    await written(subject.store, ...people.map((id) => put('Patient', id, { access: owned(id) })));
  });
  afterEach(async () => {
    await failing('off');
    await subject.end();
  });
  afterAll(async () => {
    sent.mockRestore();
    await subjects.end();
    await admin.close();
  });

  const all = (sets: readonly WriteSet[]): Promise<CommitOutcome[]> => Promise.all(sets.map((set) => subject.store.commit(set)));
  const versionsOf = (outcomes: readonly CommitOutcome[]) => outcomes.map((outcome) => (outcome.kind === 'committed' ? outcome.versions.map(({ id, version }) => `${id} ${version}`) : outcome.conflict.kind));
  const stored = (ids: readonly string[]) => Promise.all(ids.map(async (id) => (await subject.store.read(operator, keyOf('Basic', id)))?.version));

  test('share one transaction, each has what it wrote', () => inOneTransaction(async (round) => {
    const sets = people.map((patient): WriteSet => ({ ...about(patient, `b${round}-${patient}`), writes: [...about(patient, `b${round}-${patient}`).writes, { kind: 'access', type: 'Patient', id: patient, structures: ['s'] }, put('Basic', `c${round}-${patient}`)] }));
    expect(versionsOf(await all(sets))).toEqual(people.map((patient) => [`b${round}-${patient} 1`, `c${round}-${patient} 1`]));
    expect(await stored(people.flatMap((patient) => [`b${round}-${patient}`, `c${round}-${patient}`]))).toEqual(people.flatMap(() => [1, 1]));
  }));

  test('are refused one by one: a closed record, a claim that another holds, a version that is not there, a resource that is', async () => {
    const { store } = subject;
    await written(store, consent('c', 'p3', { effect: 'close', ...always }), put('Basic', 'holder', { claims: [ins('1')] }), put('Basic', 'there'));
    const sets = people.map((patient) => about(patient, `b-${patient}`));
    sets[5] = { writes: [put('Basic', 'taker', { expect: 'absent', claims: [ins('1')] })], guards: [open('p5')] };
    sets[6] = { writes: [put('Basic', 'holder', { expect: { version: 7 } })], guards: [open('p6')] };
    sets[7] = { writes: [put('Basic', 'there', { expect: 'absent' })], guards: [open('p7')] };
    const refused: Record<number, string> = { 3: 'record-closed', 5: 'claim', 6: 'version', 7: 'version' };
    expect(versionsOf(await all(sets))).toEqual(people.map((patient, at) => refused[at] ?? [`b-${patient} 1`]));
    expect(await stored(['b-p3', 'taker', 'holder', 'there', 'b-p8'])).toEqual([undefined, undefined, 1, 1, 1]);
  });

  test('go together without those who met a conflict', async () => {
    await written(subject.store, ...['p3', 'p9'].map((patient) => consent(`c-${patient}`, patient, { effect: 'close', ...always })));
    await inOneTransaction(async (round) => {
      expect(versionsOf(await all(people.map((patient) => about(patient, `b${round}-${patient}`))))).toEqual(people.map((patient) => (['p3', 'p9'].includes(patient) ? 'record-closed' : [`b${round}-${patient} 1`])));
    });
  });

  test('do not fail by one that the database cannot take', async () => {
    const sets = people.map((patient) => about(patient, `b-${patient}`));
    const content = { content: 'never-staged', size: 1, sha1: '', sha256: '', contentType: 'text/plain' };
    sets[4] = { writes: [put('Binary', 'b', { content })], guards: [open('p4')] };
    const outcomes = await Promise.allSettled(sets.map((set) => subject.store.commit(set)));
    expect(outcomes.map(({ status }) => status)).toEqual(people.map((_, at) => (at === 4 ? 'rejected' : 'fulfilled')));
  });

  test.each<[string, object]>([
    ['a fault of the server', { failCommands: ['insert'], errorCode: 388 }], ['another process', { failCommands: ['insert'], errorCode: 112, errorLabels: ['TransientTransactionError'] }],
    ['a lost connection', { failCommands: ['update'], closeConnection: true }], ['a commit that was not taken', { failCommands: ['commitTransaction'], errorCode: 251, errorLabels: ['TransientTransactionError'] }],
  ])('are each taken by themselves after %s', async (_, data) => {
    await failing({ times: 1 }, data);
    expect(versionsOf(await all(people.map((patient) => about(patient, `b-${patient}`))))).toEqual(people.map((patient) => [`b-${patient} 1`]));
    expect(await stored(people.map((patient) => `b-${patient}`))).toEqual(people.map(() => 1));
  });

  test('are there once when nobody knew whether their commit was taken', async () => {
    await failing({ times: 2 }, { failCommands: ['commitTransaction'], closeConnection: true });
    expect(versionsOf(await all(people.map((patient) => about(patient, `b-${patient}`))))).toEqual(people.map((patient) => [`b-${patient} 1`]));
  });

  test('are dropped while they wait when their client hangs up, and nobody else is', async () => {
    const { store } = subject;
    const [gone, stays] = [new AbortController(), new AbortController()];
    const step = (text: string, signal: AbortSignal) => store.commit({ writes: [put('Basic', 'same', { rest: `,"language":"${text}"` }), put('Basic', text)], guards: [] }, signal);
    atNextCommit(() => gone.abort(new Error('hung up')));
    const outcomes = await Promise.allSettled([step('first', stays.signal), step('gone', gone.signal), step('last', stays.signal)]);
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value.kind : String(one.reason)))).toEqual(['committed', 'Error: hung up', 'committed']);
    expect(await stored(['same', 'first', 'gone', 'last'])).toEqual([2, 1, undefined, 1]);
    await expect(step('late', gone.signal)).rejects.toThrow('hung up');
    expect(await stored(['late'])).toEqual([undefined]);
  });

  test('are taken all the same when their client hangs up once they have begun', async () => {
    const { store } = subject;
    const client = new AbortController();
    atNextCommit(() => client.abort());
    const outcome = await store.commit({ writes: [put('Basic', 'a'), put('Basic', 'b')], guards: [] }, client.signal);
    expect([outcome.kind, client.signal.aborted]).toEqual(['committed', true]);
    expect(await stored(['a', 'b'])).toEqual([1, 1]);
  });

  test('versions of one resource go up by one, its times too, however they come', async () => {
    const { store } = subject;
    const outcomes = await all(Array.from({ length: 40 }, (_, at) => ({ writes: [put('Basic', `r${at % 4}`), put('Basic', `own${at}`)], guards: [open(people[at % 20] ?? '')] })));
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(40);
    for (let at = 0; at < 4; at++) {
      const history = await store.history(operator, keyOf('Basic', `r${at}`), { count: 20 });
      const versions = history?.versions ?? [];
      expect(versions.map(({ version }) => version)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      expect(new Set(versions.map(({ lastUpdated }) => lastUpdated)).size).toBe(10);
      expect([...versions].sort((one, other) => other.lastUpdated - one.lastUpdated)).toEqual(versions);
    }
    await written(store, remove('Basic', 'r0'));
  });
});
