/** delete: https://hl7.org/fhir/R4/http.html#delete */
import { fail } from '../../fhir/failure.js';
import { isObject, parseStored } from '../../fhir/json.js';
import { heldClaims } from '../../identity/claims.js';
import type { Claim, Committed, DeleteWrite, Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import { plainDelete } from '../cascade.js';
import { inOrder } from '../pace.js';
import { commitFresh, settled, type Attempt } from './commit.js';
import { seenMatches, type Matches } from './conditional.js';
import type { WriteContext } from './context.js';
import { ended } from './current.js';
import { requireUnreferenced } from './integrity.js';
import { openRecords } from './place.js';
import type { Preconditions } from './preconditions.js';
import { noted } from './provenance.js';
import { inTurn, keyOfId, keysOfCriteria } from './turns.js';
import { isShared, requireDeletable, requireWriter } from './writers.js';

export interface PlannedDelete {
  readonly writes: readonly DeleteWrite[];
  readonly guards: readonly Guard[];
  readonly ended: StoredVersion;
}

export interface Deleted {
  /** The last live versions of what was asked for; none when there was nothing. */
  readonly ended: readonly StoredVersion[];
  /** Version of the tombstone, where there is one. */
  readonly version?: number;
}

/** Deletions that are prepared at a time. */
const width = 8;

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
  // A person keeps their INS, and so their id, their consents and their record, until they are erased.
  const ins = key.type === 'Patient' ? claimsIn(current).filter(({ kind }) => kind === 'patient-ins') : [];
  const own: DeleteWrite = { kind: 'delete', ...key, expect: { version: current.version }, claims: [...plan.claims, ...ins] };
  const writes = [own, ...plan.writes];
  const unreferenced = services.referentialIntegrity ? [await requireUnreferenced(context, key, writes)] : [];
  const guards = [...plan.guards, ...openRecords(context, current.owners), ...unreferenced];
  return { writes, guards, ended: current };
}

/** What goes along with one deletion and is asked for by another is deleted once. */
export function deletionsOf(planned: readonly PlannedDelete[]): DeleteWrite[] {
  return [...new Map(planned.flatMap(({ writes }) => [...writes].reverse()).map((write) => [`${write.type}/${write.id}`, write])).values()];
}

/** @throws Failure forbidden, not-found (hidden), version-conflict, drawn-resource, conflict (naming who refers to it), record-closed, contention */
export async function remove(context: WriteContext, key: ResourceKey, preconditions: Preconditions): Promise<Deleted> {
  requireWriter(context.grant, key.type);
  return inTurn(context.services, { alone: [keyOfId(key.type, key.id)], beside: [] }, () => commitFresh(context.services, context.grant, async (): Promise<Attempt<Deleted>> => {
    const planned = await planDelete(context, key, preconditions);
    if (!planned) return settled({ ended: [] });
    return {
      kind: 'write', set: await noted(context, { writes: planned.writes, guards: planned.guards }, [planned.ended]),
      written: ([version]) => ({ ended: [planned.ended], ...(version ? { version: version.version } : {}) }),
    };
  }, context.signal));
}

/**
 * What the criteria find: one resource or none, or up to CONDITIONAL_DELETE_LIMIT of them under CONDITIONAL_DELETE=multiple.
 * @throws Failure multiple-matches, bad-request, bad-parameter, unknown-parameter
 */
export const deleteTargets = (context: WriteContext, type: string, criteria: string): Promise<Matches> => seenMatches(context, type, criteria, context.services.limits.conditionalDelete.value);

/**
 * Deletes what the criteria find, all of it in one step: https://hl7.org/fhir/R4/http.html#3.1.0.7.1
 * @throws Failure as {@link remove} and {@link deleteTargets}; too-costly when so much goes along that one step does not take it
 */
export async function removeWhere(context: WriteContext, type: string, criteria: string, preconditions: Preconditions): Promise<Deleted> {
  requireWriter(context.grant, type);
  const { services, grant } = context;
  return inTurn(services, { alone: await keysOfCriteria(context, type, criteria), beside: [] }, () => commitFresh(services, grant, async (): Promise<Attempt<Deleted>> => {
    const { found, guard } = await deleteTargets(context, type, criteria);
    const planned = (await inOrder(found, width, (one) => planDelete(context, { type, id: one.id }, preconditions))).flatMap((one) => one ?? []);
    if (planned.length === 0) return settled({ ended: [] });
    const writes = deletionsOf(planned);
    const { maxCommitWrites } = services.store.capabilities;
    if (writes.length > maxCommitWrites) throw fail('too-costly', { reason: `What goes along with these deletions is more than one step takes (${maxCommitWrites} writes). Make the criteria narrower.` });
    const ended = planned.map((one) => one.ended);
    return {
      kind: 'write', set: await noted(context, { writes, guards: [...planned.flatMap(({ guards }) => guards), guard] }, ended),
      written: (versions) => ({ ended, ...versionOf(ended, versions) }),
    };
  }, context.signal));
}

/** The tombstone's version, where there is one. */
function versionOf(ended: readonly StoredVersion[], versions: readonly Committed[]): { readonly version?: number } {
  const [one, ...more] = ended;
  const written = one && more.length === 0 ? versions.find(({ type, id }) => type === one.type && id === one.id) : undefined;
  return written ? { version: written.version } : {};
}
