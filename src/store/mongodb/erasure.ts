/**
 * Erasure for good: every version, entry, claim, byte and access document of a resource, or of the whole record of a Patient.
 * A record holds all that the person owns, also what somebody else owns beside them: a body is erased or not, never cut.
 * With a document goes what was drawn from it.
 */
import type { Filter } from 'mongodb';
import type { ResourceKey } from '../port.js';
import { readOptions, times, type Connection, type Reading } from './connection.js';
import { releaseContents, type Contents } from './contents.js';
import type { ResourceDocument } from './documents.js';
import { removeFromChains } from './step/chains.js';
import { replaceRules } from './step/rules.js';
import { nothing, type TransactionReading, type Transactions } from './transactions.js';
import { keyOf, keyText, versionsFrom, versionsNamed } from './versions.js';

/** Resources of one transaction. */
const batch = 50;
/** Longest time that one transaction is tried, ms. */
const patience = 50_000;

/** Spilled entries go with their resource. */
const whole = { of: { $exists: false } } as const;
const others = (key: string, condition: Filter<ResourceDocument>): Filter<ResourceDocument> => ({ $and: [condition, whole, { _id: { $ne: key } }] });
const ownedBy = (patient: string): Filter<ResourceDocument> => ({ $or: [{ pt: patient }, { pts: patient }] });
/** Drawn from a document; nothing for any other resource. */
function drawn(key: string): Filter<ResourceDocument> | undefined {
  const { type, id } = keyOf(key);
  return type === 'DocumentReference' ? others(key, { doc: id }) : undefined;
}

type Victim = Pick<ResourceDocument, '_id' | 'ct' | 'big' | 'cl' | 'ru' | 'sp'>;
const victimFields = { ct: 1, big: 1, cl: 1, ru: 1, sp: 1 } as const;

/** The first of them, as many as fit into one transaction with the entries that they spilled; one always does. */
function few(victims: readonly Victim[]): Victim[] {
  let documents = 0;
  return victims.filter(({ sp = 0 }, index) => (documents += sp + 1) <= batch || index === 0);
}

const contentsNamed = (bodies: readonly Pick<ResourceDocument, 'ct' | 'big'>[]): string[] => bodies.flatMap(({ ct, big }) => [ct?.id, big?.id]).filter((id) => id !== undefined);

export class Erasure {
  constructor(private readonly connection: Connection, private readonly transactions: Transactions, private readonly contents: Contents) {}

  /** How many resources there are still to erase. */
  async count(target: ResourceKey): Promise<number> {
    const { resources } = this.connection.collections;
    const key = keyText(target);
    const options = { maxTimeMS: times.search };
    if ((await resources.findOne({ _id: key, ...whole }, { ...options, projection: { _id: 1 } })) === null) return 0;
    const owned = target.type === 'Patient' ? await resources.countDocuments(others(key, ownedBy(target.id)), options) : 0;
    const from = drawn(key);
    return owned + (from === undefined ? 0 : await resources.countDocuments(from, options)) + 1;
  }

  /**
   * Erases some of them, the target last, so that what was begun can be taken up again.
   * @returns how many
   */
  async next(target: ResourceKey): Promise<number> {
    const { erased, free } = await this.transactions.run(Date.now() + patience, nothing, async (reading) => {
      const victims = await this.victims(reading, target);
      return { erased: victims.length, free: await this.erase(reading, victims, target) };
    });
    // Nothing names these bytes any more; were this broken off, the sweeper would take them.
    await this.contents.drop(free);
    return erased;
  }

  /** Some past versions of a resource, or the one that is named. @returns how many */
  async nextVersions(key: ResourceKey, version: number | undefined): Promise<number> {
    const k = keyText(key);
    const { erased, free } = await this.transactions.run(Date.now() + patience, nothing, async (reading) => {
      const { past } = reading.collections;
      const found = await past.find(version === undefined ? versionsFrom(k) : versionsNamed([{ k, v: version }]), { ...readOptions(reading), projection: { ct: 1, big: 1 }, limit: batch }).toArray();
      if (found.length === 0) return { erased: 0, free: [] };
      await past.deleteMany(versionsNamed(found.map(({ _id }) => _id)), readOptions(reading));
      return { erased: found.length, free: await releaseContents(reading, contentsNamed(found)) };
    });
    await this.contents.drop(free);
    return erased;
  }

  /** What was drawn from a document goes before it: its labels rule it to the end. */
  private async victims(reading: Reading, target: ResourceKey): Promise<Victim[]> {
    const key = keyText(target);
    const find = (filter: Filter<ResourceDocument>, limit = batch): Promise<Victim[]> =>
      reading.collections.resources.find(filter, { ...readOptions(reading), projection: victimFields, limit }).toArray();
    const [itself] = await find({ _id: key, ...whole });
    if (itself === undefined) return [];
    const owned = target.type === 'Patient' ? await find(others(key, ownedBy(target.id))) : [];
    for (const { _id } of owned.length > 0 ? owned : [itself]) {
      const from = drawn(_id);
      const first = from === undefined ? [] : await find(from);
      if (first.length > 0) return few(first);
    }
    return owned.length > 0 ? few(owned) : [itself];
  }

  /** @returns contents that nothing names any more */
  private async erase(reading: TransactionReading, victims: readonly Victim[], target: ResourceKey): Promise<string[]> {
    if (victims.length === 0) return [];
    const { resources, past, claims, records } = reading.collections;
    const options = readOptions(reading);
    const keys = victims.map(({ _id }) => _id);
    const versions = { $or: keys.map(versionsFrom) };
    const former = await past.find(versions, { ...options, projection: { ct: 1, big: 1 } }).toArray();
    const named = contentsNamed([...victims, ...former]);
    for (const { _id, ru = [] } of victims) if (ru.length > 0) await replaceRules(reading, keyOf(_id).id, [], ru);
    await removeFromChains(reading, keys.map(keyOf).filter(({ type }) => type === 'DocumentReference').map(({ id }) => id));
    await claims.deleteMany({ _id: { $in: victims.flatMap(({ cl = [] }) => cl) } }, options);
    await past.deleteMany(versions, options);
    await resources.deleteMany({ $or: [{ _id: { $in: keys } }, { of: { $in: keys } }] }, options);
    if (target.type === 'Patient' && keys.includes(keyText(target))) await records.deleteOne({ _id: target.id }, options);
    return releaseContents(reading, named);
  }
}
