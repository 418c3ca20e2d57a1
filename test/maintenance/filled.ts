/** A store that a server left behind: the documents of the fixtures, versions and a level 3 body among them. */
import Database from 'libsql';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoTokens, loadFixtures } from '../../src/cli/demo';
import { readCast } from '../../src/cli/fixtures';
import { readSettings, type Settings } from '../../src/config';
import { startServer } from '../../src/main';
import { freePort } from '../support/ports';
import { openEmbedded } from '../../src/store/embedded/open';

const log = { warn: () => undefined, error: () => undefined };

export interface Filled {
  /** DATA_DIR */
  readonly data: string;
  /** The folder of the store. */
  readonly folder: string;
  readonly settings: Settings;
  /** The environment of a command that runs on it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Another DATA_DIR with a copy of the store, or without a store. */
  copy(): string;
  empty(): string;
  end(): void;
}

export async function filledStore(): Promise<Filled> {
  const root = mkdtempSync(join(tmpdir(), 'passerelle-maintenance-'));
  let count = 0;
  const next = (): string => join(root, String(++count));
  const data = next();
  const complete = { PORT: await freePort(), IDENTITY_DOMAIN: 'test', DATA_DIR: data, LOG_LEVEL: 'silent' };
  const settings = readSettings(complete);
  const running = await startServer(settings);
  const cast = readCast();
  const tokens = await demoTokens(settings, cast);
  await loadFixtures(settings.fhirBase, tokens.system, cast.documents, () => undefined);
  await running.stop();
  return {
    data, folder: join(data, 'store'), settings, environment: { PORT: String(settings.port), IDENTITY_DOMAIN: 'test', LOG_LEVEL: 'silent' },
    copy() {
      const folder = next();
      cpSync(data, folder, { recursive: true });
      return folder;
    },
    empty: next,
    end: () => rmSync(root, { recursive: true, force: true }),
  };
}

export const openFolder = (data: string, restoring = false) => openEmbedded({ directory: join(data, 'store'), identity: { domain: 'test' }, log, restoring });

export const indexOf = ({ fhirBase, timeZone }: Settings) => ({ bases: [fhirBase], timeZone });

/** Looks into the database of a store that nobody has open, or damages it. */
export function inDatabase<T>(data: string, work: (database: Database.Database) => T): T {
  const database = new Database(join(data, 'store', 'passerelle.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}
