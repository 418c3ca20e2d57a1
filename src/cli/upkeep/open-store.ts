/** The store of the settings, opened for a command: no server may run on it meanwhile. */
import { existsSync } from 'node:fs';
import pino from 'pino';
import { readSettings, type Settings } from '../../config.js';
import { databaseFile } from '../../store/embedded/connection.js';
import { openEmbedded, StoreRefused } from '../../store/embedded/open.js';
import type { Store } from '../../store/port.js';
import { DamagedStore, RestoreRefused, type StoreUpkeep } from '../../store/upkeep.js';
import { ArchiveRefused } from '../../maintenance/archive/format.js';
import { CommandError } from '../command-error.js';

export type WholeStore = Store & StoreUpkeep;

interface Opening {
  /** A store that is not there is made, and one that holds a part of an import is opened. */
  readonly importing: boolean;
}

/** Corruption that the database itself finds. */
const damagedFile = (thrown: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(String((thrown as { code?: unknown }).code));

function inOneLine(thrown: unknown): unknown {
  if (thrown instanceof StoreRefused) return new CommandError(/in use by another process/.test(thrown.message) ? `${thrown.message} Stop the server first.` : thrown.message);
  if (thrown instanceof DamagedStore || thrown instanceof RestoreRefused || thrown instanceof ArchiveRefused) return new CommandError(thrown.message);
  if (damagedFile(thrown)) return new CommandError(`The database file is damaged (${String((thrown as { code?: unknown }).code)}). Run passerelle verify, or restore an export.`);
  const { code, message } = thrown as NodeJS.ErrnoException;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? new CommandError(message) : thrown;
}

function directoryOf({ storeUrl }: Settings, { importing }: Opening): string {
  if (storeUrl === 'memory:') throw new CommandError('STORE_URL=memory: keeps nothing between two runs. Name the folder of a store: STORE_URL=file:FOLDER, or DATA_DIR.');
  const directory = storeUrl.slice('file:'.length);
  if (!importing && !existsSync(databaseFile(directory))) throw new CommandError(`There is no store in ${directory} (STORE_URL, DATA_DIR).`);
  return directory;
}

/**
 * Runs a command on the store of the environment's settings, then closes it.
 * @throws CommandError with one line for whatever the operator can mend
 */
export async function withStore(opening: Opening, work: (store: WholeStore, settings: Settings) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env);
  const log = pino({ level: settings.logLevel }, pino.destination(2));
  try {
    const store = await openEmbedded({ directory: directoryOf(settings, opening), identity: { domain: settings.identityDomain }, log, restoring: opening.importing });
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
export const indexOptions = ({ fhirBase, baseUrlAliases, timeZone }: Settings) => ({ bases: [fhirBase, ...baseUrlAliases.map((alias) => `${alias}/fhir`)], timeZone });
