/** Reads by key, each joined with the access documents of what it reads. */
import type { Grant } from '../../access/grant.js';
import { longestPage } from '../history/budget.js';
import type { Claim, HistoryPage, HistoryQuery, ResourceKey, StoredVersion } from '../port.js';
import { claimId } from './claims.js';
import { readOptions, times, type Connection, type Reading } from './connection.js';
import type { ClaimDocument, RuleFields } from './documents.js';
import { cutOf, isWithin, readCut } from './cut.js';
import { CurrentReads } from './current-reads.js';
import { isOfOne } from './faults.js';
import { Gathering } from './gathering.js';
import { closes, rulesOf } from './records.js';
import { keyOf, keyText, pastRow, versionFields, versionsFrom, versionsNamed, versionsOf, type VersionRow } from './versions.js';
import { reachFilter, Sight } from './visibility.js';

/** A version of a resource in time. */
interface Moment {
  readonly version: number;
  readonly lu: number;
  readonly w?: number | undefined;
  /** When the next one took over. */
  readonly until: number;
}
/** Versions from before a resource came to another person are for the operator alone. */
const within = ({ reach }: Grant) => (reach.kind === 'everything' ? {} : { apart: { $exists: false } });

/** Versions read at once. */
const pace = 20;

/** Look-ups of claims, or of records, that are asked together. */
const mostLookUps = 200;

export class Reads {
  private readonly currentReads: CurrentReads;
  private readonly lookUps: Gathering<readonly string[], readonly (ClaimDocument | undefined)[]>;
  private readonly records: Gathering<string, readonly RuleFields[] | undefined>;

  /** @param linearizable reads by id wait until a majority confirms that the primary is still one */
  constructor(private readonly connection: Connection, private readonly linearizable: boolean) {
    this.currentReads = new CurrentReads(connection);
    this.lookUps = new Gathering({ most: mostLookUps, isOfOne, ask: (lists) => this.holders(lists) });
    this.records = new Gathering({
      most: mostLookUps, isOfOne,
      ask: async (patients) => {
        const found = await rulesOf(connection.reading(times.key), patients);
        return patients.map((patient) => found.get(patient));
      },
    });
  }

  read(grant: Grant, key: ResourceKey): Promise<StoredVersion | undefined> {
    return this.linearizable ? this.readLinearizable(grant, key) : this.currentReads.read(grant, key);
  }

  private readLinearizable(grant: Grant, key: ResourceKey): Promise<StoredVersion | undefined> {
    return this.reading(grant, async (reading) => {
      const sight = new Sight(reading, grant);
      const row = await this.current(reading, sight, grant, key);
      return row && (await versionsOf(reading, sight, [row]))[0];
    });
  }

  vread(grant: Grant, key: ResourceKey, version: number): Promise<StoredVersion | undefined> {
    return this.reading(grant, async (reading) => {
      const sight = new Sight(reading, grant);
      const current = await this.current(reading, sight, grant, key);
      if (current === undefined) return undefined;
      const row = current.v === version ? current : await this.past(reading, grant, current, version);
      return row && (await versionsOf(reading, sight, [row]))[0];
    });
  }

  history(grant: Grant, key: ResourceKey, { count, after, since = 0, at, asOf: given }: HistoryQuery): Promise<HistoryPage | undefined> {
    return this.connection.inSnapshot(times.key, undefined, async (reading) => {
      const sight = new Sight(reading, grant);
      const current = await this.current(reading, sight, grant, key);
      if (current === undefined) return undefined;
      const moments = await this.moments(reading, grant, current);
      const { asOf, lastUpdated } = given === undefined ? await readCut(reading) : cutOf(given);
      const within = isWithin(asOf);
      const asked = moments.filter((moment) => moment.lu >= since && moment.lu < (at?.hi ?? Infinity) && moment.until > (at?.lo ?? 0) && within(moment));
      const left = after === undefined ? asked : asked.filter(({ version }) => version < Number(after));
      const versions = await this.page(reading, sight, current, left.slice(0, count).map(({ version }) => version));
      const last = versions.at(-1)?.version;
      return { versions, total: asked.length, asOf, lastUpdated, ...(left.length > versions.length && last !== undefined ? { next: String(last) } : {}) };
    });
  }

  /** A page of long texts holds fewer versions than were asked for. */
  private async page(reading: Reading, sight: Sight, current: VersionRow, numbers: readonly number[]): Promise<StoredVersion[]> {
    const versions: StoredVersion[] = [];
    let length = 0;
    for (let at = 0; at < numbers.length; at += pace) {
      for (const row of await this.rows(reading, current, numbers.slice(at, at + pace))) {
        const [found] = await versionsOf(reading, sight, [row]);
        length += found?.text.length ?? 0;
        if (length > longestPage && versions.length > 0) return versions;
        if (found !== undefined) versions.push(found);
      }
    }
    return versions;
  }

  async claimed(grant: Grant, claims: readonly Claim[]): Promise<(({ readonly deleted: boolean } & ResourceKey) | undefined)[]> {
    if (grant.reach.kind !== 'everything') throw new TypeError('Claims are judged over all data: a grant of reach everything is needed');
    if (claims.length === 0) return [];
    const holders = await this.lookUps.ask(claims.map(claimId));
    return holders.map((found) => found && { ...keyOf(found.k), deleted: found.gone ?? false });
  }

  private async holders(lists: readonly (readonly string[])[]): Promise<(ClaimDocument | undefined)[][]> {
    const found = await this.connection.collections.claims.find({ _id: { $in: [...new Set(lists.flat())] } }, { maxTimeMS: times.key }).toArray();
    const byId = new Map(found.map((claim) => [claim._id, claim]));
    return lists.map((ids) => ids.map((id) => byId.get(id)));
  }

  async isClosed({ moment }: Grant, patient: string): Promise<boolean> {
    return closes(await this.records.ask(patient), moment);
  }

  /** Whoever sees everything needs no second read; for the others all reads must agree. */
  private reading<T>(grant: Grant, work: (reading: Reading) => Promise<T>): Promise<T> {
    if (this.linearizable) return work({ ...this.connection.reading(times.key), readConcern: { level: 'linearizable' } });
    return grant.reach.kind === 'everything' ? work(this.connection.reading(times.key)) : this.connection.inSnapshot(times.key, undefined, work);
  }

  private async current(reading: Reading, sight: Sight, grant: Grant, key: ResourceKey): Promise<VersionRow | undefined> {
    const found = await reading.collections.resources.findOne({ _id: keyText(key), ...reachFilter(grant) }, { ...readOptions(reading), projection: versionFields });
    // What is spilled bears an id that no resource has.
    if (found === null || found.of !== undefined) return undefined;
    return (await sight.visible([found]))[0];
  }

  private async past(reading: Reading, grant: Grant, current: VersionRow, v: number): Promise<VersionRow | undefined> {
    const found = await reading.collections.past.findOne({ _id: { k: current._id, v }, '_id.k': current._id, ...within(grant) }, readOptions(reading));
    return found === null ? undefined : pastRow(current, found);
  }

  /** Newest first. */
  private async moments(reading: Reading, grant: Grant, { _id, v, lu, w }: VersionRow): Promise<Moment[]> {
    const past = await reading.collections.past.find({ ...versionsFrom(_id), ...within(grant) }, { ...readOptions(reading), projection: { lu: 1, w: 1 }, sort: { _id: -1 } }).toArray();
    let until = Infinity;
    return [{ v, lu, w }, ...past.map((one) => ({ v: one._id.v, lu: one.lu, w: one.w }))].map((one) => {
      const moment = { version: one.v, lu: one.lu, w: one.w, until };
      until = one.lu;
      return moment;
    });
  }

  private async rows(reading: Reading, current: VersionRow, versions: readonly number[]): Promise<VersionRow[]> {
    const wanted = versions.filter((version) => version !== current.v).map((v) => ({ k: current._id, v }));
    const past = wanted.length === 0 ? [] : await reading.collections.past.find(versionsNamed(wanted), readOptions(reading)).toArray();
    const rows = new Map(past.map((found) => [found._id.v, pastRow(current, found)])).set(current.v, current);
    return versions.map((version) => rows.get(version)).filter((row) => row !== undefined);
  }
}
