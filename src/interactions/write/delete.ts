/** delete: https://hl7.org/fhir/R4/http.html#delete */
import { isObject, parseStored } from '../../fhir/json.js';
import { heldClaims } from '../../identity/claims.js';
import type { Claim, DeleteWrite, Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import { plainDelete } from '../cascade.js';
import { commitFresh, settled, type Attempt } from './commit.js';
import type { WriteContext } from './context.js';
import { ended } from './current.js';
import { requireUnreferenced } from './integrity.js';
import { openRecords } from './place.js';
import type { Preconditions } from './preconditions.js';
import { isShared, requireDeletable, requireWriter } from './writers.js';

export interface PlannedDelete {
  readonly writes: readonly DeleteWrite[];
  readonly guards: readonly Guard[];
  readonly ended: StoredVersion;
}

export interface Deleted {
  /** The last live version, when there was one. */
  readonly ended?: StoredVersion;
  /** Version of the tombstone. */
  readonly version?: number;
}

function claimsIn({ text }: StoredVersion): readonly Claim[] {
  const resource = parseStored(text);
  return isObject(resource) ? heldClaims(resource) : [];
}

/** A deletion that is ready to be committed, with all that goes along; undefined when there is nothing to delete. @throws Failure: see {@link remove} */
export async function planDelete(context: WriteContext, key: ResourceKey, preconditions: Preconditions): Promise<PlannedDelete | undefined> {
  const { services, grant } = context;
  const current = await ended(context, key, preconditions);
  if (!current) return undefined;
  if (isShared(key.type)) requireDeletable(grant, key.type, claimsIn(current));
  const plan = (await services.deleteCascades[key.type]?.(current, services)) ?? plainDelete;
  const own: DeleteWrite = { kind: 'delete', ...key, expect: { version: current.version }, claims: plan.claims };
  const writes = [own, ...plan.writes];
  const guards = [...plan.guards, ...openRecords(context, current.owners)];
  if (services.referentialIntegrity) await requireUnreferenced(context, key, writes);
  return { writes, guards, ended: current };
}

/** @throws Failure forbidden, not-found (hidden), version-conflict, drawn-resource, conflict (naming who refers to it), record-closed, contention */
export async function remove(context: WriteContext, key: ResourceKey, preconditions: Preconditions): Promise<Deleted> {
  requireWriter(context.grant, key.type);
  return commitFresh(context.services, context.grant, async (): Promise<Attempt<Deleted>> => {
    const planned = await planDelete(context, key, preconditions);
    if (!planned) return settled({});
    return {
      kind: 'write', set: { writes: planned.writes, guards: planned.guards },
      written: ([version]) => ({ ended: planned.ended, ...(version ? { version: version.version } : {}) }),
    };
  });
}
