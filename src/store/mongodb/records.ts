/** Records of Patients: whether one is closed. */
import { readOptions, type Reading } from './connection.js';
import { Effect } from './documents.js';

/** A rule in force at `moment` (ms UTC) closes the record. */
export async function isClosed(reading: Reading, patient: string, moment: number): Promise<boolean> {
  const record = await reading.collections.records.findOne({ _id: patient }, { ...readOptions(reading), projection: { r: 1 } });
  return record?.r?.some(({ e, f, u }) => e === Effect.close && f <= moment && u > moment) === true;
}
