import { searchContract, type StoreFactory } from '../../../contract/search.contract';
import { describeMongo, MongoSubjects } from '../../../support/mongo';

/** Some cases compare two stores: each has a database of its own while it is open. */
const free: MongoSubjects[] = [];
const all: MongoSubjects[] = [];
const make: StoreFactory = async () => {
  const subjects = free.pop() ?? new MongoSubjects();
  if (!all.includes(subjects)) all.push(subjects);
  const subject = await subjects.subject();
  return {
    store: subject.store,
    async close() {
      await subject.end();
      free.push(subjects);
    },
  };
};

describeMongo('MongoDB', () => {
  afterAll(async () => {
    for (const subjects of all) await subjects.end();
  });
  searchContract('MongoDB', make);
});
