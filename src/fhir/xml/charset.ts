/** From bytes to text: byte order mark, then the charset of the HTTP header, then the XML declaration (rules 3.1). */
import { fail } from '../failure.js';

const marks: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'], [[0xfe, 0xff], 'utf-16be'], [[0xff, 0xfe], 'utf-16le'],
];
/** Texts without a mark whose first characters show two bytes for each. */
const wide: readonly (readonly [readonly number[], string])[] = [[[0x00, 0x3c], 'utf-16be'], [[0x3c, 0x00], 'utf-16le']];
const known = new Set(['utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'us-ascii', 'iso-8859-1', 'iso-8859-15', 'windows-1252']);

/** What windows-1252 has in place of the control characters 0x80 to 0x9F, in order; `\0`: nothing. The decoder of some versions of Node leaves them as they are. */
const windows1252 = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';
const decodeWindows1252 = (latin: string): string => latin.replace(/[\x80-\x9f]/g, (control) => {
  const letter = windows1252[control.charCodeAt(0) - 0x80];
  if (letter === undefined || letter === '\0') throw fail('bad-charset', { reason: 'a byte sequence that is not WINDOWS-1252' });
  return letter;
});

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean => start.every((value, index) => bytes[index] === value);
const declared = (bytes: Uint8Array): string | undefined =>
  /^<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 300)).toString('latin1'))?.[1];

/** @throws Failure bad-charset for an unknown character set, or bytes that are not text in it */
export function decodeXml(bytes: Uint8Array, charset: string | undefined): string {
  const marked = marks.find(([mark]) => startsWith(bytes, mark))?.[1] ?? wide.find(([start]) => startsWith(bytes, start))?.[1];
  const name = (marked ?? charset ?? declared(bytes) ?? 'utf-8').toLowerCase();
  if (!known.has(name)) throw fail('bad-charset', { reason: 'only UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 and windows-1252 are read' });
  // ISO-8859-1 is decoded as itself: the web's habit of reading it as windows-1252 would let control characters through as letters.
  if (name === 'iso-8859-1' || name === 'windows-1252') {
    const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return name === 'iso-8859-1' ? latin : decodeWindows1252(latin);
  }
  if (name === 'us-ascii' && bytes.some((byte) => byte > 0x7f)) throw fail('bad-charset', { reason: 'a byte beyond ASCII' });
  try {
    return new TextDecoder(name === 'us-ascii' ? 'utf-8' : name, { fatal: true }).decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw fail('bad-charset', { reason: `a byte sequence that is not ${name.toUpperCase()}` });
    throw error;
  }
}
