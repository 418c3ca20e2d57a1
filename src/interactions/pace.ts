/** Long work in short steps: the event loop is for waiting (design 3.13). */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** ms that one caller works before it lets others have the loop. */
const turn = 5;

/** @returns call it between steps: it lets the event loop turn when this work has held it for long enough */
export function createPace(): () => Promise<void> {
  let started = performance.now();
  // One rest for all that share the work: immediates of one turn run one after another, each would take its time anew.
  let rest: Promise<void> | undefined;
  const rested = async (): Promise<void> => {
    await nextTurn();
    started = performance.now();
    rest = undefined;
  };
  return async () => {
    if (performance.now() - started >= turn) await (rest ??= rested());
  };
}

/** Bytes that are copied at once: memory that was never touched costs more than the copying. */
const copiedAtOnce = 1024 * 1024;

/** The same bytes in memory of their own. */
export async function copied(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += copiedAtOnce) {
    if (at > 0) await nextTurn();
    copy.set(bytes.subarray(at, at + copiedAtOnce), at);
  }
  return copy;
}

/**
 * Runs `work` on every item with at most `width` under way, in order, pausing between.
 * @returns results in the order of the items; the first failure ends it, once what is under way has ended
 */
export async function inOrder<T, R>(items: readonly T[], width: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const pace = createPace();
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
      await pace();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  const refused = ends.find((end) => end.status === 'rejected');
  if (refused) throw refused.reason;
  return results;
}
