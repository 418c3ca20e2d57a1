/**
 * The claims of a resource: the national identifiers by which it is the one resource of its kind (rules 1.2, 2.1).
 * The store holds them unique, in the step that writes the resource.
 */
import { normalDocumentIdentifier } from '../access/document-identifier.js';
import { professionalKey, structureKey } from '../access/keys.js';
import { codingsOf, objects, object, systemValue, textOf, type SystemValue } from '../fhir/elements.js';
import type { Issue } from '../fhir/failure.js';
import type { JsonObject } from '../fhir/json.js';
import type { Claim } from '../store/port.js';
import { patientClaims } from './patient-claims.js';

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
const unique = (keys: readonly (string | undefined)[]): readonly string[] => [...new Set(keys.filter((key) => key !== undefined))];
const keyBy = (keyOf: typeof professionalKey) => (identifier: JsonObject): string | undefined => {
  const read = systemValue(identifier);
  return read && keyOf(read.system, read.value);
};

/** Numbers of the legal entity (FINEJ, SIREN): its establishments bear them too, beside their own. */
function isOfLegalEntity(identifier: JsonObject): boolean {
  const codes = codingsOf(identifier.type).map((coding) => coding.code);
  return codes.includes('FINEJ') || codes.includes('SIREN') || (keyBy(structureKey)(identifier) ?? '').startsWith('2');
}

function organizationClaims(organization: JsonObject): readonly Claim[] {
  const own = identifiersOf(organization).filter((identifier) => !isOfLegalEntity(identifier));
  const keys = unique(own.map(keyBy(structureKey)));
  return (keys.length > 0 ? keys : unique(identifiersOf(organization).map(keyBy(structureKey)))).map(organizationClaim);
}

/** A role is known by the national ids that stand in its references beside the references themselves. */
function roleClaims(role: JsonObject): readonly Claim[] {
  const [practitioner, organization] = [object(role.practitioner)?.identifier, object(role.organization)?.identifier].map((identifier) => object(identifier));
  const idNatPs = practitioner && keyBy(professionalKey)(practitioner);
  const idNatStruct = organization && keyBy(structureKey)(organization);
  if (idNatPs === undefined || idNatStruct === undefined) return [];
  return [practitionerRoleClaim(idNatPs, idNatStruct, textOf(codingsOf(role.code)[0]?.code) ?? '')];
}

function documentClaims(document: JsonObject): readonly Claim[] {
  const master = systemValue(document.masterIdentifier);
  return master ? [documentClaim(master)] : [];
}

const withoutIssues = (claims: (resource: JsonObject) => readonly Claim[]) => (resource: JsonObject): ResourceClaims => ({ claims: claims(resource), issues: [] });

const byType: Readonly<Record<string, (resource: JsonObject, domain: IdentityDomain) => ResourceClaims>> = {
  Patient: patientClaims,
  Practitioner: withoutIssues((practitioner) => unique(identifiersOf(practitioner).map(keyBy(professionalKey))).map(practitionerClaim)),
  PractitionerRole: withoutIssues(roleClaims),
  Organization: withoutIssues(organizationClaims),
  DocumentReference: withoutIssues(documentClaims),
};

/**
 * The whole set of claims of a resource, and warnings about its identifiers.
 * @throws Failure ins-domain, ins-key, current-ins
 */
export function claimsOf(resource: JsonObject, domain: IdentityDomain): ResourceClaims {
  const type = textOf(resource.resourceType) ?? '';
  const read = Object.hasOwn(byType, type) ? byType[type] : undefined;
  return read ? read(resource, domain) : { claims: [], issues: [] };
}
