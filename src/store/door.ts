/**
 * The second check at the door. The store has already joined the grant's reach with its access rows; this looks at what
 * comes out once more, as far as it can be told from the rows alone. It must never fire: when it does, the resource is
 * withheld and the alarm is counted.
 */
import type { Grant } from '../access/grant.js';
import type { Store, StoredVersion } from './port.js';

/** Types that carry the data of one person and so never stand without an owner or a private exposure. */
function suspicious({ reach }: Grant, found: StoredVersion): boolean {
  if (reach.kind === 'patient') return found.owners.length > 0 && (reach.patient === undefined || !found.owners.includes(reach.patient));
  return found.type === 'Patient' && reach.kind === 'professional' && !found.owners.includes(found.id);
}

const passed = [
  'openContent', 'claimed', 'isClosed', 'stage', 'commit', 'appendAudit', 'readAudit', 'erase', 'secrets', 'ready', 'close',
] as const;

/** The same store, with every version that leaves it looked at. @param alarm called once for each one withheld */
export function withDoor(store: Store, alarm: (found: StoredVersion) => void): Store {
  const pass = (grant: Grant, found: StoredVersion): boolean => {
    if (!suspicious(grant, found)) return true;
    alarm(found);
    return false;
  };
  const one = (grant: Grant, found: StoredVersion | undefined) => (found && pass(grant, found) ? found : undefined);
  const all = (grant: Grant, list: readonly StoredVersion[]) => (list.every((found) => !suspicious(grant, found)) ? list : list.filter((found) => pass(grant, found)));
  const through = Object.fromEntries(passed.map((name) => [name, store[name].bind(store)])) as unknown as Pick<Store, (typeof passed)[number]>;
  return {
    ...through,
    capabilities: store.capabilities,
    read: async (grant, key) => one(grant, await store.read(grant, key)),
    vread: async (grant, key, version) => one(grant, await store.vread(grant, key, version)),
    async history(grant, key, query) {
      const page = await store.history(grant, key, query);
      return page && { ...page, versions: all(grant, page.versions) };
    },
    async search(bound, signal) {
      const page = await store.search(bound, signal);
      return { ...page, matches: all(bound.grant, page.matches), included: all(bound.grant, page.included) };
    },
  };
}
