/* A reader thread that does as it is told. */
const { parentPort, threadId } = require('node:worker_threads');
const acts = {
  echo: ({ value }) => ({ result: { value, threadId } }),
  refuse: () => ({ failure: 'too-costly', status: 422, issues: [{ severity: 'error', code: 'too-costly', diagnostics: 'too far' }] }),
  break: () => ({ broken: 'TypeError: no' }),
  die: () => process.exit(3),
  hang: () => { for (;;); },
  slow: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); return { result: { threadId } }; },
};
parentPort.on('message', (request) => parentPort.postMessage(acts[request.act](request)));
