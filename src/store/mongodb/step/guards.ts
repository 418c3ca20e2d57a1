/** What must still hold when a set is written. */
import { resourceTypes } from '../../../fhir/definitions.js';
import { searchParametersOf } from '../../../search/parameters.js';
import type { Conflict, Guard } from '../../port.js';
import { claimId } from '../claims.js';
import { readOptions } from '../connection.js';
import type { FindNothing, MatchingIds } from '../engine.js';
import { localKey } from '../entry-texts.js';
import type { RuleFields } from '../documents.js';
import { closes, rulesOf } from '../records.js';
import { keyText } from '../versions.js';
import type { Locks } from './locks.js';
import type { StepReading } from './standing.js';

type Of<K extends Guard['kind']> = Extract<Guard, { readonly kind: K }>;
const all = <K extends Guard['kind']>(kind: K, guards: readonly Guard[]): Of<K>[] => guards.filter((guard): guard is Of<K> => guard.kind === kind);

/** What guards look at, read with one query for each kind. */
interface Looked {
  readonly rules: ReadonlyMap<string, readonly RuleFields[]>;
  /** Claims that somebody holds. */
  readonly held: ReadonlySet<string>;
  /** By `Type/id`. */
  readonly versions: ReadonlyMap<string, number>;
}

async function look(reading: StepReading, guards: readonly Guard[]): Promise<Looked> {
  const { claims, resources } = reading.collections;
  const options = readOptions(reading);
  const patients = all('record-open', guards).map(({ patient }) => patient);
  const ids = all('claim-free', guards).map(({ claim }) => claimId(claim));
  const keys = all('version', guards).map(({ key }) => keyText(key));
  const rules = patients.length === 0 ? new Map<string, RuleFields[]>() : await rulesOf(reading, patients);
  const held = ids.length === 0 ? [] : await claims.find({ _id: { $in: ids } }, { ...options, projection: { _id: 1 } }).toArray();
  const found = keys.length === 0 ? [] : await resources.find({ _id: { $in: keys } }, { ...options, projection: { v: 1 } }).toArray();
  return { rules, held: new Set(held.map(({ _id }) => _id)), versions: new Map(found.map(({ _id, v }) => [_id, v])) };
}

let parameters: readonly string[] | undefined;
/** Every search parameter that a reference is found by. */
const referenceParameters = (): readonly string[] => (parameters ??= resourceTypes.flatMap((type) => searchParametersOf(type).filter(({ kind }) => kind === 'reference').map(({ code }) => `${type}.${code}`)));

interface Court { readonly reading: StepReading; readonly looked: Looked; readonly locks: Locks; readonly settled: ReadonlySet<Guard> }
type Judge<K extends Guard['kind']> = (guard: Of<K>, court: Court) => boolean | Promise<boolean>;

export class Guards {
  constructor(private readonly matchingIds: MatchingIds, private readonly findNothing: FindNothing) {}

  /**
   * Locks what it looks at, so that it still holds when the step is taken.
   * @returns the first that does not hold
   */
  async judge(reading: StepReading, guards: readonly Guard[], locks: Locks): Promise<Conflict | undefined> {
    const court = { reading, locks, looked: await look(reading, guards), settled: await this.settled(reading, guards) };
    for (const guard of guards) {
      const holds = await (this.judges[guard.kind] as Judge<Guard['kind']>)(guard, court);
      if (!holds) return guard.kind === 'record-open' ? { kind: 'record-closed', patient: guard.patient } : { kind: 'guard', guard };
    }
    return undefined;
  }

  /** Guards by criteria that are known to hold. */
  private async settled(reading: StepReading, guards: readonly Guard[]): Promise<ReadonlySet<Guard>> {
    const expectNothing = all('matches', guards).filter(({ ids }) => ids.length === 0);
    const hold = expectNothing.length > 0 && (await this.findNothing(reading, expectNothing.map(({ plan }) => plan)));
    return new Set(hold ? expectNothing : []);
  }

  private readonly judges: { readonly [K in Guard['kind']]: Judge<K> } = {
    'record-open': ({ patient, moment }, { locks, looked: { rules } }) => {
      locks.record(patient);
      return !closes(rules.get(patient), moment);
    },
    'claim-free': ({ claim }, { locks, looked: { held } }) => {
      locks.claim(claimId(claim));
      return !held.has(claimId(claim));
    },
    version: ({ key, version }, { locks, looked: { versions } }) => {
      locks.resource(keyText(key));
      return versions.get(keyText(key)) === version;
    },
    // Whoever comes to refer to it locks it as it is, and the step that asks writes it.
    unreferenced: async ({ key, but }, { reading }) => {
      const known = but.map(keyText);
      const keys = referenceParameters().map((param) => localKey(param, key.type, key.id));
      const stranger = { r: { $in: keys }, _id: { $nin: known }, of: { $nin: known } };
      return (await reading.collections.resources.findOne(stranger, { ...readOptions(reading), projection: { _id: 1 } })) === null;
    },
    // What it is locked by depends on what is written too: see `criteria.ts`.
    matches: async (guard, { reading, settled }) => {
      if (settled.has(guard)) return true;
      const { plan, ids } = guard;
      const found = await this.matchingIds(reading, plan, ids.length + 1);
      const expected = new Set(ids);
      return found.length === expected.size && found.every((id) => expected.has(id));
    },
  };
}
