/** The dump of a MongoDB store: everything, of one snapshot. */
import { decodeChunkLater, decodeText } from '../../body/codec.js';
import { chunkSize } from '../../body/chunks.js';
import { Label } from '../../body/labels.js';
import type { AccessFacts, ConsentRule, VisibilityLabel } from '../../../access/facts.js';
import type { AuditRecord } from '../../../access/audit-record.js';
import { DamagedStore, type ArchivedBody, type ArchivedPast, type ArchivedResource, type ArchiveRecord, type Finding } from '../../upkeep.js';
import type { Claim } from '../../port.js';
import { readOptions, times, type Connection, type Snapshot } from '../connection.js';
import { Effect, Exposure, type BodyFields, type ChainDocument, type PastDocument, type RecordDocument, type ResourceDocument } from '../documents.js';
import { unescaped } from '../entry-texts.js';
import { codeOf, Code } from '../faults.js';
import { bytesOf, chunksFrom, keyOf } from '../versions.js';
import { ownersOf } from '../visibility.js';
import { keptText } from './kept.js';

/** Resources whose access documents are read together. */
const page = 100;

export type Damage = (finding: Finding) => void;
const failing: Damage = ({ subject, text }) => {
  throw new DamagedStore(`${subject}: ${text}. Run passerelle verify.`);
};

/** @param onDamage without it the first damage ends the dump. @throws DamagedStore; also when the database does not keep its snapshot for as long as it takes */
export async function* dumpStore(connection: Connection, onDamage: Damage = failing): AsyncIterable<ArchiveRecord> {
  const snapshot = connection.openSnapshot(times.build);
  try {
    const dump = new Dump(snapshot, onDamage);
    yield* dump.secrets();
    yield* dump.audit();
    yield* dump.contents();
    yield* dump.resources();
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code !== Code.snapshotTooOld && code !== Code.snapshotUnavailable) throw thrown;
    throw new DamagedStore('The database does not keep a snapshot for as long as this takes: raise its parameter minSnapshotHistoryWindowInSeconds (300 unless set).');
  } finally {
    await snapshot.session.endSession();
  }
}

/** A live resource or tombstone with all that stands behind it. */
interface Head {
  readonly document: ResourceDocument;
  readonly spill: ResourceDocument[];
  readonly past: PastDocument[];
}

class Dump {
  constructor(private readonly snapshot: Snapshot, private readonly onDamage: Damage) {}

  private get options() {
    return readOptions(this.snapshot);
  }

  async *secrets(): AsyncIterable<ArchiveRecord> {
    for await (const { name, id, made, key } of this.snapshot.collections.secrets.find({}, { ...this.options, sort: { name: 1, made: 1 } })) {
      yield { kind: 'secret', name, id, made, key: bytesOf(key) };
    }
  }

  async *audit(): AsyncIterable<ArchiveRecord> {
    for await (const { _id, b } of this.snapshot.collections.audit.find({}, { ...this.options, sort: { at: 1, _id: 1 }, allowDiskUse: true })) {
      const record = this.tried(`audit record ${_id}`, () => JSON.parse(b) as AuditRecord);
      if (record) yield { kind: 'audit', record };
    }
  }

  async *contents(): AsyncIterable<ArchiveRecord> {
    for await (const { _id, size, sha1 = '', sha256 = '', type } of this.snapshot.collections.contents.find({ held: { $gt: 0 } }, { ...this.options, sort: { _id: 1 } })) {
      yield { kind: 'content', content: _id, size, sha1, sha256, contentType: type };
      yield* this.chunks(_id, Math.max(Math.ceil(size / chunkSize), 1));
    }
  }

  private async *chunks(content: string, count: number): AsyncIterable<ArchiveRecord> {
    const subject = `content ${content}`;
    let next = 0;
    for await (const { _id: { n }, b } of this.snapshot.collections.chunks.find(chunksFrom(content, count), { ...this.options, sort: { _id: 1 }, batchSize: 8 })) {
      for (; next < n; next++) this.onDamage({ subject, text: `chunk ${next} is not there` });
      const bytes = await decodeChunkLater(bytesOf(b)).catch(() => undefined);
      if (bytes) yield { kind: 'chunk', content, position: n, bytes };
      else this.onDamage({ subject, text: `chunk ${n} cannot be unpacked` });
      next = n + 1;
    }
    for (; next < count; next++) this.onDamage({ subject, text: `chunk ${next} is not there` });
  }

  async *resources(): AsyncIterable<ArchiveRecord> {
    let heads: Head[] = [];
    for await (const head of this.heads()) {
      heads.push(head);
      if (heads.length < page) continue;
      yield* this.records(heads);
      heads = [];
    }
    yield* this.records(heads);
  }

  /** Resources, with their past versions and further documents beside them: both stand in the same order. */
  private async *heads(): AsyncIterable<Head> {
    const past = this.snapshot.collections.past.find({}, { ...this.options, sort: { _id: 1 } })[Symbol.asyncIterator]();
    let waiting = await past.next();
    let head: Head | undefined;
    for await (const document of this.snapshot.collections.resources.find({}, { ...this.options, sort: { _id: 1 } })) {
      if (document.of !== undefined) {
        if (document.of === head?.document._id) head.spill.push(document);
        else this.onDamage({ subject: document.of, text: 'has further index entries, but is not there' });
        continue;
      }
      if (head) yield head;
      head = { document, spill: [], past: [] };
      for (; waiting.done !== true && waiting.value._id.k <= document._id; waiting = await past.next()) {
        if (waiting.value._id.k === document._id) head.past.push(waiting.value);
        else this.onDamage({ subject: waiting.value._id.k, text: 'has past versions, but is not there' });
      }
    }
    if (head) yield head;
    for (; waiting.done !== true; waiting = await past.next()) this.onDamage({ subject: waiting.value._id.k, text: 'has past versions, but is not there' });
  }

  private async *records(heads: readonly Head[]): AsyncIterable<ArchiveRecord> {
    const documents = heads.filter(({ document: { _id } }) => _id.startsWith('DocumentReference/')).map(({ document: { _id } }) => keyOf(_id).id);
    const given = new Set(heads.flatMap(({ document: { ru = [] } }) => ru));
    const chains = new Map((await this.snapshot.collections.chains.find({ _id: { $in: documents } }, this.options).toArray()).map((chain) => [chain._id, chain]));
    const records = await this.snapshot.collections.records.find({ _id: { $in: [...given] } }, this.options).toArray();
    for (const head of heads) yield* this.head(head, chains, records);
  }

  private *head({ document, spill, past }: Head, chains: ReadonlyMap<string, ChainDocument>, records: readonly RecordDocument[]): Iterable<ArchiveRecord> {
    const { _id, v, lu, dt, sd, sp = 0, cl = [] } = document;
    const key = keyOf(_id);
    for (const one of past) {
      yield { kind: 'past', ...key, ...this.version(_id, one._id.v, one.lu, one.del === true, one), ...(one.apart === true ? { apart: true } : {}) } satisfies ArchivedPast;
    }
    if (sp !== spill.length) this.onDamage({ subject: _id, text: `has ${spill.length} of ${sp} documents with further index entries` });
    const chain = document.doc === key.id && key.type === 'DocumentReference' ? chains.get(key.id) : undefined;
    const access = this.tried(_id, () => accessOf(document, chain, rulesOf(key.id, document, records)));
    if (access === undefined) return;
    yield {
      kind: 'resource', ...key, ...this.version(_id, v, lu, dt !== undefined, document), access, ...(chain === undefined ? {} : { chain: chain.ch }),
      claims: cl.map(claimOf), mainDate: sd, kept: keptText(document, spill),
    } satisfies ArchivedResource;
  }

  private version(subject: string, version: number, lastUpdated: number, deleted: boolean, { cut = 0, b, h, big, ct }: BodyFields) {
    const told = { version, lastUpdated, deleted, ...(ct ? { content: ct.id } : {}), ...(h ? { hash: Buffer.from(bytesOf(h)).toString('hex') } : {}) };
    if (deleted) return told;
    const body = this.tried(subject, (): ArchivedBody => {
      if (big) return { content: big.id, cut };
      if (b === undefined || b === null) throw new TypeError(`version ${version} has no text`);
      const halves = decodeText(typeof b === 'string' ? b : bytesOf(b));
      return { before: halves.slice(0, cut), after: halves.slice(cut) };
    });
    return body ? { ...told, body } : told;
  }

  /** What cannot be read is told, and left out. */
  private tried<T>(subject: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (thrown) {
      const packed = (thrown as { code?: unknown }).code;
      if (!(thrown instanceof TypeError) && !(thrown instanceof SyntaxError) && !(typeof packed === 'string' && packed.startsWith('Z_'))) throw thrown;
      this.onDamage({ subject, text: thrown instanceof TypeError ? thrown.message : 'a text cannot be unpacked' });
      return undefined;
    }
  }
}

function nameOf<T extends string>(numbers: Readonly<Record<T, number>>, number: number): T {
  const found = (Object.keys(numbers) as T[]).find((name) => numbers[name] === number);
  if (found === undefined) throw new TypeError(`${number} stands for nothing here`);
  return found;
}

function accessOf(document: ResourceDocument, chain: ChainDocument | undefined, rules: readonly ConsentRule[]): AccessFacts {
  const { x, st = [], doc, _id } = document;
  const own = _id === `DocumentReference/${doc ?? ''}`;
  return {
    exposure: nameOf(Exposure, x), owners: ownersOf(document), structures: st, ...(doc === undefined || own ? {} : { document: doc }),
    ...(chain ? { documentFacts: { chainKeys: chain.k, labels: (Object.keys(Label) as VisibilityLabel[]).filter((label) => (chain.own & Label[label]) !== 0), authors: chain.oa } } : {}),
    ...(rules.length > 0 ? { rules } : {}),
  };
}

/** One for each rule and actor, in the order of the records that hold them. */
const rulesOf = (consent: string, { _id, ru = [] }: ResourceDocument, records: readonly RecordDocument[]): ConsentRule[] => (_id !== `Consent/${consent}` ? [] : ru.flatMap((patient) =>
  (records.find((record) => record._id === patient)?.r ?? []).filter(({ c }) => c === consent).map(({ e, a, d, f, u }): ConsentRule => ({
    effect: nameOf(Effect, e), patient, from: f, until: u, ...(a === undefined ? {} : { actors: [a] }), ...(d === undefined ? {} : { document: d }),
  }))));

/** The inverse of `claimId`. */
export function claimOf(id: string): Claim {
  const [kind = '', system = ''] = id.split('|', 2);
  return { kind: unescaped(kind), system: unescaped(system), value: id.slice(kind.length + system.length + 2) };
}
