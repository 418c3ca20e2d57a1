/** The embedded store: one writer thread, reads by key on the main thread, searches in their engine. */
import type { AuditRecord } from '../../access/audit-record.js';
import type { Grant, GrantedPlan } from '../../access/grant.js';
import { fail } from '../../fhir/failure.js';
import type { Claim, CommitOutcome, ContentRef, HistoryPage, HistoryQuery, HistoryScope, ResourceKey, SearchPage, Store, StoredVersion, WriteSet } from '../port.js';
import type { Explanation } from '../search/explanation.js';
import type { IndexEntries } from '../../search/entries.js';
import type { ArchivedResource, ArchiveRecord, Finding, RestoreBatch, RestoreState, StoreDescription, StoreStatistics, StoreUpkeep } from '../upkeep.js';
import type { AuditLog } from './audit-log.js';
import type { AuditQuery } from '../audit-query.js';
import { chunkSize } from '../body/chunks.js';
import { readAuditLog } from './audit-reading.js';
import type { Holder, Stamps } from './claim-stamps.js';
import { Commits } from './commits.js';
import type { Connection } from './connection.js';
import { readContent } from './content.js';
import type { SearchEngine } from './engine.js';
import type { StoreFolder } from './folder.js';
import { EmbeddedIndex } from './index-job.js';
import { Reads } from './reads.js';
import { Secrets, type Secret } from './secrets.js';
import { Staging } from './staging.js';
import { dumpSize, dumpStore } from './upkeep/dump.js';
import { entryDifference } from './upkeep/entry-difference.js';
import { inspectStore } from './upkeep/inspect.js';
import { Restore } from './upkeep/restore.js';
import { describeStore, storeStatistics } from './upkeep/statistics.js';
import type { WriterClient } from './writer-client.js';

/** How long staged bytes wait for the step that names them, ms. */
const stagedFor = 60 * 60 * 1000;
/** How often they are swept, ms. */
const sweepEvery = 10 * 60 * 1000;
/** Content that one sweep job drops at most. */
const sweepBatch = 100;

export interface Parts {
  readonly folder: StoreFolder;
  readonly connection: Connection;
  readonly writer: WriterClient;
  /** Those that the writer thread has too. */
  readonly stamps: Stamps;
  readonly engine: SearchEngine;
  readonly audit: AuditLog;
  /** ms UTC */
  readonly clock: () => number;
  readonly onSweepFailure: (cause: unknown) => void;
}

/** @throws Failure `forbidden` */
function requireOperator({ reach }: Grant): void {
  if (reach.kind !== 'everything') throw fail('forbidden', { reason: 'This is for the operator.' });
}

export class EmbeddedStore implements Store, StoreUpkeep {
  readonly capabilities = { name: 'embedded', transactions: true, maxCommitWrites: 100_000, ownContent: chunkSize } as const;
  readonly index: EmbeddedIndex;
  private readonly reads: Reads;
  private readonly staging: Staging;
  private readonly commits: Commits;
  private readonly named: Secrets;
  private readonly restoring: Restore;
  private readonly sweeper: NodeJS.Timeout;
  private readonly underWay = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined;

  constructor(private readonly parts: Parts) {
    const { connection, writer, clock } = parts;
    this.reads = new Reads(connection, parts.stamps);
    this.index = new EmbeddedIndex(connection, writer, (work) => this.writing(work));
    this.staging = new Staging(connection, writer);
    this.commits = new Commits(writer, this.staging);
    this.named = new Secrets(connection, writer, clock);
    this.restoring = new Restore(connection, parts.audit, writer);
    this.sweeper = setInterval(() => void this.sweep().catch(parts.onSweepFailure), sweepEvery).unref();
  }

  read(grant: Grant, key: ResourceKey): Promise<StoredVersion | undefined> {
    return this.reads.read(grant, key);
  }
  vread(grant: Grant, key: ResourceKey, version: number): Promise<StoredVersion | undefined> {
    return this.reads.vread(grant, key, version);
  }
  history(grant: Grant, { type, id }: HistoryScope, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage | undefined> {
    if (type !== undefined && id !== undefined) return this.reads.history(grant, { type, id }, query);
    return this.parts.engine.history(grant, type === undefined ? {} : { type }, query, signal);
  }
  search(plan: GrantedPlan, signal?: AbortSignal): Promise<SearchPage> {
    return this.parts.engine.search(plan, signal);
  }
  async explain(plan: GrantedPlan, signal?: AbortSignal): Promise<Explanation> {
    requireOperator(plan.grant);
    return this.parts.engine.explain(plan, signal);
  }
  openContent(found: StoredVersion, range?: { readonly lo: number; readonly hi: number }): AsyncIterable<Uint8Array> {
    return readContent(this.parts.connection, found, range);
  }
  claimed(grant: Grant, claims: readonly Claim[]): Promise<readonly Holder[]> {
    return this.reads.claimed(grant, claims);
  }
  isClosed(grant: Grant, patient: string): Promise<boolean> {
    return this.reads.isClosed(grant, patient);
  }

  stage(bytes: AsyncIterable<Uint8Array>, contentType: string): Promise<ContentRef> {
    return this.writing(() => this.staging.stage(bytes, contentType));
  }
  commit(set: WriteSet, signal?: AbortSignal): Promise<CommitOutcome> {
    return this.writing(async () => {
      signal?.throwIfAborted();
      return this.commits.commit(set);
    });
  }

  appendAudit(record: AuditRecord): Promise<void> {
    return this.parts.audit.append(record);
  }
  readAudit(grant: Grant, query: AuditQuery): AsyncIterable<AuditRecord> {
    return readAuditLog(this.parts.folder.path, grant, query);
  }

  async *erase(grant: Grant, target: ResourceKey): AsyncIterable<{ readonly done: number; readonly total: number }> {
    requireOperator(grant);
    const total = await this.writing(() => this.parts.writer.request('eraseCount', target));
    const next = () => this.writing(() => this.parts.writer.request('eraseNext', target));
    let done = 0;
    for (let erased = await next(); erased > 0; erased = await next()) {
      done += erased;
      yield { done, total: Math.max(done, total) };
    }
    // What was erased must not live on in the log of changes.
    await this.writing(() => this.parts.writer.flush());
  }

  async eraseHistory(grant: Grant, { type, id }: ResourceKey, version?: number): Promise<number> {
    requireOperator(grant);
    const next = () => this.writing(() => this.parts.writer.request('eraseVersions', { type, id, ...(version === undefined ? {} : { version }) }));
    let done = 0;
    for (let erased = await next(); erased > 0; erased = await next()) done += erased;
    if (done > 0) await this.writing(() => this.parts.writer.flush());
    return done;
  }

  secrets(name: string): Promise<readonly Secret[]> {
    return this.writing(() => this.named.get(name));
  }

  async describe(): Promise<StoreDescription> {
    return describeStore(this.parts.connection);
  }
  async dumpSize(): Promise<number> {
    return dumpSize(this.parts.connection);
  }
  dump(onDamage?: (finding: Finding) => void): AsyncIterable<ArchiveRecord> {
    return dumpStore(this.parts.folder.path, onDamage);
  }
  entryDifference({ entries }: ArchivedResource, due: IndexEntries): string | undefined {
    return entries && entryDifference(entries, due);
  }
  async restoreState(): Promise<RestoreState> {
    return this.restoring.state();
  }
  async restore(batch: RestoreBatch): Promise<void> {
    await this.writing(() => this.restoring.apply(batch));
    this.staging.renumber();
  }
  inspect(): AsyncIterable<Finding> {
    return inspectStore(this.parts.connection);
  }
  async statistics(): Promise<StoreStatistics> {
    return storeStatistics(this.parts.connection, this.parts.folder.path);
  }

  async ready(): Promise<void> {
    if (this.closing !== undefined) throw fail('unavailable', { reason: 'The store is closing.' });
    if (this.parts.writer.fault !== undefined) throw this.parts.writer.fault;
    await this.parts.writer.request('ping', this.parts.clock());
    await this.parts.audit.ready();
    this.parts.connection.prepare('SELECT 1').get();
  }

  /** Drops staged bytes that no step named in time. */
  async sweep(): Promise<void> {
    while ((await this.writing(() => this.parts.writer.request('sweep', this.parts.clock() - stagedFor))) === sweepBatch);
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    const { engine, audit, connection, writer, folder } = this.parts;
    clearInterval(this.sweeper);
    await Promise.allSettled(this.underWay);
    const closed = await Promise.allSettled([engine.close(), audit.close()]);
    connection.close();
    closed.push(...(await Promise.allSettled([writer.close()])));
    folder.release();
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  }

  /** Keeps count of what is under way; nothing new begins once the store is closing. */
  private writing<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing !== undefined) return Promise.reject(fail('unavailable', { reason: 'The store is closing.' }));
    const running = work();
    this.underWay.add(running);
    const forget = (): void => void this.underWay.delete(running);
    running.then(forget, forget);
    return running;
  }
}
