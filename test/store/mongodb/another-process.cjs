/**
 * A server process of its own, whose clock is wrong: it opens the store of a URL and writes until it is told to stop.
 * Arguments: URL, how wrong its clock is (ms), a prefix for its ids. Prints one line when it writes.
 */
const [, , url, skew, prefix] = process.argv;
const right = Date.now;
Date.now = () => right() + Number(skew);

const { setTimeout: wait } = require('node:timers/promises');
const { openMongo } = require('../../../dist/store/mongodb/open.js');
const log = { warn() {}, error() {} };
const entries = { token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: 0 };
const put = (id) => ({
  kind: 'put', type: 'Basic', id, expect: 'absent', entries, access: { exposure: 'public', owners: [], structures: [] }, claims: [],
  body: { before: `{"resourceType":"Basic","id":"${id}","meta":{`, after: '}}' },
});

async function main() {
  const store = await openMongo({ url, identity: { domain: 'test' }, log });
  let stopped = false;
  process.on('SIGTERM', () => { stopped = true; });
  let count = 0;
  // Single resources, and sets of very different length: they end in another order than they began.
  const writer = async (size) => {
    while (!stopped) {
      const ids = Array.from({ length: size }, () => `${prefix}${++count}`);
      const outcome = await store.commit({ writes: ids.map(put), guards: [] });
      if (outcome.kind !== 'committed') throw new Error(JSON.stringify(outcome));
      await wait(100);
    }
  };
  process.stdout.write('writing\n');
  await Promise.all([writer(1), writer(1), writer(2), writer(30)]);
  await store.close();
}
main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
