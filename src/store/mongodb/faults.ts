/** What the driver throws, told apart: what may be tried again, what is too much, what the machine cannot do now. */
import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerError, MongoWriteConcernError } from 'mongodb';
import { fail, type Failure } from '../../fhir/failure.js';

/** Codes of https://github.com/mongodb/mongo/blob/v7.0/src/mongo/base/error_codes.yml */
export const Code = { unauthorized: 13, authenticationFailed: 18, maxTimeExpired: 50, writeConcernTimeout: 64, duplicateKey: 11000, documentTooLarge: 10334, transactionTooLarge: 257, tooLargeForCache: 388, outOfDisk: 14031, snapshotTooOld: 239, snapshotUnavailable: 246, temporarilyUnavailable: 365 } as const;

export const codeOf = (thrown: unknown): number | undefined => (thrown instanceof MongoServerError && typeof thrown.code === 'number' ? thrown.code : undefined);
export const isDuplicate = (thrown: unknown): boolean => codeOf(thrown) === Code.duplicateKey;

/** Where several documents are written, whatever the driver met comes as an error of the server: what it was (no primary, a lost connection) is kept in it. */
const unwrapped = (thrown: unknown): unknown => (thrown instanceof MongoBulkWriteError && thrown.errorResponse instanceof MongoError ? thrown.errorResponse : thrown);

/** The cache of the server had no room: the write was rolled back to make some. A commit that is so answered bears no label, although nothing of it was taken. */
export const isCrowdedOut = (thrown: unknown): boolean => codeOf(thrown) === Code.temporarilyUnavailable;
/** The step was not taken and may be tried anew, with fresh state. */
export const isTransient = (thrown: unknown): boolean => thrown instanceof MongoError
  && (thrown.hasErrorLabel('TransientTransactionError') || isPoolCleared(thrown) || isCrowdedOut(thrown));
/** Nobody knows whether the step was taken: its commit, and nothing but it, is sent again. */
export const isUnknownCommit = (thrown: unknown): boolean => thrown instanceof MongoError
  && (thrown.hasErrorLabel('UnknownTransactionCommitResult') || isPoolCleared(thrown) || thrown instanceof MongoNetworkError);
/** A single write was refused: it is not there, and never will be. */
export const isRefusedWrite = (thrown: unknown): boolean => thrown instanceof MongoServerError && !(thrown instanceof MongoWriteConcernError) && codeOf(thrown) !== Code.writeConcernTimeout;

/** A step was sent and nobody knows whether it was, or will yet be, taken. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
  constructor(cause: unknown) {
    super('The outcome of a write is unknown', { cause });
  }
}

/** The server or the driver refused what was asked; the database itself is there and in time. Asked with less, it may answer. */
export const isOfOne = (thrown: unknown): boolean => codeOf(thrown) !== Code.maxTimeExpired
  && (thrown instanceof MongoServerError ? !thrown.hasErrorLabel('RetryableWriteError') : !(thrown instanceof MongoError));

/** A connection pool that was cleared after a fault elsewhere asks its users to come again. */
const isPoolCleared = (thrown: MongoError): boolean => thrown.hasErrorLabel('PoolRequestedRetry') || thrown.name === 'PoolClearedOnNetworkError' || thrown.name === 'MongoPoolClearedError';

/** Said by a member that is no primary any more, or is on its way down. */
const notPrimary: readonly (number | undefined)[] = [91, 189, 10058, 10107, 11600, 11602, 13435, 13436];

const tooLarge: readonly (number | undefined)[] = [Code.transactionTooLarge, Code.tooLargeForCache, Code.documentTooLarge];

const reasons: readonly (readonly [test: (thrown: MongoError) => boolean, reason: string])[] = [
  [(thrown) => codeOf(thrown) === Code.outOfDisk, 'The disk of the database is full.'],
  [(thrown) => codeOf(thrown) === Code.unauthorized, 'The database refuses the user of this server a right that it needs.'],
  [(thrown) => codeOf(thrown) === Code.authenticationFailed, 'The database refuses the credentials of this server.'],
  [(thrown) => codeOf(thrown) === Code.snapshotTooOld || codeOf(thrown) === Code.snapshotUnavailable, 'The database could not keep still for this read.'],
  [(thrown) => codeOf(thrown) === Code.maxTimeExpired || thrown.name === 'MongoOperationTimeoutError', 'The database took too long.'],
  [(thrown) => codeOf(thrown) === Code.writeConcernTimeout, 'The database could not confirm the write in time.'],
  [(thrown) => thrown.name === 'MongoServerSelectionError' || notPrimary.includes(codeOf(thrown)), 'The database has no primary at the moment.'],
  [(thrown) => thrown instanceof MongoNetworkError, 'The connection to the database was lost.'],
  [isCrowdedOut, 'The cache of the database is full at the moment.'],
  [isTransient, 'The database could not take the step now.'],
];

/** For how long a caller should wait before the next try, seconds. */
const soon = { headers: { 'Retry-After': '2' } } as const;
export const unavailable = (reason: string): Failure => fail('unavailable', { reason }, soon);

/**
 * Whatever an operation threw, as a failure where the caller can be told one.
 * @returns the same when it is no fault of the database
 */
export function faultOf(caught: unknown): unknown {
  const thrown = unwrapped(caught);
  if (thrown instanceof UnknownOutcome) return unavailable('The database did not say whether it took the write. Read before you send it again.');
  if (!(thrown instanceof MongoError)) return thrown;
  if (tooLarge.includes(codeOf(thrown))) return fail('too-large', { limit: 'what the database takes in one step', setting: 'TRANSACTION_STORE_BYTES' });
  const found = reasons.find(([test]) => test(thrown));
  return found === undefined ? caught : unavailable(found[1]);
}

/** The server refused for a reason that no failure names: a transaction whose commit is so answered was not taken. */
export const isUnnamed = (thrown: unknown): boolean => isRefusedWrite(thrown) && faultOf(thrown) === thrown;

/** Runs work and tells its faults. */
export async function telling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw faultOf(thrown);
  }
}
export async function* tellingEach<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* items;
  } catch (thrown) {
    throw faultOf(thrown);
  }
}
