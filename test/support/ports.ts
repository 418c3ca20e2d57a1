/**
 * Ports of the servers of this test process. A port that the system gave is anybody's again until its server listens; these are
 * outside of what it gives, those of each worker of a run are its own, and none comes twice in a test file.
 */
import { createServer } from 'node:net';

const lowest = 20_000;
const perWorker = 1_500;
const workers = 8;
let count = Math.floor(Math.random() * perWorker);

const isFree = (port: number): Promise<boolean> => new Promise((resolve) => {
  const probe = createServer();
  probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => { probe.close(() => resolve(true)); });
});

export async function freePort(): Promise<string> {
  const first = lowest + (Number(process.env.JEST_WORKER_ID ?? 0) % workers) * perWorker;
  for (let tries = 0; tries < perWorker; tries++) {
    const port = first + count++ % perWorker;
    if (await isFree(port)) return String(port);
  }
  throw new Error('No port is free');
}
