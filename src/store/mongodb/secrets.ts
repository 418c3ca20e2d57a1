/** Named secrets kept with the data: made on first use, rotated daily, two kept. */
import { randomBytes } from 'node:crypto';
import { Binary } from 'mongodb';
import { times, type Connection } from './connection.js';
import type { SecretDocument } from './documents.js';
import { isDuplicate } from './faults.js';
import { bytesOf } from './versions.js';

export interface Secret {
  readonly id: string;
  readonly key: Uint8Array;
}

/** ms */
const day = 24 * 60 * 60 * 1000;
const kept = 2;
const options = { maxTimeMS: times.key } as const;

export class Secrets {
  /** @param clock ms UTC */
  constructor(private readonly connection: Connection, private readonly clock: () => number) {}

  /** Newest first. */
  async get(name: string): Promise<readonly Secret[]> {
    let stored = await this.stored(name);
    if (stored[0] === undefined || this.clock() - stored[0].made >= day) {
      await this.make(name);
      stored = await this.stored(name);
      await this.forget(stored.slice(kept));
    }
    return stored.slice(0, kept).map(({ id, key }) => ({ id, key: bytesOf(key) }));
  }

  private stored(name: string): Promise<SecretDocument[]> {
    return this.connection.collections.secrets.find({ name }, { ...options, sort: { made: -1 } }).toArray();
  }

  /** One for each name and day: of several processes that make it at once, one does. */
  private async make(name: string): Promise<void> {
    const made = this.clock();
    const secret = { _id: `${name}|${Math.floor(made / day)}`, id: randomBytes(6).toString('hex'), name, made, key: new Binary(randomBytes(32)) };
    try {
      await this.connection.collections.secrets.insertOne(secret, options);
    } catch (thrown) {
      if (!isDuplicate(thrown)) throw thrown;
    }
  }

  private async forget(old: readonly SecretDocument[]): Promise<void> {
    if (old.length > 0) await this.connection.collections.secrets.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } }, options);
  }
}
