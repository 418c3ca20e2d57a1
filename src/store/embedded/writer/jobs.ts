/** What the writer thread can be asked for. Each job is one step of a transaction that several share. */
import type { ResourceKey } from '../../port.js';
import { RestoreRefused } from '../../upkeep.js';
import type { ChangingClaims } from '../claim-stamps.js';
import type { Connection } from '../connection.js';
import type { MatchingIds } from '../engine.js';
import { readNames } from '../names.js';
import type { RestoreJob } from '../upkeep/restore-wire.js';
import type { WireOutcome, WireSet } from '../wire.js';
import { BulkInsert } from './bulk.js';
import { Chains } from './chains.js';
import { Claims } from './claims.js';
import type { StoreClock } from './clock.js';
import { StepConflict } from './conflict.js';
import { Contents, type ChunkJob } from './contents.js';
import { EntryRows } from './entry-rows.js';
import { Erasure } from './erasure.js';
import { Guards } from './guards.js';
import { Interning } from './interning.js';
import { OwnerRows } from './owner-rows.js';
import { Reindexing, type IndexJobPayload, type ReindexPayload } from './reindexing.js';
import { Restoration } from './restoration.js';
import { Rules } from './rules.js';
import { bodyColumns, mentionColumns, newResourceColumns, WriteSets } from './write-set.js';

export interface SecretJob {
  readonly name: string;
  readonly id: string;
  readonly key: Uint8Array;
  /** ms UTC */
  readonly made: number;
}

/** Name of a job, what it takes, what it answers. */
export interface JobTable {
  commit: [WireSet, WireOutcome];
  chunk: [ChunkJob, void];
  secret: [SecretJob, void];
  /** Drops unheld content staged before the instant (ms UTC); how many were dropped. */
  sweep: [number, number];
  eraseCount: [ResourceKey, number];
  /** How many were erased; 0 = nothing is left. */
  eraseNext: [ResourceKey, number];
  /** How many past versions were erased; 0 = nothing is left. */
  eraseVersions: [ResourceKey & { readonly version?: number }, number];
  /** Refused: nothing of the batch stands. */
  restore: [RestoreJob, { readonly refused: string } | undefined];
  /** Another state of the index; false when it was not of the generation that was expected. */
  index: [IndexJobPayload, boolean];
  /** Entries made anew; false when the index has changed meanwhile. */
  reindex: [ReindexPayload, boolean];
  /** Proves that the writer answers and that the file can be written. */
  ping: [number, void];
}
export type JobName = keyof JobTable;
export type JobHandlers = { readonly [J in JobName]: (payload: JobTable[J][0]) => JobTable[J][1] };

export interface Jobs {
  readonly handlers: JobHandlers;
  /** A step stands, was rolled back, or went down with its whole transaction. */
  settled(): void;
  undone(): void;
  lost(): void;
  /** The transaction stands, or was rolled back. */
  ended(): void;
}

const secretsKept = 2;

function keepSecret(connection: Connection, { name, id, key, made }: SecretJob): void {
  connection.prepare('INSERT INTO secret(name, id, made, key) VALUES (?, ?, ?, ?)').run(name, id, made, key);
  connection.prepare(`DELETE FROM secret WHERE name = ? AND rowid NOT IN
    (SELECT rowid FROM secret WHERE name = ? ORDER BY made DESC, rowid DESC LIMIT ${secretsKept})`).run(name, name);
}

export function createJobs(connection: Connection, clock: StoreClock, changing: ChangingClaims, matchingIds: MatchingIds): Jobs {
  const interning = new Interning(connection);
  const newResources = new BulkInsert(connection, 'res', newResourceColumns);
  const numbers = {
    name: (text: string) => interning.name(text),
    mention(type: string, id: string): number {
      const known = interning.rid(type, id);
      if (known !== undefined) return known;
      const rid = interning.newRid(type, id);
      newResources.add(rid, interning.name(type), id, ...mentionColumns);
      return rid;
    },
  };
  const entries = new EntryRows(connection, numbers);
  const chains = new Chains(connection);
  const claims = new Claims(connection, interning, changing);
  const contents = new Contents(connection);
  const rules = new Rules(connection, numbers, chains);
  const guards = new Guards(connection, interning, { id: (text) => interning.knownName(text), text: readNames(connection).text }, claims, rules, matchingIds);
  const owners = new OwnerRows(connection, numbers);
  const bodies = new BulkInsert(connection, 'body', bodyColumns);
  const rooms = { interning, numbers, entries, owners, chains, claims, rules, contents, guards, newResources, bodies };
  const sets = new WriteSets(connection, rooms, () => clock.now());
  const restoration = new Restoration(connection, rooms, clock);
  const reindexing = new Reindexing(connection, entries, owners, newResources);
  const erasure = new Erasure(connection, interning, entries, chains, claims, contents);
  return {
    handlers: {
      commit: (set) => sets.apply(set),
      chunk: (job) => contents.stage(job),
      secret: (job) => keepSecret(connection, job),
      sweep: (until) => contents.sweep(until),
      eraseCount: (target) => erasure.count(target),
      eraseNext: (target) => erasure.next(target),
      eraseVersions: ({ version, ...key }) => erasure.nextVersions(key, version),
      restore: (job) => void restoration.apply(job),
      index: (job) => reindexing.change(job),
      reindex: (job) => reindexing.apply(job),
      ping: (now) => void connection.prepare("INSERT INTO meta(key, value) VALUES ('ping', ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(now),
    },
    settled: () => interning.settle(),
    undone() {
      interning.undo();
      sets.clear();
    },
    lost: () => interning.clear(),
    ended: () => changing.end(),
  };
}

/** A conflict is an answer, not a failure; so is a batch that cannot be restored. */
export function conflictAnswer(thrown: unknown): WireOutcome | { readonly refused: string } | undefined {
  if (thrown instanceof RestoreRefused) return { refused: thrown.message };
  return thrown instanceof StepConflict ? { conflict: thrown.conflict } : undefined;
}
