/** A folder in which the test files of this run agree on one mongod: the first that needs it starts it (mongo.ts). */
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

module.exports = () => {
  process.env.PASSERELLE_TEST_MONGO = mkdtempSync(join(tmpdir(), 'passerelle-test-mongo-'));
  process.env.PASSERELLE_TEST_RUN = String(process.pid);
};
