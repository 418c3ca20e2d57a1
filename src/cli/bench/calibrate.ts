/** Fixed work, to compare machines by. */
import { createHash } from 'node:crypto';

/** @param bytes of one run of the work. @returns how many of them were done in a second, after a third of one */
export function megabytesPerSecond(bytes: number, work: () => unknown): number {
  const end = performance.now() + 300;
  let done = 0;
  const start = performance.now();
  while (performance.now() < end) {
    work();
    done += bytes;
  }
  return done / 1e6 / ((performance.now() - start) / 1000);
}

export function calibrate(): { sha256MBPerSecond: number; jsonParseMBPerSecond: number } {
  const block = Buffer.alloc(1024 * 1024, 7);
  const text = JSON.stringify(Array.from({ length: 500 }, (_, index) => ({ resourceType: 'Observation', id: String(index), status: 'final', valueQuantity: { value: index / 7, unit: 'g/dL' } })));
  return {
    sha256MBPerSecond: megabytesPerSecond(block.length, () => createHash('sha256').update(block).digest()),
    jsonParseMBPerSecond: megabytesPerSecond(text.length, () => JSON.parse(text)),
  };
}
