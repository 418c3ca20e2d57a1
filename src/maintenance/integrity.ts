/** What each record of a dump says about itself: texts and bytes are what their hashes say, versions have no holes but those that were erased. */
import { createHash, type Hash } from 'node:crypto';
import { textHash, versionText } from '../store/body/text.js';
import type { ArchivedPast, ArchivedResource, ArchiveRecord, Finding } from '../store/upkeep.js';

type ContentRecord = Extract<ArchiveRecord, { readonly kind: 'content' }>;

type AuditRecordOfDump = Extract<ArchiveRecord, { readonly kind: 'audit' }>;

/** Interactions that leave holes among the versions of a resource. */
const erasures: ReadonlySet<string> = new Set(['delete-history', 'delete-history-version']);

interface OpenContent {
  readonly record: ContentRecord;
  readonly sha1: Hash;
  readonly sha256: Hash;
  size: number;
}

export class Integrity {
  private content: OpenContent | undefined;
  /** Whose past versions the operator erased for good, as the audit log tells: `Type/id`. */
  private readonly erased = new Set<string>();
  private last: { readonly key: string; readonly version: number; readonly lastUpdated: number } | undefined;

  /** To be given every record, in the order of the dump. */
  *findings(record: ArchiveRecord): Iterable<Finding> {
    if (record.kind === 'chunk') return this.chunk(record.bytes);
    yield* this.closeContent();
    if (record.kind === 'content') this.content = { record, sha1: createHash('sha1'), sha256: createHash('sha256'), size: 0 };
    if (record.kind === 'audit') this.learn(record);
    if (record.kind !== 'past' && record.kind !== 'resource') return;
    yield* this.place(record);
    yield* text(record);
  }

  /** What is left at the end. */
  *end(): Iterable<Finding> {
    yield* this.closeContent();
  }

  private learn({ record: { interaction, status, type, id } }: AuditRecordOfDump): void {
    if (erasures.has(interaction) && status < 300) this.erased.add(`${type ?? ''}/${id ?? ''}`);
  }

  private chunk(bytes: Uint8Array): void {
    if (this.content === undefined) return;
    this.content.sha1.update(bytes);
    this.content.sha256.update(bytes);
    this.content.size += bytes.length;
  }

  private *closeContent(): Iterable<Finding> {
    if (this.content === undefined) return;
    const { record, sha1, sha256, size } = this.content;
    this.content = undefined;
    const subject = `content ${record.content}`;
    if (size !== record.size) yield { subject, text: `has ${size} bytes instead of ${record.size}` };
    else if (sha1.digest('hex') !== record.sha1 || sha256.digest('hex') !== record.sha256) yield { subject, text: 'its bytes are not what was written (sha-1, sha-256)' };
  }

  private *place(record: ArchivedPast | ArchivedResource): Iterable<Finding> {
    const key = `${record.type}/${record.id}`;
    const before = this.last?.key === key ? this.last : undefined;
    const { version, lastUpdated } = record;
    const expected = (before?.version ?? 0) + 1;
    if (version > expected && !this.erased.has(key)) yield { subject: key, text: version === expected + 1 ? `version ${expected} is not there` : `versions ${expected} to ${version - 1} are not there` };
    if (version < expected) yield { subject: key, text: `version ${version} stands behind version ${expected - 1}` };
    if (before && lastUpdated <= before.lastUpdated) yield { subject: key, text: `version ${version} is not later than version ${before.version}` };
    this.last = { key, version, lastUpdated };
  }
}

function* text({ type, id, version, lastUpdated, deleted, body, hash }: ArchivedPast | ArchivedResource): Iterable<Finding> {
  if (deleted || body === undefined || 'content' in body || hash === undefined) return;
  if (textHash(body.before + versionText(version, lastUpdated) + body.after).toString('hex') !== hash) {
    yield { subject: `${type}/${id}`, text: `the text of version ${version} is not what was written (its hash)` };
  }
}
