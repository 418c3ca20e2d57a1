/** The database file at start: made when it is not there, lifted when it is older, refused when it is not ours to open. */
import type { FullText } from '../../search/index/full-text.js';
import { outdated } from '../../search/index-state.js';
import type { StoreIdentity } from '../port.js';
import { openWriteConnection, type Connection } from './connection.js';
import { StoreRefused } from '../refused.js';
import type { StoreFolder } from './folder.js';
import { indexRows } from './index-rows.js';
import { restoreMark } from './upkeep/restore.js';
import { createTables, indexerVersion, migrations, schemaVersion } from './schema.js';

export const tenant = 'default';

function meta(connection: Connection, key: string): string | number | undefined {
  return connection.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.[0] as string | number | undefined;
}

function setMeta(connection: Connection, values: Readonly<Record<string, string | number>>): void {
  const statement = connection.prepare('INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  for (const [key, value] of Object.entries(values)) statement.run(key, value);
}

function make(connection: Connection, { domain, fullText = 'text' }: StoreIdentity): void {
  connection.exec(`BEGIN; ${createTables}`);
  setMeta(connection, { schema: schemaVersion, indexer: indexerVersion, words: fullText, domain, tenant, clock: Date.now() });
  connection.exec('COMMIT');
}

/** Lifts the schema step by step, each in a transaction of its own. */
function migrate(connection: Connection, path: string, from: number): void {
  for (let version = from; version < schemaVersion; version++) {
    const step = migrations.get(version);
    if (step === undefined) throw new StoreRefused(`The store in ${path} has schema ${from}, which this version (schema ${schemaVersion}) cannot lift.`);
    connection.exec(`BEGIN; ${step}`);
    setMeta(connection, { schema: version + 1 });
    connection.exec('COMMIT');
  }
}

/** Entries of an earlier indexer, or without the words that are wanted, are made anew while the store is served. */
function reindexAll(connection: Connection, words: FullText): void {
  connection.exec('BEGIN');
  const rows = indexRows(connection);
  rows.write(outdated(rows.read(), rows.count(), Date.now()), 0);
  setMeta(connection, { indexer: indexerVersion, words });
  connection.exec('COMMIT');
}

function check(connection: Connection, path: string, identity: StoreIdentity): void {
  const schema = Number(meta(connection, 'schema'));
  const indexer = Number(meta(connection, 'indexer'));
  const domain = meta(connection, 'domain');
  if (!(schema <= schemaVersion && indexer <= indexerVersion)) {
    throw new StoreRefused(`The store in ${path} was written by a newer version (schema ${schema}, index ${indexer}; this one reads ${schemaVersion} and ${indexerVersion}).`);
  }
  if (domain !== identity.domain) {
    throw new StoreRefused(`The store in ${path} holds the identity domain "${domain ?? ''}" and cannot be opened as "${identity.domain}" (IDENTITY_DOMAIN).`);
  }
  migrate(connection, path, schema);
  const words = (meta(connection, 'words') ?? 'text') as FullText;
  const { fullText = words } = identity;
  if (indexer < indexerVersion || words !== fullText) reindexAll(connection, fullText);
}

function open({ path, durable }: StoreFolder): Connection {
  try {
    return openWriteConnection(path, durable);
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'SQLITE_NOTADB') throw thrown;
    throw new StoreRefused(`The file passerelle.db in ${path} is not a database of this server.`);
  }
}

/**
 * @param restoring whether a store that is being restored may be opened
 * @throws StoreRefused with one line that says why
 */
export function prepareDatabase(folder: StoreFolder, identity: StoreIdentity, restoring: boolean): void {
  const { path } = folder;
  const connection = open(folder);
  try {
    const known = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get();
    if (known === undefined) make(connection, identity);
    else check(connection, path, identity);
    if (!restoring && restoreMark(connection)?.done === false) {
      throw new StoreRefused(`The store in ${path} holds a part of an import: finish it with passerelle import-store and the same file.`);
    }
  } finally {
    connection.close();
  }
}
