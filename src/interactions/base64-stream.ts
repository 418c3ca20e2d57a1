/** Bytes as base64 text, chunk by chunk: three bytes make four characters, so what does not fill three waits for the next chunk. */
export async function* base64Of(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of bytes) {
    const joined = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk]);
    const even = joined.length - (joined.length % 3);
    if (even > 0) yield joined.toString('base64', 0, even);
    // A copy: whoever gave the chunk may use its memory again.
    rest = Uint8Array.prototype.slice.call(joined, even);
  }
  if (rest.length > 0) yield Buffer.from(rest).toString('base64');
}

/** Characters that so many bytes take. */
export const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;
