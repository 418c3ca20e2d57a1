/** What access facts are looked up in: the store, and before it what the step under way is about to write. */
import type { FactsLookup, KnownResource, ResourceId } from '../../access/facts-lookup.js';
import type { Grant } from '../../access/grant.js';
import { isObject, parseStored } from '../../fhir/json.js';
import { patientClaim } from '../../identity/patient-claims.js';
import { insAuthority } from '../../identity/ins.js';
import type { Claim } from '../../store/port.js';
import type { Services } from '../services.js';

/** What the step under way changes. */
export interface UnderWay {
  /** What it writes; `deleted` for what it deletes; undefined when it leaves the resource alone. */
  resource(key: ResourceId): KnownResource | 'deleted' | undefined;
  /** Who will hold a claim that one of its resources makes. */
  holder(claim: Claim): ResourceId | undefined;
  attachedTo(key: ResourceId): string | undefined;
}

/** @param grant of the writer, for what must be visible to them */
export function factsLookup({ store, serverGrant, baseUrls, timeZone }: Services, grant: Grant, underWay?: UnderWay): FactsLookup {
  const known = new Map<string, Promise<KnownResource | undefined>>();

  async function read(by: Grant, key: ResourceId): Promise<KnownResource | undefined> {
    const found = await store.read(by, key);
    if (!found || found.deleted) return undefined;
    const resource = parseStored(found.text);
    return isObject(resource) ? { resource, owners: found.owners, ...(found.document === undefined ? {} : { document: found.document }) } : undefined;
  }
  /** In a transaction each key is asked for once: a thousand observations name the same document. Anything else asks anew. */
  function once(scope: 'all' | 'seen', by: Grant, key: ResourceId): Promise<KnownResource | undefined> {
    if (!underWay) return read(by, key);
    const name = `${scope} ${key.type}/${key.id}`;
    const asked = known.get(name) ?? read(by, key);
    known.set(name, asked);
    return asked;
  }
  async function resource(scope: 'all' | 'seen', by: Grant, key: ResourceId): Promise<KnownResource | undefined> {
    const ours = underWay?.resource(key);
    if (ours === 'deleted') return undefined;
    return ours ?? once(scope, by, key);
  }

  return {
    bases: baseUrls,
    timeZone,
    async patientByIns({ system, value }) {
      if (!insAuthority(system)) return undefined;
      const claim = patientClaim(system, value);
      const ours = underWay?.holder(claim);
      if (ours) return ours.id;
      const [found] = await store.claimed(serverGrant(), [claim]);
      return found?.id;
    },
    resource: (key) => resource('all', serverGrant(), key),
    visible: (key) => resource('seen', grant, key),
    person: async (id) => typeof underWay?.resource({ type: 'Patient', id }) === 'object' || (await store.read(grant, { type: 'Patient', id })) !== undefined,
    ...(underWay ? { attachedTo: (key: ResourceId) => underWay.attachedTo(key) } : {}),
  };
}
