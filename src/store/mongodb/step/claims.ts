/** Sameness: at most one resource for each claim, judged over all data (rules 1.2). */
import type { Claim } from '../../port.js';
import { claimId } from '../claims.js';
import { readOptions } from '../connection.js';
import { keyOf } from '../versions.js';
import { StepConflict } from './conflict.js';
import { isAccess, isDelete, type Prepared, type PreparedDelete, type PreparedPut } from './prepared.js';
import type { Standing, StepReading } from './standing.js';

interface Change {
  readonly released: Set<string>;
  /** Claim and who takes it. */
  readonly taken: Map<string, string>;
  /** Kept by resources that are deleted, or live again. */
  readonly gone: string[];
  readonly back: string[];
}
type Claimant = PreparedPut | PreparedDelete;

const isClaimant = (one: Prepared): one is Claimant => !isAccess(one);

function conflictOf(id: string, taker: Claimant, holder: string): StepConflict {
  const claim = taker.write.claims.find((each: Claim) => claimId(each) === id);
  if (claim === undefined) throw new TypeError('A claim that nobody made');
  return new StepConflict({ kind: 'claim', claim, holder: keyOf(holder) });
}

function changeOf(claimants: readonly Claimant[], standing: Standing): Change {
  const change: Change = { released: new Set(), taken: new Map(), gone: [], back: [] };
  for (const one of claimants) {
    const before = standing.get(one.key);
    const held = new Set(before?.cl);
    for (const id of held) if (!one.claims.includes(id)) change.released.add(id);
    for (const id of one.claims) {
      const other = change.taken.get(id);
      if (other !== undefined) throw conflictOf(id, one, other);
      if (!held.has(id)) change.taken.set(id, one.key);
      else if (isDelete(one)) change.gone.push(id);
      else if (before?.dt !== undefined) change.back.push(id);
    }
  }
  return change;
}

/**
 * What is let go of is free for the others of the set.
 * @param trusting claims are taken without a look at who holds them: one that is held is a duplicate key then
 * @throws StepConflict naming the holder
 */
export async function changeClaims(reading: StepReading, prepared: readonly Prepared[], standing: Standing, trusting: boolean): Promise<void> {
  const claimants = prepared.filter(isClaimant);
  const { released, taken, gone, back } = changeOf(claimants, standing);
  const { claims } = reading.collections;
  const options = readOptions(reading);
  if (taken.size > 0 && !trusting) {
    const found = await claims.find({ _id: { $in: [...taken.keys()] } }, options).toArray();
    const held = found.find(({ _id }) => !released.has(_id));
    const taker = held && claimants.find(({ key }) => key === taken.get(held._id));
    if (held && taker) throw conflictOf(held._id, taker, held.k);
  }
  if (released.size > 0) await claims.deleteMany({ _id: { $in: [...released] } }, options);
  const deleted = new Set(claimants.filter(isDelete).map(({ key }) => key));
  if (taken.size > 0) await claims.insertMany([...taken].map(([_id, k]) => ({ _id, k, ...(deleted.has(k) ? { gone: true as const } : {}) })), options);
  if (gone.length > 0) await claims.updateMany({ _id: { $in: gone } }, { $set: { gone: true } }, options);
  if (back.length > 0) await claims.updateMany({ _id: { $in: back } }, { $unset: { gone: '' } }, options);
}
