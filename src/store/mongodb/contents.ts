/** Bytes in chunks: staged before the step that names them, held by the versions that do, swept when none does. */
import { createHash } from 'node:crypto';
import { Binary } from 'mongodb';
import { newId } from '../../fhir/id.js';
import { fail } from '../../fhir/failure.js';
import { chunked, chunkSize, encoded } from '../body/chunks.js';
import { decodeChunkLater, encodeChunk } from '../body/codec.js';
import type { BodyHalves, ContentRef, StoredVersion } from '../port.js';
import { readOptions, times, type Connection, type Reading } from './connection.js';
import { isOfOne } from './faults.js';
import { Gathering } from './gathering.js';
import { bytesOf, chunkNamed, chunksFrom } from './versions.js';

/** Chunks on their way at once. */
const ahead = 4;
/** Contents of one chunk that are staged together. */
const smallAtOnce = 16;
/** Content dropped by one sweep at most. */
const sweepBatch = 100;

/** Content of one chunk. */
interface Small {
  readonly bytes: Uint8Array;
  readonly whole: Pick<ContentRef, 'size' | 'sha1' | 'sha256'>;
  readonly contentType: string;
}
interface StagedChunks {
  readonly content: string;
  add(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

export class Contents {
  private readonly small: Gathering<Small, ContentRef>;

  /** @param clock ms UTC */
  constructor(private readonly connection: Connection, private readonly clock: () => number) {
    this.small = new Gathering({ most: smallAtOnce, isOfOne, ask: (group) => this.stageSmall(group) });
  }

  async stage(bytes: AsyncIterable<Uint8Array>, contentType: string): Promise<ContentRef> {
    const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
    let staged: StagedChunks | undefined;
    let size = 0;
    for await (const { chunk, last } of chunked(bytes)) {
      sha1.update(chunk);
      sha256.update(chunk);
      size += chunk.length;
      if (last && staged === undefined) return this.small.ask({ bytes: encodeChunk(chunk), whole: { size, sha1: sha1.digest('hex'), sha256: sha256.digest('hex') }, contentType });
      staged ??= await this.begin(contentType);
      await staged.add(chunk);
    }
    if (staged === undefined) throw new TypeError('Content without a chunk');
    await staged.end();
    const whole = { size, sha1: sha1.digest('hex'), sha256: sha256.digest('hex') };
    await this.connection.collections.contents.updateOne({ _id: staged.content }, { $set: whole }, { maxTimeMS: times.write });
    return { content: staged.content, ...whole, contentType };
  }

  /** Content stands before its chunks, so that what is broken off is swept; without hashes no step can hold it. */
  private async begin(contentType: string): Promise<StagedChunks> {
    const { contents, chunks } = this.connection.collections;
    const content = newId();
    await contents.insertOne({ _id: content, size: 0, type: contentType, staged: new Date(this.clock()), held: 0 }, { maxTimeMS: times.write });
    const sent: Promise<unknown>[] = [];
    return {
      content,
      async add(chunk) {
        const writing = chunks.insertOne({ _id: { c: content, n: sent.length }, b: new Binary(encodeChunk(chunk)) }, { maxTimeMS: times.write });
        // A chunk that could not be written ends the stream; the others must not be reported as unheard rejections.
        writing.catch(() => undefined);
        sent.push(writing);
        await sent.at(-ahead);
      },
      async end() {
        await Promise.all(sent);
      },
    };
  }

  /** Content of one chunk each. Nobody knows of it before its chunk is there. */
  private async stageSmall(group: readonly Small[]): Promise<ContentRef[]> {
    const { contents, chunks } = this.connection.collections;
    const staged = new Date(this.clock());
    const refs = group.map(({ whole, contentType }): ContentRef => ({ content: newId(), ...whole, contentType }));
    await contents.insertMany(refs.map(({ content, contentType, size, sha1, sha256 }) => ({ _id: content, size, sha1, sha256, type: contentType, staged, held: 0 })), { maxTimeMS: times.write });
    await chunks.insertMany(refs.map(({ content }, at) => ({ _id: { c: content, n: 0 }, b: new Binary(group[at]?.bytes) })), { maxTimeMS: times.write });
    return refs;
  }

  /** The halves of a text that is too long for a document. */
  async stageBody({ before, after }: BodyHalves): Promise<{ readonly id: string; readonly n: number }> {
    const { content, size } = await this.stage(encoded(before, after), 'application/fhir+json');
    return { id: content, n: Math.max(Math.ceil(size / chunkSize), 1) };
  }

  /** Drops what no step named and was staged before `until`, ms UTC. @returns how many */
  async sweep(until: number): Promise<number> {
    const { contents } = this.connection.collections;
    const options = { maxTimeMS: times.write };
    const free = await contents.find({ held: { $lte: 0 }, staged: { $lt: new Date(until) } }, { ...options, projection: { _id: 1 }, limit: sweepBatch }).toArray();
    for (const { _id } of free) {
      // From here on no step can hold it.
      const { matchedCount } = await contents.updateOne({ _id, held: { $lte: 0 } }, { $set: { held: -1 }, $unset: { sha256: '' } }, options);
      if (matchedCount > 0) await this.drop([_id]);
    }
    return free.length === sweepBatch ? free.length + await this.sweep(until) : free.length;
  }

  /** Takes the bytes of contents that nothing can name any more. */
  async drop(ids: readonly string[]): Promise<void> {
    const { contents, chunks } = this.connection.collections;
    for (const id of ids) {
      await chunks.deleteMany(chunksFrom(id), { maxTimeMS: times.write });
      await contents.deleteOne({ _id: id, held: { $lte: 0 } }, { maxTimeMS: times.write });
    }
  }
}

/** Versions of a step name contents. @throws TypeError when some of them are not staged (any more) */
export async function holdContents(reading: Reading, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const operations = ids.map((_id) => ({ updateOne: { filter: { _id, sha256: { $exists: true } }, update: { $inc: { held: 1 } } } }));
  const { matchedCount } = await reading.collections.contents.bulkWrite(operations, readOptions(reading));
  if (matchedCount < ids.length) throw new TypeError('The bytes that a write names are not staged (any more)');
}

/** Versions that named contents are gone. @returns those that nothing names now, to be dropped after the step */
export async function releaseContents(reading: Reading, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { contents } = reading.collections;
  await contents.bulkWrite(ids.map((_id) => ({ updateOne: { filter: { _id }, update: { $inc: { held: -1 } } } })), readOptions(reading));
  const free = await contents.find({ _id: { $in: [...ids] }, held: { $lte: 0 } }, { ...readOptions(reading), projection: { _id: 1 } }).toArray();
  await contents.updateMany({ _id: { $in: free.map(({ _id }) => _id) } }, { $set: { held: -1, staged: new Date(0) }, $unset: { sha256: '' } }, readOptions(reading));
  return free.map(({ _id }) => _id);
}

/**
 * Content read back, chunk by chunk.
 * @param range bytes, `hi` exclusive
 * @throws Failure `not-found` when the bytes were erased meanwhile
 */
export async function* readContent(reading: Reading, { type, id, content }: StoredVersion, range?: { readonly lo: number; readonly hi: number }): AsyncIterable<Uint8Array> {
  if (content === undefined) throw new TypeError(`${type} has no bytes beside its text`);
  const lo = Math.max(range?.lo ?? 0, 0);
  const hi = Math.min(range?.hi ?? content.size, content.size);
  for (let n = Math.floor(lo / chunkSize); n * chunkSize < hi; n++) {
    const chunk = await reading.collections.chunks.findOne(chunkNamed(content.content, n), readOptions(reading));
    if (chunk === null) throw fail('not-found', { type, id });
    const bytes = await decodeChunkLater(bytesOf(chunk.b));
    const start = n * chunkSize;
    yield bytes.subarray(Math.max(lo - start, 0), Math.min(hi - start, bytes.length));
  }
}
