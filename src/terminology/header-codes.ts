/** Codes of the document header: confidentiality and visibility, facility, practice setting, encounter (french-interop 2.2, 2.7 to 2.10). */
import { table } from './data.js';
import type { TableCoding } from './document-types.js';

interface CodeTable {
  readonly system: string;
  readonly codes: Readonly<Record<string, string>>;
}

interface HeaderCodes {
  readonly facilityTypes: CodeTable;
  readonly practiceSettings: CodeTable;
  readonly nonProfessionalSystem: string;
  readonly nonProfessionalCodes: readonly string[];
  readonly confidentiality: CodeTable & { readonly hl7System: string };
  readonly visibility: CodeTable & { readonly aliases: Readonly<Record<string, string>> };
  readonly encounterClasses: CodeTable & { readonly french: CodeTable & { readonly class: string }; readonly ambulatoryFacilities: readonly string[] };
}

const data = table<HeaderCodes>('header-codes');
const nonProfessional = new Set(data.nonProfessionalCodes);
const ambulatory = new Set(data.encounterClasses.ambulatoryFacilities);

/** JDV_J02: the coding of a healthcare facility type, undefined when the code is not in the value set. */
export function facilityType(code: string): TableCoding | undefined {
  return ofProducer(data.facilityTypes, code);
}

/** JDV_J04: the coding of a practice setting, undefined when the code is not in the value set. */
export function practiceSetting(code: string): TableCoding | undefined {
  return ofProducer(data.practiceSettings, code);
}

/** N, R or V as the two codings that readers expect: TRE_A08 (JDV_J08) and HL7's v3-Confidentiality. */
export function confidentialityCodings(code: string): TableCoding[] {
  const found = lookUp(data.confidentiality, code);
  return found ? [found, { ...found, system: data.confidentiality.hl7System }] : [];
}

/** A visibility label by code or by one of its other spellings (short form of HL7 v2 messages). */
export function visibilityCoding(code: string): TableCoding | undefined {
  return lookUp(data.visibility, Object.hasOwn(data.visibility.aliases, code) ? (data.visibility.aliases[code] ?? code) : code);
}

/** The codes that a security label may bear, for the text of an error. */
export const labelCodes: readonly string[] = [...Object.keys(data.confidentiality.codes), ...Object.keys(data.visibility.codes)];

/** The class of an encounter from its JDV_J142 code; EXTERNE and SEANCE are ambulatory and come back as `type` too. */
export function encounterClass(code: string): { readonly class: TableCoding; readonly type?: TableCoding } | undefined {
  const own = lookUp(data.encounterClasses, code);
  if (own) return { class: own };
  const type = lookUp(data.encounterClasses.french, code);
  const ambulatoryClass = lookUp(data.encounterClasses, data.encounterClasses.french.class);
  return type && ambulatoryClass ? { class: ambulatoryClass, type } : undefined;
}

/** Whether a facility type (SA05 …) only knows ambulatory encounters (french-interop 2.2, componentOf). */
export function isAmbulatoryFacility(code: string): boolean {
  return ambulatory.has(code);
}

function ofProducer(from: CodeTable, code: string): TableCoding | undefined {
  const found = lookUp(from, code);
  return found && nonProfessional.has(code) ? { ...found, system: data.nonProfessionalSystem } : found;
}

function lookUp(from: CodeTable, code: string): TableCoding | undefined {
  const display = Object.hasOwn(from.codes, code) ? from.codes[code] : undefined;
  return display === undefined ? undefined : { system: from.system, code, display };
}
