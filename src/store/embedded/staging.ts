/** Bytes on their way into chunks: hashed while they pass, durable when staged. */
import { createHash } from 'node:crypto';
import { chunked, encoded, isLong } from '../body/chunks.js';
import type { ContentRef, Write } from '../port.js';
import type { Connection } from './connection.js';
import type { Staged } from './wire.js';
import type { WriterClient } from './writer-client.js';

/** Chunks that may wait for the writer. */
const ahead = 4;

export class Staging {
  private lastContent = 0;

  constructor(private readonly connection: Connection, private readonly writer: WriterClient) {
    this.renumber();
  }

  /** New content takes numbers behind all that there are: at start, and after a restore. */
  renumber(): void {
    const greatest = (this.connection.prepare('SELECT max(id) FROM content').get()?.[0] as number | null | undefined) ?? 0;
    this.lastContent = Math.max(this.lastContent, greatest);
  }

  /** A number for new content. */
  next(): number {
    return ++this.lastContent;
  }

  async stage(bytes: AsyncIterable<Uint8Array>, contentType: string): Promise<ContentRef> {
    const content = this.next();
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
      if (write.kind !== 'put' || !isLong(write.body)) continue;
      const { before, after } = write.body;
      const { content } = await this.stage(encoded(before, after), 'application/fhir+json');
      staged.set(write, { content, cut: before.length });
    }
    return staged;
  }
}
