/** The traits of a Patient written as FR Core writes it (french-interop 1.4), and the judgement of a Patient that is sent for a known INS. */
import { object, objects, textOf } from '../fhir/elements.js';
import { fail, type Issue } from '../fhir/failure.js';
import type { JsonObject } from '../fhir/json.js';
import { contradictions, differences, foldName, type Traits } from './traits.js';

const birthPlaceUrl = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';
const birthGivenNamesUrl = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name';
const inseeCodeUrl = 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code';

const extension = (element: JsonObject | undefined, url: string): JsonObject | undefined => objects(element?.extension).find((one) => one.url === url);

/** The extension that tells the place of birth. */
export const birthPlaceExtension = (patient: JsonObject): JsonObject | undefined => extension(patient, birthPlaceUrl);
export const isBirthPlace = ({ url }: JsonObject): boolean => url === birthPlaceUrl;

/** COG code of the commune or country of birth. */
function birthPlaceOf(patient: JsonObject): string | undefined {
  const address = object(birthPlaceExtension(patient)?.valueAddress);
  return textOf(object(extension(address, inseeCodeUrl)?.valueCoding)?.code);
}

/** The official names in the form that names are compared in: birth name, first birth given name, the whole list of them. */
export function officialNames(patient: JsonObject): readonly string[] {
  return objects(patient.name).filter((name) => name.use === 'official').map((name) => {
    const given = Array.isArray(name.given) ? name.given[0] : name.given;
    return [name.family, given, extension(name, birthGivenNamesUrl)?.valueString].map((part) => foldName(textOf(part) ?? '')).join('|');
  });
}

/** The official name is the birth name; a used name (`usual`) is not compared. */
export function traitsOfPatient(patient: JsonObject): Traits {
  const official = objects(patient.name).find((name) => name.use === 'official');
  const given = Array.isArray(official?.given) ? official.given[0] : official?.given;
  const traits: Record<keyof Traits, string | undefined> = {
    birthName: textOf(official?.family),
    birthDate: textOf(patient.birthDate),
    gender: textOf(patient.gender),
    firstGiven: textOf(given),
    birthPlace: birthPlaceOf(patient),
  };
  return Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== undefined));
}

/**
 * Judges traits that were sent for an INS that a stored Patient bears (rules 2.4).
 * @returns warnings for what differs without making two people
 * @throws Failure identity-contradiction naming the traits, never their values
 */
export function judgeIdentity(stored: Traits, sent: Traits): readonly Issue[] {
  const traits = contradictions(stored, sent);
  const [first] = traits;
  if (first !== undefined) throw fail('identity-contradiction', { trait: first }, { issues: traits.flatMap((trait) => fail('identity-contradiction', { trait }).issues) });
  return differences(stored, sent).map((trait) => ({
    severity: 'warning', code: 'business-rule', diagnostics: `The ${trait} differs from the one stored for this national identifier. The stored one is kept.`,
  }));
}
