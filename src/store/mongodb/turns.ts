/** Work that touches the same things goes one after another within this process, first come, first served. */
import { unavailable } from './faults.js';

/** Most works that may wait for their turn. */
const mostWaiting = 1_000;

/** How long something waits for its turn at most, ms, and what ends that: its client hung up. */
export interface Waiting {
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}
export const reasonOf = (signal: AbortSignal | undefined): Error => (signal?.reason instanceof Error ? signal.reason : new Error('Aborted'));

export class Turns {
  private readonly last = new Map<string, Promise<void>>();
  private waiting = 0;

  /**
   * Runs `work` once everything that came before with one of the keys is over.
   * @param waiting how long it waits at most, and what ends that
   * @throws Failure `unavailable` when its turn does not come in time, or too many wait; the work is then never begun
   */
  async take<T>(keys: readonly string[], waiting: Waiting, work: () => Promise<T>): Promise<T> {
    const before = [...new Set(keys.map((key) => this.last.get(key)).filter((turn) => turn !== undefined))];
    let over: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => { over = resolve; });
    if (before.length > 0 && this.waiting >= mostWaiting) throw unavailable('Too many writes wait for the same data.');
    for (const key of keys) this.last.set(key, mine);
    const turn = Promise.all(before);
    try {
      if (before.length > 0) await this.wait(turn, waiting);
      return await work();
    } finally {
      // One that gave up keeps its place, so that those behind it do not pass those before it.
      void turn.then(() => {
        over();
        for (const key of keys) if (this.last.get(key) === mine) this.last.delete(key);
      });
    }
  }

  private async wait(turn: Promise<unknown>, { patience, signal }: Waiting): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let leave = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      leave = () => reject(reasonOf(signal));
      signal?.addEventListener('abort', leave, { once: true });
      timer = setTimeout(() => reject(unavailable('The write waited too long for others that change the same data.')), patience);
    });
    this.waiting++;
    try {
      await Promise.race([turn, late]);
    } finally {
      this.waiting--;
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  }
}
