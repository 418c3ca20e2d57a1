/** Named secrets kept with the data: made on first use, rotated daily, two kept. */
import { randomBytes } from 'node:crypto';
import type { Connection } from './connection.js';
import type { WriterClient } from './writer-client.js';

export interface Secret {
  readonly id: string;
  readonly key: Uint8Array;
}

/** ms */
const day = 24 * 60 * 60 * 1000;

export class Secrets {
  private readonly making = new Map<string, Promise<void>>();

  constructor(private readonly connection: Connection, private readonly writer: WriterClient, private readonly clock: () => number) {}

  /** Newest first. */
  async get(name: string): Promise<readonly Secret[]> {
    const stored = this.stored(name);
    if (stored[0] !== undefined && this.clock() - stored[0].made < day) return stored;
    const making = this.making.get(name) ?? this.make(name).finally(() => this.making.delete(name));
    this.making.set(name, making);
    await making;
    return this.stored(name);
  }

  private stored(name: string): (Secret & { readonly made: number })[] {
    const rows = this.connection.prepare('SELECT id, key, made FROM secret WHERE name = ? ORDER BY made DESC, rowid DESC LIMIT 2').all(name);
    return rows.map(([id, key, made]) => ({ id: id as string, key: key as Buffer, made: made as number }));
  }

  private make(name: string): Promise<void> {
    return this.writer.request('secret', { name, id: randomBytes(6).toString('hex'), key: randomBytes(32), made: this.clock() });
  }
}
