/* A reader thread that does as it is told. */
const { parentPort, threadId, workerData } = require('node:worker_threads');
const Database = require('libsql');
const { halting, ready } = require('../../../../dist/store/embedded/search/halt.js');
const database = new Database(':memory:');
const connection = halting({ prepare: (text) => database.prepare(text) }, workerData.halt);
ready(workerData.halt);
// Until it is stopped, as it is only between statements.
const count = () => { for (;;) connection.prepare('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n').all(); };
const acts = {
  echo: ({ value }) => ({ result: { value, threadId } }),
  refuse: () => ({ failure: 'too-costly', status: 422, issues: [{ severity: 'error', code: 'too-costly', diagnostics: 'too far' }] }),
  break: () => ({ broken: 'TypeError: no' }),
  die: () => process.exit(3),
  hang: () => { for (;;); },
  count,
  slow: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); return { result: { threadId } }; },
};
parentPort.on('message', (request) => parentPort.postMessage(acts[request.act](request)));
