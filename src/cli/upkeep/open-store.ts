/** The store of the settings, opened for a command. An embedded store is of one process: no server may run on it meanwhile. */
import pino from 'pino';
import { readSettings, type Settings } from '../../config.js';
import { makeFolders } from '../../folders.js';
import { ArchiveRefused } from '../../maintenance/archive/format.js';
import { openStore } from '../../store/open.js';
import type { Store } from '../../store/port.js';
import { StoreRefused } from '../../store/refused.js';
import { DamagedStore, RestoreRefused, type StoreUpkeep } from '../../store/upkeep.js';
import { CommandError } from '../command-error.js';

export type WholeStore = Store & StoreUpkeep;

interface Opening {
  /** A store that is not there is made, and one that holds a part of an import is opened. */
  readonly importing: boolean;
}

/** Corruption that the database itself finds. */
const damagedFile = (thrown: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(String((thrown as { code?: unknown }).code));

/** Whatever the operator can mend, in one line. */
function inOneLine(thrown: unknown): unknown {
  if (thrown instanceof StoreRefused) return new CommandError(/in use by another process/.test(thrown.message) ? `${thrown.message} Stop the server first.` : thrown.message);
  if (thrown instanceof DamagedStore || thrown instanceof RestoreRefused || thrown instanceof ArchiveRefused) return new CommandError(thrown.message);
  if (damagedFile(thrown)) return new CommandError(`The database file is damaged (${String((thrown as { code?: unknown }).code)}). Run passerelle verify, or restore an export.`);
  const { code, message } = thrown as NodeJS.ErrnoException;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? new CommandError(message) : thrown;
}

function open(settings: Settings, { importing }: Opening): Promise<WholeStore> {
  const { storeUrl: url, identityDomain: domain, fullText, readConcern, transactionStoreBytes, logLevel } = settings;
  if (url === 'memory:') throw new CommandError('STORE_URL=memory: keeps nothing between two runs. Name the folder of a store: STORE_URL=file:FOLDER, or DATA_DIR.');
  if (importing) makeFolders(settings);
  const log = pino({ level: logLevel }, pino.destination(2));
  return openStore({ url, identity: { domain, fullText }, log, readConcern, ...(transactionStoreBytes === undefined ? {} : { transactionBytes: transactionStoreBytes }), restoring: importing, existing: !importing });
}

/**
 * Runs a command on the store of the environment's settings, then closes it.
 * @throws CommandError with one line for whatever the operator can mend
 */
export async function withStore(opening: Opening, work: (store: WholeStore, settings: Settings) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env);
  try {
    const store = await open(settings, opening);
    try {
      await work(store, settings);
    } finally {
      await store.close();
    }
  } catch (thrown) {
    throw inOneLine(thrown);
  }
}

/** What index entries depend on, as the server has it. */
export const indexOptions = ({ fhirBase, baseUrlAliases, timeZone, fullText }: Settings) => ({ bases: [fhirBase, ...baseUrlAliases.map((alias) => `${alias}/fhir`)], timeZone, fullText });

/** The same with the parameters of the operator that a store has. */
export async function indexOptionsOf({ index }: Pick<Store, 'index'>, settings: Settings) {
  const { generation, definitions } = await index.state();
  return { ...indexOptions(settings), ...(generation === 0 ? {} : { own: { generation, definitions } }) };
}
