/** One step into the store, built from fresh state until it holds or is refused. */
import type { Grant } from '../../access/grant.js';
import { fail, type Failure } from '../../fhir/failure.js';
import type { Claim, Committed, Conflict, StoredVersion, WriteSet } from '../../store/port.js';
import type { Services } from '../services.js';

/** What an attempt comes to: a step to take, or an answer that needs none. */
export type Attempt<T> =
  | {
    readonly kind: 'write';
    readonly set: WriteSet;
    readonly written: (versions: readonly Committed[]) => T;
    /** Names the part of the step that a conflict is about. */
    readonly blame?: (conflict: Conflict, failure: Failure) => Failure;
  }
  | { readonly kind: 'settled'; readonly value: T };

export const settled = <T>(value: T): Attempt<T> => ({ kind: 'settled', value });

/** Contenders of one resource each lose at most once to every other; beyond this many rounds something else is wrong. */
const maxAttempts = 20;
/** How often entries are made anew because the parameters changed; what was read as a whole cannot be. */
const rebuilds = 3;

/**
 * @param build reads what it needs anew on each call; whatever it throws ends the write
 * @param signal the client hung up: a step that still waits is not taken
 * @throws Failure identity-conflict, identifier-known, document-hidden, document-deleted, record-closed, contention, and those of `build`
 */
export async function commitFresh<T>({ store }: Pick<Services, 'store'>, grant: Grant, build: () => Promise<Attempt<T>>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const next = await build();
    if (next.kind === 'settled') return next.value;
    const outcome = await store.commit(next.set, signal);
    if (outcome.kind === 'committed') return next.written(outcome.versions);
    // Whoever took the claim meanwhile may be the one that the criteria are about.
    if (attempt === 0 && outcome.conflict.kind === 'claim' && next.set.guards.some(({ kind }) => kind === 'matches')) continue;
    if (outcome.conflict.kind === 'index' && attempt < rebuilds) continue;
    const refusal = await refusalOf(store, grant, outcome.conflict);
    if (refusal) throw next.blame?.(outcome.conflict, refusal) ?? refusal;
    await pause(attempt);
  }
  throw fail('contention', {}, { headers: { 'Retry-After': '1' } });
}

/** Contenders step aside for a random while, longer each time. */
const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) => { setTimeout(resolve, attempt === 0 ? 0 : Math.random() * Math.min(2 ** attempt, 50)); });

/** @returns undefined when the same write may go through once it is built again */
async function refusalOf(store: Services['store'], grant: Grant, conflict: Conflict): Promise<Failure | undefined> {
  if (conflict.kind === 'index') return fail('index-changed', {}, { headers: { 'Retry-After': '1' } });
  if (conflict.kind === 'record-closed') return fail('record-closed', {}, { concerns: [conflict.patient] });
  return conflict.kind === 'claim' ? claimFailure(conflict.claim, await store.read(grant, conflict.holder)) : undefined;
}

/**
 * Uniqueness is judged over all data, the answer over what the caller sees (rules 4.4).
 * @param visible the holder of the claim, when the caller may know of it
 */
export function claimFailure({ kind }: Claim, visible: Pick<StoredVersion, 'type' | 'deleted'> | undefined): Failure {
  if (kind === 'patient-ins') return fail('identity-conflict');
  if (kind !== 'document') return fail('identifier-known', { type: visible?.type ?? 'resource' });
  if (!visible) return fail('document-hidden');
  return visible.deleted ? fail('document-deleted') : fail('identifier-known', { type: visible.type });
}
