/**
 * Preloaded into a server process: how long its main thread held the event loop, in milliseconds of its own processor time,
 * so that a busy machine does not count. Written to standard error as one line at SIGUSR2, then begun anew.
 */
const { openSync, readSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  const file = openSync('/proc/self/schedstat', 'r');
  const buffer = Buffer.alloc(64);
  const used = () => Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0)).split(' ')[0]) / 1e6;
  let last = used();
  let held = [];
  setInterval(() => {
    const spent = used() - last;
    if (spent > 10) held.push(Math.round(spent));
    last = used();
  }, 1).unref();
  process.on('SIGUSR2', () => {
    process.stderr.write(`held ${JSON.stringify(held)}\n`);
    held = [];
  });
}
