/** Bytes in chunks: staged before the step that names them, held by the versions that do, swept when none does. */
import type { ContentRef } from '../../port.js';
import type { Connection } from '../connection.js';
import { encodeChunk } from '../../body/codec.js';
import { chunksPerContent } from '../schema.js';

export interface ChunkJob {
  readonly content: number;
  /** Position among the chunks. */
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** ms UTC */
  readonly now: number;
  /** With the last chunk. */
  readonly whole?: { readonly size: number; readonly sha1: string; readonly sha256: string };
}

export class Contents {
  constructor(private readonly connection: Connection) {}

  stage({ content, position, bytes, contentType, now, whole }: ChunkJob): void {
    if (position >= chunksPerContent) throw new RangeError('Content has too many chunks');
    if (position === 0) {
      this.connection.prepare("INSERT INTO content(id, size, sha1, sha256, type, staged, held) VALUES (?, 0, '', '', ?, ?, 0)").run(content, contentType, now);
    }
    this.connection.prepare('INSERT INTO chunk(k, b) VALUES (?, ?)').run(content * chunksPerContent + position, encodeChunk(bytes));
    if (whole !== undefined) {
      this.connection.prepare('UPDATE content SET size = ?, sha1 = ?, sha256 = ? WHERE id = ?').run(whole.size, whole.sha1, whole.sha256, content);
    }
  }

  /** The whole of a content, of one chunk, held by the version that brings it. @param now ms UTC */
  put({ content, size, sha1, sha256, contentType }: ContentRef, bytes: Uint8Array, now: number): void {
    this.connection.prepare('INSERT INTO content(id, size, sha1, sha256, type, staged, held) VALUES (?, ?, ?, ?, ?, ?, 1)').run(Number(content), size, sha1, sha256, contentType, now);
    this.connection.prepare('INSERT INTO chunk(k, b) VALUES (?, ?)').run(Number(content) * chunksPerContent, encodeChunk(bytes));
  }

  /** A version names the content. @returns false when it is no longer here */
  hold(content: number): boolean {
    return this.connection.prepare("UPDATE content SET held = held + 1 WHERE id = ? AND sha256 <> ''").run(content).changes > 0;
  }

  /** A version that named it is gone. */
  release(content: number): void {
    this.connection.prepare('UPDATE content SET held = held - 1 WHERE id = ?').run(content);
    if (this.connection.prepare('SELECT 1 FROM content WHERE id = ? AND held <= 0').get(content) !== undefined) this.drop(content);
  }

  /** Drops what nothing names and was staged before `until`. @returns how many */
  sweep(until: number): number {
    const free = this.connection.prepare('SELECT id FROM content WHERE held = 0 AND staged < ? LIMIT 100').all(until);
    for (const [id] of free) this.drop(id as number);
    return free.length;
  }

  private drop(content: number): void {
    const first = content * chunksPerContent;
    this.connection.prepare('DELETE FROM chunk WHERE k >= ? AND k < ?').run(first, first + chunksPerContent);
    this.connection.prepare('DELETE FROM content WHERE id = ?').run(content);
  }
}
