/** Opens the store that a URL names. */
import { openEmbedded } from './embedded/open.js';
import { openMongo } from './mongodb/open.js';
import type { Store, StoreIdentity } from './port.js';
import type { StoreLog } from './refused.js';
import type { StoreUpkeep } from './upkeep.js';

export interface StoreOptions {
  /** `file:FOLDER`, `memory:`, `mongodb://…` or `mongodb+srv://…` */
  readonly url: string;
  readonly identity: StoreIdentity;
  readonly log: StoreLog;
  /** READ_CONCERN: of the MongoDB store. */
  readonly readConcern: 'majority' | 'linearizable';
  /** TRANSACTION_STORE_BYTES: of the MongoDB store. */
  readonly transactionBytes?: number;
  /** Opens also what holds a part of an import, to go on with it; such a store must not be served. */
  readonly restoring?: boolean;
  /** Makes no store where there is none. */
  readonly existing?: boolean;
}

/** @throws StoreRefused with one line that says why it cannot be opened */
export function openStore({ url, readConcern, transactionBytes, ...options }: StoreOptions): Promise<Store & StoreUpkeep> {
  if (/^mongodb(\+srv)?:/.test(url)) return openMongo({ ...options, url, readConcern, ...(transactionBytes === undefined ? {} : { transactionBytes }) });
  return openEmbedded({ ...options, directory: url === 'memory:' ? url : url.slice('file:'.length) });
}
