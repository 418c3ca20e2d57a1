/**
 * Batches of a restore, each one step: records become the rows that they were read from. Texts and resources keep their
 * numbers, so that equals stand in the same order and page cursors go on.
 */
import { RestoreRefused, type ArchivedPast, type ArchivedResource } from '../../upkeep.js';
import { encodeChunk, encodeText } from '../../body/codec.js';
import { textHash, versionText } from '../../body/text.js';
import type { Connection } from '../connection.js';
import { chunksPerContent, Exposure, State } from '../schema.js';
import type { RestoreJob, RestoreMark, WireRecord } from '../upkeep/restore-wire.js';
import type { StoreClock } from './clock.js';
import { mentionColumns, type Rooms } from './write-set.js';

type RecordOf<K extends WireRecord['kind']> = Extract<WireRecord, { readonly kind: K }>;
type StoredBody = readonly [cut: number, content: number, big: number, b: string | Buffer | null, h: Buffer | null];

/** Numbers of contents that come from a store that names them otherwise begin behind this one. */
const foreignContents = 2 ** 40;

export class Restoration {
  private bytes: Iterator<Uint8Array> = [][Symbol.iterator]();

  constructor(private readonly connection: Connection, private readonly rooms: Rooms, private readonly clock: StoreClock) {}

  /** @throws RestoreRefused */
  apply({ mark, clock, records, bytes }: RestoreJob): void {
    if (mark.position === 1) this.connection.prepare('DELETE FROM secret').run();
    this.bytes = bytes[Symbol.iterator]();
    const taken = JSON.parse(records) as WireRecord[];
    this.giveNumbers(taken);
    for (const record of taken) this.take(record);
    const { newResources, bodies, owners, entries } = this.rooms;
    for (const gathered of [newResources, bodies, owners, entries]) gathered.flush();
    if (clock !== undefined) this.finish(clock);
    this.setMark(mark);
  }

  /** Every resource of the batch has its row first, so that what refers to it is no mere mention. */
  private giveNumbers(records: readonly WireRecord[]): void {
    const { interning, newResources } = this.rooms;
    for (const record of records) {
      if (record.kind === 'name') interning.placeName(record.text, record.number);
      if (record.kind !== 'place' && record.kind !== 'past' && record.kind !== 'resource') continue;
      if (interning.rid(record.type, record.id) !== undefined) continue;
      if (record.kind === 'place') interning.placeRid(record.type, record.id, record.number);
      const rid = record.kind === 'place' ? record.number : interning.newRid(record.type, record.id);
      newResources.add(rid, interning.name(record.type), record.id, ...mentionColumns);
    }
    newResources.flush();
  }

  private take(record: WireRecord): void {
    switch (record.kind) {
      case 'secret':
        this.connection.prepare('INSERT INTO secret(name, id, made, key) VALUES (?, ?, ?, ?)').run(record.name, record.id, record.made, this.nextBytes());
        return;
      case 'name':
      case 'place':
        return;
      case 'content':
        return this.content(record);
      case 'chunk':
        this.connection.prepare('INSERT INTO chunk(k, b) VALUES (?, ?)').run(this.contentNumber(record.content) * chunksPerContent + record.position, encodeChunk(this.nextBytes()));
        return;
      case 'past':
        return this.past(record);
      case 'resource':
        return this.resource(record);
    }
  }

  private nextBytes(): Uint8Array {
    const { value, done } = this.bytes.next();
    if (done === true) throw new TypeError('A batch lacks the bytes of a record');
    return value;
  }

  private content({ content, size, sha1, sha256, contentType }: RecordOf<'content'>): void {
    this.connection.prepare('INSERT INTO content(id, size, sha1, sha256, type, staged, held) VALUES (?, ?, ?, ?, ?, 0, 0)')
      .run(this.contentNumber(content), size, sha1, sha256, contentType);
  }

  /** The number that a content had, or one that is remembered until the restore ends. */
  private contentNumber(content: string): number {
    if (/^\d{1,12}$/.test(content)) return Number(content);
    const key = `content ${content}`;
    const known = this.connection.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.[0] as number | undefined;
    if (known !== undefined) return known;
    const number = Math.max(foreignContents, (this.connection.prepare('SELECT max(id) FROM content').get()?.[0] as number | null) ?? 0) + 1;
    this.connection.prepare('INSERT INTO meta(key, value) VALUES (?, ?)').run(key, number);
    return number;
  }

  private past(record: ArchivedPast): void {
    const rid = this.rid(record);
    this.connection.prepare('INSERT INTO past(rid, version, lu, deleted, cut, content, big, b, h, apart, type) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(rid, record.version, record.lastUpdated, record.deleted ? 1 : 0, ...this.body(record), record.apart ? 1 : 0, this.rooms.interning.name(record.type));
  }

  private resource(record: ArchivedResource): void {
    const { interning, owners, rules, entries, claims } = this.rooms;
    const { access, mainDate } = record;
    const rid = this.rid(record);
    const type = interning.name(record.type);
    const patients = owners.patients(access);
    owners.put(rid, type, mainDate, patients, undefined);
    const st = owners.structures(rid, undefined, access.structures);
    const taken = this.connection.prepare(`UPDATE res SET version = ?, lu = ?, sd = ?, state = ?, exposure = ?, pt = ?, doc = ?, st = ? WHERE rid = ? AND state = ${State.mentioned}`)
      .run(record.version, record.lastUpdated, mainDate, record.deleted ? State.deleted : State.live, Exposure[access.exposure], patients.pt, this.document(rid, record), st, rid);
    if (taken.changes === 0) throw new RestoreRefused(`${record.type}/${record.id} stands twice in the export.`);
    if (record.version > 1 && access.exposure === 'public') this.connection.prepare('UPDATE past SET shared = 1 WHERE rid = ?').run(rid);
    if (!record.deleted) this.rooms.bodies.add(rid, ...this.body(record));
    rules.replace(rid, access.rules ?? []);
    for (const claim of record.claims) {
      if (claims.take(rid, claim) !== undefined) throw new RestoreRefused(`${record.type}/${record.id} holds a claim (${claim.kind}) that another resource holds.`);
    }
    if (record.entries) entries.add(rid, record.entries);
  }

  private document(rid: number, { access, chain }: ArchivedResource): number {
    const { chains, numbers } = this.rooms;
    if (access.documentFacts) {
      if (chain === undefined) chains.put(rid, access.documentFacts);
      else chains.restore(rid, access.documentFacts, numbers.mention('DocumentReference', chain));
      return rid;
    }
    if (access.document === undefined) return 0;
    const document = numbers.mention('DocumentReference', access.document);
    chains.mention(document);
    return document;
  }

  private rid({ type, id }: { readonly type: string; readonly id: string }): number {
    const rid = this.rooms.interning.rid(type, id);
    if (rid === undefined) throw new TypeError('A resource of the batch has no number');
    return rid;
  }

  private body(record: ArchivedPast | ArchivedResource): StoredBody {
    const { body, content, version, lastUpdated, hash } = record;
    const bytes = content === undefined ? 0 : this.hold(content);
    if (body === undefined) return [0, bytes, 0, null, null];
    if ('content' in body) return [body.cut, bytes, this.hold(body.content), null, null];
    const text = body.before + versionText(version, lastUpdated) + body.after;
    const h = textHash(text);
    if (hash !== undefined && hash !== h.toString('hex')) throw new RestoreRefused(`${record.type}/${record.id}: the text of version ${version} is not what was written (its hash).`);
    return [body.before.length, bytes, 0, encodeText(text), h];
  }

  private hold(content: string): number {
    const number = this.contentNumber(content);
    if (!this.rooms.contents.hold(number)) throw new RestoreRefused(`Content ${content} is named by a version, but is not in the export.`);
    return number;
  }

  private finish(clock: number): void {
    this.rooms.chains.settleLabels();
    const [latest] = this.connection.prepare('SELECT max(COALESCE(max(lu), 0), ?) FROM res').get(clock) as unknown as [number];
    this.clock.raise(latest);
    this.connection.prepare("UPDATE meta SET value = max(value, ?) WHERE key = 'clock'").run(latest);
    this.connection.prepare("DELETE FROM meta WHERE key GLOB 'content *'").run();
  }

  private setMark(mark: RestoreMark): void {
    this.connection.prepare("INSERT INTO meta(key, value) VALUES ('restore', ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(JSON.stringify(mark));
  }
}
