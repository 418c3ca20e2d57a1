/** An export read back: its head, its frames, and the proof that nothing is missing. */
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { inflateRaw, type InputType, type ZlibOptions } from 'node:zlib';
import type { ArchiveRecord } from '../../store/upkeep.js';
import { ByteReader, cut } from './bytes.js';
import { archiveFormat, archiveVersion, ArchiveRefused, type ArchiveHeader, type ArchiveTrailer, type FrameHead } from './format.js';
import { recordOf } from './records.js';

/** Bytes of a frame: a resource or two more than a frame is filled with. */
const largestFrame = 1024 * 1024 * 1024;

const inflateLater: (bytes: InputType, options: ZlibOptions) => Promise<Buffer> = promisify(inflateRaw);

export interface Frame {
  readonly head: FrameHead;
  /** Bytes of the file taken so far. */
  readonly consumed: number;
  /** @throws ArchiveRefused */
  records(): Promise<ArchiveRecord[]>;
}
export interface OpenArchive {
  readonly header: ArchiveHeader;
  /** To be taken to its end: only then is it known that the export is whole. @throws ArchiveRefused */
  frames(): AsyncIterable<Frame>;
}

function object(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ArchiveRefused('This is not an export of a store.');
}

function headerOf(line: string | undefined): ArchiveHeader {
  const header = object(line ?? '');
  if (header.format !== archiveFormat || typeof header.version !== 'number') throw new ArchiveRefused('This is not an export of a store.');
  if (header.version > archiveVersion) throw new ArchiveRefused(`The export has format ${header.version}, this version reads up to ${archiveVersion}. Import it with a newer version.`);
  return header as unknown as ArchiveHeader;
}

async function frameOf(reader: ByteReader, head: FrameHead, expected: number): Promise<Frame> {
  const damaged = (): ArchiveRefused => new ArchiveRefused(`Frame ${expected} of the export is damaged.`);
  if (head.frame !== expected || !Number.isSafeInteger(head.bytes) || head.bytes < 0 || head.bytes > largestFrame) throw damaged();
  const bytes = await reader.bytes(head.bytes);
  if (hash('sha256', bytes) !== head.sha256) throw damaged();
  return {
    head, consumed: reader.consumed,
    async records() {
      const text = await inflateLater(bytes, { maxOutputLength: 4 * largestFrame }).catch(() => { throw damaged(); });
      const records = text.toString('utf8').split('\n').map(recordOf);
      if (records.length !== head.records) throw damaged();
      return records;
    },
  };
}

async function* framesOf(reader: ByteReader): AsyncIterable<Frame> {
  for (let expected = 1; ; expected++) {
    const sha256 = reader.digest();
    const line = await reader.line();
    if (line === undefined) throw cut();
    const said = object(line);
    if (!('frames' in said)) {
      yield await frameOf(reader, said as unknown as FrameHead, expected);
      continue;
    }
    const trailer = said as unknown as ArchiveTrailer;
    if (trailer.frames !== expected - 1 || trailer.sha256 !== sha256) throw new ArchiveRefused('The export is not what its last line says: it was changed or put together from others.');
    if (!(await reader.ended())) throw new ArchiveRefused('Something stands behind the end of the export.');
    return;
  }
}

/** A stream without a whole line is no export; what fails otherwise (a disk, a pipe) fails. */
async function firstLine(reader: ByteReader): Promise<string | undefined> {
  try {
    return await reader.line();
  } catch (thrown) {
    if (thrown instanceof ArchiveRefused) return undefined;
    throw thrown;
  }
}

/** @throws ArchiveRefused: no export, of a newer format */
export async function openArchive(source: AsyncIterable<Uint8Array>): Promise<OpenArchive> {
  const reader = new ByteReader(source);
  const header = headerOf(await firstLine(reader));
  return { header, frames: () => framesOf(reader) };
}
