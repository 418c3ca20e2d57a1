/** The connection: what is asked of the server with every operation, and reads in one snapshot. */
import { MongoClient, ReadConcern, type ClientSession, type Db } from 'mongodb';
import { collectionsOf, type Collections } from './collections.js';
import type { ClockDocument } from './documents.js';

/** Longest times of operations on the server, ms. */
export const times = { key: 10_000, search: 30_000, write: 50_000, build: 24 * 60 * 60 * 1000 } as const;
/** Longest wait for a primary, ms: the time of an election and some. */
const selection = 15_000;

/** The name of the database in the URL, else this. */
const defaultDatabase = 'passerelle';
/** @param url that the driver takes */
export const databaseName = (url: string): string => decodeURIComponent(/^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1] ?? defaultDatabase);

/**
 * What stands still is given up after the sum of these, ms, which is about the time of an election: what waits for it is then
 * asked of the new primary. Left to the driver that is 40 s, for which nobody is served: those that come wait for those before.
 */
const pulse = { connectTimeoutMS: 10_000, heartbeatFrequencyMS: 2_000 } as const;

/** Options that the URL may set otherwise. */
const defaults = { appName: 'passerelle', serverSelectionTimeoutMS: selection, maxPoolSize: 100, ...pulse } as const;
const unnamed = (url: string): Partial<typeof defaults> =>
  Object.fromEntries(Object.entries(defaults).filter(([name]) => !url.toLowerCase().includes(`${name.toLowerCase()}=`)));

/** What is promised of reads and writes rests on these. The driver puts single options of a URL before whole concerns that it is given: they are taken out of it. */
const ours = new Set(['w', 'j', 'journal', 'fsync', 'wtimeout', 'wtimeoutms', 'readconcern', 'readconcernlevel', 'readpreference', 'readpreferencetags', 'maxstalenessseconds', 'retryreads', 'retrywrites', 'timeoutms']);
/** The URL without the options that would weaken a guarantee. */
export function strict(url: string): string {
  const [place = '', ...options] = url.split('?');
  const left = options.join('?').split('&').filter((option) => !ours.has(decodeURIComponent(option.split('=')[0] ?? '').toLowerCase()));
  return options.length === 0 ? url : `${place}?${left.join('&')}`;
}

export function connect(url: string): MongoClient {
  return new MongoClient(strict(url), {
    ...unnamed(url),
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: times.write },
    retryReads: true,
    retryWrites: true,
    ignoreUndefined: true,
  });
}

/** What a read is done with: the collections and, where several reads must agree, their session. */
export interface Reading {
  readonly collections: Collections;
  /** A snapshot session or a transaction; absent: each read for itself, majority-committed. */
  readonly session?: ClientSession;
  /** Absent: majority, or what the session says. */
  readonly readConcern?: { readonly level: 'linearizable' };
  readonly maxTimeMS: number;
  readonly signal?: AbortSignal;
  /** The store's clock as the snapshot has it; then the instant is fixed, and held by the collections (see instants.ts). */
  readonly clock?: ClockDocument;
}
type ReadOptions = Omit<Reading, 'collections' | 'clock'>;
/** The options of a read. */
export function readOptions({ collections: _, clock: _clock, ...options }: Reading): ReadOptions {
  return options;
}

export type Snapshot = Reading & { readonly session: ClientSession };

export class Connection {
  readonly collections: Collections;
  readonly db: Db;

  constructor(readonly client: MongoClient, private readonly database: string) {
    this.db = client.db(database);
    this.collections = collectionsOf(this.db);
  }

  /** Reads that each see what is majority-committed when they come. */
  reading(maxTimeMS: number, signal?: AbortSignal): Reading {
    return { collections: this.collections, maxTimeMS, ...(signal === undefined ? {} : { signal }) };
  }

  /**
   * A session alone does not do: the driver puts the read concern of a collection before that of the session. And it writes
   * the instant of the snapshot into that read concern, which therefore must be of this snapshot alone.
   */
  private ofOneSnapshot(): Collections {
    return collectionsOf(this.within(new ReadConcern('snapshot')));
  }
  /** The database, read in this way. */
  within(readConcern: ReadConcern): Db {
    return this.client.db(this.database, { readConcern });
  }

  /** Reads that all see the store at one instant: that of the first of them, which must not run beside another. To be ended. */
  openSnapshot(maxTimeMS: number, signal?: AbortSignal): Snapshot {
    const session = this.client.startSession({ snapshot: true });
    return { ...this.reading(maxTimeMS, signal), collections: this.ofOneSnapshot(), session };
  }

  /** The same for as long as some work lasts. */
  async inSnapshot<T>(maxTimeMS: number, signal: AbortSignal | undefined, work: (reading: Reading) => Promise<T>): Promise<T> {
    const snapshot = this.openSnapshot(maxTimeMS, signal);
    try {
      return await work(snapshot);
    } finally {
      await snapshot.session.endSession();
    }
  }
}
