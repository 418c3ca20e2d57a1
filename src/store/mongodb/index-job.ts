/**
 * The index of a MongoDB store: its job is done by one process at a time, under a lease, in the order of the keys.
 *
 * Before the first resource is looked at, the clock tells every step that begins the generation of the index, and the steps that had
 * begun by then have ended: what they wrote is there to be indexed anew, and no later step brings entries of an earlier generation.
 * Each step of the job is a transaction that moves the job on: a process that lost its lease, or that did not learn of a change, moves nothing.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { redefined, type IndexState, type Redefinition } from '../../search/index-state.js';
import type { IndexEntries } from '../../search/entries.js';
import type { PackedEntries } from '../../search/packed-entries.js';
import type { StoredVersion, StoreIndex } from '../port.js';
import { forgotten } from './clock.js';
import { readOptions, times, type Connection } from './connection.js';
import type { IndexJobFields, ResourceDocument, StoreDocument } from './documents.js';
import { entryFields, mainDate } from './entry-fields.js';
import { changeIndex, stateOf } from './index-state.js';
import { allEntries } from './step/prepared.js';
import { nothing, type TransactionReading, type Transactions } from './transactions.js';
import { entryNames } from './upkeep/kept.js';
import { keyOf, versionFields, versionsOf, type VersionRow } from './versions.js';

/** A lease that was not renewed for so long is free, ms. */
const held = 5_000;
/** How soon it is looked again whether the steps that were open have ended, ms. */
const patience = 200;
/** Resources, and characters of their texts, of one step. */
const most = 64;
const mostText = 256 * 1024;
/** A process knows of a change after this, ms. */
const staleness = 1_000;
const options = { maxTimeMS: times.key } as const;

type Row = VersionRow & Pick<ResourceDocument, 'n' | 'w' | 'sp'>;
type EntriesOf = (found: StoredVersion, state: IndexState) => Promise<PackedEntries | undefined>;
interface Made { readonly row: Row; readonly entries: PackedEntries }

const unlabelled = { labels: async () => new Map<string, number>() };

export class MongoIndex implements StoreIndex {
  readonly staleness = staleness;
  private readonly holder = randomBytes(6).toString('hex');

  constructor(private readonly connection: Connection, private readonly transactions: Transactions) {}

  async state(): Promise<IndexState> {
    return stateOf(await this.connection.collections.meta.findOne({ _id: 'index' }, options));
  }

  async redefine(expected: number, change: Redefinition): Promise<boolean> {
    const { meta, resources } = this.connection.collections;
    const total = await resources.estimatedDocumentCount({ maxTimeMS: times.write });
    return changeIndex(meta, (state) => redefined(state, change, total, Date.now()), expected);
  }

  async step(entriesOf: EntriesOf): Promise<'stepped' | 'idle' | 'elsewhere'> {
    const document = await this.lease();
    if (document === null) return (await this.state()).job === undefined ? 'idle' : 'elsewhere';
    const { job } = document;
    if (job === undefined) return 'idle';
    if (job.drained !== true) await this.drain(document, job);
    else await this.advance(document, job, entriesOf);
    return 'stepped';
  }

  /** @returns null when there is no job, or another process has it */
  private lease(): Promise<StoreDocument | null> {
    const free = { $or: [{ $eq: ['$holder', this.holder] }, { $lt: [{ $ifNull: ['$until', new Date(0)] }, '$$NOW'] }] };
    return this.connection.collections.meta.findOneAndUpdate(
      { _id: 'index', job: { $exists: true }, $expr: free }, [{ $set: { holder: this.holder, until: { $add: ['$$NOW', held] } } }], { ...options, returnDocument: 'after' },
    );
  }

  /** Only who has the lease, and knows the state, moves the job. */
  private mine({ generation }: StoreDocument): object {
    return { _id: 'index', generation, holder: this.holder };
  }

  private async drain(document: StoreDocument, { since }: IndexJobFields): Promise<void> {
    const { clock, meta } = this.connection.collections;
    const { generation = 0, changed, until } = document;
    if (since === undefined) {
      const now = await clock.findOneAndUpdate({ _id: 'clock' }, { $max: { generation } }, { ...options, returnDocument: 'after' });
      await meta.updateOne(this.mine(document), { $set: { 'job.since': Number(now?.last ?? 0) } }, options);
      return;
    }
    const now = await clock.findOne({ _id: 'clock' }, options);
    const moment = Number(until) - held;
    const waits = (now?.open ?? []).some(({ t }) => Number(t) <= since && Number(t) > moment - forgotten) || moment - Number(changed) < staleness;
    if (waits) await wait(patience);
    else await meta.updateOne(this.mine(document), { $set: { 'job.drained': true } }, options);
  }

  private async advance(document: StoreDocument, { after = '', done }: IndexJobFields, entriesOf: EntriesOf): Promise<void> {
    const state = stateOf(document);
    const rows = await this.next(after);
    const made: Made[] = [];
    for (const row of rows) {
      const [found] = await versionsOf(this.connection.reading(times.key), unlabelled, [row]);
      const entries = found && (await entriesOf(found, state));
      if (entries) made.push({ row, entries });
    }
    const last = rows.at(-1);
    const onward = last === undefined ? { $unset: { job: '', holder: '', until: '' } } as const : { $set: { 'job.after': last._id, 'job.done': done + rows.length } };
    await this.transactions.run(Date.now() + times.write, nothing, async (reading) => {
      const { matchedCount } = await reading.collections.meta.updateOne(this.mine(document), onward, readOptions(reading));
      if (matchedCount > 0) for (const one of made) await replaceEntries(reading, one, await allEntries(one.entries));
    });
  }

  /** The next live resources, in the order of their keys. */
  private async next(after: string): Promise<Row[]> {
    const rows: Row[] = [];
    let length = 0;
    const found = this.connection.collections.resources.find<Row>({ _id: { $gt: after }, rt: { $exists: true } }, {
      ...options, sort: { _id: 1 }, limit: most, batchSize: 16, projection: { ...versionFields, n: 1, w: 1, sp: 1 },
    });
    for await (const row of found) {
      rows.push(row);
      length += row.big === undefined ? String(row.b ?? '').length : mostText;
      if (length > mostText) break;
    }
    return rows;
  }
}

/** In the version that was read, or not at all. */
async function replaceEntries(reading: TransactionReading, { row }: Made, all: IndexEntries): Promise<void> {
  const { resources } = reading.collections;
  const of = readOptions(reading);
  const { main, spill } = entryFields(keyOf(row._id).type, all);
  const sd = mainDate(all);
  const gone = Object.fromEntries(entryNames.filter((name) => main[name] === undefined).map((name) => [name, '']));
  const { matchedCount } = await resources.updateOne({ _id: row._id, v: row.v }, {
    $set: { ...main, sd, ...(spill.length > 0 ? { sp: spill.length } : {}) }, $unset: { ...gone, ...(spill.length > 0 ? {} : { sp: '' }) },
  }, of);
  if (matchedCount === 0) return;
  if (row.sp !== undefined) await resources.deleteMany({ of: row._id }, of);
  const { v, lu, w, n, x, pt, pts, doc, st } = row;
  const access = { x, ...(pt === undefined ? {} : { pt }), ...(pts === undefined ? {} : { pts }), ...(doc === undefined ? {} : { doc }), ...(st === undefined ? {} : { st }) };
  if (spill.length > 0) await resources.insertMany(spill.map((spilled, index) => ({ _id: `${row._id}#${index + 1}`, of: row._id, v, lu, w, sd, n, ...access, ...spilled })), of);
}
