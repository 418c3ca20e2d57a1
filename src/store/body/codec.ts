/**
 * The one codec that every stored body and chunk passes. Its first byte says how the rest is to be read:
 * a body that begins with `{` is plain JSON text; 0 plain bytes; 1 deflate. 2 is kept for encryption with a named key.
 */
import { promisify } from 'node:util';
import { deflateRawSync, inflateRaw, inflateRawSync, type InputType } from 'node:zlib';

const Form = { plain: 0, deflate: 1 } as const;

/** Shorter texts are kept plain: unpacking them would cost more than reading them. Characters. */
const packedFrom = 16_384;
/** Bytes looked at to see whether packing is worth its time (the text of a PDF in base64 is not). */
const sample = 4096;
const worthIt = 0.6;
/** No more memory is made ready than the sample takes: that costs more than the packing. */
const sampling = { level: 1, windowBits: 12, memLevel: 5, chunkSize: sample };

const inflateLater: (bytes: InputType) => Promise<Buffer> = promisify(inflateRaw);

/** Judged on the middle, where a document with an attachment holds the attachment. */
function isWorthPacking(bytes: Uint8Array): boolean {
  const middle = Math.max(0, (bytes.length - sample) >> 1);
  const looked = bytes.subarray(middle, middle + sample);
  return looked.length > 64 && deflateRawSync(looked, sampling).length < looked.length * worthIt;
}

function pack(bytes: Uint8Array): Buffer {
  const packed = isWorthPacking(bytes);
  return Buffer.concat([Buffer.from([packed ? Form.deflate : Form.plain]), packed ? deflateRawSync(bytes, { level: 1 }) : bytes]);
}

const formOf = (stored: Uint8Array): TypeError => new TypeError(`Stored bytes begin with ${stored[0] ?? 'nothing'}, which this version cannot read`);

/** @param text JSON text of an object */
export function encodeText(text: string): string | Buffer {
  return text.length < packedFrom && text.startsWith('{') ? text : pack(Buffer.from(text));
}
export function decodeText(stored: string | Uint8Array): string {
  return typeof stored === 'string' ? stored : Buffer.from(decodeChunk(stored)).toString('utf8');
}

export const encodeChunk = (bytes: Uint8Array): Buffer => pack(bytes);

export function decodeChunk(stored: Uint8Array): Uint8Array {
  if (stored[0] === Form.plain) return stored.subarray(1);
  if (stored[0] === Form.deflate) return inflateRawSync(stored.subarray(1));
  throw formOf(stored);
}
/** The same, off the event loop. */
export async function decodeChunkLater(stored: Uint8Array): Promise<Uint8Array> {
  if (stored[0] === Form.plain) return stored.subarray(1);
  if (stored[0] === Form.deflate) return inflateLater(stored.subarray(1));
  throw formOf(stored);
}
