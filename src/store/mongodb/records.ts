/** Records of Patients: whether one is closed. */
import { readOptions, type Reading } from './connection.js';
import { Effect, type RuleFields } from './documents.js';

/** Whether one of the rules is in force at `moment` (ms UTC) and closes the record. */
export const closes = (rules: readonly RuleFields[] | undefined, moment: number): boolean => rules?.some(({ e, f, u }) => e === Effect.close && f <= moment && u > moment) === true;

/** The rules of records, by Patient. */
export async function rulesOf(reading: Reading, patients: readonly string[]): Promise<ReadonlyMap<string, readonly RuleFields[]>> {
  const found = await reading.collections.records.find({ _id: { $in: [...new Set(patients)] } }, { ...readOptions(reading), projection: { r: 1 } }).toArray();
  return new Map(found.map(({ _id, r = [] }) => [_id, r]));
}
