/** The MongoDB store keeps the contract. */
import { describeMongo, MongoSubjects } from '../support/mongo';
import { storeContract } from './store.contract';

describeMongo('On a replica set', () => {
  const subjects = new MongoSubjects();
  afterAll(() => subjects.end());
  storeContract('The MongoDB store', { lasting: true }, subjects.subject);
});
