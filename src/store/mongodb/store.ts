/** The MongoDB store: any number of processes in front of a replica set. */
import type { AuditRecord } from '../../access/audit-record.js';
import type { Grant, GrantedPlan } from '../../access/grant.js';
import { fail } from '../../fhir/failure.js';
import type { AuditQuery } from '../audit-query.js';
import type { Claim, CommitOutcome, ContentRef, HistoryPage, HistoryQuery, HistoryScope, ResourceKey, SearchPage, Store, StoredVersion, StoreIndex, WriteSet } from '../port.js';
import type { AuditLog } from './audit-log.js';
import type { StoreClock } from './clock.js';
import type { Commits } from './commits.js';
import { times, type Connection } from './connection.js';
import { readContent, type Contents } from './contents.js';
import type { SearchPageOf } from './engine.js';
import type { Erasure } from './erasure.js';
import { telling, tellingEach, unavailable } from './faults.js';
import { readHistory } from './history.js';
import type { Instants } from './instants.js';
import type { Reads } from './reads.js';
import { explainSearch } from './search/explain.js';
import type { Explanation } from '../search/explanation.js';
import type { IndexEntries } from '../../search/entries.js';
import type { ArchivedResource, ArchiveRecord, Finding, RestoreBatch, RestoreState, StoreDescription, StoreStatistics, StoreUpkeep } from '../upkeep.js';
import type { Secret, Secrets } from './secrets.js';
import type { MongoUpkeep } from './upkeep/upkeep.js';

/** How long staged bytes wait for the step that names them, ms. */
const stagedFor = 60 * 60 * 1000;
/** How often they are swept, ms. */
const sweepEvery = 10 * 60 * 1000;
/** Longest time that a look at the database's health may take, ms. */
const pulse = 3_000;

export interface Parts {
  readonly connection: Connection;
  readonly reads: Reads;
  readonly instants: Instants;
  readonly commits: Commits;
  readonly contents: Contents;
  readonly erasure: Erasure;
  readonly audit: AuditLog;
  readonly named: Secrets;
  readonly index: StoreIndex;
  /** Most bytes of one transaction (TRANSACTION_STORE_BYTES). */
  readonly transactionBytes: number;
  readonly upkeep: MongoUpkeep;
  readonly storeClock: StoreClock;
  readonly searchPage: SearchPageOf;
  /** ms UTC */
  readonly clock: () => number;
  readonly onSweepFailure: (cause: unknown) => void;
}

/** @throws Failure `forbidden` */
function requireOperator({ reach }: Grant): void {
  if (reach.kind !== 'everything') throw fail('forbidden', { reason: 'This is for the operator.' });
}

export class MongoStore implements Store, StoreUpkeep {
  readonly capabilities: Store['capabilities'];
  readonly index: StoreIndex;
  private readonly sweeper: NodeJS.Timeout;
  private readonly underWay = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined;

  constructor(private readonly parts: Parts) {
    this.capabilities = { name: 'mongodb', transactions: true, maxCommitWrites: 100_000, ownContent: 0, maxCommitBytes: parts.transactionBytes };
    this.index = {
      staleness: parts.index.staleness,
      state: () => telling(() => parts.index.state()),
      redefine: (expected, change) => this.writing(() => parts.index.redefine(expected, change)),
      step: (entriesOf) => this.writing(() => parts.index.step(entriesOf)),
    };
    this.sweeper = setInterval(() => void this.sweep().catch(parts.onSweepFailure), sweepEvery).unref();
  }

  read(grant: Grant, key: ResourceKey): Promise<StoredVersion | undefined> {
    return telling(() => this.parts.reads.read(grant, key));
  }
  vread(grant: Grant, key: ResourceKey, version: number): Promise<StoredVersion | undefined> {
    return telling(() => this.parts.reads.vread(grant, key, version));
  }
  history(grant: Grant, { type, id }: HistoryScope, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage | undefined> {
    if (type !== undefined && id !== undefined) return telling(() => this.parts.reads.history(grant, { type, id }, query));
    return telling(() => readHistory(this.parts.connection, grant, type, query, signal));
  }
  search(bound: GrantedPlan, signal?: AbortSignal): Promise<SearchPage> {
    return telling(async () => {
      signal?.throwIfAborted();
      return this.parts.searchPage(await this.parts.instants.reading(times.search, signal), bound);
    });
  }
  async explain(bound: GrantedPlan, signal?: AbortSignal): Promise<Explanation> {
    requireOperator(bound.grant);
    const { connection } = this.parts;
    return telling(() => connection.inSnapshot(times.search, signal, (reading) => explainSearch(reading, connection.reading(times.search), bound)));
  }
  openContent(found: StoredVersion, range?: { readonly lo: number; readonly hi: number }): AsyncIterable<Uint8Array> {
    return tellingEach(readContent(this.parts.connection.reading(times.key), found, range));
  }
  claimed(grant: Grant, claims: readonly Claim[]): Promise<readonly (({ readonly deleted: boolean } & ResourceKey) | undefined)[]> {
    return telling(() => this.parts.reads.claimed(grant, claims));
  }
  isClosed(grant: Grant, patient: string): Promise<boolean> {
    return telling(() => this.parts.reads.isClosed(grant, patient));
  }

  stage(bytes: AsyncIterable<Uint8Array>, contentType: string): Promise<ContentRef> {
    return this.writing(() => this.parts.contents.stage(bytes, contentType));
  }
  commit(set: WriteSet, signal?: AbortSignal): Promise<CommitOutcome> {
    return this.writing(() => this.parts.commits.commit(set, signal));
  }

  appendAudit(record: AuditRecord): Promise<void> {
    return telling(() => this.parts.audit.append(record));
  }
  readAudit(grant: Grant, query: AuditQuery): AsyncIterable<AuditRecord> {
    return tellingEach(this.parts.audit.read(grant, query));
  }

  async *erase(grant: Grant, target: ResourceKey): AsyncIterable<{ readonly done: number; readonly total: number }> {
    requireOperator(grant);
    const { erasure } = this.parts;
    const total = await this.writing(() => erasure.count(target));
    const next = () => this.writing(() => erasure.next(target));
    let done = 0;
    for (let erased = await next(); erased > 0; erased = await next()) {
      done += erased;
      yield { done, total: Math.max(done, total) };
    }
  }

  async eraseHistory(grant: Grant, key: ResourceKey, version?: number): Promise<number> {
    requireOperator(grant);
    const next = () => this.writing(() => this.parts.erasure.nextVersions(key, version));
    let done = 0;
    for (let erased = await next(); erased > 0; erased = await next()) done += erased;
    return done;
  }

  secrets(name: string): Promise<readonly Secret[]> {
    return this.writing(() => this.parts.named.get(name));
  }

  describe(): Promise<StoreDescription> {
    return telling(() => this.parts.upkeep.describe());
  }
  dumpSize(): Promise<number> {
    return telling(() => this.parts.upkeep.dumpSize());
  }
  dump(onDamage?: (finding: Finding) => void): AsyncIterable<ArchiveRecord> {
    return this.parts.upkeep.dump(onDamage);
  }
  entryDifference(record: ArchivedResource, due: IndexEntries): string | undefined {
    return this.parts.upkeep.entryDifference(record, due);
  }
  restoreState(): Promise<RestoreState> {
    return telling(() => this.parts.upkeep.restoreState());
  }
  restore(batch: RestoreBatch): Promise<void> {
    return this.writing(() => this.parts.upkeep.restore(batch));
  }
  inspect(): AsyncIterable<Finding> {
    return tellingEach(this.parts.upkeep.inspect());
  }
  statistics(): Promise<StoreStatistics> {
    return telling(() => this.parts.upkeep.statistics());
  }

  /** A read that only a primary with a majority behind it can answer. */
  async ready(): Promise<void> {
    if (this.closing !== undefined) throw unavailable('The store is closing.');
    const asked = this.parts.connection.collections.clock.findOne({ _id: 'clock' }, { projection: { _id: 1 }, readConcern: { level: 'linearizable' }, maxTimeMS: pulse });
    const late = new Promise<never>((_, reject) => { setTimeout(() => reject(unavailable('The database does not answer.')), pulse).unref(); });
    await telling(() => Promise.race([asked, late]));
  }

  /** Drops staged bytes that no step named in time. */
  async sweep(): Promise<void> {
    await this.writing(() => this.parts.contents.sweep(this.parts.clock() - stagedFor));
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    const { audit, storeClock, connection } = this.parts;
    clearInterval(this.sweeper);
    await Promise.allSettled(this.underWay);
    const closed = await Promise.allSettled([audit.close(), storeClock.close()]);
    await connection.client.close();
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  }

  /** Keeps count of what is under way; nothing new begins once the store is closing. */
  private writing<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing !== undefined) return Promise.reject(unavailable('The store is closing.'));
    const running = telling(work);
    this.underWay.add(running);
    const forget = (): void => void this.underWay.delete(running);
    running.then(forget, forget);
    return running;
  }
}
