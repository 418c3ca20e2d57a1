/** From a rendered resource to its place in a WriteSet: access facts, guards, bytes. */
import { accessFacts } from '../../access/facts-of.js';
import { fail } from '../../fhir/failure.js';
import type { Expectation, Guard, PutWrite, ResourceKey } from '../../store/port.js';
import type { WriteContext } from './context.js';
import type { Draft } from './draft.js';
import type { Changed } from './render.js';
import { requireOwn } from './writers.js';

export interface Placed {
  readonly write: PutWrite;
  readonly guards: readonly Guard[];
}

export interface Placing {
  readonly key: ResourceKey;
  readonly expect: Expectation;
}

/** A closed record takes nothing more from software (rules 5.3). */
export function openRecords({ grant }: Pick<WriteContext, 'grant'>, patients: readonly string[]): Guard[] {
  if (grant.reach.kind !== 'structure') return [];
  return patients.map((patient) => ({ kind: 'record-open', patient, moment: grant.moment }));
}

/**
 * REFERENTIAL_INTEGRITY=on: whatever is referred to must be there, for this caller (rules 6.4).
 * @returns guards that hold it in its version until the step is done
 * @throws Failure invalid
 */
async function requireTargets({ services, grant, underWay }: WriteContext, key: ResourceKey, targets: readonly string[]): Promise<Guard[]> {
  const guards: Guard[] = [];
  for (const target of targets) {
    const [type = '', id = ''] = target.split('/');
    const ours = type === key.type && id === key.id ? 'itself' : underWay?.resource({ type, id });
    if (ours !== undefined && ours !== 'deleted') continue;
    const found = ours === 'deleted' ? undefined : await services.store.read(grant, { type, id });
    // Whoever was deleted still decides about their record.
    const there = found && (!found.deleted || (key.type === 'Consent' && type === 'Patient'));
    if (!there) throw fail('invalid', { reason: `It refers to ${target}, which is not here (REFERENTIAL_INTEGRITY=on).` });
    guards.push({ kind: 'version', key: { type, id }, version: found.version });
  }
  return guards;
}

/** @throws Failure forbidden, invalid, consent-not-enforceable, visibility-conflict */
export async function place(context: WriteContext, draft: Draft, rendered: Changed, { key, expect }: Placing): Promise<Placed> {
  const { body, entries, more, claims, resource, targets } = rendered;
  const access = await accessFacts(resource, entries, context.grant.actor, context.lookup);
  requireOwn(context.grant, access.owners);
  const guards = [...openRecords(context, access.owners), ...(await requireTargets(context, key, targets))];
  const content = await draft.content(rendered);
  return { guards, write: { kind: 'put', ...key, expect, body, entries, ...(more ? { more } : {}), access, claims, ...(content ? { content } : {}) } };
}
