/** Opens a MongoDB store. */
import type { StoreIdentity } from '../port.js';
import type { StoreLog } from '../refused.js';
import { Admission } from './admission.js';
import { AuditLog } from './audit-log.js';
import { StoreClock } from './clock.js';
import { Commits } from './commits.js';
import { connect, Connection, databaseName } from './connection.js';
import { Contents } from './contents.js';
import { Erasure } from './erasure.js';
import { MongoIndex } from './index-job.js';
import { cacheSize, prepareDatabase } from './preparation.js';
import { Instants } from './instants.js';
import { Reads } from './reads.js';
import { placeOf, refusalOf, unusable } from './refusals.js';
import { findNothing, matchingIds, searchPage } from './search/index.js';
import { Secrets } from './secrets.js';
import { Guards } from './step/guards.js';
import { Steps } from './step/step.js';
import { MongoStore } from './store.js';
import { Transactions } from './transactions.js';
import { Turns } from '../turns.js';
import { MongoUpkeep } from './upkeep/upkeep.js';

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`; the database is `passerelle` unless the URL names one. */
  readonly url: string;
  readonly identity: StoreIdentity;
  readonly log: StoreLog;
  /** READ_CONCERN */
  readonly readConcern?: 'majority' | 'linearizable';
  /** TRANSACTION_STORE_BYTES; a tenth of the server's cache when absent. */
  readonly transactionBytes?: number;
  /** ms UTC; for secrets and for sweeping. `lastUpdated` follows the database's clock. */
  readonly clock?: () => number;
  /** Opens also what holds a part of an import, to go on with it; such a store must not be served. */
  readonly restoring?: boolean;
  /** Makes no store where there is none. */
  readonly existing?: boolean;
}

/** The share of the server's cache that one transaction, and all that run at once, may fill. */
const cacheShare = 0.1;
const lanes = { small: { running: 32, waiting: 1_000 }, large: { running: 4, waiting: 64 } } as const;

/**
 * Opens the store of a database, beside any number of other processes.
 * @throws StoreRefused with one line: not reachable, not a replica set, too old, no rights, newer, another identity domain
 */
export async function openMongo({ url, identity, log, readConcern = 'majority', transactionBytes, clock = Date.now, restoring = false, existing = false }: MongoOptions): Promise<MongoStore> {
  const connection = connecting(url);
  try {
    await connection.client.connect();
    await prepareDatabase(connection, placeOf(url), identity, log, { restoring, existing });
    const bytes = transactionBytes ?? Math.floor((await cacheSize(connection, log)) * cacheShare);
    return assemble(connection, { log, clock, bytes, linearizable: readConcern === 'linearizable' });
  } catch (thrown) {
    await connection.client.close();
    throw refusalOf(url, thrown);
  }
}

/** Asks nobody yet. @throws StoreRefused when the URL cannot be used */
export function connecting(url: string): Connection {
  try {
    return new Connection(connect(url), databaseName(url));
  } catch {
    // Nothing was asked of anybody: only the URL can be the cause.
    throw unusable();
  }
}

interface Choices { readonly log: StoreLog; readonly clock: () => number; readonly bytes: number; readonly linearizable: boolean }

/** Most writes that may wait for others which touch the same. */
const mostWaiting = 1_000;

function assemble(connection: Connection, { log, clock, bytes, linearizable }: Choices): MongoStore {
  const contents = new Contents(connection, clock);
  const transactions = new Transactions(connection);
  const storeClock = new StoreClock(connection);
  return new MongoStore({
    connection, contents, storeClock, clock, searchPage, transactionBytes: bytes,
    reads: new Reads(connection, linearizable), instants: new Instants(connection),
    commits: new Commits({ connection, contents, transactions, clock: storeClock, admission: new Admission({ bytes, ...lanes }), turns: new Turns(mostWaiting), steps: new Steps(new Guards(matchingIds, findNothing)) }),
    erasure: new Erasure(connection, transactions, contents),
    audit: new AuditLog(connection),
    upkeep: new MongoUpkeep(connection, transactions),
    named: new Secrets(connection, clock),
    index: new MongoIndex(connection, transactions),
    onSweepFailure: (cause) => log.warn({ err: cause }, 'Staged bytes could not be swept'),
  });
}
