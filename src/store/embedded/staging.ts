/** Bytes on their way into chunks: hashed while they pass, durable when staged. */
import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { ContentRef, Write } from '../port.js';
import type { Connection } from './connection.js';
import { chunkSize } from './schema.js';
import type { Staged } from './wire.js';
import type { WriterClient } from './writer-client.js';

/** Chunks that may wait for the writer. */
const ahead = 4;
/** Bodies longer than this lie in chunks, characters. */
const longBody = 1_000_000;
/** Characters encoded at once. */
const piece = 128 * 1024;

/** The pieces as one array of its own, which can be given away to a thread. */
function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Cuts a stream into chunks of full size, the last one shorter (or empty, when there is nothing). */
async function* chunked(bytes: AsyncIterable<Uint8Array>): AsyncIterable<{ readonly chunk: Uint8Array<ArrayBuffer>; readonly last: boolean }> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (let rest of bytes) {
    while (length + rest.length > chunkSize) {
      pieces.push(rest.subarray(0, chunkSize - length));
      yield { chunk: joined(pieces, chunkSize), last: false };
      rest = rest.subarray(chunkSize - length);
      pieces = [];
      length = 0;
    }
    pieces.push(rest);
    length += rest.length;
  }
  yield { chunk: joined(pieces, length), last: true };
}

/** UTF-8 of a long text, piece by piece; no character is cut in two. */
async function* encoded(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) {
    for (let at = 0; at < text.length;) {
      const unit = text.charCodeAt(Math.min(at + piece, text.length) - 1);
      const end = at + piece - (unit >= 0xd800 && unit < 0xdc00 ? 1 : 0);
      yield Buffer.from(text.slice(at, end), 'utf8');
      at = end;
      await breathe();
    }
  }
}

export class Staging {
  private lastContent: number;

  constructor(connection: Connection, private readonly writer: WriterClient) {
    this.lastContent = (connection.prepare('SELECT max(id) FROM content').get()?.[0] as number | null | undefined) ?? 0;
  }

  async stage(bytes: AsyncIterable<Uint8Array>, contentType: string): Promise<ContentRef> {
    const content = ++this.lastContent;
    const sha1 = createHash('sha1');
    const sha256 = createHash('sha256');
    const sent: Promise<void>[] = [];
    let size = 0;
    let position = 0;
    let ref: ContentRef | undefined;
    for await (const { chunk, last } of chunked(bytes)) {
      sha1.update(chunk);
      sha256.update(chunk);
      size += chunk.length;
      if (last) ref = { content: String(content), size, sha1: sha1.digest('hex'), sha256: sha256.digest('hex'), contentType };
      const job = { content, position: position++, bytes: chunk, contentType, now: Date.now(), ...(ref === undefined ? {} : { whole: ref }) };
      sent.push(this.writer.request('chunk', job, [chunk.buffer]));
      // A chunk that could not be written ends the stream; the others must not be reported as unheard rejections.
      sent.at(-1)?.catch(() => undefined);
      await sent.at(-ahead);
    }
    await Promise.all(sent);
    if (ref === undefined) throw new TypeError('A stream of chunks ends with its last one');
    return ref;
  }

  /** Stages the bodies that are too long for a row. */
  async stageBodies(writes: readonly Write[]): Promise<Staged> {
    const staged = new Map<Write, { content: string; cut: number }>();
    for (const write of writes) {
      if (write.kind !== 'put' || write.body.before.length + write.body.after.length <= longBody) continue;
      const { before, after } = write.body;
      const { content } = await this.stage(encoded(before, after), 'application/fhir+json');
      staged.set(write, { content, cut: before.length });
    }
    return staged;
  }
}
