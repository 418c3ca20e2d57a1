/** Bytes cut into chunks, and long texts on their way there. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { BodyHalves } from '../port.js';

/** Bytes of content in one chunk, before the codec. */
export const chunkSize = 256 * 1024;
/** Bodies longer than this lie in chunks, characters. */
const longBody = 1_000_000;
/** Characters encoded at once. */
const piece = 128 * 1024;

export const isLong = ({ before, after }: BodyHalves): boolean => before.length + after.length > longBody;

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
export async function* chunked(bytes: AsyncIterable<Uint8Array>): AsyncIterable<{ readonly chunk: Uint8Array<ArrayBuffer>; readonly last: boolean }> {
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
export async function* encoded(...texts: readonly string[]): AsyncIterable<Uint8Array> {
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
