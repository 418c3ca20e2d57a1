/** A WriteSet on its way: made ready, admitted, given an instant, taken. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Committed, CommitOutcome, WriteSet } from '../port.js';
import type { Admission } from './admission.js';
import type { Instant, StoreClock } from './clock.js';
import { times, type Connection } from './connection.js';
import type { Contents } from './contents.js';
import { isDuplicate, isRefusedWrite, UnknownOutcome } from './faults.js';
import { StepConflict } from './step/conflict.js';
import { liveDocument } from './step/documents.js';
import { estimate, isAccess, isPut, prepare, touched, type Prepared, type PreparedPut } from './step/prepared.js';
import { outcome, type Steps } from './step/step.js';
import type { Around, Transactions } from './transactions.js';
import type { Turns } from './turns.js';

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
  constructor(private readonly parts: CommitParts) {}

  async commit(set: WriteSet): Promise<CommitOutcome> {
    const deadline = Date.now() + patience;
    const prepared = await this.prepared(set);
    const bytes = prepared.reduce((sum, one) => sum + estimate(one), 0);
    const { turns, admission } = this.parts;
    try {
      const versions = await turns.take(touched(set, prepared), patience, () => admission.run(bytes, Math.max(deadline - Date.now(), 1), () => this.take(set, prepared, deadline)));
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

  private async take(set: WriteSet, prepared: readonly Prepared[], deadline: number): Promise<readonly Committed[]> {
    const [first] = prepared;
    if (first !== undefined && prepared.length === 1 && set.guards.length === 0 && isPut(first) && standsAlone(first)) {
      const made = await this.make(first);
      if (made !== undefined) return made;
    }
    const { clock, transactions, steps } = this.parts;
    const versioned = prepared.find((one) => !isAccess(one))?.key;
    const around: Around<Instant> = (attempt) => (versioned === undefined ? attempt(timeless) : clock.during(versioned, attempt));
    return transactions.run(deadline, around, (reading, instant) => steps.apply(reading, set, prepared, instant));
  }

  /** A new resource that touches nothing else is one document: no transaction is needed. @returns undefined when it is there already */
  private make(put: PreparedPut): Promise<readonly Committed[] | undefined> {
    return this.parts.clock.during(put.key, async (instant) => {
      try {
        await this.parts.connection.collections.resources.insertOne(liveDocument(put, undefined, instant, []), { maxTimeMS: times.write });
      } catch (thrown) {
        if (isDuplicate(thrown)) return undefined;
        throw isRefusedWrite(thrown) ? thrown : new UnknownOutcome(thrown);
      }
      return outcome([put], new Map(), instant, new Map());
    });
  }
}

const standsAlone = ({ write, claims, body, fields }: PreparedPut): boolean => write.expect === 'absent' && claims.length === 0
  && body.ct === undefined && body.big === undefined && fields.spill.length === 0
  && write.access.document === undefined && write.access.documentFacts === undefined && write.access.rules === undefined;
