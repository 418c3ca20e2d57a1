/** The writer thread: the only one that writes to the database. */
import { parentPort, workerData } from 'node:worker_threads';
import { ChangingClaims, type Stamps } from '../claim-stamps.js';
import { openWriteConnection } from '../connection.js';
import { matchingIds } from '../search/index.js';
import type { WirePart, WireSet } from '../wire.js';
import { StoreClock } from './clock.js';
import { Gathering } from './gathering.js';
import { createJobs } from './jobs.js';
import { Transactions, type Answer, type Request } from './transactions.js';

export interface WriterData {
  readonly folder: string;
  readonly durable: boolean;
  readonly stamps: Stamps;
}
/** `part`: some writes of a set that is too large for one message; `flush`: empty the log into the file; `close`: then end. */
export type ToWriter =
  | Request
  | { readonly number: number; readonly part: WirePart }
  | { readonly number: number; readonly order: 'flush' | 'close' };

const port = parentPort;
if (port === null) throw new Error('The writer runs as a thread of the store');
const { folder, durable, stamps } = workerData as WriterData;
const connection = openWriteConnection(folder, durable);
const clock = new StoreClock((connection.prepare("SELECT value FROM meta WHERE key = 'clock'").get()?.[0] as number | undefined) ?? 0);
const transactions = new Transactions(connection, createJobs(connection, clock, new ChangingClaims(stamps), matchingIds), clock);

const queue: Request[] = [];
const parts = new Map<number, WirePart[]>();
const gathering = new Gathering();
let scheduled = false;
let pausing: NodeJS.Timeout | undefined;

function whole(request: Request): Request {
  const before = parts.get(request.number);
  if (before === undefined) return request;
  parts.delete(request.number);
  const set = request.payload as WireSet;
  return { ...request, payload: { ...set, parts: [...before, ...set.parts] } };
}

/** @returns how many jobs one transaction held */
function transact(): number {
  const answers = transactions.run(queue);
  port?.postMessage(answers);
  return answers.length;
}

function begin(): void {
  const held = queue.length > 0 ? transact() : 0;
  setImmediate(() => {
    gathering.met(held + queue.length);
    scheduled = false;
    schedule();
  });
}

/** What came meanwhile is in the queue: begins, or waits for more. */
function consider(): void {
  const pause = gathering.pause(queue.length);
  if (pause === 0) begin();
  else pausing = setTimeout(endPause, pause);
}
function endPause(): void {
  clearTimeout(pausing);
  pausing = undefined;
  setImmediate(begin);
}

/** Lets in whatever comes meanwhile, then begins. */
function schedule(): void {
  if (queue.length === 0) return;
  if (!scheduled) setImmediate(consider);
  else if (pausing !== undefined && gathering.isEnough(queue.length)) endPause();
  scheduled = true;
}

function finish(): void {
  while (queue.length > 0) transact();
}

function obey(number: number, order: 'flush' | 'close'): void {
  finish();
  connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  if (order === 'close') connection.close();
  port?.postMessage([{ number, value: undefined }] satisfies Answer[]);
  if (order === 'close') port?.close();
}

port.on('message', (message: ToWriter) => {
  if ('part' in message) {
    parts.set(message.number, [...(parts.get(message.number) ?? []), message.part]);
  } else if ('order' in message) {
    obey(message.number, message.order);
  } else {
    queue.push(whole(message));
    schedule();
  }
});
