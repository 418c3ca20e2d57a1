/**
 * The second check at the door. The store has already joined the grant's reach with its access rows; this looks once
 * more at what comes out, by other means: what the version itself tells. It must never fire: when it does, the resource
 * is withheld and the alarm is counted (design 3.5).
 */
import { isPublicType } from '../access/facts-of.js';
import type { Grant } from '../access/grant.js';
import type { Store, StoredVersion } from './port.js';

/** A consent written through the API is for its person and the operator only (rules 5.3). */
const isConsentOfPerson = ({ type, document }: StoredVersion): boolean => type === 'Consent' && document === undefined;
const isOfNobody = ({ type, owners }: StoredVersion): boolean => owners.length === 0 && !isPublicType(type);

/** What each reach can never be given. */
const suspicions: { readonly [K in Grant['reach']['kind']]: (found: StoredVersion, grant: Grant) => boolean } = {
  everything: () => false,
  patient: (found, { reach }) => isOfNobody(found)
    || (found.owners.length > 0 && reach.kind === 'patient' && (reach.patient === undefined || !found.owners.includes(reach.patient))),
  professional: (found) => isOfNobody(found) || isConsentOfPerson(found),
  structure: isConsentOfPerson,
};

const passed = [
  'explain', 'openContent', 'claimed', 'isClosed', 'stage', 'commit', 'appendAudit', 'readAudit', 'erase', 'eraseHistory', 'secrets', 'ready', 'close',
] as const;

/**
 * The same store, with every version that leaves it looked at.
 * @param alarm called once for each version that is withheld
 */
export function withDoor(store: Store, alarm: (found: StoredVersion) => void): Store {
  const passes = (grant: Grant, found: StoredVersion): boolean => {
    if (!suspicions[grant.reach.kind](found, grant)) return true;
    alarm(found);
    return false;
  };
  const one = (grant: Grant, found: StoredVersion | undefined) => (found !== undefined && passes(grant, found) ? found : undefined);
  const all = (grant: Grant, found: readonly StoredVersion[]) => found.filter((each) => passes(grant, each));
  const through = Object.fromEntries(passed.map((name) => [name, store[name].bind(store)])) as unknown as Pick<Store, (typeof passed)[number]>;
  return {
    ...through,
    capabilities: store.capabilities,
    index: store.index,
    read: async (grant, key) => one(grant, await store.read(grant, key)),
    vread: async (grant, key, version) => one(grant, await store.vread(grant, key, version)),
    async history(grant, scope, query, signal) {
      const page = await store.history(grant, scope, query, signal);
      return page && { ...page, versions: all(grant, page.versions) };
    },
    async search(bound, signal) {
      const page = await store.search(bound, signal);
      return { ...page, matches: all(bound.grant, page.matches), included: all(bound.grant, page.included) };
    },
  };
}
