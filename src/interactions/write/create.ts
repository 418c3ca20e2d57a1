/** create, conditional create: https://hl7.org/fhir/R4/http.html#create */
import { newId } from '../../fhir/id.js';
import type { ResourceKey } from '../../store/port.js';
import { commitFresh, settled, type Attempt } from './commit.js';
import { matchToMake } from './conditional.js';
import type { WriteContext } from './context.js';
import type { Draft } from './draft.js';
import { place } from './place.js';
import { noted } from './provenance.js';
import type { Changed } from './render.js';
import { revivalOf, type Revival } from './revival.js';
import { inTurn, keysOfCriteria, keysOfResource } from './turns.js';
import { requireSameIdentity, requireWriter } from './writers.js';
import { writtenBy, type Written } from './written.js';

/** The resource under its new id, or under that of the deleted Patient whom it revives. @throws Failure identity-contradiction, forbidden, current-ins */
export async function prepareCreate({ grant }: Pick<WriteContext, 'grant'>, draft: Draft, { type, id }: ResourceKey, revival: Revival | undefined): Promise<Changed> {
  const rendered = await draft.render({ id, ...(revival ? { former: revival.former, rejoins: { corrects: revival.corrects } } : {}) });
  if (rendered.kind === 'same') throw new Error('A new resource was compared with a stored one');
  if (rendered.change) requireSameIdentity(grant, type, rendered.change);
  return rendered;
}

/**
 * Creates a resource under an id of the server's, whatever id it was sent with: a new one, or for a Patient with the INS of
 * one who was deleted, the id that this person has for ever.
 * @param ifNoneExist criteria under which it would be here already: then it is not made, and the one found is told
 * @throws Failure forbidden, identity-conflict, identifier-known, multiple-matches, record-closed, identity-contradiction, contention …
 */
export async function create(context: WriteContext, draft: Draft, type: string, ifNoneExist?: string): Promise<Written> {
  const { services, grant } = context;
  requireWriter(grant, type);
  const fresh = newId();
  const { issues } = draft.facts;
  const touched = { alone: ifNoneExist === undefined ? [] : await keysOfCriteria(context, type, ifNoneExist), beside: keysOfResource(type, draft.facts) };
  return inTurn(services, touched, () => commitFresh(services, grant, async (): Promise<Attempt<Written>> => {
    const match = ifNoneExist === undefined ? undefined : await matchToMake(context, type, ifNoneExist);
    const [found] = match?.found ?? [];
    if (found) return settled({ status: 200, interaction: 'create', version: found, issues });
    const revival = await revivalOf(context, draft.facts.claims);
    const key = { type, id: revival?.id ?? fresh };
    const { write, guards } = await place(context, draft, await prepareCreate(context, draft, key, revival), { key, expect: revival?.expect ?? 'absent' });
    return {
      kind: 'write', set: await noted(context, { writes: [write], guards: match ? [...guards, match.guard] : guards }),
      written: ([version]) => writtenBy({ status: 201, interaction: 'create', issues }, write, version),
    };
  }, context.signal));
}
