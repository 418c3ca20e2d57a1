/**
 * The one codec that every stored body and chunk passes. Its first byte says how the rest is to be read:
 * a body that begins with `{` is plain JSON text; 0 plain bytes; 1 deflate. 2 is kept for encryption with a named key.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const Form = { plain: 0, deflate: 1 } as const;

/** Shorter texts are kept plain: unpacking them would cost more than reading them. Characters. */
const packedFrom = 16_384;

function pack(bytes: Uint8Array): Buffer {
  const packed = deflateRawSync(bytes, { level: 1 });
  return packed.length < bytes.length - (bytes.length >> 3) ? Buffer.concat([Buffer.from([Form.deflate]), packed]) : Buffer.concat([Buffer.from([Form.plain]), bytes]);
}

function unpack(stored: Uint8Array): Uint8Array {
  const rest = stored.subarray(1);
  switch (stored[0]) {
    case Form.plain:
      return rest;
    case Form.deflate:
      return inflateRawSync(rest);
    default:
      throw new TypeError(`Stored bytes begin with ${stored[0] ?? 'nothing'}, which this version cannot read`);
  }
}

/** @param text JSON text of an object */
export function encodeText(text: string): string | Buffer {
  return text.length < packedFrom && text.startsWith('{') ? text : pack(Buffer.from(text));
}
export function decodeText(stored: string | Uint8Array): string {
  if (typeof stored === 'string') return stored;
  return Buffer.from(unpack(stored)).toString('utf8');
}

export const encodeChunk = (bytes: Uint8Array): Buffer => pack(bytes);
export const decodeChunk = (stored: Uint8Array): Uint8Array => unpack(stored);
