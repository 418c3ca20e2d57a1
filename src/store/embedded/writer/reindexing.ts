/** Entries made anew, in the writer: each of the version that it was made of, or not at all. */
import type { IndexEntries } from '../../../search/entries.js';
import type { IndexJob, IndexState } from '../../../search/index-state.js';
import { unpackPart } from '../../../search/packed-entries.js';
import type { Connection } from '../connection.js';
import { indexRows, type IndexRows } from '../index-rows.js';
import { State } from '../schema.js';
import type { BulkInsert } from './bulk.js';
import { mainDate } from '../entry-lists.js';
import type { EntryRows } from './entry-rows.js';
import type { OwnerRows } from './owner-rows.js';

export interface IndexJobPayload {
  readonly expected: number;
  readonly state: IndexState;
}
export interface ReindexPayload {
  readonly generation: number;
  /** JSON of {@link Reindexed}[] */
  readonly resources: string;
  /** Packed entries of those that have `more`, in order. */
  readonly packed: readonly Uint8Array[];
  /** How far the job is with these; absent = done. */
  readonly job?: IndexJob;
  readonly after: number;
}
export interface Reindexed {
  readonly rid: number;
  readonly version: number;
  readonly entries: IndexEntries;
  /** how many of {@link ReindexPayload.packed} are its own */
  readonly more: number;
}

export class Reindexing {
  private readonly rows: IndexRows;

  constructor(private readonly connection: Connection, private readonly entries: EntryRows, private readonly owners: OwnerRows, private readonly newResources: BulkInsert) {
    this.rows = indexRows(connection);
  }

  change({ expected, state }: IndexJobPayload): boolean {
    if (this.rows.read().generation !== expected) return false;
    this.rows.write(state, 0);
    return true;
  }

  apply({ generation, resources, packed, job, after }: ReindexPayload): boolean {
    if (this.rows.read().generation !== generation) return false;
    let at = 0;
    for (const { rid, version, entries, more } of JSON.parse(resources) as Reindexed[]) {
      const parts = packed.slice(at, at += more);
      if (!this.replaces(rid, version, mainDate(entries))) continue;
      this.entries.remove(rid);
      this.entries.add(rid, entries);
      for (const part of parts) this.entries.add(rid, unpackPart(part, entries.mainDate));
    }
    this.newResources.flush();
    this.entries.flush();
    this.rows.advance(job, after);
    return true;
  }

  /** Whether the version still stands; then the resource is found by its main date. */
  private replaces(rid: number, version: number, sd: number): boolean {
    const row = this.connection.prepare(`SELECT type, sd, pt FROM res WHERE rid = ? AND version = ? AND state = ${State.live}`).get(rid, version);
    if (row === undefined) return false;
    const [type, before, pt] = row as unknown as [number, number, number];
    if (before === sd) return true;
    this.owners.redate({ rid, type, sd: before, pt }, sd);
    this.connection.prepare('UPDATE res SET sd = ? WHERE rid = ?').run(sd, rid);
    return true;
  }
}
