/** `recordTarget` to a Patient in the shapes of FR Core (french-interop 1.4, 1.5). Nothing is said about the reliability of the identity: the document does not say. */
import { normalMatricule, insAuthority } from '../../../identity/ins.js';
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept } from '../datatypes/codes.js';
import { at, attribute, child, children, compact, inTable } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { dateOf, dateTime } from '../datatypes/timestamps.js';
import { addressOf, addressesOf, humanNamesOf, nameParts, said, telecomsOf } from './contacts.js';
import { frenchType, identifierOf, tokenOf, v2Type } from './identifiers.js';

const frCore = 'https://hl7.fr/ig/fhir/core/StructureDefinition/';
const communes = 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM';
const roleClass = 'https://mos.esante.gouv.fr/NOS/TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass';
const roleCode = 'https://mos.esante.gouv.fr/NOS/TRE_R216-HL7RoleCode/FHIR/TRE-R216-HL7RoleCode';
const birthPlaceUrl = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';
const inseeUrl = `${frCore}fr-core-address-insee-code`;
const sdtc = 'urn:hl7-org:sdtc';

/** Identifiers that are neither an INS nor local: how FR Core writes them. An NSS is never `official`: it would clash with the INS (french-interop 10, point 3). */
const known: Readonly<Record<string, { readonly use: string; readonly type: JsonObject }>> = {
  '1.2.250.1.213.1.4.2': { use: 'secondary', type: frenchType('INS-C', 'Identifiant National de Santé Calculé') },
  '1.2.250.1.213.1.4.13': { use: 'secondary', type: v2Type('NH') },
  '1.2.250.1.213.1.4.14': { use: 'secondary', type: v2Type('NH') },
  '1.2.250.1.176.1.2': { use: 'secondary', type: frenchType('NDP', 'Identifiant du patient au Dossier Pharmaceutique') },
};
const insDisplays: Readonly<Record<string, string>> = { 'INS-NIR': 'NIR définitif', 'INS-NIA': 'NIR temporaire', 'INS-NIR-TEST': 'NIR TEST', 'INS-NIR-DEMO': 'NIR DEMO' };

function identifierOfPatient(id: XmlElement): JsonObject | undefined {
  const token = tokenOf(id);
  if (token === undefined) return undefined;
  const root = attribute(id, 'root') ?? '';
  const authority = insAuthority(root);
  if (authority !== undefined && attribute(id, 'extension') !== undefined) {
    return { use: 'official', type: frenchType(authority.type, insDisplays[authority.type]), system: authority.system, value: normalMatricule(token.value) };
  }
  const local = inTable(known, root) ?? { use: 'usual', type: v2Type('PI', 'Patient internal identifier') };
  const assigner = attribute(id, 'assigningAuthorityName');
  return identifierOf(token, { ...local, ...(assigner === undefined ? {} : { assigner: { display: assigner } }) });
}

/** The INS ids of all patientRoles, each once, as OID and matricule. */
export function insOf(patientRoles: readonly XmlElement[]): { system: string; value: string }[] {
  const found = new Map<string, { system: string; value: string }>();
  for (const id of patientRoles.flatMap((role) => children(role, 'id'))) {
    const authority = insAuthority(attribute(id, 'root') ?? '');
    const written = attribute(id, 'extension');
    if (authority === undefined || written === undefined) continue;
    const value = normalMatricule(written);
    found.set(`${authority.oid}|${value}`, { system: authority.oid, value });
  }
  return [...found.values()];
}

/** The official name (birth name and first birth given name, with the whole list beside it) and the name in use. */
function namesOf(patient: XmlElement | undefined): JsonObject[] {
  const names: JsonObject[] = [];
  for (const name of children(patient, 'name')) {
    const { birthFamily, birthGiven, usedFamily, usedGiven, family, given, prefix, suffix } = nameParts(name);
    const title = { prefix: [...prefix], suffix: [...suffix] };
    const birth = birthFamily.join(' ');
    if (birth !== '') {
      const list = given.join(' ');
      const extension = list === '' ? [] : [{ url: `${frCore}fr-core-patient-birth-list-given-name`, valueString: list }];
      // One single word is the first birth given name too, where no other is marked as such.
      const first = birthGiven.length > 0 ? birthGiven.join(' ') : /^\S+$/.test(list) ? list : undefined;
      names.push(compact({ extension, use: 'official', family: birth, given: first === undefined ? [] : [first], ...title }));
    }
    const used = [...usedFamily, ...family.filter((one) => one !== birth)].join(' ');
    const usedFirst = [...usedGiven, ...(birth === '' ? [...birthGiven, ...given] : [])];
    if (used !== '' || usedFirst.length > 0) names.push(compact({ use: 'usual', family: used, given: usedFirst, ...title }));
    const text = names.length === 0 ? said(name) : undefined;
    if (text !== undefined) names.push({ use: 'usual', text });
  }
  return names;
}

const genders: Readonly<Record<string, string>> = { M: 'male', F: 'female', UN: 'unknown', U: 'unknown' };

function birthPlaceOf(patient: XmlElement | undefined): JsonObject | undefined {
  const place = at(patient, 'birthplace', 'place');
  const addr = child(place, 'addr');
  const address = addr === undefined ? undefined : addressOf(addr);
  const county = typeof address?.district === 'string' ? address.district.toUpperCase() : undefined;
  const cog = county !== undefined && /^(\d{5}|2[AB]\d{3})$/.test(county) ? county : undefined;
  const { district, ...rest } = address ?? {};
  const value = compact({
    ...(cog === undefined ? {} : { extension: [{ url: inseeUrl, valueCoding: { system: communes, code: cog } }] }),
    ...rest,
    district: cog === undefined ? district : undefined,
    text: address === undefined ? said(child(place, 'name')) : undefined,
  });
  return Object.keys(value).length === 0 ? undefined : { url: birthPlaceUrl, valueAddress: value };
}

/** sdtc elements; some software writes them in the namespace of CDA itself. */
const extra = (patient: XmlElement | undefined, name: string): string | undefined =>
  attribute(child(patient, name, sdtc) ?? child(patient, name), 'value');
const truth = (value: string | undefined): boolean | undefined => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : undefined);

function deceasedOf(patient: XmlElement | undefined, reading: Reading): JsonObject {
  const time = extra(patient, 'deceasedTime');
  const deceasedDateTime = time === undefined ? undefined : dateTime(time, reading);
  if (deceasedDateTime !== undefined) return { deceasedDateTime };
  return compact({ deceasedBoolean: time !== undefined ? true : truth(extra(patient, 'deceasedInd')) });
}

function multipleBirthOf(patient: XmlElement | undefined): JsonObject {
  const order = extra(patient, 'multipleBirthOrderNumber');
  if (order !== undefined && /^\d{1,2}$/.test(order)) return { multipleBirthInteger: Number(order) };
  return compact({ multipleBirthBoolean: truth(extra(patient, 'multipleBirthInd')) });
}

const category = (code: 'role' | 'relationType'): JsonObject => ({ url: `${frCore}fr-core-patient-contact-relationship-category`, valueCode: code });

function relationships(role: string | undefined, relation: XmlElement | undefined): JsonObject[] {
  const code = attribute(relation, 'code');
  return [
    ...(role === undefined ? [] : [{ extension: [category('role')], coding: [{ system: roleClass, code: role }] }]),
    ...(code === undefined ? [] : [{ extension: [category('relationType')], coding: [compact({ system: roleCode, code, display: attribute(relation, 'displayName') })] }]),
  ];
}

function contactOf(element: XmlElement, role: string, person: XmlElement | undefined, organization: JsonObject | undefined, reading: Reading): JsonObject | undefined {
  const [name, ...others] = humanNamesOf(person);
  if (others.length > 0) reading.leftOut('further names of a contact of the patient');
  const [address] = addressesOf(element);
  const contact = compact({ name, telecom: telecomsOf(element), address, organization });
  return Object.keys(contact).length === 0 ? undefined : { relationship: relationships(role, child(element, 'code')), ...contact };
}

/** Representatives, the emergency contact (ECON) and the trusted person (NOK). */
function contactsOf(patient: XmlElement | undefined, informants: readonly XmlElement[], reading: Reading): JsonObject[] {
  const guardians = children(patient, 'guardian').map((guardian) => {
    const organization = child(guardian, 'guardianOrganization');
    const token = tokenOf(child(organization, 'id'));
    const named = compact({ identifier: token === undefined ? undefined : identifierOf(token), display: said(child(organization, 'name')) });
    return contactOf(guardian, 'GUARD', child(guardian, 'guardianPerson'), Object.keys(named).length === 0 ? undefined : named, reading);
  });
  const others = informants.map((informant) => child(informant, 'relatedEntity')).map((related) => {
    const role = attribute(related, 'classCode');
    return related !== undefined && (role === 'ECON' || role === 'NOK') ? contactOf(related, role, child(related, 'relatedPerson'), undefined, reading) : undefined;
  });
  return [...guardians, ...others].filter((contact) => contact !== undefined);
}

function communicationOf(patient: XmlElement | undefined): JsonObject[] {
  return children(patient, 'languageCommunication').flatMap((element) => {
    const code = attribute(child(element, 'languageCode'), 'code');
    const preferred = truth(attribute(child(element, 'preferenceInd'), 'value'));
    return code === undefined ? [] : [compact({ language: { coding: [{ system: 'urn:ietf:bcp:47', code }] }, preferred })];
  });
}

function genderOf(patient: XmlElement | undefined, reading: Reading): string | undefined {
  const code = attribute(child(patient, 'administrativeGenderCode'), 'code');
  if (code === undefined) return undefined;
  const gender = inTable(genders, code);
  if (gender === undefined) reading.leftOut('administrativeGenderCode: a code other than M, F and UN');
  return gender ?? 'unknown';
}

/** The Patient of a document, without id and generalPractitioner. */
export function patientOf(clinicalDocument: XmlElement, reading: Reading): JsonObject {
  const role = at(clinicalDocument, 'recordTarget', 'patientRole');
  const patient = child(role, 'patient');
  const written = attribute(child(patient, 'birthTime'), 'value');
  const birthDate = written === undefined ? undefined : dateOf(written);
  if (written !== undefined && birthDate === undefined) reading.leftOut('birthTime: a date that cannot be read');
  const time = written !== undefined && written.length > 8 ? dateTime(written, reading) : undefined;
  const birthPlace = birthPlaceOf(patient);
  return compact({
    resourceType: 'Patient',
    extension: birthPlace === undefined ? [] : [birthPlace],
    identifier: uniqueIdentifiers(children(role, 'id')),
    name: namesOf(patient),
    telecom: telecomsOf(role),
    gender: genderOf(patient, reading),
    birthDate,
    _birthDate: time !== undefined && time.length > 10 ? { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: time }] } : undefined,
    ...deceasedOf(patient, reading),
    address: addressesOf(role),
    maritalStatus: concept(child(patient, 'maritalStatusCode'), reading),
    ...multipleBirthOf(patient),
    contact: contactsOf(patient, children(clinicalDocument, 'informant'), reading),
    communication: communicationOf(patient),
  });
}

function uniqueIdentifiers(ids: readonly XmlElement[]): JsonObject[] {
  const found = new Map<string, JsonObject>();
  for (const id of ids) {
    const identifier = identifierOfPatient(id);
    if (identifier !== undefined) found.set(`${String(identifier.system)}|${String(identifier.value)}`, identifier);
  }
  return [...found.values()];
}
