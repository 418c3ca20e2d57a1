/** Counts and sizes of an embedded store. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreDescription, StoreStatistics } from '../../upkeep.js';
import { auditFolder, auditSegments } from '../audit-log.js';
import { inSnapshot, type Connection } from '../connection.js';
import { indexRows } from '../index-rows.js';
import { entryTableNames, State } from '../schema.js';

export function describeStore(connection: Connection): StoreDescription {
  const meta = new Map(connection.prepare("SELECT key, value FROM meta WHERE key IN ('domain', 'tenant', 'indexer', 'clock')").all() as unknown as [string, string | number][]);
  return {
    store: 'embedded', domain: meta.get('domain') === 'production' ? 'production' : 'test', tenant: String(meta.get('tenant')),
    // Entries of an earlier indexer are of no use to another store.
    indexer: isWholeJob(connection) ? 0 : Number(meta.get('indexer')), clock: Number(meta.get('clock')),
  };
}

const isWholeJob = (connection: Connection): boolean => {
  const { job } = indexRows(connection).read();
  return job !== undefined && job.params === undefined;
};

const byType = `
  SELECT n.text, sum(r.state = ${State.live}), sum(r.state = ${State.deleted}), count(*) + sum((SELECT count(*) FROM past v WHERE v.rid = r.rid)),
    sum(COALESCE((SELECT octet_length(b.b) FROM body b WHERE b.rid = r.rid), 0) + COALESCE((SELECT sum(octet_length(v.b)) FROM past v WHERE v.rid = r.rid), 0))
  FROM res r JOIN name n ON n.id = r.type WHERE r.state <> ${State.mentioned} GROUP BY r.type ORDER BY n.text`;

const span = `SELECT min(least), max(greatest) FROM (
  SELECT min(lu) AS least, max(lu) AS greatest FROM res WHERE state <> ${State.mentioned} UNION ALL SELECT min(lu), max(lu) FROM past)`;

function sizesOf(folder: string, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

export function storeStatistics(connection: Connection, folder: string): StoreStatistics {
  const count = (sql: string): number => Number(connection.prepare(sql).get()?.[0] ?? 0);
  const segments = auditSegments(folder);
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
  const audit = { bytes: sizesOf(auditFolder(folder), segments), parts: segments.length };
  return inSnapshot(connection, () => {
    const [oldest, newest] = connection.prepare(span).get() as unknown as [number | null, number | null];
    return {
      types: (connection.prepare(byType).all() as unknown as [string, number, number, number, number][])
        .map(([type, live, deleted, versions, bytes]) => ({ type, live, deleted, versions, bytes })),
      entries: Object.fromEntries(entryTableNames.map((name) => [name, count(`SELECT count(*) FROM ${name}`)])),
      contents: { count: count('SELECT count(*) FROM content'), chunks: count('SELECT count(*) FROM chunk'), bytes: count('SELECT sum(size) FROM content') },
      claims: count('SELECT count(*) FROM claim'), rules: count('SELECT count(*) FROM rule'), audit,
      ...(oldest === null || newest === null ? {} : { oldest, newest }),
      size: sizesOf(folder, files) + audit.bytes,
    };
  });
}
