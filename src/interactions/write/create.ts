/** create, conditional create: https://hl7.org/fhir/R4/http.html#create */
import { newId } from '../../fhir/id.js';
import type { ResourceKey } from '../../store/port.js';
import { commitFresh, settled, type Attempt } from './commit.js';
import { existing } from './conditional.js';
import type { WriteContext } from './context.js';
import type { Draft } from './draft.js';
import { place } from './place.js';
import type { Changed } from './render.js';
import { requireWriter } from './writers.js';
import { writtenBy, type Written } from './written.js';

/** The resource under its new id. */
export async function prepareCreate(draft: Draft, key: ResourceKey): Promise<Changed> {
  const rendered = await draft.render({ id: key.id });
  if (rendered.kind === 'same') throw new Error('A new resource was compared with a stored one');
  return rendered;
}

/**
 * Creates a resource under an id of the server's, whatever id it was sent with.
 * @param ifNoneExist criteria under which it would be here already: then it is not made, and the one found is told
 * @throws Failure forbidden, identity-conflict, identifier-known, multiple-matches, record-closed, contention …
 */
export async function create(context: WriteContext, draft: Draft, type: string, ifNoneExist?: string): Promise<Written> {
  const { services, grant } = context;
  requireWriter(grant, type);
  const key = { type, id: newId() };
  const { issues } = draft.facts;
  return commitFresh(services, grant, async (): Promise<Attempt<Written>> => {
    const match = ifNoneExist === undefined ? undefined : await existing(context, type, ifNoneExist);
    const [found] = match?.found ?? [];
    if (found) return settled({ status: 200, interaction: 'create', version: found, issues });
    const { write, guards } = await place(context, draft, await prepareCreate(draft, key), { key, expect: 'absent' });
    return {
      kind: 'write', set: { writes: [write], guards: match ? [...guards, match.guard] : guards },
      written: ([version]) => writtenBy({ status: 201, interaction: 'create', issues }, write, version),
    };
  });
}
