/** Ids of resources: made here they are UUIDs of version 7, random and in the order of time, and say nothing of a person. */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.allocUnsafe(4096);
let used = pool.length;
let lastTime = 0;
let lastTimeText = '';
let sequence = 0;

/** Where so many random bytes stand in the pool. */
function random(bytes: number): number {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return used - bytes;
}

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hexOf = (byte: number): string => hexOfByte[byte & 0xff] as string;
const hexAt = (place: number): string => hexOf(pool[place] as number);

function tick(time: number): void {
  lastTime = time;
  const text = time.toString(16).padStart(12, '0');
  lastTimeText = `${text.slice(0, 8)}-${text.slice(8)}`;
}

/** A UUID version 7 (RFC 9562 5.7); within one process each is greater than the one before. */
export function newId(): string {
  const now = Date.now();
  if (now > lastTime) {
    tick(now);
    sequence = pool.readUInt16BE(random(2)) & 0x3ff;
  } else if (++sequence > 0xfff) {
    tick(lastTime + 1);
    sequence = 0;
  }
  const at = random(8);
  const variant = hexOf(0x80 | ((pool[at] as number) & 0x3f)) + hexAt(at + 1);
  const rest = hexAt(at + 2) + hexAt(at + 3) + hexAt(at + 4) + hexAt(at + 5) + hexAt(at + 6) + hexAt(at + 7);
  return `${lastTimeText}-${hexOf(0x70 | (sequence >> 8))}${hexOf(sequence)}-${variant}-${rest}`;
}

const idPattern = /^[A-Za-z0-9\-.]{1,64}$/;
/** https://hl7.org/fhir/R4/datatypes.html#id */
export const isId = (text: string): boolean => idPattern.test(text);
