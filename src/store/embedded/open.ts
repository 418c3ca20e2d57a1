/** Opens an embedded store. */
import { existsSync } from 'node:fs';
import type { StoreIdentity } from '../port.js';
import { StoreRefused, type StoreLog } from '../refused.js';
import { AuditLog } from './audit-log.js';
import { newStamps } from './claim-stamps.js';
import { databaseFile, openReadConnection } from './connection.js';
import { takeFolder, type StoreFolder } from './folder.js';
import { prepareDatabase } from './preparation.js';
import { createSearch } from './search/index.js';
import { EmbeddedStore } from './store.js';
import { WriterClient } from './writer-client.js';

export { StoreRefused } from '../refused.js';

export interface EmbeddedOptions {
  /** A folder, made when it is not there; `memory:` for a store that forgets everything when it is closed. */
  readonly directory: string;
  readonly identity: StoreIdentity;
  readonly log: StoreLog;
  /** ms UTC; for secrets and for sweeping. `lastUpdated` follows the machine's clock. */
  readonly clock?: () => number;
  /** Opens also what holds a part of an import, to go on with it; such a store must not be served. */
  readonly restoring?: boolean;
  /** Makes no store where there is none. */
  readonly existing?: boolean;
}

/**
 * Opens the store of a folder, which this process then owns.
 * @throws StoreRefused with one line: in use elsewhere, written by a newer version, another identity domain
 */
export async function openEmbedded({ directory, identity, log, clock = Date.now, restoring = false, existing = false }: EmbeddedOptions): Promise<EmbeddedStore> {
  if (existing && !existsSync(databaseFile(directory))) throw new StoreRefused(`There is no store in ${directory} (STORE_URL, DATA_DIR).`);
  const folder = takeFolder(directory);
  const store = assemble(folder, { directory, identity, log, clock, restoring });
  try {
    await store.ready();
    return store;
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

/** Gives the folder up again when it cannot be used. */
function assemble(folder: StoreFolder, { identity, log, clock, restoring }: Required<Omit<EmbeddedOptions, 'existing'>>): EmbeddedStore {
  try {
    prepareDatabase(folder, identity, restoring);
    const { path, durable } = folder;
    const stamps = newStamps();
    return new EmbeddedStore({
      folder, clock, stamps,
      audit: new AuditLog(path, durable),
      connection: openReadConnection(path),
      writer: new WriterClient({ folder: path, durable, stamps }, (cause) => log.error({ err: cause }, 'The writer of the store has stopped')),
      engine: createSearch({ folder: path }),
      onSweepFailure: (cause) => log.warn({ err: cause }, 'Staged bytes could not be swept'),
    });
  } catch (thrown) {
    folder.release();
    throw thrown;
  }
}
