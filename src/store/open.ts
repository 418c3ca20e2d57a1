/** Opens the store that a URL names. */
import { openEmbedded } from './embedded/open.js';
import { openMongo } from './mongodb/open.js';
import type { Store, StoreIdentity } from './port.js';
import type { StoreLog } from './refused.js';

export interface StoreOptions {
  /** `file:FOLDER`, `memory:`, `mongodb://…` or `mongodb+srv://…` */
  readonly url: string;
  readonly identity: StoreIdentity;
  readonly log: StoreLog;
  /** READ_CONCERN: of the MongoDB store. */
  readonly readConcern: 'majority' | 'linearizable';
  /** TRANSACTION_STORE_BYTES: of the MongoDB store. */
  readonly transactionBytes?: number;
}

/** @throws StoreRefused with one line that says why it cannot be opened */
export function openStore({ url, identity, log, readConcern, transactionBytes }: StoreOptions): Promise<Store> {
  if (/^mongodb(\+srv)?:/.test(url)) return openMongo({ url, identity, log, readConcern, ...(transactionBytes === undefined ? {} : { transactionBytes }) });
  return openEmbedded({ directory: url === 'memory:' ? url : url.slice('file:'.length), identity, log });
}
