/**
 * The store's clock: one document that every process moves on before a step, outside of the step's transaction, so that no
 * two steps conflict on it.
 *
 * - Instants come from the server's clock and only grow, whatever the clocks of the processes say.
 * - Steps that wait together in a process get one instant, a number each, in one write.
 * - Each step is named in the clock as open before it begins, and taken out with the next write after its end. A snapshot
 *   of the store therefore holds every step up to the clock's last instant, less the open ones that left nothing in it:
 *   see cut.ts. That makes `_since` safe and pages stable without a shared document in any transaction.
 * - A process that dies leaves its open steps behind; they name nothing that will ever be, and go after a while.
 */
import { randomBytes } from 'node:crypto';
import type { Document } from 'mongodb';
import { times, type Connection } from './connection.js';
import type { OpenStep } from './documents.js';
import { UnknownOutcome } from './faults.js';

/** The place of a step in time. */
export interface Instant {
  /** lastUpdated, ms UTC */
  readonly t: number;
  /** Number among the steps of this instant. */
  readonly w: number;
  /** The generation of the index at least (see `index-job.ts`): the step takes no entries of an earlier one. */
  readonly generation?: number;
}
interface Begun extends Instant { readonly name: string }
interface Waiting {
  readonly k: string;
  readonly name: string;
  resolve(instant: Begun): void;
  reject(reason: unknown): void;
}

/** Longer than any step may take, ms: an open step of an earlier instant is that of a process that died. */
export const forgotten = 10 * 60 * 1000;
/** How soon ended steps leave the clock when nothing else is written, ms. */
const settling = 250;
/** Steps of one instant. */
const most = 256;

const without = (names: readonly string[]): Document => ({
  $filter: {
    input: '$open', as: 'step',
    cond: { $and: [{ $not: [{ $in: ['$$step.i', names] }] }, { $gt: ['$$step.t', { $subtract: [{ $toLong: '$$NOW' }, forgotten] }] }] },
  },
});
const opened = ({ k, name }: Waiting, w: number): Document => ({ t: '$last', w, k: { $literal: k }, i: name });

export class StoreClock {
  private readonly process = randomBytes(6).toString('hex');
  private count = 0;
  private waiting: Waiting[] = [];
  private ended: string[] = [];
  private working: Promise<void> | undefined;
  private settler: NodeJS.Timeout | undefined;

  constructor(private readonly connection: Connection) {}

  /**
   * Runs a step at an instant of its own, later than that of every step that has ended. Where nobody knows how it ended, it
   * counts as open until no server can remember it.
   * @param k a resource that the step writes, `Type/id`
   */
  async during<T>(k: string, step: (instant: Instant) => Promise<T>): Promise<T> {
    const begun = await this.begin(k);
    try {
      const value = await step(begun);
      this.end(begun);
      return value;
    } catch (thrown) {
      if (!(thrown instanceof UnknownOutcome)) this.end(begun);
      throw thrown;
    }
  }

  private begin(k: string): Promise<Begun> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ k, name: `${this.process}-${++this.count}`, resolve, reject });
      this.working ??= this.work();
    });
  }

  private end({ name }: Begun): void {
    this.ended.push(name);
    this.settler ??= setTimeout(() => {
      this.settler = undefined;
      if (this.working === undefined) this.working = this.work();
    }, settling).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.settler);
    await this.working;
    if (this.ended.length > 0) await this.write();
  }

  private async work(): Promise<void> {
    do await this.write();
    while (this.waiting.length > 0);
    this.working = undefined;
  }

  /** Moves the clock on for those that wait, and takes out what has ended. */
  private async write(): Promise<void> {
    const group = this.waiting.splice(0, most);
    const ended = this.ended.splice(0);
    try {
      const { last, generation } = await this.move(group, ended);
      group.forEach(({ name, resolve }, w) => resolve({ t: last, w, generation, name }));
    } catch (thrown) {
      this.ended.push(...ended, ...group.map(({ name }) => name));
      for (const { reject } of group) reject(thrown);
    }
  }

  private async move(group: readonly Waiting[], ended: readonly string[]): Promise<{ readonly last: number; readonly generation: number }> {
    const next = { $max: [{ $add: ['$last', 1] }, { $toLong: '$$NOW' }] };
    const steps = group.length === 0
      ? [{ $set: { open: without(ended) } }]
      : [{ $set: { last: next } }, { $set: { open: { $concatArrays: [without(ended), group.map(opened)] } } }];
    const clock = await this.connection.collections.clock.findOneAndUpdate({ _id: 'clock' }, steps, { returnDocument: 'after', projection: { last: 1, generation: 1 }, maxTimeMS: times.key });
    if (clock === null) throw new TypeError('The store has no clock');
    return { last: Number(clock.last), generation: Number(clock.generation ?? 0) };
  }
}

/** The clock of a new store. */
export const firstClock = { _id: 'clock', last: 0, open: [] as OpenStep[] };
