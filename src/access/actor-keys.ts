/** The keys of the people and structures that a resource refers to: as actors of a consent, as authors of a document. */
import type { ActorKey } from './actor.js';
import { containedIn, object, objects, systemValue } from '../fhir/elements.js';
import type { JsonObject } from '../fhir/json.js';
import { readReference, type FactsLookup, type ResourceId } from './facts-lookup.js';
import { professionalActor, professionalKey, professionalKind, roleActor, structureActor, structureKey } from './keys.js';

const alternateUrl = 'http://hl7.org/fhir/StructureDefinition/alternate-reference';

/** What is known of one actor: national ids, and the stored resources that stand for it. */
interface Party {
  readonly professionals: readonly string[];
  readonly structures: readonly string[];
  /** `Practitioner/<id>`, `Organization/<id>` */
  readonly resources: readonly ActorKey[];
}
export interface Actors {
  /** The professional, wherever they work. */
  readonly professional: Party;
  /** The structure, or that of a role. */
  readonly structure: Party;
}

const nobody: Party = { professionals: [], structures: [], resources: [] };
export const noActors: Actors = { professional: nobody, structure: nobody };

const union = (parties: readonly Party[]): Party => ({
  professionals: [...new Set(parties.flatMap((party) => party.professionals))],
  structures: [...new Set(parties.flatMap((party) => party.structures))],
  resources: [...new Set(parties.flatMap((party) => party.resources))],
});
const merge = (actors: readonly Actors[]): Actors => ({
  professional: union(actors.map(({ professional }) => professional)), structure: union(actors.map(({ structure }) => structure)),
});

function byIdentifiers(identifiers: readonly JsonObject[]): Party {
  const read = identifiers.map(systemValue).filter((identifier) => identifier !== undefined);
  const keys = (keyOf: typeof professionalKey) => [...new Set(read.map(({ system, value }) => keyOf(system, value)).filter((key) => key !== undefined))];
  return { professionals: keys(professionalKey), structures: keys(structureKey), resources: [] };
}
const named = (type: string, party: Party, resource?: ActorKey): Actors => {
  const whole = { ...party, resources: resource === undefined ? [] : [resource] };
  if (type === 'Practitioner') return { ...noActors, professional: { ...whole, structures: [] } };
  return type === 'Organization' ? { ...noActors, structure: { ...whole, professionals: [] } } : noActors;
};

/** How far a reference leads: to a role, its person, and a stored copy of either. */
const furthest = 4;

/** Reads references to Practitioner, PractitionerRole and Organization: by identifier, contained, or stored. */
export class ActorReader {
  /** @param stored whether stored resources are asked always, or only where nothing nearer tells the national id of the person */
  constructor(private readonly lookup: FactsLookup, private readonly stored: 'all' | 'needed' = 'needed') {}

  /**
   * Who a Reference names.
   * @param within the resource that the reference stands in, for `#id`
   */
  async read(reference: JsonObject | undefined, within: JsonObject, left = furthest): Promise<Actors> {
    if (!reference || left === 0) return noActors;
    const { local, contained, identifier } = readReference(reference, this.lookup.bases);
    const party = identifier ? byIdentifiers([{ ...identifier }]) : nobody;
    const near: Actors[] = [{ professional: { ...party, structures: [] }, structure: { ...party, professionals: [] } }];
    const inside = contained === undefined ? undefined : containedIn(within, contained);
    if (inside) near.push(await this.ofResource(inside, within, undefined, left - 1));
    const told = this.stored === 'needed' ? merge(near).professional.professionals : [];
    for (const alternate of told.length > 0 ? [] : alternates(reference)) near.push(await this.read(alternate, within, left - 1));
    if (local) near.push(await (told.length > 0 ? this.confirmed(local, told) : this.ofStored(local, left - 1)));
    return merge(near);
  }

  private async ofStored({ type, id }: ResourceId, left: number): Promise<Actors> {
    if (!actorTypes.has(type)) return noActors;
    const found = await this.lookup.resource({ type, id });
    return found ? this.ofResource(found.resource, found.resource, `${type}/${id}`, left) : noActors;
  }

  /**
   * The stored copy of a professional whose numbers are told already, unless it is that of another one, or not there: it
   * may yet become another's.
   */
  private async confirmed({ type, id }: ResourceId, told: readonly string[]): Promise<Actors> {
    if (type !== 'Practitioner') return noActors;
    const found = await this.lookup.resource({ type, id });
    if (!found) return noActors;
    const { professionals } = byIdentifiers(objects(found.resource.identifier));
    const another = professionals.some((number) => !told.includes(number) && told.some((other) => professionalKind(other) === professionalKind(number)));
    return another ? noActors : named(type, nobody, `${type}/${id}`);
  }

  private async ofResource(resource: JsonObject, within: JsonObject, key: ActorKey | undefined, left: number): Promise<Actors> {
    if (resource.resourceType !== 'PractitionerRole') return named(String(resource.resourceType), byIdentifiers(objects(resource.identifier)), key);
    const [person, place] = await Promise.all([
      this.read(object(resource.practitioner), within, left), this.read(object(resource.organization), within, left),
    ]);
    return { professional: person.professional, structure: place.structure };
  }
}

const actorTypes = new Set(['Practitioner', 'PractitionerRole', 'Organization']);
const alternates = (reference: JsonObject): readonly JsonObject[] =>
  objects(reference.extension).filter((extension) => extension.url === alternateUrl).flatMap((extension) => objects(extension.valueReference));

/** The professional, in whatever structure. */
export const professionalKeys = ({ professional }: Actors): readonly ActorKey[] => [...professional.professionals.map(professionalActor), ...professional.resources];

/**
 * Everyone who works at the structure. A professional whose token does not say where they work may work there, and a
 * consent that speaks of a structure is in force for them too (deny by default).
 */
export const structureKeys = ({ structure }: Actors): readonly ActorKey[] => [...structure.structures.map(structureActor), ...structure.resources, structureActor('')];

/** The professional in that structure only, or in one that their token does not name. */
export const roleKeys = ({ professional, structure }: Actors): readonly ActorKey[] =>
  professional.professionals.flatMap((person) => [...structure.structures.map((place) => roleActor(person, place)), roleActor(person, '')]);
