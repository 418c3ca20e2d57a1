/** One WriteSet as one step: judged, then written, all or nothing. */
import type { Committed, WriteSet } from '../../port.js';
import { servedText } from '../../body/text.js';
import type { Instant } from '../clock.js';
import { readOptions } from '../connection.js';
import { holdContents } from '../contents.js';
import { changeChains } from './chains.js';
import { changeClaims } from './claims.js';
import { StepConflict } from './conflict.js';
import { criteriaKeys } from './criteria.js';
import { writeDocuments } from './documents.js';
import { requireGeneration } from './generation.js';
import type { Guards } from './guards.js';
import { Locks } from './locks.js';
import { isAccess, isDelete, isPut, type Prepared, type PreparedPut } from './prepared.js';
import { replaceRules } from './rules.js';
import { judge, readStanding, type Standing, type StepReading } from './standing.js';

/** @returns by Consent (`Type/id`), the Patients to whose records it now gives rules */
async function changeRules(reading: StepReading, prepared: readonly Prepared[], standing: Standing): Promise<Map<string, string[]>> {
  const given = new Map<string, string[]>();
  for (const one of prepared) {
    const rules = isPut(one) ? one.write.access.rules : undefined;
    if (isAccess(one) || (one.write.type !== 'Consent' && rules === undefined)) continue;
    given.set(one.key, await replaceRules(reading, one.write.id, rules ?? [], standing.get(one.key)?.ru ?? []));
  }
  return given;
}

const contentsOf = (prepared: readonly Prepared[]): string[] =>
  prepared.filter(isPut).flatMap(({ body: { ct, big } }) => [...(ct === undefined ? [] : [ct.id]), ...(big === undefined ? [] : [big.id])]);

/** Structures are added last: many steps about one person do. */
async function changeAccess(reading: StepReading, prepared: readonly Prepared[], standing: Standing): Promise<void> {
  const updates = prepared.filter(isAccess).flatMap(({ key, write: { structures } }) => {
    const known = standing.get(key)?.st ?? [];
    const added = structures.filter((structure) => !known.includes(structure));
    return added.length === 0 ? [] : [{ updateOne: { filter: { _id: key }, update: { $addToSet: { st: { $each: added } } } } }];
  });
  if (updates.length > 0) await reading.collections.resources.bulkWrite(updates, readOptions(reading));
}

/** The document that a put is drawn from. */
const drawnFrom = ({ write: { access } }: PreparedPut): string | undefined => (access.documentFacts === undefined ? access.document : undefined);

/** @param known of chains that the step itself writes */
async function labelsOf(reading: StepReading, prepared: readonly Prepared[], known: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
  const documents = [...new Set(prepared.filter(isPut).map(drawnFrom).filter((document) => document !== undefined && !known.has(document)))] as string[];
  if (documents.length === 0) return known;
  const found = await reading.collections.chains.find({ _id: { $in: documents } }, { ...readOptions(reading), projection: { l: 1 } }).toArray();
  return new Map([...known, ...found.map(({ _id, l }) => [_id, l] as const)]);
}

/** One for each put and delete. */
export function outcome(prepared: readonly Prepared[], standing: Standing, { t }: Instant, labels: ReadonlyMap<string, number>): Committed[] {
  return prepared.flatMap((one): Committed[] => {
    if (isAccess(one)) return [];
    const { type, id } = one.write;
    const version = (standing.get(one.key)?.v ?? 0) + 1;
    if (isDelete(one)) return [{ type, id, version, lastUpdated: t, text: '' }];
    const { before, after } = one.write.body;
    return [{ type, id, version, lastUpdated: t, text: servedText(before, after, version, t, labels.get(drawnFrom(one) ?? '') ?? 0) }];
  });
}

export class Steps {
  constructor(private readonly guards: Guards) {}

  /**
   * @param instant later than that of every step that has ended
   * @param trusting what should be new is not looked for: where it is there, the step ends with a duplicate key
   * @throws StepConflict when a guard, an expectation or a claim does not hold
   * @throws StepAgain when a resource was already written at this instant or later
   */
  async apply(reading: StepReading, { guards }: Pick<WriteSet, 'guards'>, prepared: readonly Prepared[], instant: Instant, trusting = false): Promise<Committed[]> {
    requireGeneration(prepared, instant);
    const locks = new Locks();
    const standing = await readStanding(reading, trusting ? prepared.filter((one) => !isPut(one) || one.write.expect !== 'absent') : prepared);
    const failed = await this.guards.judge(reading, guards, locks);
    if (failed !== undefined) throw new StepConflict(failed);
    for (const one of prepared) judge(one, standing.get(one.key), instant);
    await changeClaims(reading, prepared, standing, trusting);
    await holdContents(reading, contentsOf(prepared));
    const labels = await labelsOf(reading, prepared, await changeChains(reading, prepared.filter(isPut), locks));
    const rules = await changeRules(reading, prepared, standing);
    await writeDocuments(reading, prepared, standing, instant, rules);
    await changeAccess(reading, prepared, standing);
    for (const one of prepared) if (!isAccess(one)) locks.written(one.key, one.claims);
    for (const key of criteriaKeys(guards, prepared.filter(isPut).map(({ write }) => write))) locks.add('plan', key);
    await locks.take(reading);
    return outcome(prepared, standing, instant, labels);
  }
}
