/** Export and import of the MongoDB store; a few databases are emptied and used again. */
import { upkeepContract } from '../../../contract/upkeep.contract';
import { describeMongo, MongoSubjects } from '../../../support/mongo';

describeMongo('On a replica set', () => {
  const databases = Array.from({ length: 3 }, () => new MongoSubjects());
  afterAll(async () => {
    for (const each of databases) await each.end();
  });
  let next = 0;
  upkeepContract('MongoDB', () => (databases[next++ % databases.length] as MongoSubjects).wholeStore());
});
