/**
 * National identifiers of professionals and structures in the one form that they are compared by: IdNat_PS and
 * IdNat_Struct, a prefix that says what the number is, then the number (french-interop 4.1).
 */
import type { ActorKey } from './actor.js';

export const professionalOid = '1.2.250.1.71.4.2.1';
export const structureOid = '1.2.250.1.71.4.2.2';

/** True when the last digit of the number is right (Luhn). La Poste's SIRETs sum their digits instead; they are rare enough to stay unread. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const value = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? value * 2 : value;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

type Rule = readonly [system: RegExp, value: RegExp, key: (value: string) => string | undefined];
const idNat = (oid: string) => new RegExp(`^(urn:oid:)?${oid.replace(/\./g, '\\.')}$`);

const professionalRules: readonly Rule[] = [
  [idNat(professionalOid), /^\d{11}$/, (value) => `8${value}`],
  [idNat(professionalOid), /^8\d{11}$/, (value) => value],
  [idNat(professionalOid), /^0[0-9A-Z]{9}$/, (value) => value],
  [idNat(professionalOid), /^[13456][0-9A-Z]{9,14}\/[\x21-\x7e]{1,40}$/, (value) => value],
  [/^https:\/\/rpps\.esante\.gouv\.fr$/, /^\d{11}$/, (value) => `8${value}`],
];
const structureRules: readonly Rule[] = [
  [idNat(structureOid), /^[0-9A-Z]{9}$/, (value) => `1${value}`],
  [idNat(structureOid), /^\d{14}$/, (value) => (luhn(value) ? `3${value}` : value)],
  [idNat(structureOid), /^[0-9A-Z]{1,40}$/, (value) => value],
  [/^https:\/\/finess\.esante\.gouv\.fr$/, /^[0-9A-Z]{9}$/, (value) => `1${value}`],
  [/^https:\/\/sirene\.fr$/, /^\d{9}$/, (value) => `2${value}`],
  [/^https:\/\/sirene\.fr$/, /^\d{14}$/, (value) => `3${value}`],
  [/^https:\/\/rppsrang\.esante\.gouv\.fr$/, /^\d{11,14}$/, (value) => `4${value}`],
];

function firstKey(rules: readonly Rule[], system: string, written: string): string | undefined {
  const value = written.replace(/\s+/g, '').toUpperCase();
  for (const [ofSystem, ofValue, key] of rules) {
    if (ofSystem.test(system) && ofValue.test(value)) return key(value);
  }
  return undefined;
}

/** IdNat_PS of an identifier, or undefined when the identifier is not a national one. @param system OID, `urn:oid:` or URL */
export const professionalKey = (system: string, value: string): string | undefined => firstKey(professionalRules, system, value);
/** IdNat_Struct of an identifier, or undefined when the identifier is not a national one. @param system OID, `urn:oid:` or URL */
export const structureKey = (system: string, value: string): string | undefined => firstKey(structureRules, system, value);

/** What number an IdNat_PS is, by its prefix: RPPS (8), ADELI (0), or a number within a structure. Nobody bears two of one kind. */
export const professionalKind = (idNatPs: string): string => idNatPs.charAt(0);

const structureKinds: readonly (readonly [kind: string, shape: RegExp])[] = [
  ['0', /^0[0-9A-Z]{9}$/], ['1', /^1[0-9A-Z]{9}$/], ['2', /^2\d{9}$/], ['3', /^3\d{14}$/], ['4', /^4\d{11,14}$/],
];
/** What number an IdNat_Struct is, by its prefix: FINESS (1), SIREN (2), SIRET (3) …; '' for one without a known prefix. */
export const structureKind = (idNatStruct: string): string => structureKinds.find(([, shape]) => shape.test(idNatStruct))?.[0] ?? '';

export const professionalActor = (idNatPs: string): ActorKey => `professional|${idNatPs}`;
export const structureActor = (idNatStruct: string): ActorKey => `structure|${idNatStruct}`;
export const roleActor = (idNatPs: string, idNatStruct: string): ActorKey => `role|${idNatPs}|${idNatStruct}`;
