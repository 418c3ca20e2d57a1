/** Stops the mongod of this run, and says aloud when there was none. */
const { existsSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');

module.exports = () => {
  const folder = process.env.PASSERELLE_TEST_MONGO;
  if (!folder) return;
  const pid = join(folder, 'pid');
  const none = join(folder, 'none');
  if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')), 'SIGTERM');
  if (existsSync(none)) process.stderr.write(`\n*** The MongoDB half of the tests did not run: no mongod was found. ***\n*** Set MONGOD_BINARY to one, or put mongod on the path. ***\n${readFileSync(none, 'utf8')}\n`);
  rmSync(folder, { recursive: true, force: true });
};
