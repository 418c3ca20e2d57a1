/**
 * Small data ends in the first step of a search and in the first document of a resource. Here the first step is one row, chains
 * and `_has` find nothing first, and a document holds three entries: walks are resumed, ties gathered, drivers counted, hops
 * judged and further documents read as they are over much data.
 */
import { describeMongo, MongoSubjects } from '../../../support/mongo';
import { answersAsTheOracle } from '../../../contract/search.contract';
import { connect, Connection, databaseName } from '../../../../src/store/mongodb/connection';
import { searchPage } from '../../../../src/store/mongodb/search/page';
import type { Store } from '../../../../src/store/port';

jest.mock('../../../../src/store/mongodb/entry-fields', () => {
  const actual = jest.requireActual<typeof import('../../../../src/store/mongodb/entry-fields')>('../../../../src/store/mongodb/entry-fields');
  return { ...actual, entryFields: (...[type, entries]: Parameters<typeof actual.entryFields>) => actual.entryFields(type, entries, 3) };
});
jest.mock('../../../../src/store/search/budgets', () => {
  const actual = jest.requireActual<typeof import('../../../../src/store/search/budgets')>('../../../../src/store/search/budgets');
  return { ...actual, budgets: { ...actual.budgets, targets: 1, sources: 1 } };
});

describeMongo('Searches of the MongoDB store that begin with one row', () => {
  const subjects = new MongoSubjects();
  let connection: Connection;
  beforeAll(async () => {
    const url = await subjects.url();
    connection = new Connection(connect(url), databaseName(url));
  });
  afterAll(async () => {
    await connection.client.close();
    await subjects.end();
  });

  answersAsTheOracle(async () => {
    const subject = await subjects.subject();
    const stepping: Store = Object.assign(Object.create(subject.store) as Store, {
      search: (bound: Parameters<Store['search']>[0]) => connection.inSnapshot(30_000, undefined, (reading) => searchPage(reading, bound, { firstStep: 1 })),
    });
    return { store: stepping, close: () => subject.end() };
  }, 10);

  it('over resources with further documents', async () => {
    const { resources } = connection.collections;
    expect(await resources.countDocuments({ of: { $exists: true } })).toBeGreaterThan(10);
  });
});
