/** What access facts need to know of other resources, from a store and from the step under way. */
import type { FactsLookup, KnownResource, ResourceId } from '../access/facts-lookup.js';
import type { Grant } from '../access/grant.js';
import { object, objects, textOf, type SystemValue } from '../fhir/elements.js';
import { parseJson, type JsonObject } from '../fhir/json.js';
import { parseReference } from '../fhir/reference.js';
import type { IndexEntries } from '../search/entries.js';
import type { Store } from '../store/port.js';
import { insAuthority } from './ins.js';
import { insOf, patientClaim } from './patient-claims.js';

/** A resource that the step under way will write, with its id and its references rewritten. */
export interface Pending {
  readonly resource: JsonObject;
  readonly entries: IndexEntries;
}

export interface FactsLookupOptions {
  readonly store: Pick<Store, 'read' | 'claimed'>;
  /** Of reach `everything`. */
  readonly server: Grant;
  readonly writer: Grant;
  readonly bases: readonly string[];
  readonly timeZone: string;
  readonly pending?: readonly Pending[];
}

const nameOf = ({ type, id }: ResourceId): string => `${type}/${id}`;
const keyOf = (resource: JsonObject): string => nameOf({ type: textOf(resource.resourceType) ?? '', id: textOf(resource.id) ?? '' });
const insName = (system: string, value: string): string => Object.values(patientClaim(system, value)).join('|');

/** INS -> id of the pending Patient who bears it. */
function patientsIn(pending: readonly Pending[]): ReadonlyMap<string, string> {
  const patients = pending.filter(({ resource }) => resource.resourceType === 'Patient');
  return new Map(patients.flatMap(({ resource }) => insOf(resource).map(({ authority, written }) => [insName(authority.oid, written), textOf(resource.id) ?? ''] as const)));
}

/** Attachment -> id of the pending DocumentReference that names it. */
function attachmentsIn(pending: readonly Pending[], bases: readonly string[]): ReadonlyMap<string, string> {
  const attached = new Map<string, string>();
  for (const { resource } of pending.filter((one) => one.resource.resourceType === 'DocumentReference')) {
    for (const content of objects(resource.content)) {
      const parsed = parseReference(textOf(object(content.attachment)?.url) ?? '', bases);
      if (parsed?.form === 'local') attached.set(nameOf(parsed), textOf(resource.id) ?? '');
    }
  }
  return attached;
}

/** One lookup for one step: what it has read, it remembers. */
export function factsLookup({ store, server, writer, bases, timeZone, pending = [] }: FactsLookupOptions): FactsLookup {
  const coming = new Map(pending.map((one) => [keyOf(one.resource), one]));
  const patients = patientsIn(pending);
  const attachments = attachmentsIn(pending, bases);
  const asked = new Map<string, Promise<KnownResource | undefined>>();

  async function stored(grant: Grant, key: ResourceId): Promise<KnownResource | undefined> {
    const found = await store.read(grant, key);
    const resource = found && !found.deleted ? object(parseJson(found.text)) : undefined;
    return resource && found && { resource, owners: found.owners, ...(found.document === undefined ? {} : { document: found.document }) };
  }
  function once(grant: Grant, key: ResourceId): Promise<KnownResource | undefined> {
    const name = `${grant === server ? '' : 'writer '}${nameOf(key)}`;
    const known = asked.get(name) ?? stored(grant, key);
    asked.set(name, known);
    return known;
  }
  const found = (grant: Grant) => async (key: ResourceId): Promise<KnownResource | undefined> => coming.get(nameOf(key)) ?? once(grant, key);

  return {
    bases, timeZone,
    resource: found(server),
    visible: found(writer),
    attachedTo: (key) => attachments.get(nameOf(key)),
    async patientByIns({ system, value }: SystemValue) {
      if (!insAuthority(system)) return undefined;
      const here = patients.get(insName(system, value));
      if (here !== undefined) return here;
      const [holder] = await store.claimed(server, [patientClaim(system, value)]);
      return holder && !holder.deleted ? holder.id : undefined;
    },
  };
}
