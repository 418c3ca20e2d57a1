/**
 * A snapshot told in terms of `lastUpdated`. Steps commit in an order of their own, so that the greatest instant seen says
 * nothing about earlier ones that are still on their way: these are named one by one (see clock.ts).
 */
import type { Filter } from 'mongodb';
import { fail } from '../../fhir/failure.js';
import { readOptions, type Reading } from './connection.js';
import type { OpenStep, ResourceDocument } from './documents.js';

/** What a page says of the snapshot that it was read in. */
export interface Cut {
  /** For `SearchPage.asOf`. */
  readonly asOf: string;
  /** ms UTC: whatever is not in the snapshot bears a later instant. */
  readonly lastUpdated: number;
}

/**
 * Steps that are not in the snapshot. One that is has left its instant on the resource that it names; a later one there
 * means that the step can never be taken with the instant that it had.
 */
async function missing(reading: Reading, open: readonly OpenStep[]): Promise<readonly OpenStep[]> {
  if (open.length === 0) return [];
  const named = reading.collections.resources.find({ _id: { $in: open.map(({ k }) => k) } }, { ...readOptions(reading), projection: { lu: 1 } });
  const instants = new Map((await named.toArray()).map(({ _id, lu }) => [_id, lu]));
  return open.filter(({ k, t }) => (instants.get(k) ?? 0) < t);
}

/** @param reading in the snapshot that the cut is of */
export async function readCut(reading: Reading): Promise<Cut> {
  const clock = reading.clock ?? await reading.collections.clock.findOne({ _id: 'clock' }, readOptions(reading));
  if (clock === null) throw new TypeError('The store has no clock');
  const steps = await missing(reading, clock.open);
  const asOf = [clock.last, ...steps.map(({ t, w }) => `${t}-${w}`)].join('.');
  return { asOf, lastUpdated: Math.min(clock.last, ...steps.map(({ t }) => t - 1)) };
}

const written = /^\d{1,16}(?:\.\d{1,16}-\d{1,9})*$/;

/** The cut that says `asOf`. @throws Failure `bad-cursor` when it is not one that {@link readCut} wrote */
export function cutOf(asOf: string): Cut {
  if (!written.test(asOf)) throw fail('bad-cursor', { reason: 'its position is not one of this search' });
  const [last, ...steps] = asOf.split('.');
  return { asOf, lastUpdated: Math.min(Number(last), ...steps.map((step) => Number(step.split('-')[0]) - 1)) };
}

/** The steps, by instant and number, that a cut is less. @param asOf as {@link cutOf} takes it */
export const leftOut = (asOf: string): (readonly [t: number, w: number])[] => asOf.split('.').slice(1).map((step) => step.split('-').map(Number) as [number, number]);

/** Whether a version was in the snapshot of a cut. @param asOf as {@link cutOf} takes it */
export function isWithin(asOf: string): (version: { readonly lu: number; readonly w?: number | undefined }) => boolean {
  const last = Number(asOf.split('.')[0]);
  const left = leftOut(asOf);
  return ({ lu, w }) => lu <= last && !left.some(([t, step]) => t === lu && step === w);
}

/**
 * Resources that were in the snapshot of a cut and have not changed since.
 * @throws Failure `bad-cursor` when it is not one that {@link readCut} wrote
 */
export function unchangedSince(asOf: string): Filter<ResourceDocument> {
  const [last, ...steps] = asOf.split('.');
  if (last === undefined || !/^\d{1,16}$/.test(last) || !steps.every((step) => /^\d{1,16}-\d{1,9}$/.test(step))) {
    throw fail('bad-cursor', { reason: 'its position is not one of this search' });
  }
  const left = steps.map((step) => step.split('-').map(Number)).map(([lu = 0, w = 0]) => ({ lu, w }));
  return { lu: { $lte: Number(last) }, ...(left.length === 0 ? {} : { $nor: left }) };
}
