/**
 * Snapshots that searches share: those that come together read at one instant of the database, which is fixed by one look at
 * the store's clock. The look is sent after the last of them came, so that none sees an older state than it would by itself.
 */
import { ReadConcern, type Timestamp } from 'mongodb';
import { collectionsOf, type Collections } from './collections.js';
import { readOptions, times, type Connection, type Reading } from './connection.js';
import type { ClockDocument } from './documents.js';
import { Gathering } from './gathering.js';

interface Instant {
  readonly clock: ClockDocument;
  /** Whatever is read of them is of the instant. */
  readonly collections: Collections;
}

/** Searches of one instant. */
const most = 1_000;
/** Looks on their way at once. */
const atOnce = 2;

export class Instants {
  private readonly looks: Gathering<undefined, Instant>;

  constructor(private readonly connection: Connection) {
    this.looks = new Gathering({
      most, atOnce,
      ask: async (searches) => {
        const instant = await this.look();
        return searches.map(() => instant);
      },
    });
  }

  /** Reads that all see the store at one instant, which is no earlier than the call. They may run beside each other. */
  async reading(maxTimeMS: number, signal?: AbortSignal): Promise<Reading> {
    const { clock, collections } = await this.looks.ask(undefined);
    return { ...this.connection.reading(maxTimeMS, signal), clock, collections };
  }

  private look(): Promise<Instant> {
    return this.connection.inSnapshot(times.key, undefined, async (reading) => {
      const clock = await reading.collections.clock.findOne({ _id: 'clock' }, readOptions(reading));
      // The driver keeps the instant with the session, and has no type for it.
      const { snapshotTime } = reading.session as { readonly snapshotTime?: Timestamp };
      if (clock === null || snapshotTime === undefined) throw new TypeError('The store has no clock');
      const readConcern = Object.assign(new ReadConcern('snapshot'), { atClusterTime: snapshotTime });
      return { clock, collections: collectionsOf(this.connection.within(readConcern)) };
    });
  }
}
