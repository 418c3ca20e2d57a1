/** One process at a time prepares the database; the others wait. The lock is let go of by a process that dies. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import type { StoreLog } from '../refused.js';
import { times } from './connection.js';
import type { StoreDocument } from './documents.js';
import { isDuplicate } from './faults.js';

/** A lock that was not renewed for so long is free, ms. */
const held = 30_000;
const renewed = 10_000;
const asked = 500;
const options = { maxTimeMS: times.key } as const;

const free = { _id: 'lock', $expr: { $lt: ['$until', '$$NOW'] } };
const until = { $add: ['$$NOW', held] };

export async function withStartLock<T>(meta: Collection<StoreDocument>, log: StoreLog, work: () => Promise<T>): Promise<T> {
  const holder = randomBytes(6).toString('hex');
  const take = () => meta.updateOne(free, [{ $set: { holder, until } }], options);
  await makeLock(meta);
  for (let tries = 0; (await take()).matchedCount === 0; tries++) {
    if (tries % 60 === 20) log.warn({}, 'Another process prepares the store; this one waits');
    await wait(asked);
  }
  const renewal = setInterval(() => {
    meta.updateOne({ _id: 'lock', holder }, [{ $set: { until } }], options).catch((cause: unknown) => log.warn({ err: cause }, 'The lock on the store could not be renewed'));
  }, renewed);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await meta.updateOne({ _id: 'lock', holder }, { $set: { until: new Date(0) } }, options);
  }
}

async function makeLock(meta: Collection<StoreDocument>): Promise<void> {
  try {
    await meta.insertOne({ _id: 'lock', until: new Date(0) }, options);
  } catch (thrown) {
    if (!isDuplicate(thrown)) throw thrown;
  }
}
