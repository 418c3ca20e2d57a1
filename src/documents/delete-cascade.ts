/**
 * What goes with a document when it is deleted (rules 3.8): its Binary and all that was drawn from it, in one step. What
 * documents share stays, no parent is revived, and the tombstone keeps the identifier, so that a later push is refused.
 */
import type { Grant } from '../access/grant.js';
import { parseStored, type JsonObject } from '../fhir/json.js';
import { heldClaims } from '../identity/claims.js';
import type { Claim, DeleteWrite, Guard, Store, StoredVersion } from '../store/port.js';
import { drawnFrom } from './plans.js';

interface Stores {
  readonly store: Store;
  readonly serverGrant: () => Grant;
}

/** The shape of `interactions/cascade.ts`. */
export async function documentDeleteCascade(current: StoredVersion, { store, serverGrant }: Stores): Promise<{
  readonly writes: readonly DeleteWrite[]; readonly claims: readonly Claim[]; readonly guards: readonly Guard[];
}> {
  const drawn = await drawnFrom(store, serverGrant(), current.id);
  return {
    writes: drawn.map(({ type, id, version }) => ({ kind: 'delete', type, id, expect: { version }, claims: [] })),
    claims: heldClaims(parseStored(current.text) as JsonObject),
    // A push that replaces or supersedes it changes its version, so nothing drawn from it can be missed.
    guards: [{ kind: 'version', key: { type: current.type, id: current.id }, version: current.version }],
  };
}
