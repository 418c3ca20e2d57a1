/**
 * People, devices and organizations of a document as resources: shared ones by their national identifiers, the others owned
 * by the document, those without a national identifier contained only; and each as the document wrote it, contained.
 */
import { professionalActor } from '../../../access/keys.js';
import type { ActorKey } from '../../../access/actor.js';
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { Named } from '../../draft.js';
import type { SharedResources } from '../../shared.js';
import { coding, concept } from '../datatypes/codes.js';
import { attribute, child, children, compact } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { addressesOf, humanNamesOf, notHome, said, telecomsOf } from './contacts.js';
import { identifierOf, structureIds, tokenOf } from './identifiers.js';
import { partyOf, type Cast, type Party } from './party.js';

const alternateReference = 'http://hl7.org/fhir/StructureDefinition/alternate-reference';
const specialties = 'https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale';
const professionalOid = 'urn:oid:1.2.250.1.71.4.2.1';
const structureOid = 'urn:oid:1.2.250.1.71.4.2.2';

/** A reference to what is contained, with the stored resource beside it (the index holds both). */
export function containedReference(id: string, stored: string | undefined): JsonObject {
  return compact({
    extension: stored === undefined ? [] : [{ url: alternateReference, valueReference: { reference: stored } }],
    reference: `#${id}`,
  });
}

export interface Organization {
  /** As the document wrote it, without id. */
  readonly resource: JsonObject;
  readonly keys: readonly string[];
  /** `Organization/…` when it has a national identifier. */
  readonly stored?: string;
}

export interface Who {
  readonly kind: Party['kind'];
  /** `PractitionerRole/…`, `Practitioner/…`, `Organization/…`, `Device/…`, `RelatedPerson/…` or `Patient/…`; absent when contained only. */
  readonly stored?: string;
  readonly practitioner?: string;
  readonly organization?: Organization;
  /** What the document wrote, the resource itself first, under the given id; empty for the patient. */
  readonly contained: (id: string) => readonly JsonObject[];
  /** By which the access decision knows them as an author. */
  readonly actors: readonly ActorKey[];
}

export interface PeopleOptions {
  readonly cast: Cast;
  /** `Patient/…` */
  readonly patient: string;
  readonly shared: SharedResources;
  /** Adds a resource that belongs to the document, and tells its reference. */
  readonly own: (resource: JsonObject) => string;
  readonly reading: Reading;
  /** Tells something that was kept although it is odd. */
  readonly warn: (what: string) => void;
}

/** The resource under an id of its own. */
export function identified(resource: JsonObject, id: string): JsonObject {
  const { resourceType, ...rest } = resource;
  return { resourceType: resourceType ?? '', id, ...rest };
}

export class People {
  private readonly seen = new Map<XmlElement, Who | undefined>();
  private readonly owned = new Map<string, string>();
  /** What is contained only, by the `#…` reference that other resources of the document use for it. */
  readonly locals = new Map<string, readonly JsonObject[]>();
  private readonly localOf = new Map<Who | Organization, string>();

  constructor(private readonly options: PeopleOptions) {}

  /** @param element author, legalAuthenticator, performer, participant, informant …, or their role */
  who(element: XmlElement): Who | undefined {
    if (this.seen.has(element)) return this.seen.get(element);
    const party = partyOf(element, this.options.cast);
    const who = party === undefined ? undefined : this.read(party);
    this.seen.set(element, who);
    return who;
  }

  /** What other resources of the document refer to somebody by; a `#…` reference has its resources in {@link locals}. */
  reference(who: Who): string {
    return who.stored ?? this.local(who, 'person', (id) => who.contained(id));
  }

  /** The same of an organization. */
  organizationReference(organization: Organization): string {
    return organization.stored ?? this.local(organization, 'organization', (id) => [identified(organization.resource, id)]);
  }

  private local(of: Who | Organization, kind: 'person' | 'organization', contained: (id: string) => readonly JsonObject[]): string {
    const known = this.localOf.get(of);
    if (known !== undefined) return known;
    const id = `${kind}-${this.localOf.size + 1}`;
    this.locals.set(`#${id}`, contained(id));
    this.localOf.set(of, `#${id}`);
    return `#${id}`;
  }

  /** The same, with the type of the resource. */
  named(who: Who): Named {
    const type = who.stored?.split('/', 1)[0] ?? (who.kind === 'organization' ? 'Organization' : 'PractitionerRole');
    return { reference: this.reference(who), type };
  }

  /** representedOrganization, scopingOrganization, representedCustodianOrganization …; undefined when it says nothing. */
  organization(element: XmlElement | undefined): Organization | undefined {
    const { keys, identifiers, odd, further } = structureIds(element);
    if (further) this.options.warn('A structure bears two national identifiers of one kind, which are two structures: the first is kept.');
    if (odd) this.options.warn('A national structure identifier has a number that does not fit its prefix: it is kept as written, without its other forms.');
    const type = coding(child(element, 'standardIndustryClassCode'));
    const name = children(element, 'name').map(said).filter((text) => text !== undefined).join(' ');
    const resource = compact({
      resourceType: 'Organization', identifier: [...identifiers], type: type === undefined ? [] : [{ coding: [type] }],
      name, telecom: notHome(telecomsOf(element), this.options.reading), address: notHome(addressesOf(element), this.options.reading),
    });
    if (resource.identifier === undefined && resource.name === undefined) return undefined;
    if (keys.length === 0) return { resource, keys };
    return { resource, keys, stored: this.options.shared.use('Organization', resource) };
  }

  private read(party: Party): Who {
    switch (party.kind) {
      case 'patient': return { kind: 'patient', stored: this.options.patient, contained: () => [], actors: [] };
      case 'device': return this.device(party);
      case 'related': return this.related(party);
      case 'organization': return this.alone(party);
      case 'professional': return this.professional(party);
    }
  }

  private alone({ kind, organization: element }: Party): Who {
    const organization = this.organization(element);
    return {
      kind, ...(organization?.stored === undefined ? {} : { stored: organization.stored }), ...(organization === undefined ? {} : { organization }),
      contained: (id) => (organization === undefined ? [] : [identified(organization.resource, id)]),
      actors: [],
    };
  }

  private professional({ kind, role, ids, person, organization: element }: Party): Who {
    const { reading, shared, warn } = this.options;
    if (ids.odd) warn('A national professional identifier is not of a known form: it is kept as written, and whoever bears it is not shared between documents.');
    if (ids.further) warn('A professional bears two national identifiers of one kind, which are two people: the first is kept.');
    const practitioner = compact({
      resourceType: 'Practitioner', identifier: [...ids.identifiers], name: humanNamesOf(person), telecom: telecomsOf(role), address: addressesOf(role),
    });
    const organization = this.organization(element);
    const code = concept(child(role, 'code'), reading);
    const profession = attribute(child(role, 'code'), 'code') ?? '';
    const specialty = /\/(SM\d{2})$/.exec(profession)?.[1];
    const told = compact({ code: code === undefined ? [] : [code], specialty: specialty === undefined ? [] : [{ coding: [{ system: specialties, code: specialty }] }] });
    const [key] = ids.keys;
    const storedPractitioner = key === undefined ? undefined : shared.use('Practitioner', practitioner);
    const [structure] = organization?.keys ?? [];
    // Without a structure there is no role that others could share: the professional stands for themselves.
    const storedRole = key === undefined || structure === undefined || organization?.stored === undefined || storedPractitioner === undefined ? undefined
      : shared.use('PractitionerRole', {
        resourceType: 'PractitionerRole',
        practitioner: { reference: storedPractitioner, identifier: { system: professionalOid, value: key } },
        organization: { reference: organization.stored, identifier: { system: structureOid, value: structure } },
        ...told,
      });
    const stored = storedRole ?? storedPractitioner;
    return {
      kind, ...(stored === undefined ? {} : { stored }), ...(storedPractitioner === undefined ? {} : { practitioner: storedPractitioner }), ...(organization === undefined ? {} : { organization }),
      contained: (id) => [
        compact({
          resourceType: 'PractitionerRole', id, practitioner: containedReference(`${id}-practitioner`, storedPractitioner),
          organization: organization === undefined ? undefined : containedReference(`${id}-organization`, organization.stored), ...told,
        }),
        identified(practitioner, `${id}-practitioner`),
        ...(organization === undefined ? [] : [identified(organization.resource, `${id}-organization`)]),
      ],
      actors: [...ids.keys.map(professionalActor), ...(storedPractitioner === undefined ? [] : [storedPractitioner])],
    };
  }

  private device({ kind, role, device, organization: element }: Party): Who {
    const organization = this.organization(element);
    const software = said(child(device, 'softwareName'));
    const model = said(child(device, 'manufacturerModelName'));
    const identifiers = children(role, 'id').map(tokenOf).filter((token) => token !== undefined).map((token) => identifierOf(token));
    const resource = compact({
      resourceType: 'Device', identifier: identifiers,
      deviceName: [...(software === undefined ? [] : [{ name: software, type: 'user-friendly-name' }]), ...(model === undefined ? [] : [{ name: model, type: 'model-name' }])],
      type: concept(child(role, 'code'), this.options.reading),
    });
    const named = identifiers.map(({ system, value }) => `${String(system)}|${String(value)}`).join();
    const stored = this.once(`Device|${named === '' ? `${software ?? ''}|${model ?? ''}` : named}`,
      compact({ ...resource, owner: organization === undefined ? undefined : { reference: this.organizationReference(organization) } }));
    return {
      kind, stored, ...(organization === undefined ? {} : { organization }),
      contained: (id) => [
        compact({ ...identified(resource, id), owner: organization === undefined ? undefined : containedReference(`${id}-organization`, organization.stored) }),
        ...(organization === undefined ? [] : [identified(organization.resource, `${id}-organization`)]),
      ],
      actors: [],
    };
  }

  private related({ kind, role, person }: Party): Who {
    const { patient, reading } = this.options;
    const code = concept(child(role, 'code'), reading);
    const identifiers = children(role, 'id').map(tokenOf).filter((token) => token !== undefined).map((token) => identifierOf(token));
    const resource = compact({
      resourceType: 'RelatedPerson', identifier: identifiers, patient: { reference: patient }, relationship: code === undefined ? [] : [code],
      name: humanNamesOf(person), telecom: telecomsOf(role), address: addressesOf(role),
    });
    return { kind, stored: this.once(JSON.stringify(resource), resource), contained: (id) => [identified(resource, id)], actors: [] };
  }

  /** The same device or relative named twice is one resource of the document. */
  private once(key: string, resource: JsonObject): string {
    const known = this.owned.get(key);
    if (known !== undefined) return known;
    const reference = this.options.own(resource);
    this.owned.set(key, reference);
    return reference;
  }
}
