/** Opens a store in memory and closes it; prints the folders that were there meanwhile (TMPDIR is this test's own). */
const { readdirSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { openEmbedded } = require('../../../dist/store/embedded/open.js');

async function main() {
  const store = await openEmbedded({ directory: 'memory:', identity: { domain: 'test' }, log: console });
  const meanwhile = readdirSync(tmpdir());
  await store.close();
  console.log(JSON.stringify(meanwhile));
}
main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
