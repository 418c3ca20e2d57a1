/**
 * Transactions: snapshot reads, majority commits, and what is tried again. A transaction that the server gave up begins
 * anew with fresh state; a commit whose fate is unknown is sent again, and nothing but it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientSession } from 'mongodb';
import { times, type Connection, type Reading } from './connection.js';
import { isDuplicate, isTransient, isUnknownCommit, isUnnamed, unavailable, UnknownOutcome } from './faults.js';

/** Thrown where a step has to begin anew, for instance with a later instant. */
export class StepAgain extends Error {}

/** Longest pause between two tries, ms. */
const longestPause = 250;

const options = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: times.write },
  readPreference: 'primary',
  maxCommitTimeMS: times.write,
} as const;

/** A key that is there although the snapshot did not show it was written meanwhile; this often it is a fault of ours. */
const mostDuplicates = 20;
/** Another transaction got in the way. */
const mayBeTriedAgain = (thrown: unknown, tries: number): boolean =>
  isTransient(thrown) || thrown instanceof StepAgain || (isDuplicate(thrown) && tries < mostDuplicates);

const timeLeft = (deadline: number): number => Math.max(deadline - Date.now(), 1);
const tooLong = () => unavailable('The write could not be taken in time; others change the same data, or the database is slow.');

/** A pause that grows with the tries, at random, so that those who met do not meet again. */
const pause = (tries: number): Promise<void> => wait(Math.random() * Math.min(2 ** tries, longestPause));

export type TransactionReading = Reading & { readonly session: ClientSession };
/** Surrounds each try: what it gives is fresh every time. */
export type Around<C> = <T>(attempt: (context: C) => Promise<T>) => Promise<T>;
export const nothing: Around<undefined> = (attempt) => attempt(undefined);

export class Transactions {
  constructor(private readonly connection: Connection) {}

  /**
   * Runs `work` in a transaction, again and again until it is taken.
   * @param deadline ms UTC
   * @param around each try, its commit included
   * @param work must have no effect but through its reading's session
   * @throws Failure `unavailable` when it is not taken by then; UnknownOutcome
   */
  async run<T, C>(deadline: number, around: Around<C>, work: (reading: TransactionReading, context: C) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const done = await around((context) => this.attempt(deadline, tries, (reading) => work(reading, context)));
      if (done !== undefined) return done.value;
      if (Date.now() >= deadline) throw tooLong();
      await pause(tries);
    }
  }

  /**
   * Tries once.
   * @returns undefined when it was not taken because another got in the way
   * @throws UnknownOutcome; whatever else ended the try, which then left nothing
   */
  once<T, C>(deadline: number, around: Around<C>, work: (reading: TransactionReading, context: C) => Promise<T>): Promise<{ readonly value: T } | undefined> {
    return around((context) => this.attempt(deadline, 1, (reading) => work(reading, context)));
  }

  /** @returns undefined when it has to begin anew */
  private async attempt<T>(deadline: number, tries: number, work: (reading: TransactionReading) => Promise<T>): Promise<{ readonly value: T } | undefined> {
    const session = this.connection.client.startSession({ causalConsistency: false });
    try {
      session.startTransaction(options);
      const value = await work({ ...this.connection.reading(timeLeft(deadline)), session });
      return (await commit(session, deadline)) ? { value } : undefined;
    } catch (thrown) {
      if (session.inTransaction()) await abort(session);
      if (mayBeTriedAgain(thrown, tries)) return undefined;
      throw thrown;
    } finally {
      await session.endSession();
    }
  }
}

/** The server ends a transaction by itself when it cannot be told to. */
async function abort(session: ClientSession): Promise<void> {
  await session.abortTransaction().catch((thrown: unknown) => {
    if (!(thrown instanceof Error)) throw thrown;
  });
}

/** @returns false when the transaction is known not to be taken */
async function commit(session: ClientSession, deadline: number): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      await session.commitTransaction();
      return true;
    } catch (thrown) {
      if (!isUnknownCommit(thrown) && (isTransient(thrown) || isUnnamed(thrown))) return false;
      if (!isUnknownCommit(thrown)) throw thrown;
      if (Date.now() >= deadline) throw new UnknownOutcome(thrown);
      await pause(tries);
    }
  }
}
