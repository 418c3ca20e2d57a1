/** Ids of resources: made here they are UUIDs of version 7, random and in the order of time, and say nothing of a person. */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.allocUnsafe(4096);
let used = pool.length;
let lastTime = 0;
let sequence = 0;

function random(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}

/** A UUID version 7 (RFC 9562 5.7); within one process each is greater than the one before. */
export function newId(): string {
  const now = Date.now();
  if (now > lastTime) {
    lastTime = now;
    sequence = random(2).readUInt16BE() & 0x3ff;
  } else if (++sequence > 0xfff) {
    lastTime++;
    sequence = 0;
  }
  const time = lastTime.toString(16).padStart(12, '0');
  const rest = random(8).toString('hex');
  const variant = (8 + (Number.parseInt(rest[0] ?? '0', 16) & 3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-${variant}${rest.slice(1, 4)}-${rest.slice(4, 16)}`;
}

const idPattern = /^[A-Za-z0-9\-.]{1,64}$/;
/** https://hl7.org/fhir/R4/datatypes.html#id */
export const isId = (text: string): boolean => idPattern.test(text);
