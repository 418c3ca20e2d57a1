/** What access facts need to know of other resources: in the store, and before it in the step under way. */
import type { FactsLookup, KnownResource, ResourceId } from '../access/facts-lookup.js';
import type { Grant } from '../access/grant.js';
import { object, type SystemValue } from '../fhir/elements.js';
import { parseStored } from '../fhir/json.js';
import type { Claim, Store } from '../store/port.js';
import { insAuthority } from './ins.js';
import { patientClaim } from './patient-claims.js';

/** What the step under way changes. */
export interface StepUnderWay {
  /** What it writes; `deleted` for what it deletes; undefined when it leaves the resource alone. */
  resource(key: ResourceId): KnownResource | 'deleted' | undefined;
  /** Who will hold a claim that one of its resources makes. */
  holder(claim: Claim): ResourceId | undefined;
  /** Id of the DocumentReference that it writes with this attachment. */
  attachedTo(key: ResourceId): string | undefined;
}

export interface FactsLookupOptions {
  readonly store: Pick<Store, 'read' | 'claimed'>;
  /** Of reach `everything`. */
  readonly server: Grant;
  readonly writer: Grant;
  readonly bases: readonly string[];
  readonly timeZone: string;
  readonly underWay?: StepUnderWay;
  /** Whether what was read is remembered: right for one attempt at one step, wrong for a lookup that outlives it. */
  readonly remembers?: boolean;
}

/** A lookup; for one attempt at one step it remembers what it has read. */
export function factsLookup({ store, server, writer, bases, timeZone, underWay, remembers = true }: FactsLookupOptions): FactsLookup {
  const asked = new Map<string, Promise<KnownResource | undefined>>();

  async function stored(grant: Grant, key: ResourceId): Promise<KnownResource | undefined> {
    const found = await store.read(grant, key);
    const resource = found && !found.deleted ? object(parseStored(found.text)) : undefined;
    return resource && found && { resource, owners: found.owners, ...(found.document === undefined ? {} : { document: found.document }) };
  }
  const knownTo = (reader: 'server' | 'writer', grant: Grant) => async (key: ResourceId): Promise<KnownResource | undefined> => {
    const changed = underWay?.resource(key);
    if (changed !== undefined) return changed === 'deleted' ? undefined : changed;
    if (!remembers) return stored(grant, key);
    const name = `${reader} ${key.type}/${key.id}`;
    const known = asked.get(name) ?? stored(grant, key);
    asked.set(name, known);
    return known;
  };

  return {
    bases, timeZone,
    resource: knownTo('server', server),
    visible: knownTo('writer', writer),
    person: async (id) => typeof underWay?.resource({ type: 'Patient', id }) === 'object' || (await store.read(writer, { type: 'Patient', id })) !== undefined,
    attachedTo: (key) => underWay?.attachedTo(key),
    async patientByIns({ system, value }: SystemValue) {
      if (!insAuthority(system)) return undefined;
      const claim = patientClaim(system, value);
      const coming = underWay?.holder(claim);
      if (coming) return coming.id;
      const [holder] = await store.claimed(server, [claim]);
      return holder?.id;
    },
  };
}
