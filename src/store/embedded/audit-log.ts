/**
 * The audit log: append-only files of JSON lines beside the database, one segment after another. Records that wait
 * together are written and made durable together, off the event loop (design 3.15).
 */
import { closeSync, fdatasync, fsyncSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync, statSync, truncateSync, unlinkSync, write } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AuditRecord } from '../../access/audit-record.js';
import { fail } from '../../fhir/failure.js';
import { makeFolder } from '../../make-folder.js';

const writeTo = promisify(write);
const makeDurable = promisify(fdatasync);

/** A segment is closed when it is this long, bytes, or when its day (UTC) is over. */
const segmentSize = 64 * 1024 * 1024;
const ending = '.jsonl';
const newline = 0x0a;
/** As much as a large group of records. */
const probe = Buffer.alloc(64 * 1024);

interface Waiting {
  readonly line: string;
  resolve(): void;
  reject(reason: unknown): void;
}
interface Segment {
  readonly day: string;
  readonly path: string;
  readonly file: number;
  /** Bytes known to be whole. */
  size: number;
}

export interface AuditEnd {
  readonly segment: string;
  /** bytes */
  readonly size: number;
}

export const auditFolder = (folder: string): string => join(folder, 'audit');
/** Names of the segments, oldest first. */
export const auditSegments = (folder: string): string[] => readdirSync(auditFolder(folder)).filter((name) => name.endsWith(ending)).sort();

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export class AuditLog {
  private waiting: Waiting[] = [];
  private working: Promise<void> | undefined;
  private segment: Segment | undefined;
  private closed = false;
  /** Whether the last group could not be written. */
  private failing = false;

  /** @param durable false when the log need not survive the process */
  constructor(private readonly folder: string, private readonly durable: boolean) {
    makeFolder(auditFolder(folder));
    const last = auditSegments(folder).at(-1);
    if (last !== undefined) repair(join(auditFolder(folder), last));
  }

  /** Resolves when the record is durable. @throws the system's error when it cannot be written */
  append(record: AuditRecord): Promise<void> {
    if (this.closed) return Promise.reject(new Error('The audit log is closed'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ line: `${JSON.stringify(record)}\n`, resolve, reject });
      this.working ??= this.work();
    });
  }

  /** After a failure: whether a record could be written by now. @throws Failure unavailable */
  async ready(): Promise<void> {
    if (!this.failing) return;
    const path = join(auditFolder(this.folder), 'probe');
    try {
      await writeFile(path, probe, { flush: this.durable });
    } catch (error) {
      throw fail('unavailable', { reason: `The audit log cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).` });
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Where the log ends: its last segment and how many bytes of it; undefined when it was never written. */
  end(): AuditEnd | undefined {
    const segment = auditSegments(this.folder).at(-1);
    return segment === undefined ? undefined : { segment, size: statSync(join(auditFolder(this.folder), segment)).size };
  }

  /** Takes back what was appended behind an end (undefined = everything): for a restore that was interrupted, and for nothing else. */
  cut(end: AuditEnd | undefined): void {
    this.leaveSegment();
    for (const segment of auditSegments(this.folder)) {
      const path = join(auditFolder(this.folder), segment);
      if (end === undefined || segment > end.segment) unlinkSync(path);
      else if (segment === end.segment) truncateSync(path, end.size);
    }
  }

  /** Writes what waits, then closes the segment. */
  async close(): Promise<void> {
    this.closed = true;
    await this.working;
    this.leaveSegment();
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        await this.writeGroup(Buffer.from(group.map(({ line }) => line).join('')));
        this.failing = false;
        for (const { resolve } of group) resolve();
      } catch (thrown) {
        this.failing = true;
        const cause = this.abandonSegment(thrown);
        for (const { reject } of group) reject(cause);
      }
    }
    this.working = undefined;
  }

  private async writeGroup(bytes: Buffer): Promise<void> {
    const segment = this.currentSegment();
    for (let done = 0; done < bytes.length;) done += (await writeTo(segment.file, bytes, done, bytes.length - done, null)).bytesWritten;
    if (this.durable) await makeDurable(segment.file);
    segment.size += bytes.length;
  }

  private currentSegment(): Segment {
    const day = dayOf(Date.now());
    if (this.segment !== undefined && (this.segment.day !== day || this.segment.size >= segmentSize)) this.leaveSegment();
    this.segment ??= this.openSegment(day);
    return this.segment;
  }

  /** Segments are named by day and number, so that their names sort as they were written. */
  private openSegment(day: string): Segment {
    const last = auditSegments(this.folder).at(-1) ?? '';
    const shown = last.slice(0, 10) > day ? last.slice(0, 10) : day;
    const number = last.startsWith(shown) ? Number(last.slice(11, -ending.length)) + 1 : 1;
    const path = join(auditFolder(this.folder), `${shown}-${String(number).padStart(6, '0')}${ending}`);
    const file = openSync(path, 'ax', 0o600);
    if (this.durable) syncFolder(auditFolder(this.folder));
    return { day, path, file, size: 0 };
  }

  private leaveSegment(): void {
    if (this.segment !== undefined) closeSync(this.segment.file);
    this.segment = undefined;
  }

  /**
   * After a failed write nobody knows what is in the file: it is cut to what is whole, and a new segment begins. One without a
   * record is none: a full disk would be given one with each request.
   * @returns why the write failed, and the cut too where it did
   */
  private abandonSegment(cause: unknown): unknown {
    const { segment } = this;
    this.segment = undefined;
    if (segment === undefined) return cause;
    try {
      if (segment.size === 0) unlinkSync(segment.path);
      else ftruncateSync(segment.file, segment.size);
      closeSync(segment.file);
      return cause;
    } catch (further) {
      return new AggregateError([cause, further], 'The audit log could be neither written nor cut');
    }
  }
}

/** A new file is durable when its folder is. Windows has no such call. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Cuts the line that a crash left half written; nobody was told that it stands. */
function repair(path: string): void {
  const file = openSync(path, 'r+');
  try {
    let size = fstatSync(file).size;
    const window = Buffer.alloc(64 * 1024);
    while (size > 0) {
      const length = Math.min(window.length, size);
      readSync(file, window, 0, length, size - length);
      const end = window.subarray(0, length).lastIndexOf(newline);
      if (end >= 0) {
        ftruncateSync(file, size - length + end + 1);
        return;
      }
      size -= length;
    }
    ftruncateSync(file, 0);
  } finally {
    closeSync(file);
  }
}
