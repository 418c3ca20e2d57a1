/**
 * OID of a CDA code system to the system of a FHIR coding, and the other names a system goes by
 * (french-interop 8.2 and 10, points 8, 9, 12, 16).
 */
import { table } from './data.js';

interface Systems {
  readonly oidToSystem: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, string>>;
}

const { oidToSystem, aliases } = table<Systems>('systems');
const byOid = new Map(Object.entries(oidToSystem));
const byAlias = new Map(Object.entries(aliases));
/** HL7 version 2 tables are numbered under one arc: `2.16.840.1.113883.12.203` is table 0203. */
const V2_ARC = '2.16.840.1.113883.12.';

/** The FHIR system of a code system OID (with or without `urn:oid:`); one without a URL of its own is `urn:oid:…`. A URI holds no blanks: any are dropped. */
export function systemOf(oid: string): string {
  const written = oid.replace(/\s+/g, '');
  const bare = written.startsWith('urn:oid:') ? written.slice(8) : written;
  return byOid.get(bare) ?? v2Table(bare) ?? `urn:oid:${bare}`;
}

/** The one spelling of a system under which the server stores and compares it: OIDs and known misspellings resolved. */
export function canonicalSystem(system: string): string {
  return system.startsWith('urn:oid:') ? systemOf(system) : (byAlias.get(system) ?? system);
}

/** Systems that the mapping itself names. */
export const SYSTEM = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  ucum: 'http://unitsofmeasure.org',
  absentUnknown: 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips',
  conditionClinical: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
  conditionVerification: 'http://terminology.hl7.org/CodeSystem/condition-ver-status',
  conditionCategory: 'http://terminology.hl7.org/CodeSystem/condition-category',
  allergyClinical: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical',
  allergyVerification: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
  observationCategory: 'http://terminology.hl7.org/CodeSystem/observation-category',
  interpretation: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
  roleCode: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
  dataAbsent: 'http://terminology.hl7.org/CodeSystem/data-absent-reason',
  referenceRangeMeaning: 'http://terminology.hl7.org/CodeSystem/referencerange-meaning',
  listEmpty: 'http://terminology.hl7.org/CodeSystem/list-empty-reason',
  cisis: 'https://smt.esante.gouv.fr/fhir/CodeSystem/terminologie-cisis',
  cis: 'https://smt.esante.gouv.fr/terminologie-bdpm',
} as const;

function v2Table(oid: string): string | undefined {
  if (!oid.startsWith(V2_ARC)) return undefined;
  const number = oid.slice(V2_ARC.length);
  return /^\d{1,4}$/.test(number) ? `http://terminology.hl7.org/CodeSystem/v2-${number.padStart(4, '0')}` : undefined;
}
