/** A WriteSet on its way: made ready, admitted, given an instant, taken. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Committed, CommitOutcome, WriteSet } from '../port.js';
import { isSmall, type Admission } from './admission.js';
import type { Instant, StoreClock } from './clock.js';
import { times, type Connection } from './connection.js';
import type { Contents } from './contents.js';
import { Convoys, type Member } from './convoys.js';
import { isCrowdedOut, isDuplicate, isRefusedWrite, UnknownOutcome } from './faults.js';
import { StepConflict } from './step/conflict.js';
import { liveDocument } from './step/documents.js';
import { estimate, isAccess, isPut, prepare, touched, type Prepared, type PreparedPut } from './step/prepared.js';
import { requireGeneration } from './step/generation.js';
import { outcome, type Steps } from './step/step.js';
import type { Around, Transactions } from './transactions.js';
import type { Turns } from '../turns.js';

/** Longest time that a step may wait and be tried, ms. */
const patience = 50_000;
/** Writes made ready between two turns of the event loop. */
const pace = 25;

export interface CommitParts {
  readonly connection: Connection;
  readonly clock: StoreClock;
  readonly contents: Contents;
  readonly admission: Admission;
  readonly turns: Turns;
  readonly transactions: Transactions;
  readonly steps: Steps;
}

/** The instant of a step that makes no version: nobody sees it. */
const timeless: Instant = { t: Number.MAX_SAFE_INTEGER, w: 0 };

export class Commits {
  private readonly convoys: Convoys;

  constructor(private readonly parts: CommitParts) {
    const { transactions, steps } = parts;
    this.convoys = new Convoys(async ({ guards, prepared, deadline }) => {
      const taken = await transactions.once(deadline, this.around(prepared), (reading, instant) => steps.apply(reading, { guards }, prepared, instant, true));
      return taken?.value;
    });
  }

  /** @param signal what still waits when it is aborted is dropped; what has begun is not */
  async commit(set: WriteSet, signal?: AbortSignal): Promise<CommitOutcome> {
    signal?.throwIfAborted();
    const deadline = Date.now() + patience;
    const prepared = await this.prepared(set);
    const bytes = prepared.reduce((sum, one) => sum + estimate(one), 0);
    const { turns, admission } = this.parts;
    try {
      const versions = await turns.take({ alone: touched(set, prepared), beside: [] }, { patience, signal }, () =>
        admission.run(bytes, { patience: Math.max(deadline - Date.now(), 1), signal }, () => this.take({ guards: set.guards, prepared, deadline, signal }, bytes)));
      return { kind: 'committed', versions };
    } catch (thrown) {
      if (thrown instanceof StepConflict) return { kind: 'conflict', conflict: thrown.conflict };
      throw thrown;
    }
  }

  private async prepared({ writes }: WriteSet): Promise<Prepared[]> {
    const prepared: Prepared[] = [];
    const keys = new Set<string>();
    for (const write of writes) {
      const one = await prepare(write, this.parts.contents);
      if (keys.has(one.key)) throw new TypeError(`${one.key} stands twice in one step`);
      keys.add(one.key);
      if (prepared.push(one) % pace === 0) await breathe();
    }
    return prepared;
  }

  private async take(member: Member, bytes: number): Promise<readonly Committed[]> {
    const { guards, prepared, deadline, signal } = member;
    const [first] = prepared;
    if (first !== undefined && prepared.length === 1 && guards.length === 0 && isPut(first) && standsAlone(first)) {
      const made = await this.make(first);
      if (made !== undefined) return made;
    }
    const { transactions, steps } = this.parts;
    const shared = isSmall(bytes) ? await this.convoys.take(member) : undefined;
    return shared ?? transactions.run(deadline, this.around(prepared), (reading, instant) => {
      signal?.throwIfAborted();
      return steps.apply(reading, { guards }, prepared, instant);
    });
  }

  /** Each try has an instant of its own. */
  private around(prepared: readonly Prepared[]): Around<Instant> {
    const versioned = prepared.find((one) => !isAccess(one))?.key;
    return (attempt) => (versioned === undefined ? attempt(timeless) : this.parts.clock.during(versioned, attempt));
  }

  /** A new resource that touches nothing else is one document: no transaction is needed. @returns undefined when it has to be a step: it is there already, or has to be tried again */
  private make(put: PreparedPut): Promise<readonly Committed[] | undefined> {
    return this.parts.clock.during(put.key, async (instant) => {
      requireGeneration([put], instant);
      try {
        await this.parts.connection.collections.resources.insertOne(liveDocument(put, undefined, instant, []), { maxTimeMS: times.write });
      } catch (thrown) {
        if (isDuplicate(thrown) || isCrowdedOut(thrown)) return undefined;
        throw isRefusedWrite(thrown) ? thrown : new UnknownOutcome(thrown);
      }
      return outcome([put], new Map(), instant, new Map());
    });
  }
}

const standsAlone = ({ write, claims, body, fields }: PreparedPut): boolean => write.expect === 'absent' && claims.length === 0
  && body.ct === undefined && body.big === undefined && fields.spill.length === 0
  && write.access.document === undefined && write.access.documentFacts === undefined && write.access.rules === undefined;
