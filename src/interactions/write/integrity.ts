/** REFERENTIAL_INTEGRITY=on: what others refer to is not deleted (rules 6.4). */
import { bind } from '../../access/grant.js';
import { fail } from '../../fhir/failure.js';
import type { SearchPlan } from '../../search/plan.js';
import type { Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import type { WriteContext } from './context.js';

/** The resource itself, with everything that refers to it. */
const referrersPlan = ({ type, id }: ResourceKey): SearchPlan => ({
  types: [type],
  where: { kind: 'ids', ids: [id] },
  sort: [],
  includes: [{ direction: 'revinclude', sourceType: '*', param: '*', iterate: false }],
  page: { count: 1 },
  total: 'none',
});

const keyText = ({ type, id }: ResourceKey): string => `${type}/${id}`;

/** Names the referrers that the caller may know of; the others are only told to be there. */
async function refusal({ services, grant }: WriteContext, key: ResourceKey, referrers: readonly StoredVersion[]): Promise<Error> {
  const shown: string[] = [];
  for (const referrer of referrers.slice(0, 20)) {
    if (await services.store.read(grant, referrer)) shown.push(keyText(referrer));
  }
  const who = shown.length === 0 ? 'Others refer' : `${shown.join(', ')}${shown.length < referrers.length ? ' and others' : ''} still refer${shown.length === 1 && referrers.length === 1 ? 's' : ''}`;
  return fail('conflict', { reason: `${who} to ${keyText(key)}. Change or delete what refers first (REFERENTIAL_INTEGRITY=on).` });
}

/**
 * @param along what the same deletion takes along
 * @returns what holds that nothing else has come to refer to it when the step is done
 * @throws Failure conflict, naming the referrers
 */
export async function requireUnreferenced(context: WriteContext, key: ResourceKey, along: readonly ResourceKey[]): Promise<Guard> {
  const { services, underWay } = context;
  const { included } = await services.store.search(bind(services.serverGrant(), referrersPlan(key)));
  const gone = new Set(along.map(keyText));
  const stays = (referrer: StoredVersion): boolean => {
    if (gone.has(keyText(referrer))) return false;
    const ours = underWay?.resource(referrer);
    if (ours === undefined) return true;
    return ours !== 'deleted' && 'entries' in ours && ours.entries.reference.some((entry) => entry.form === 'local' && entry.type === key.type && entry.id === key.id);
  };
  const referrers = included.filter(stays);
  if (referrers.length > 0) throw await refusal(context, key, referrers);
  return { kind: 'unreferenced', key, but: [key, ...included].map(({ type, id }) => ({ type, id })) };
}
