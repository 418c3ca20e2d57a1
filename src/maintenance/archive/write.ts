/** An export as a stream of bytes. */
import { createHash, hash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, type InputType, type ZlibOptions } from 'node:zlib';
import type { ArchiveRecord } from '../../store/upkeep.js';
import type { ArchiveHeader, ArchiveTrailer, FrameHead } from './format.js';
import { recordLine } from './records.js';

/** A frame is closed when its records are this long, characters, or this many. */
export interface FrameLimits {
  readonly size: number;
  readonly records: number;
}
const usualFrames: FrameLimits = { size: 1_000_000, records: 2000 };

const deflateLater: (bytes: InputType, options: ZlibOptions) => Promise<Buffer> = promisify(deflateRaw);

interface Lines {
  readonly text: string;
  readonly count: number;
}

/** Lines put together until a frame is full. */
async function* frames(records: AsyncIterable<ArchiveRecord>, counts: Record<string, number>, limits: FrameLimits): AsyncIterable<Lines> {
  let lines: string[] = [];
  let size = 0;
  for await (const record of records) {
    counts[record.kind] = (counts[record.kind] ?? 0) + 1;
    const line = recordLine(record);
    lines.push(line);
    size += line.length;
    if (size < limits.size && lines.length < limits.records) continue;
    yield { text: lines.join('\n'), count: lines.length };
    lines = [];
    size = 0;
  }
  if (lines.length > 0) yield { text: lines.join('\n'), count: lines.length };
}

/** @param onRecords told how many records were put into a frame */
export async function* archiveBytes(header: ArchiveHeader, records: AsyncIterable<ArchiveRecord>, onRecords: (count: number) => void, limits = usualFrames): AsyncIterable<Buffer> {
  const all = createHash('sha256');
  const counts: Record<string, number> = {};
  let frame = 0;
  const said = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
  const hashed = (bytes: Buffer): Buffer => {
    all.update(bytes);
    return bytes;
  };
  yield hashed(said(header));
  for await (const { text, count } of frames(records, counts, limits)) {
    const bytes = await deflateLater(Buffer.from(text), { level: 6 });
    const head: FrameHead = { frame: ++frame, records: count, bytes: bytes.length, sha256: hash('sha256', bytes) };
    yield hashed(said(head));
    yield hashed(bytes);
    onRecords(count);
  }
  yield said({ frames: frame, records: counts, sha256: all.digest('hex') } satisfies ArchiveTrailer);
}
