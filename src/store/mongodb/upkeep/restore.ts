/** Restoring: each batch one transaction, its position among what it writes. */
import { Binary } from 'mongodb';
import { encodeChunk } from '../../body/codec.js';
import { isDue, RestoreRefused, type ArchivedResource, type ArchiveRecord, type RestoreBatch, type RestoreState } from '../../upkeep.js';
import { claimId } from '../claims.js';
import { readOptions, times, type Connection } from '../connection.js';
import type { ChainDocument, ContentDocument, ResourceDocument } from '../documents.js';
import { replaceRules } from '../step/rules.js';
import { nothing, type TransactionReading, type Transactions } from '../transactions.js';
import { keyText, placeOf, versionsFrom } from '../versions.js';
import { contentsOf, pastDocument, resourceDocuments } from './documents-of.js';

/** Longest time that one batch may take, ms. */
const patience = 120_000;
const options = { maxTimeMS: times.key } as const;
const mark = 'restore';

type Kind = ArchiveRecord['kind'];
const of = <K extends Kind>(records: readonly ArchiveRecord[], kind: K) => records.filter((record): record is Extract<ArchiveRecord, { readonly kind: K }> => record.kind === kind);

export class Restore {
  constructor(private readonly connection: Connection, private readonly transactions: Transactions) {}

  async state(): Promise<RestoreState> {
    const { meta, resources, contents, audit } = this.connection.collections;
    const { origin, position, done } = (await meta.findOne({ _id: mark }, options)) ?? {};
    if (origin !== undefined && position !== undefined) return { kind: done === true ? 'restored' : 'restoring', origin, position };
    const any = await Promise.all([resources, contents, audit].map((collection) => (collection as typeof resources).findOne({}, { ...options, projection: { _id: 1 } })));
    return { kind: any.some((found) => found !== null) ? 'occupied' : 'empty' };
  }

  /** @throws RestoreRefused */
  async apply(batch: RestoreBatch): Promise<void> {
    if (!isDue(await this.state(), batch)) return;
    if (batch.clock !== undefined) await this.settle(batch.clock);
    await this.transactions.run(Date.now() + patience, nothing, (reading) => this.write(reading, batch));
  }

  private async write(reading: TransactionReading, { origin, position, records, clock }: RestoreBatch): Promise<void> {
    await this.setMark(reading, origin, position, clock !== undefined);
    if (position === 1) await reading.collections.secrets.deleteMany({}, readOptions(reading));
    await this.writeBeside(reading, records, position);
    await this.writeVersions(reading, records);
  }

  /** Another import at the same time changes the same mark: one of them is refused. */
  private async setMark(reading: TransactionReading, origin: string, position: number, done: boolean): Promise<void> {
    const { meta } = reading.collections;
    const before = await meta.findOne({ _id: mark }, readOptions(reading));
    if ((before?.position ?? 0) !== position - 1 || (before !== null && before.origin !== origin)) throw new RestoreRefused('Another import into this store is under way.');
    await meta.replaceOne({ _id: mark }, { origin, position, done }, { ...readOptions(reading), upsert: true });
  }

  /** Secrets, audit log, bytes. */
  private async writeBeside(reading: TransactionReading, records: readonly ArchiveRecord[], position: number): Promise<void> {
    const { secrets, audit, contents, chunks } = reading.collections;
    await insert(reading, secrets, of(records, 'secret').map(({ name, id, made, key }) => ({ _id: `${name}|${id}`, id, name, made, key: new Binary(key) })));
    await insert(reading, audit, of(records, 'audit').map(({ record }, at) => ({
      // Before whatever is appended from now on, in its order.
      _id: `0-${String(position).padStart(9, '0')}-${String(at).padStart(9, '0')}`, at: record.at, ...(record.patients.length > 0 ? { p: [...record.patients] } : {}), b: JSON.stringify(record),
    })));
    await insert(reading, contents, of(records, 'content').map(({ content, size, sha1, sha256, contentType }): ContentDocument => ({ _id: content, size, sha1, sha256, type: contentType, staged: new Date(0), held: 0 })));
    await insert(reading, chunks, of(records, 'chunk').map(({ content, position: n, bytes }) => ({ _id: { c: content, n }, b: new Binary(encodeChunk(bytes)) })));
  }

  private async writeVersions(reading: TransactionReading, records: readonly ArchiveRecord[]): Promise<void> {
    const [past, resources] = [of(records, 'past'), of(records, 'resource')];
    await this.requireNew(reading, resources);
    const names = [...past, ...resources].flatMap(contentsOf);
    const contents = await this.hold(reading, names);
    await insert(reading, reading.collections.past, past.map((record) => pastDocument(record, contents)));
    const documents = resources.map((record) => resourceDocuments(record, contents));
    await insert(reading, reading.collections.resources, documents.flatMap(({ main, spill }) => [main, ...spill]));
    await insert(reading, reading.collections.chains, documents.flatMap(({ chain }) => (chain === undefined ? [] : [chain])));
    await insert(reading, reading.collections.claims, resources.flatMap((record) => record.claims.map((claim) => ({ _id: claimId(claim), k: keyText(record), ...(record.deleted ? { gone: true as const } : {}) }))));
    await this.placePast(reading, documents.map(({ main }) => main));
    for (const { id, access: { rules } } of resources) if (rules !== undefined) await replaceRules(reading, id, rules, []);
  }

  /** Past versions came before the resource that says whose they are. */
  private async placePast(reading: TransactionReading, resources: readonly ResourceDocument[]): Promise<void> {
    for (const resource of resources) {
      if (resource.v > 1) await reading.collections.past.updateMany(versionsFrom(resource._id), { $set: placeOf(resource._id, resource) }, readOptions(reading));
    }
  }

  private async requireNew(reading: TransactionReading, resources: readonly ArchivedResource[]): Promise<void> {
    const keys = resources.map(keyText);
    const there = await reading.collections.resources.find({ _id: { $in: keys } }, { ...readOptions(reading), projection: { _id: 1 } }).toArray();
    const twice = there[0]?._id ?? keys.find((key, at) => keys.indexOf(key) !== at);
    if (twice !== undefined) throw new RestoreRefused(`${twice} stands twice in the export.`);
    const claims = resources.flatMap((record) => record.claims.map((claim) => ({ id: claimId(claim), kind: claim.kind, key: keyText(record) })));
    const held = await reading.collections.claims.find({ _id: { $in: claims.map(({ id }) => id) } }, { ...readOptions(reading), projection: { _id: 1 } }).toArray();
    const taken = new Set(held.map(({ _id }) => _id));
    for (const { id, kind, key } of claims) {
      if (taken.has(id)) throw new RestoreRefused(`${key} holds a claim (${kind}) that another resource holds.`);
      taken.add(id);
    }
  }

  private async hold(reading: TransactionReading, names: readonly string[]): Promise<ReadonlyMap<string, ContentDocument>> {
    if (names.length === 0) return new Map();
    const { contents } = reading.collections;
    await contents.bulkWrite(names.map((_id) => ({ updateOne: { filter: { _id }, update: { $inc: { held: 1 } } } })), readOptions(reading));
    const found = await contents.find({ _id: { $in: [...new Set(names)] } }, readOptions(reading)).toArray();
    return new Map(found.map((content) => [content._id, content]));
  }

  /** What is known when all is there: what each chain says, and the clock. Done again, it changes nothing. */
  private async settle(clock: number): Promise<void> {
    const { chains, resources, clock: clocks } = this.connection.collections;
    let chain: ChainDocument[] = [];
    for await (const document of chains.find({}, { sort: { ch: 1, _id: 1 }, maxTimeMS: times.build })) {
      if (chain[0] !== undefined && chain[0].ch !== document.ch) {
        await this.settleChain(chain);
        chain = [];
      }
      chain.push(document);
    }
    await this.settleChain(chain);
    const [latest] = await resources.aggregate<{ readonly lu: number }>([{ $group: { _id: null, lu: { $max: '$lu' } } }], { maxTimeMS: times.build }).toArray();
    await clocks.updateOne({ _id: 'clock' }, { $max: { last: Math.max(clock, latest?.lu ?? 0) } }, options);
  }

  private async settleChain(chain: readonly ChainDocument[]): Promise<void> {
    // Alone it says what it says itself.
    if (chain.length < 2) return;
    const whole = { l: chain.reduce((bits, { own }) => bits | own, 0), m: chain.map(({ _id }) => _id) };
    await this.connection.collections.chains.updateMany({ _id: { $in: whole.m } }, { $set: whole }, { maxTimeMS: times.write });
  }
}

/** Documents of a collection in one order to the server; none is none. */
async function insert<D>(reading: TransactionReading, collection: { insertMany(documents: readonly D[], options: object): Promise<unknown> }, documents: readonly D[]): Promise<void> {
  if (documents.length > 0) await collection.insertMany(documents, readOptions(reading));
}
