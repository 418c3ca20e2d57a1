/** A stream of bytes read by lines and by lengths, hashed while it passes. */
import { createHash } from 'node:crypto';
import { ArchiveRefused } from './format.js';

/** Lines say what follows; none is longer, bytes. */
const longestLine = 64 * 1024;
const newline = 0x0a;

export class ByteReader {
  private held: Buffer = Buffer.alloc(0);
  private readonly source: AsyncIterator<Uint8Array>;
  private readonly hash = createHash('sha256');
  private passed = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get consumed(): number {
    return this.passed;
  }
  /** SHA-256 of what was taken so far, hex. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }

  /** @returns undefined at the end of the stream. @throws ArchiveRefused when the stream ends within it */
  async line(): Promise<string | undefined> {
    let end = this.held.indexOf(newline);
    while (end < 0 && this.held.length <= longestLine && (await this.more())) end = this.held.indexOf(newline);
    if (end >= 0) return this.take(end + 1).subarray(0, end).toString('utf8');
    if (this.held.length > longestLine) throw new ArchiveRefused('This is not an export of a store.');
    if (this.held.length > 0) throw cut();
    return undefined;
  }

  /** @throws ArchiveRefused when the stream ends before */
  async bytes(length: number): Promise<Buffer> {
    const pieces = [this.held];
    for (let size = this.held.length; size < length;) {
      const { value, done } = await this.source.next();
      if (done === true) throw cut();
      pieces.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      size += value.length;
    }
    this.held = Buffer.concat(pieces);
    return this.take(length);
  }

  /** Whether nothing follows. */
  async ended(): Promise<boolean> {
    return this.held.length === 0 && !(await this.more());
  }

  private take(length: number): Buffer {
    const taken = this.held.subarray(0, length);
    this.held = this.held.subarray(length);
    this.hash.update(taken);
    this.passed += length;
    return taken;
  }

  private async more(): Promise<boolean> {
    const { value, done } = await this.source.next();
    if (done === true) return false;
    this.held = Buffer.concat([this.held, value]);
    return true;
  }
}

export const cut = (): ArchiveRefused => new ArchiveRefused('The export is cut: its end is missing.');
