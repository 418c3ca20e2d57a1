/** The index of an embedded store: its state in memory, for there is no other process; its job in steps by the number of resources. */
import { setImmediate as breathe } from 'node:timers/promises';
import { redefined, type IndexState, type Redefinition } from '../../search/index-state.js';
import type { PackedEntries } from '../../search/packed-entries.js';
import type { StoredVersion, StoreIndex } from '../port.js';
import type { Connection, Row } from './connection.js';
import { indexRows, type IndexRows } from './index-rows.js';
import { readNames } from './names.js';
import { State } from './schema.js';
import { currentColumns, labelsColumn, VersionReader } from './versions.js';
import type { WriterClient } from './writer-client.js';
import type { Reindexed } from './writer/reindexing.js';

/** Resources, and characters of their texts, of one step. */
const most = 64;
const mostText = 256 * 1024;

/** Labels of the moment are no part of what is indexed. */
const unlabelled = (row: Row): Row => row.with(labelsColumn, null);

type Writing = <T>(work: () => Promise<T>) => Promise<T>;

export class EmbeddedIndex implements StoreIndex {
  readonly staleness = 0;
  private readonly rows: IndexRows;
  private readonly versions: VersionReader;
  private known: IndexState;

  constructor(private readonly connection: Connection, private readonly writer: WriterClient, private readonly writing: Writing) {
    this.rows = indexRows(connection);
    this.versions = new VersionReader(connection, readNames(connection));
    this.known = this.rows.read();
  }

  async state(): Promise<IndexState> {
    return this.known;
  }

  async redefine(expected: number, change: Redefinition): Promise<boolean> {
    if (this.known.generation !== expected) return false;
    const state = redefined(this.known, change, this.rows.count(), Date.now());
    const changed = await this.writing(() => this.writer.request('index', { expected, state }));
    if (changed) this.known = state;
    return changed;
  }

  async step(entriesOf: (found: StoredVersion, state: IndexState) => Promise<PackedEntries | undefined>): Promise<'stepped' | 'idle'> {
    const { known } = this;
    const { generation, job } = known;
    if (job === undefined) return 'idle';
    const { rids, read } = await this.next(this.rows.after());
    const resources: Reindexed[] = [];
    const packed: Uint8Array[] = [];
    for (const { rid, found } of read) {
      const made = await entriesOf(found, known);
      await breathe();
      if (made === undefined) continue;
      resources.push({ rid, version: found.version, entries: made.entries, more: made.more?.length ?? 0 });
      packed.push(...made.more ?? []);
    }
    const after = read.at(-1)?.rid ?? this.rows.after();
    const next = rids === 0 ? undefined : { ...job, done: job.done + read.length };
    const payload = { generation, resources: JSON.stringify(resources), packed, after, ...(next === undefined ? {} : { job: next }) };
    const stands = await this.writing(() => this.writer.request('reindex', payload, packed.map(({ buffer }) => buffer as ArrayBuffer)));
    if (stands && this.known === known) this.known = { generation, definitions: known.definitions, ...(next === undefined ? {} : { job: next }) };
    return 'stepped';
  }

  /** The next resources, in the order of their numbers; `rids` tells whether there are any. */
  private async next(after: number): Promise<{ readonly rids: number; readonly read: readonly { readonly rid: number; readonly found: StoredVersion }[] }> {
    const rids = this.connection.prepare(`SELECT rid FROM res WHERE rid > ? AND state = ${State.live} ORDER BY rid LIMIT ${most}`).all(after).map(([rid]) => rid as number);
    const read: { readonly rid: number; readonly found: StoredVersion }[] = [];
    let length = 0;
    for (const rid of rids) {
      const row = this.connection.prepare(`SELECT ${currentColumns('r', 'b')} FROM res r LEFT JOIN body b ON b.rid = r.rid WHERE r.rid = ?`).get(rid);
      if (row === undefined) continue;
      const found = await this.versions.versionInPieces(unlabelled(row));
      read.push({ rid, found });
      if ((length += found.text.length) > mostText) break;
    }
    return { rids: rids.length, read };
  }
}
