/**
 * The claims of a resource: the national identifiers by which it is the one resource of its kind (rules 1.2, 2.1).
 * The store holds them unique, in the step that writes the resource.
 */
import { normalDocumentIdentifier } from '../access/document-identifier.js';
import { professionalKey, professionalKind, structureKey, structureKind } from '../access/keys.js';
import { codingsOf, objects, object, systemValue, textOf, type SystemValue } from '../fhir/elements.js';
import { fail, type Issue } from '../fhir/failure.js';
import type { JsonObject } from '../fhir/json.js';
import type { Claim } from '../store/port.js';
import { judgePatient, patientClaims } from './patient-claims.js';

export type IdentityDomain = 'production' | 'test';
export interface ResourceClaims {
  readonly claims: readonly Claim[];
  /** Warnings. */
  readonly issues: readonly Issue[];
}

export const practitionerClaim = (idNatPs: string): Claim => ({ kind: 'practitioner', system: 'IdNat_PS', value: idNatPs });
export const organizationClaim = (idNatStruct: string): Claim => ({ kind: 'organization', system: 'IdNat_Struct', value: idNatStruct });
/** @param profession code of the profession, '' when none is told */
export const practitionerRoleClaim = (idNatPs: string, idNatStruct: string, profession: string): Claim =>
  ({ kind: 'practitioner-role', system: 'IdNat_PS|IdNat_Struct', value: `${idNatPs}|${idNatStruct}|${profession}` });
/** @param identifier in any of the forms of french-interop 2.5 */
export const documentClaim = (identifier: SystemValue): Claim => ({ kind: 'document', ...normalDocumentIdentifier(identifier) });

const identifiersOf = (resource: JsonObject): readonly JsonObject[] => objects(resource.identifier);
const keyBy = (keyOf: typeof professionalKey) => (identifier: JsonObject): string | undefined => {
  const read = systemValue(identifier);
  return read && keyOf(read.system, read.value);
};
const professional = keyBy(professionalKey);
const structure = keyBy(structureKey);

/** National numbers of a resource, each once. */
const numbersOf = (identifiers: readonly JsonObject[], keyOf: (identifier: JsonObject) => string | undefined): readonly string[] =>
  [...new Set(identifiers.map(keyOf).filter((key) => key !== undefined))];

/** Numbers of the legal entity (FINEJ, SIREN): its establishments bear them too, beside their own. */
function isOfLegalEntity(identifier: JsonObject): boolean {
  const codes = codingsOf(identifier.type).map((coding) => coding.code);
  return codes.includes('FINEJ') || codes.includes('SIREN') || structureKind(structure(identifier) ?? '') === '2';
}

/** What an Organization is itself, and the legal entity that it belongs to. */
function structuresOf(organization: JsonObject): { readonly own: readonly string[]; readonly legal: readonly string[] } {
  const legal = numbersOf(identifiersOf(organization).filter(isOfLegalEntity), structure);
  return { own: numbersOf(identifiersOf(organization), structure).filter((key) => !legal.includes(key)), legal };
}

function organizationClaims(organization: JsonObject): readonly Claim[] {
  const { own, legal } = structuresOf(organization);
  return (own.length > 0 ? own : legal).map(organizationClaim);
}

/** The numbers of which the first of their kind is another one. */
export function furtherNumbers(numbers: readonly string[], kindOf: (number: string) => string): readonly string[] {
  return numbers.filter((number, index) => numbers.slice(0, index).some((other) => other !== number && kindOf(other) === kindOf(number)));
}

/**
 * Two numbers of one kind are two people, or two structures: whoever bears both would stand for either.
 * @throws Failure several-national-ids
 */
function requireOneOfEachKind(resource: JsonObject, numbers: readonly string[], kindOf: (number: string) => string, keyOf: (identifier: JsonObject) => string | undefined): void {
  const further = furtherNumbers(numbers, kindOf);
  if (further.length === 0) return;
  const type = textOf(resource.resourceType) ?? '';
  const expression = identifiersOf(resource).flatMap((identifier, index) => (further.includes(keyOf(identifier) ?? '') ? [`${type}.identifier[${index}]`] : []));
  throw fail('several-national-ids', { type }, { expression });
}

function judgePractitioner(practitioner: JsonObject): readonly Issue[] {
  requireOneOfEachKind(practitioner, numbersOf(identifiersOf(practitioner), professional), professionalKind, professional);
  return [];
}
function judgeOrganization(organization: JsonObject): readonly Issue[] {
  const { own, legal } = structuresOf(organization);
  for (const numbers of [own, legal]) requireOneOfEachKind(organization, numbers, structureKind, structure);
  return [];
}

/** A role is known by the national ids that stand in its references beside the references themselves. */
function roleClaims(role: JsonObject): readonly Claim[] {
  const [practitioner, organization] = [object(role.practitioner)?.identifier, object(role.organization)?.identifier].map((identifier) => object(identifier));
  const idNatPs = practitioner && professional(practitioner);
  const idNatStruct = organization && structure(organization);
  if (idNatPs === undefined || idNatStruct === undefined) return [];
  return [practitionerRoleClaim(idNatPs, idNatStruct, textOf(codingsOf(role.code)[0]?.code) ?? '')];
}

function documentClaims(document: JsonObject): readonly Claim[] {
  const master = systemValue(document.masterIdentifier);
  return master ? [documentClaim(master)] : [];
}

interface Identity {
  readonly claims: (resource: JsonObject) => readonly Claim[];
  /** @returns warnings; throws what is refused */
  readonly judge?: (resource: JsonObject, domain: IdentityDomain) => readonly Issue[];
}
const identities: Readonly<Record<string, Identity>> = {
  Patient: { claims: patientClaims, judge: judgePatient },
  Practitioner: { claims: (practitioner) => numbersOf(identifiersOf(practitioner), professional).map(practitionerClaim), judge: judgePractitioner },
  PractitionerRole: { claims: roleClaims },
  Organization: { claims: organizationClaims, judge: judgeOrganization },
  DocumentReference: { claims: documentClaims },
};
function identityOf(resource: JsonObject): Identity | undefined {
  const type = textOf(resource.resourceType) ?? '';
  return Object.hasOwn(identities, type) ? identities[type] : undefined;
}

/** The whole set of claims of a resource that is here already: nothing is judged anew. */
export const heldClaims = (resource: JsonObject): readonly Claim[] => identityOf(resource)?.claims(resource) ?? [];

/**
 * The whole set of claims of a resource that is to be written, and warnings about its identifiers.
 * @throws Failure ins-domain, ins-key, current-ins, several-national-ids
 */
export const claimsOf = (resource: JsonObject, domain: IdentityDomain): ResourceClaims =>
  ({ claims: heldClaims(resource), issues: identityOf(resource)?.judge?.(resource, domain) ?? [] });

/** Every national number that a resource bears, those of its legal entity included: what the operator alone adds, changes and takes away. */
export function nationalNumbers(resource: JsonObject): readonly string[] {
  switch (resource.resourceType) {
    case 'Practitioner':
      return numbersOf(identifiersOf(resource), professional);
    case 'Organization':
      return numbersOf(identifiersOf(resource), structure);
    default:
      return heldClaims(resource).map(({ system, value }) => `${system}|${value}`);
  }
}
