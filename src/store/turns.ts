/** Work that touches the same things goes one after another within this process, first come, first served. */
import { fail, type Failure } from '../fhir/failure.js';

export interface Touched {
  /** Nobody else may touch them meanwhile. */
  readonly alone: readonly string[];
  /** Others may go beside, save those that want them alone. */
  readonly beside: readonly string[];
}

/** How long something waits for its turn at most, ms, and what ends that: its client hung up. */
export interface Waiting {
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}
export const reasonOf = (signal: AbortSignal | undefined): Error => (signal?.reason instanceof Error ? signal.reason : new Error('Aborted'));
const unavailable = (reason: string): Failure => fail('unavailable', { reason }, { headers: { 'Retry-After': '2' } });

interface Place {
  alone?: Promise<void>;
  readonly beside: Set<Promise<void>>;
}

export class Turns {
  private readonly places = new Map<string, Place>();
  private waiting = 0;

  /** @param most works that may wait for their turn */
  constructor(private readonly most = Infinity) {}

  /**
   * Runs `work` once everything that came before and touches the same is over.
   * @param waiting how long it waits at most, and what ends that
   * @throws Failure `unavailable` when its turn does not come in time, or too many wait; the work is then never begun
   */
  async take<T>(touched: Touched, waiting: Waiting, work: () => Promise<T>): Promise<T> {
    const alone = new Set(touched.alone);
    const beside = new Set(touched.beside.filter((key) => !alone.has(key)));
    const before = this.before(alone, beside);
    if (before.size > 0 && this.waiting >= this.most) throw unavailable('Too many writes wait for the same data.');
    let over: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => { over = resolve; });
    this.enter(alone, beside, mine);
    const turn = Promise.all(before);
    try {
      if (before.size > 0) await this.wait(turn, waiting);
      return await work();
    } finally {
      // One that gave up keeps its place, so that those behind it do not pass those before it.
      void turn.then(() => {
        over();
        for (const key of [...alone, ...beside]) this.leave(key, mine);
      });
    }
  }

  private before(alone: ReadonlySet<string>, beside: ReadonlySet<string>): ReadonlySet<Promise<void>> {
    const before = new Set<Promise<void>>();
    for (const key of [...alone, ...beside]) {
      const place = this.places.get(key);
      if (place?.alone) before.add(place.alone);
      if (alone.has(key)) for (const other of place?.beside ?? []) before.add(other);
    }
    return before;
  }

  private enter(alone: ReadonlySet<string>, beside: ReadonlySet<string>, mine: Promise<void>): void {
    for (const key of alone) this.places.set(key, { alone: mine, beside: new Set() });
    for (const key of beside) {
      const place = this.places.get(key) ?? { beside: new Set() };
      place.beside.add(mine);
      this.places.set(key, place);
    }
  }

  private leave(key: string, mine: Promise<void>): void {
    const place = this.places.get(key);
    if (!place) return;
    if (place.alone === mine) delete place.alone;
    place.beside.delete(mine);
    if (!place.alone && place.beside.size === 0) this.places.delete(key);
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
