/** A server that is measured in a process of its own, and what one round of a load gives. */
import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../command-error.js';
import type { Database } from './database.js';
import { fire, type LoadResult, type Shot } from './load.js';
import type { Question, Ready, Usage } from './target.js';

export interface Target {
  readonly ready: Ready;
  /** From the start of the process to the first answer, seconds. */
  readonly startSeconds: number;
  /** Its CPU is that of the server and the database. */
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}
export interface Measured {
  readonly load: LoadResult;
  /** CPU seconds of the server and its database during the load. */
  readonly cpu: number;
}

function ask<T>(child: ChildProcess, question: Question): Promise<T> {
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as T));
    child.send(question);
  });
}

/** What `npm start` tells Node: the server is measured as it is started. */
async function startFlags(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(__dirname, '../../../package.json'), 'utf8')) as { readonly scripts: { readonly start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

export async function startTarget(environment: NodeJS.ProcessEnv, database: Database): Promise<Target> {
  const execArgv = await startFlags();
  const started = performance.now();
  const child = fork(join(__dirname, 'target.js'), { env: environment, execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Ready));
    child.once('exit', () => reject(new CommandError('The server of the bench did not start.')));
  });
  await fetch(`${ready.server}/fhir/metadata`).then((response) => response.text());
  return {
    ready, startSeconds: (performance.now() - started) / 1000,
    usage: async () => {
      const [{ cpu, rss }, beside] = await Promise.all([ask<Usage>(child, 'usage'), database.cpu()]);
      return { cpu: cpu + beside, rss };
    },
    stop: async () => {
      child.send('stop' satisfies Question);
      await ended;
    },
  };
}

export async function measure(target: Target, run: () => Promise<LoadResult>): Promise<Measured> {
  const before = await target.usage();
  const load = await run();
  return { load, cpu: (await target.usage()).cpu - before.cpu };
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
export const perSecond = ({ load }: Measured) => (load.requests - load.failed) / load.seconds;
export const perCpuSecond = ({ load, cpu }: Measured) => (load.requests - load.failed) / cpu;

/** How a load is made: clients at once, seconds of it before what counts. */
export interface LoadManner {
  readonly connections: number;
  readonly warmUp: number;
}

/**
 * Warms the server by the same load, uncounted: what is measured is how it serves, not how it is compiled.
 * @returns requests per second at the end
 */
export async function warm(shot: Shot, origin: string, { connections, warmUp }: LoadManner): Promise<number> {
  const end = performance.now() + warmUp * 1000;
  for (let amount = connections; ; amount *= 2) {
    const load = await fire(shot, { origin, connections, amount });
    if (performance.now() > end) return load.requests / load.seconds;
  }
}
