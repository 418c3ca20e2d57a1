/** The dump of an embedded store: everything, of one snapshot, on a connection of its own. */
import type { IndexEntries } from '../../../search/entries.js';
import { chunkSize } from '../../body/chunks.js';
import { decodeChunkLater, decodeText } from '../../body/codec.js';
import { versionText } from '../../body/text.js';
import { DamagedStore, type ArchivedBody, type ArchivedPast, type ArchivedResource, type ArchiveRecord, type Finding } from '../../upkeep.js';
import { auditLines } from '../audit-reading.js';
import { openReadConnection, type Connection, type Row } from '../connection.js';
import { readNames, type Names } from '../names.js';
import { chunksPerContent, State } from '../schema.js';
import { AccessReading, resourceColumns, type ResourceRow } from './access.js';
import { entriesBetween, withoutEntries, type EntryReading } from './entries.js';

/** Resources whose entries are read together. */
const page = 100;
/** Past versions read together. */
const pastPage = 20;

const pastVersions = `SELECT version, lu, deleted, cut, content, big, b, h, apart FROM past WHERE rid = ? AND version > ? ORDER BY version LIMIT ${pastPage}`;

export type Damage = (finding: Finding) => void;

const failing: Damage = ({ subject, text }) => {
  throw new DamagedStore(`${subject}: ${text}. Run passerelle verify.`);
};

/** @param onDamage without it the first damage ends the dump. @throws DamagedStore */
export async function* dumpStore(folder: string, onDamage: Damage = failing): AsyncIterable<ArchiveRecord> {
  const connection = openReadConnection(folder);
  try {
    connection.exec('BEGIN');
    const dump = new Dump(connection, onDamage);
    yield* dump.secrets();
    yield* auditRecords(folder, onDamage);
    yield* dump.numbers();
    yield* dump.contents();
    yield* dump.resources();
  } finally {
    connection.close();
  }
}

/** @returns how many records a dump has, but for the audit log */
export function dumpSize(connection: Connection): number {
  const count = (sql: string): number => connection.prepare(sql).get()?.[0] as number;
  return count('SELECT count(*) FROM secret') + count('SELECT count(*) FROM name') - 1 + count('SELECT count(*) FROM res') + count(`SELECT count(*) FROM res WHERE state <> ${State.mentioned}`)
    + count('SELECT count(*) FROM past') + count('SELECT count(*) FROM content WHERE held > 0') + count('SELECT count(*) FROM chunk');
}

async function* auditRecords(folder: string, onDamage: Damage): AsyncIterable<ArchiveRecord> {
  for await (const { segment, number, record, torn } of auditLines(folder)) {
    if (record) yield { kind: 'audit', record };
    // The last line of a segment may be what a failed write left: nobody was told that it stands.
    else if (!torn) onDamage({ subject: `audit log ${segment}`, text: `line ${number} cannot be read` });
  }
}

type VersionColumns = readonly [version: number, lu: number, deleted: number, cut: number, content: number, big: number, b: string | Buffer | null, h: Buffer | null];
type PastColumns = readonly [...VersionColumns, apart: number];

class Dump {
  private readonly names: Names;
  private readonly access: AccessReading;

  constructor(private readonly connection: Connection, private readonly onDamage: Damage) {
    this.names = readNames(connection);
    this.access = new AccessReading(connection, this.names, (rid) => this.key(rid)?.id ?? lost(rid));
  }

  *secrets(): Iterable<ArchiveRecord> {
    for (const [name, id, made, key] of this.connection.prepare('SELECT name, id, made, key FROM secret ORDER BY name, made, rowid').all()) {
      yield { kind: 'secret', name: name as string, id: id as string, made: made as number, key: key as Buffer };
    }
  }

  *numbers(): Iterable<ArchiveRecord> {
    for (const [number, text] of this.rows('SELECT id, text FROM name WHERE id > ? ORDER BY id LIMIT 1000')) yield { kind: 'name', text: text as string, number: number as number };
    for (const [rid, type, id] of this.rows('SELECT rid, type, id FROM res WHERE rid > ? ORDER BY rid LIMIT 1000')) {
      const typeName = this.tried(`resource ${String(rid)}`, () => this.names.text(type as number));
      if (typeName !== undefined) yield { kind: 'place', type: typeName, id: id as string, number: rid as number };
    }
  }

  /** Rows of a statement whose last value is the first column of the last row of the page before. */
  private *rows(sql: string, ...args: readonly number[]): Iterable<Row> {
    for (let last = 0; ;) {
      const rows = this.connection.prepare(sql).all(...args, last);
      yield* rows;
      if (rows.length === 0) return;
      last = rows.at(-1)?.[0] as number;
    }
  }

  async *contents(): AsyncIterable<ArchiveRecord> {
    for (const row of this.rows('SELECT id, size, sha1, sha256, type FROM content WHERE held > 0 AND id > ? ORDER BY id LIMIT 1000')) {
      const [id, size, sha1, sha256, contentType] = row as unknown as [number, number, string, string, string];
      yield { kind: 'content', content: String(id), size, sha1, sha256, contentType };
      yield* this.chunks(id, size);
    }
  }

  private async *chunks(content: number, size: number): AsyncIterable<ArchiveRecord> {
    // What has no bytes has one empty chunk.
    for (let position = 0; position * chunkSize < Math.max(size, 1); position++) {
      const stored = this.connection.prepare('SELECT b FROM chunk WHERE k = ?').get(content * chunksPerContent + position)?.[0];
      const subject = `content ${content}`;
      if (!(stored instanceof Uint8Array)) this.onDamage({ subject, text: `chunk ${position} is not there` });
      else {
        const bytes = await decodeChunkLater(stored).catch(() => undefined);
        if (bytes) yield { kind: 'chunk', content: String(content), position, bytes };
        else this.onDamage({ subject, text: `chunk ${position} cannot be unpacked` });
      }
    }
  }

  *resources(): Iterable<ArchiveRecord> {
    for (let last = 0; ;) {
      const rows = this.connection.prepare(`SELECT ${resourceColumns} FROM res WHERE rid > ? AND state <> ${State.mentioned} ORDER BY rid LIMIT ${page}`).all(last).map(resourceRow);
      const [first, final] = [rows[0], rows.at(-1)];
      if (!first || !final) return;
      const entries = entriesBetween(this.connection, (rid) => this.entryReading(rid), first.rid, final.rid);
      for (const row of rows) yield* this.resource(row, entries.get(row.rid) ?? withoutEntries);
      last = final.rid;
    }
  }

  private *resource(row: ResourceRow, entries: Omit<IndexEntries, 'mainDate' | 'by'>): Iterable<ArchiveRecord> {
    const type = this.tried(`resource ${row.rid}`, () => this.names.text(row.type));
    if (type === undefined) return;
    const subject = `${type}/${row.id}`;
    for (const past of this.rows(pastVersions, row.rid)) {
      yield this.past(type, row.id, past as unknown as PastColumns);
    }
    const current = this.tried(subject, (): ArchivedResource => ({ ...this.current(type, row), ...this.access.facts(row), claims: this.access.claims(row.rid), mainDate: row.sd }));
    if (current) yield row.state === State.live ? { ...current, entries: { ...entries, mainDate: row.sd } } : current;
  }

  private past(type: string, id: string, columns: PastColumns): ArchivedPast {
    const [apart, version] = [columns[8], columns.slice(0, 8) as unknown as VersionColumns];
    return { kind: 'past', type, id, ...(apart === 0 ? {} : { apart: true }), ...this.version(`${type}/${id}`, version) };
  }

  private current(type: string, { rid, id, version, lu, state }: ResourceRow) {
    const stored = this.connection.prepare('SELECT cut, content, big, b, h FROM body WHERE rid = ?').get(rid);
    const [cut, content, big, b, h] = (stored ?? [0, 0, 0, null, null]) as unknown as [number, number, number, string | Buffer | null, Buffer | null];
    return { kind: 'resource' as const, type, id, ...this.version(`${type}/${id}`, [version, lu, state === State.deleted ? 1 : 0, cut, content, big, b, h]) };
  }

  private version(subject: string, [version, lastUpdated, deleted, cut, content, big, b, h]: VersionColumns) {
    const told = { version, lastUpdated, deleted: deleted !== 0, ...(content === 0 ? {} : { content: String(content) }), ...(h ? { hash: h.toString('hex') } : {}) };
    if (told.deleted) return told;
    const body = this.tried(`${subject}`, () => bodyOf(version, lastUpdated, cut, big, b));
    return body ? { ...told, body } : told;
  }

  private entryReading(rid: number): EntryReading {
    return {
      names: this.names, key: (target) => this.key(target),
      lost: (target) => this.onDamage({ subject: this.label(rid), text: `an index entry refers to resource ${target}, which is not there` }),
    };
  }

  private label(rid: number): string {
    const found = this.key(rid);
    return found ? `${found.type}/${found.id}` : `resource ${rid}`;
  }

  private key(rid: number): { readonly type: string; readonly id: string } | undefined {
    const row = this.connection.prepare('SELECT type, id FROM res WHERE rid = ?').get(rid);
    return row && { type: this.names.text(row[0] as number), id: row[1] as string };
  }

  /** What cannot be read is told, and left out. */
  private tried<T>(subject: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (thrown) {
      if (!(thrown instanceof TypeError) && (thrown as { code?: string }).code?.startsWith('Z_') !== true) throw thrown;
      this.onDamage({ subject, text: thrown instanceof TypeError ? thrown.message : 'a text cannot be unpacked' });
      return undefined;
    }
  }
}

const resourceRow = (row: Row): ResourceRow => {
  const [rid, type, id, version, lu, sd, state, exposure, pt, doc, st] = row as unknown as [number, number, string, number, number, number, number, number, number, number, number];
  return { rid, type, id, version, lu, sd, state, exposure, pt, doc, st };
};

function lost(rid: number): never {
  throw new TypeError(`it refers to resource ${rid}, which is not there`);
}

/** The halves of a text that lies in a row, or the content that holds them. */
function bodyOf(version: number, lastUpdated: number, cut: number, big: number, b: string | Buffer | null): ArchivedBody {
  if (big !== 0) return { content: String(big), cut };
  if (b === null) throw new TypeError(`version ${version} has no text`);
  const text = decodeText(b);
  const joint = versionText(version, lastUpdated);
  if (!text.startsWith(joint, cut)) throw new TypeError(`the text of version ${version} does not bear this version and its time`);
  return { before: text.slice(0, cut), after: text.slice(cut + joint.length) };
}
