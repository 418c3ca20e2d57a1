/** Builds CDA documents for tests: a whole CI-SIS header whose parts can be replaced, and a small body. Everybody in it is made up. */

export const ins = (value: string, oid = '1.2.250.1.213.1.4.10'): string => `<id root="${oid}" extension="${value}"/>`;

/** Lina TESTARD, born 1979-03-28 in commune 51215; the key of her matricule is right. */
export const lina = { oid: '1.2.250.1.213.1.4.10', value: '279035121518989' };
/** Bruno MARCHAL; the key of his matricule is right. */
export const bruno = { oid: '1.2.250.1.213.1.4.10', value: '160112A00402124' };

export interface PersonOptions {
  readonly ids?: string;
  readonly name?: string;
  readonly gender?: string;
  readonly birthTime?: string;
  readonly contact?: string;
  readonly more?: string;
  readonly birthplace?: string;
}

export const recordTarget = ({
  ids = ins(lina.value), name = '<family qualifier="BR">TESTARD</family><given>LINA ROSE</given><given qualifier="BR">LINA</given>',
  gender = '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>', birthTime = '<birthTime value="19790328"/>',
  contact = '', more = '', birthplace = '<birthplace><place><addr><county>51215</county><city>DOMPREMY</city></addr></place></birthplace>',
}: PersonOptions = {}): string =>
  `<recordTarget><patientRole>${ids}${contact}<patient><name>${name}</name>${gender}${birthTime}${more}${birthplace}</patient></patientRole></recordTarget>`;

export interface RoleOptions {
  readonly ids?: string;
  readonly code?: string;
  readonly contact?: string;
  readonly person?: string;
  readonly organization?: string;
}

const organizationIds = '<id root="1.2.250.1.71.4.2.2" extension="1350099911"/>';
export const organization = (element: string, ids = organizationIds, name = 'Maison de santé des Essais', more = ''): string =>
  `<${element}>${ids}<name>${name}</name>${more}</${element}>`;
export const professionalId = (rpps = '10099900011'): string => `<id root="1.2.250.1.71.4.2.1" extension="8${rpps}"/>`;
export const profession = (code = 'G15_10/SM26'): string => `<code code="${code}" codeSystem="1.2.250.1.213.1.1.4.5" displayName="Médecin"/>`;

/** What stands in assignedAuthor or assignedEntity. */
export const role = ({
  ids = professionalId(), code = profession(), contact = '<telecom value="tel:0200000001" use="WP"/>',
  person = '<assignedPerson><name><prefix>MME</prefix><given>Odile</given><family>REMY</family><suffix>DR</suffix></name></assignedPerson>',
  organization: structure = organization('representedOrganization'),
}: RoleOptions = {}): string => ids + code + contact + person + structure;

export const author = (content = role(), time = '20240115100000+0100'): string => `<author><time value="${time}"/><assignedAuthor>${content}</assignedAuthor></author>`;
export const custodian = (content = organization('representedCustodianOrganization')): string => `<custodian><assignedCustodian>${content}</assignedCustodian></custodian>`;
export const legalAuthenticator = (content = role()): string =>
  `<legalAuthenticator><time value="20240115100000+0100"/><signatureCode code="S"/><assignedEntity>${content}</assignedEntity></legalAuthenticator>`;

const setting = '<standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/>';
export const documentationOf = (content = '<code code="34117-2" codeSystem="2.16.840.1.113883.6.1" displayName="Historique"/><effectiveTime><low value="20240115093000+0100"/><high value="20240115095500+0100"/></effectiveTime>', withSetting = true): string =>
  `<documentationOf><serviceEvent>${content}${withSetting ? `<performer typeCode="PRF"><assignedEntity>${role({ organization: organization('representedOrganization', organizationIds, 'Maison de santé des Essais', setting) })}</assignedEntity></performer>` : ''}</serviceEvent></documentationOf>`;
export const componentOf = (content = '<code code="AMB" codeSystem="2.16.840.1.113883.5.4" displayName="Ambulatoire"/><effectiveTime><low value="20240115093000+0100"/><high value="20240115095500+0100"/></effectiveTime>', facility = 'SA07'): string =>
  `<componentOf><encompassingEncounter>${content}<location><healthCareFacility><code code="${facility}" codeSystem="1.2.250.1.71.4.2.4"/><location><name>Cabinet des Essais</name></location></healthCareFacility></location></encompassingEncounter></componentOf>`;

export const replaces = (id: string): string => `<relatedDocument typeCode="RPLC"><parentDocument><id root="${id}"/></parentDocument></relatedDocument>`;

/** Level 1: a few bytes that claim to be a PDF. */
export const pdfBody = '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0xLjQK</text></nonXMLBody></component>';
/** Level 3: one section with an entry that nobody maps. */
export const textBody = (text = 'Rien à signaler.'): string =>
  `<component><structuredBody><component><section><code code="46612-8" codeSystem="2.16.840.1.113883.6.1"/><title>Synthèse</title><text>${text}</text></section></component></structuredBody></component>`;

export interface CdaOptions {
  readonly id?: string;
  readonly code?: string;
  readonly time?: string;
  readonly confidentiality?: string;
  readonly setId?: string;
  readonly templates?: string;
  readonly person?: string;
  readonly authors?: string;
  readonly informants?: string;
  readonly custodian?: string;
  readonly legal?: string;
  readonly participants?: string;
  readonly orders?: string;
  readonly events?: string;
  readonly related?: string;
  readonly encounter?: string;
  readonly body?: string;
}

let made = 0;
/** Another document identifier each time. */
export const freshId = (): string => `1.2.250.1.999.77.${process.pid}.${++made}`;

export function cda(options: CdaOptions = {}): string {
  const {
    id = `<id root="${freshId()}"/>`, code = '<code code="60591-5" codeSystem="2.16.840.1.113883.6.1" displayName="Synthèse médicale"/>', time = '20240115100000+0100',
    confidentiality = '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>', setId = '', templates = '<templateId root="1.2.250.1.213.1.1.1.13" extension="201310"/>',
  } = options;
  return `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:ps3-20="urn:dicom-org:ps3-20">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>${templates}
${id}${code}<title>Document d'essai</title><effectiveTime value="${time}"/>${confidentiality}<languageCode code="fr-FR"/>${setId}
${options.person ?? recordTarget()}${options.authors ?? author()}${options.informants ?? ''}${options.custodian ?? custodian()}${options.legal ?? legalAuthenticator()}
${options.participants ?? ''}${options.orders ?? ''}${options.events ?? documentationOf()}${options.related ?? ''}${options.encounter ?? componentOf()}${options.body ?? pdfBody}
</ClinicalDocument>`;
}
