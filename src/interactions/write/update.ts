/** update, and create under an id of the caller's: https://hl7.org/fhir/R4/http.html#update */
import { fail } from '../../fhir/failure.js';
import { isId, newId } from '../../fhir/id.js';
import { isMatricule } from '../../identity/ins.js';
import type { Expectation, Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import { commitFresh, settled, type Attempt } from './commit.js';
import { updateTarget, type Target } from './conditional.js';
import { prepareCreate } from './create.js';
import type { WriteContext } from './context.js';
import { lastVersion, replaced } from './current.js';
import type { Draft } from './draft.js';
import { place } from './place.js';
import { requireMatch, type Preconditions } from './preconditions.js';
import { noted } from './provenance.js';
import type { Changed } from './render.js';
import { inTurn, keyOfId, keysOfCriteria, keysOfResource } from './turns.js';
import { requireSameIdentity, requireWriter } from './writers.js';
import { writtenBy, type Written } from './written.js';

/** @throws Failure bad-id */
export function requireId(id: string): void {
  if (!isId(id)) throw fail('bad-id', { id: id.slice(0, 64) });
}

/** @throws Failure bad-id, invalid */
export function requireUsableId(id: string): void {
  requireId(id);
  // Ids stand in URLs and logs (rules 1.1).
  if (isMatricule(id)) throw fail('invalid', { reason: 'A national identifier cannot be the id of a resource. Put it in "identifier".' });
}

/** What the update of one resource comes to, before its place in a step is made. */
export type PreparedUpdate =
  | { readonly kind: 'same'; readonly current: StoredVersion }
  | { readonly kind: 'changed'; readonly status: 200 | 201; readonly expect: Expectation; readonly rendered: Changed };

/** @throws Failure identity-contradiction, forbidden, drawn-resource, document-deleted, identity-kept */
function requireChange({ grant }: WriteContext, { type, id }: ResourceKey, { change }: Changed, revives: boolean): void {
  if (!change) return;
  requireSameIdentity(grant, type, change);
  // A document that was deleted keeps its identifier, so that it is not pushed again (rules 3.8): its card keeps it too.
  if (revives && change.lost.some(({ kind }) => kind === 'document')) throw fail('document-deleted');
  if (revives && change.lost.some(({ kind }) => kind === 'patient-ins')) throw fail('identity-kept', {}, { expression: [`${type}.identifier`] });
  if (!revives && change.frozen.length > 0 && grant.actor.kind !== 'operator') {
    throw fail('drawn-resource', { document: `${type}/${id}` }, { expression: change.frozen.map((name) => `${type}.${name}`) });
  }
}

/** Compares with what is there. @throws Failure: see {@link update} */
export async function prepareUpdate(context: WriteContext, draft: Draft, key: ResourceKey, preconditions: Preconditions): Promise<PreparedUpdate> {
  return prepareAgainst(context, draft, key, await replaced(context, key, preconditions));
}

/** @param current what the caller sees in its place, tombstones included */
export async function prepareAgainst(context: WriteContext, draft: Draft, key: ResourceKey, current: StoredVersion | undefined): Promise<PreparedUpdate> {
  const live = current?.deleted === false ? current : undefined;
  const former = current?.deleted ? await lastVersion(context, current) : undefined;
  const rendered = await draft.render({
    id: key.id, ...(live ? { stored: { text: live.text, ...(live.content ? { sha256: live.content.sha256 } : {}) } } : {}), ...(former === undefined ? {} : { former }),
  });
  if (rendered.kind === 'same') return { kind: 'same', current: live as StoredVersion };
  requireChange(context, key, rendered, live === undefined);
  return { kind: 'changed', status: live ? 200 : 201, expect: current ? { version: current.version } : 'absent', rendered };
}

/**
 * Writes a resource under its id: a new version, the first one, or the next one of a deleted resource.
 * @throws Failure forbidden, bad-id, not-found (hidden), version-conflict, drawn-resource, document-deleted, identity-kept, identity-conflict, record-closed, contention …
 */
export async function update(context: WriteContext, draft: Draft, key: ResourceKey, preconditions: Preconditions): Promise<Written> {
  requireWriter(context.grant, key.type);
  requireUsableId(key.id);
  const touched = { alone: [keyOfId(key.type, key.id)], beside: keysOfResource(key.type, draft.facts) };
  return inTurn(context.services, touched, () => commitFresh(context.services, context.grant, async () =>
    attemptOf(context, draft, key, await prepareUpdate(context, draft, key, preconditions), 'update'), context.signal));
}

/**
 * Writes the resource that the criteria find, or makes it when they find nothing: https://hl7.org/fhir/R4/http.html#cond-update
 * @throws Failure as {@link update}; multiple-matches, id-mismatch, conflict, bad-request, bad-parameter, unknown-parameter
 */
export async function updateWhere(context: WriteContext, draft: Draft, type: string, criteria: string, preconditions: Preconditions): Promise<Written> {
  requireWriter(context.grant, type);
  const { id: sent } = draft.facts;
  if (sent !== undefined) requireUsableId(sent);
  const fresh = newId();
  const touched = { alone: await keysOfCriteria(context, type, criteria), beside: keysOfResource(type, draft.facts) };
  return inTurn(context.services, touched, () => commitFresh(context.services, context.grant, async () => {
    const target = await updateTarget(context, type, criteria, draft.facts, fresh);
    const prepared = await prepareUpdateOf(context, draft, target, preconditions);
    return attemptOf(context, draft, target.key, prepared, 'update', [target.guard]);
  }, context.signal));
}

/** @throws Failure: see {@link update}; conflict where the criteria find nothing, but the id is that of something else */
export async function prepareUpdateOf(context: WriteContext, draft: Draft, { key, found, revival }: Pick<Target, 'key' | 'found' | 'revival'>, preconditions: Preconditions): Promise<PreparedUpdate> {
  if (revival) {
    requireMatch(preconditions, undefined);
    return { kind: 'changed', status: 201, expect: revival.expect, rendered: await prepareCreate(context, draft, key, revival) };
  }
  const prepared = await prepareUpdate(context, draft, key, preconditions);
  if (found || (prepared.kind === 'changed' && prepared.status === 201)) return prepared;
  throw fail('conflict', { reason: `The criteria find nothing, and the id of the body is that of another ${key.type}.` }, { expression: [`${key.type}.id`] });
}

/** The step of one prepared update. @param also guards beside those of its place */
export async function attemptOf(
  context: WriteContext, draft: Draft, key: ResourceKey, prepared: PreparedUpdate, interaction: Written['interaction'], also: readonly Guard[] = [],
): Promise<Attempt<Written>> {
  const { issues } = draft.facts;
  if (prepared.kind === 'same') return settled({ status: 200, interaction, version: prepared.current, issues });
  const { write, guards } = await place(context, draft, prepared.rendered, { key, expect: prepared.expect });
  return {
    kind: 'write', set: await noted(context, { writes: [write], guards: [...guards, ...also] }),
    written: ([version]) => writtenBy({ status: prepared.status, interaction, issues }, write, version),
  };
}
