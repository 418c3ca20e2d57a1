/** One range of bytes: RFC 9110 section 14. Several ranges at once are not served: the whole is, as that RFC allows. */
export type ByteRange =
  | { readonly kind: 'whole' }
  /** `hi` exclusive. */
  | { readonly kind: 'part'; readonly lo: number; readonly hi: number }
  | { readonly kind: 'unsatisfiable' };

const whole: ByteRange = { kind: 'whole' };
const single = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i;

/** @param size bytes that there are */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const match = header === undefined ? null : single.exec(header);
  if (!match) return whole;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? whole : suffix(Number(last), size);
  const lo = Number(first);
  if (last !== '' && Number(last) < lo) return whole;
  if (lo >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', lo, hi: last === '' ? size : Math.min(Number(last) + 1, size) };
}

function suffix(length: number, size: number): ByteRange {
  return length === 0 || size === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', lo: Math.max(0, size - length), hi: size };
}
