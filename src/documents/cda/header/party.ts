/** Who an `author`, `performer`, `participant`, `informant` … of a CDA document names, and as what (rules 3.6; french-interop 4.1). */
import { insAuthority, normalMatricule } from '../../../identity/ins.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child, children } from '../datatypes/elements.js';
import { said } from './contacts.js';
import { professionalIds, structureIds, tokenOf, type NationalIds } from './identifiers.js';

export type PartyKind = 'professional' | 'device' | 'patient' | 'related' | 'organization';

export interface Party {
  readonly kind: PartyKind;
  /** assignedAuthor, assignedEntity, associatedEntity, relatedEntity … */
  readonly role: XmlElement;
  readonly ids: NationalIds;
  readonly person?: XmlElement;
  readonly device?: XmlElement;
  readonly organization?: XmlElement;
}

/** What has to be known of the document to tell who somebody is. */
export interface Cast {
  readonly ins: { readonly system: string; readonly value: string };
  /** `system|value` of the local identifiers of the patient. */
  readonly localIds: ReadonlySet<string>;
  /** `value` of the ids of authoring devices, with the organization that stands by them. */
  readonly devices: ReadonlyMap<string, XmlElement | undefined>;
}

/** Producers that are not professionals (TRE_A00). */
const producers = '1.2.250.1.213.1.1.4.6';
const roleNames = ['assignedAuthor', 'assignedEntity', 'associatedEntity', 'relatedEntity', 'participantRole', 'intendedRecipient'] as const;
const roles: ReadonlySet<string> = new Set(roleNames);
const persons = ['assignedPerson', 'associatedPerson', 'relatedPerson', 'informationRecipient', 'playingEntity'] as const;
const organizations = ['representedOrganization', 'scopingOrganization', 'receivedOrganization'] as const;
const relatedClasses = new Set(['ECON', 'NOK', 'CAREGIVER', 'CON', 'PRS', 'GUARD']);

const firstOf = (element: XmlElement, names: readonly string[]): XmlElement | undefined =>
  names.map((name) => child(element, name)).find((found) => found !== undefined);

export const isRole = (element: XmlElement): boolean => roles.has(element.name);

/** The role that an element holds, or the element itself when it is one. */
export const roleOf = (element: XmlElement): XmlElement | undefined => (isRole(element) ? element : firstOf(element, roleNames));

export const organizationOf = (role: XmlElement): XmlElement | undefined => firstOf(role, organizations);

function named(person: XmlElement | undefined): boolean {
  return children(person, 'name').some((name) => said(name) !== undefined);
}

function kindOf(role: XmlElement, ids: NationalIds, cast: Cast): PartyKind | undefined {
  const classCode = attribute(role, 'classCode');
  if (role.name === 'relatedEntity') return classCode === 'PAT' ? 'patient' : 'related';
  if (child(role, 'assignedAuthoringDevice') !== undefined) return 'device';
  for (const id of children(role, 'id')) {
    const authority = insAuthority(attribute(id, 'root') ?? '');
    const extension = attribute(id, 'extension');
    if (authority !== undefined && extension !== undefined) {
      return authority.oid === cast.ins.system && normalMatricule(extension) === cast.ins.value ? 'patient' : 'related';
    }
    if (extension !== undefined && cast.devices.has(extension)) return 'device';
    const token = tokenOf(id);
    if (token !== undefined && cast.localIds.has(`${token.system}|${token.value}`)) return 'patient';
  }
  const code = child(role, 'code');
  if (attribute(code, 'codeSystem') === producers) return attribute(code, 'code') === 'EXP_PATIENT' ? 'patient' : 'device';
  if (ids.keys.length > 0) return 'professional';
  // An entity of an entry may be a place or a product: only one with a family name is somebody.
  if (role.name === 'participantRole' && child(child(child(role, 'playingEntity'), 'name'), 'family') === undefined) return undefined;
  if (named(firstOf(role, persons))) return classCode !== undefined && relatedClasses.has(classCode) ? 'related' : 'professional';
  const organization = organizationOf(role);
  return organization !== undefined && (said(child(organization, 'name')) !== undefined || structureIds(organization).identifiers.length > 0) ? 'organization' : undefined;
}

/** @returns undefined when the element names nobody */
export function partyOf(element: XmlElement, cast: Cast): Party | undefined {
  const role = roleOf(element);
  if (role === undefined) return undefined;
  const ids = professionalIds(role);
  const kind = kindOf(role, ids, cast);
  if (kind === undefined) return undefined;
  const person = firstOf(role, persons);
  const device = child(role, 'assignedAuthoringDevice');
  const organization = organizationOf(role) ?? (kind === 'device' ? deviceOrganization(role, cast) : undefined);
  return { kind, role, ids, ...(person ? { person } : {}), ...(device ? { device } : {}), ...(organization ? { organization } : {}) };
}

/** A device that signs without its organization has the one that stands by it as an author. */
function deviceOrganization(role: XmlElement, { devices }: Cast): XmlElement | undefined {
  return children(role, 'id').map((id) => devices.get(attribute(id, 'extension') ?? '')).find((found) => found !== undefined);
}

/** The cast of a document. */
export function castOf(clinicalDocument: XmlElement, ins: { system: string; value: string }): Cast {
  const patientRole = child(child(clinicalDocument, 'recordTarget'), 'patientRole');
  const local = children(patientRole, 'id').filter((id) => insAuthority(attribute(id, 'root') ?? '') === undefined).map(tokenOf).filter((token) => token !== undefined);
  const devices = new Map<string, XmlElement | undefined>();
  for (const author of children(clinicalDocument, 'author')) {
    const role = child(author, 'assignedAuthor');
    if (role === undefined || child(role, 'assignedAuthoringDevice') === undefined) continue;
    for (const id of children(role, 'id')) {
      const extension = attribute(id, 'extension');
      if (extension !== undefined) devices.set(extension, organizationOf(role));
    }
  }
  return { ins, localIds: new Set(local.map(({ system, value }) => `${system}|${value}`)), devices };
}
