/** The test file runs on MongoDB: skipped, loudly (mongo-teardown.cjs), where no mongod can be had; a failure in CI. */
import { missing } from './mongo';

process.env.PASSERELLE_TEST_STORE = 'mongodb';
const reason = missing();

if (reason !== undefined && process.env.CI === 'true') beforeAll(() => { throw new Error(reason); });
else if (reason !== undefined) {
  const nothing = (): void => undefined;
  Object.assign(globalThis, { describe: describe.skip, it: it.skip, test: test.skip, beforeAll: nothing, afterAll: nothing, beforeEach: nothing, afterEach: nothing });
}
