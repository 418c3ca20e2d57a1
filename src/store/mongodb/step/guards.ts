/** What must still hold when a set is written. */
import type { Conflict, Guard } from '../../port.js';
import { claimId } from '../claims.js';
import { readOptions } from '../connection.js';
import type { MatchingIds } from '../engine.js';
import { isClosed } from '../records.js';
import { keyText } from '../versions.js';
import type { Locks } from './locks.js';
import type { StepReading } from './standing.js';

type Judge<K extends Guard['kind']> = (reading: StepReading, guard: Extract<Guard, { readonly kind: K }>, locks: Locks) => Promise<boolean>;

export class Guards {
  constructor(private readonly matchingIds: MatchingIds) {}

  /**
   * Locks what it looks at, so that it still holds when the step is taken.
   * @returns the first that does not hold
   */
  async judge(reading: StepReading, guards: readonly Guard[], locks: Locks): Promise<Conflict | undefined> {
    for (const guard of guards) {
      const holds = (this.judges[guard.kind] as Judge<Guard['kind']>)(reading, guard, locks);
      if (!(await holds)) return guard.kind === 'record-open' ? { kind: 'record-closed', patient: guard.patient } : { kind: 'guard', guard };
    }
    return undefined;
  }

  private readonly judges: { readonly [K in Guard['kind']]: Judge<K> } = {
    'record-open': async (reading, { patient, moment }, locks) => {
      locks.record(patient);
      return !(await isClosed(reading, patient, moment));
    },
    'claim-free': async (reading, { claim }, locks) => {
      locks.claim(claimId(claim));
      return (await reading.collections.claims.findOne({ _id: claimId(claim) }, readOptions(reading))) === null;
    },
    version: async (reading, { key, version }, locks) => {
      locks.resource(keyText(key));
      const found = await reading.collections.resources.findOne({ _id: keyText(key) }, { ...readOptions(reading), projection: { v: 1 } });
      return found?.v === version;
    },
    // What it is locked by depends on what is written too: see `criteria.ts`.
    matches: async (reading, { plan, ids }) => {
      const found = await this.matchingIds(reading, plan, ids.length + 1);
      const expected = new Set(ids);
      return found.length === expected.size && found.every((id) => expected.has(id));
    },
  };
}
