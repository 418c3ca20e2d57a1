/** What stands before a step: the documents of the resources that it writes, without their entries. */
import type { ClientSession } from 'mongodb';
import { StepAgain } from '../transactions.js';
import { readOptions, type Reading } from '../connection.js';
import type { ResourceDocument } from '../documents.js';
import type { Instant } from '../clock.js';
import { StepConflict } from './conflict.js';
import { isAccess, isDelete, isPut, type Prepared } from './prepared.js';

export type StepReading = Reading & { readonly session: ClientSession };
/** `size`: of the whole document, bytes. */
export type StandingDocument = ResourceDocument & { size: number };
export type Standing = ReadonlyMap<string, StandingDocument>;

const fields = { dt: 1, v: 1, lu: 1, w: 1, sd: 1, n: 1, x: 1, pt: 1, pts: 1, doc: 1, st: 1, sp: 1, cl: 1, ru: 1, size: { $bsonSize: '$$ROOT' } } as const;
export const bodyFields = { cut: 1, b: 1, h: 1, big: 1, ct: 1 } as const;
/** Documents asked for at once. */
const batch = 1000;
/** Up to this many are read with their texts; those of more would not all fit into memory. */
const fewDocuments = 8;

export async function readStanding(reading: StepReading, prepared: readonly Prepared[]): Promise<Standing> {
  const standing = new Map<string, StandingDocument>();
  const projection = prepared.length <= fewDocuments ? { ...fields, ...bodyFields } : fields;
  for (let at = 0; at < prepared.length; at += batch) {
    const keys = prepared.slice(at, at + batch).map(({ key }) => key);
    const found = reading.collections.resources.find<StandingDocument>({ _id: { $in: keys } }, { ...readOptions(reading), projection });
    for await (const document of found) standing.set(document._id, document);
  }
  return standing;
}

/**
 * @throws StepConflict when an expectation does not hold
 * @throws StepAgain when a resource was already written at this instant or later
 */
export function judge(one: Prepared, standing: ResourceDocument | undefined, instant: Instant): void {
  const live = standing !== undefined && standing.dt === undefined;
  if (!holds(one, standing, live)) {
    const { type, id } = one.write;
    throw new StepConflict({ kind: 'version', key: { type, id }, ...(standing === undefined ? {} : { current: standing.v }), deleted: standing !== undefined && !live });
  }
  if (!isAccess(one) && standing !== undefined && standing.lu >= instant.t) throw new StepAgain();
}

function holds(one: Prepared, standing: ResourceDocument | undefined, live: boolean): boolean {
  if (isAccess(one)) return live;
  if (isDelete(one) && !live) return false;
  const { expect } = isPut(one) ? one.write : one.write;
  return expect === 'any' || (expect === 'absent' ? !live : expect.version === standing?.v);
}
