/** What goes with a resource when it is deleted: a hook by type, filled in the composition root (documents: rules 3.8). */
import type { Claim, DeleteWrite, Guard, StoredVersion } from '../store/port.js';
import type { Services } from './services.js';

export interface DeletePlan {
  /** Further deletions of the same step, the resource itself not among them. */
  readonly writes: readonly DeleteWrite[];
  /** Claims that the tombstone of the resource itself keeps, beside the INS of a Patient. */
  readonly claims: readonly Claim[];
  readonly guards: readonly Guard[];
}
/** @param current the live version that is about to be deleted */
export type DeleteCascade = (current: StoredVersion, services: Services) => Promise<DeletePlan>;
export type DeleteCascades = Readonly<Record<string, DeleteCascade | undefined>>;

/** Most types take nothing along and free their claims. */
export const plainDelete: DeletePlan = { writes: [], claims: [], guards: [] };
