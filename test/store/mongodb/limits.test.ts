/** What one transaction may hold: refused whole or taken whole, never half. */
import { connect, Connection, databaseName } from '../../../src/store/mongodb/connection';
import { nothing, StepAgain, Transactions } from '../../../src/store/mongodb/transactions';
import { commit, keyOf, noEntries, operator, owned, put, type Subject } from '../../contract/support';
import { describeMongo, MongoSubjects } from '../../support/mongo';

const entries = {
  ...noEntries,
  token: Array.from({ length: 6 }, (_, index) => ({ param: `Observation.p${index}`, system: 'http://system.example', code: `c${index}` })),
  reference: [{ param: 'Observation.subject', form: 'local' as const, type: 'Patient', id: 'p' }],
};
const bundle = (name: string, length: number) => Array.from({ length }, (_, index) =>
  put('Observation', `${name}-${index}`, { expect: 'absent', entries, access: owned('p'), rest: `,"text":"${'x'.repeat(1000)}"` }));

describeMongo('Transactions and their limits', () => {
  const subjects = new MongoSubjects({ transactionBytes: 6 * 1024 * 1024 });
  let subject: Subject;
  beforeEach(async () => {
    subject = await subjects.subject();
  });
  afterEach(() => subject.end());
  afterAll(() => subjects.end());

  const there = async (name: string, length: number): Promise<number> => {
    const found = await Promise.all([0, length - 1].map((index) => subject.store.read(operator, keyOf('Observation', `${name}-${index}`))));
    return found.filter((version) => version !== undefined).length;
  };

  test('one that is larger than TRANSACTION_STORE_BYTES is refused whole, by the name of the setting', async () => {
    await expect(commit(subject.store, ...bundle('large', 2000))).rejects.toMatchObject({ status: 413, message: expect.stringMatching(/6 MB.*TRANSACTION_STORE_BYTES/) });
    expect(await there('large', 2000)).toBe(0);
    expect((await commit(subject.store, ...bundle('small', 100))).kind).toBe('committed');
  });

  test('one that others stand in the way of until its time is over: 503 with Retry-After, not taken', async () => {
    const connection = new Connection(connect(await subjects.url()), databaseName(await subjects.url()));
    await expect(new Transactions(connection).run(Date.now() + 20, nothing, async ({ collections: { locks }, session }) => {
      await locks.insertOne({ _id: 'never', g: 1, at: new Date() }, { session });
      throw new StepAgain();
    })).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': expect.any(String) } });
    expect(await connection.collections.locks.findOne({ _id: 'never' })).toBeNull();
    await connection.client.close();
  });

  test('of many large ones at once each is taken whole or refused whole', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => commit(subject.store, ...bundle(`b${index}`, 800))));
    const taken = outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.kind === 'committed');
    expect(await Promise.all(taken.map((_, index) => there(`b${index}`, 800)))).toEqual(taken.map((whole) => (whole ? 2 : 0)));
    expect(taken).toContain(true);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 503, headers: { 'Retry-After': expect.any(String) } });
  });
});
