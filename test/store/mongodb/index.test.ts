import { indexContract } from '../../contract/index.contract';
import { describeMongo, MongoSubjects } from '../../support/mongo';

describeMongo('On a replica set', () => {
  const subjects = new MongoSubjects();
  afterAll(() => subjects.end());
  indexContract('MongoDB', async () => {
    const { store, end } = await subjects.subject();
    return { store, close: end };
  });
});
