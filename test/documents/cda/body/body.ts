/** A body mapped without the rest of the pipeline, and small snippets of entries. Templates and codes are those of french-interop section 6. */
import type { BodyContext, Named } from '../../../../src/documents/draft';
import { mapBody } from '../../../../src/documents/cda/body/map';
import { parseJson, writeJson, type JsonObject } from '../../../../src/fhir/json';
import { validate } from '../../../../src/fhir/validate';
import { parseXml } from '../../../../src/fhir/xml/door';
import type { XmlElement } from '../../../../src/fhir/xml/tree';
import { cda } from '../../../support/cda';
import { brokenInvariants } from '../../../support/invariants';
import type { Resource } from '../../../support/mapped';

export interface Body {
  all(type: string): Resource[];
  /** @throws unless there is exactly one */
  one(type: string): Resource;
  /** The resource that a reference of the body names. */
  at(reference: { reference: string }): Resource;
  readonly types: string[];
  readonly issues: string[];
  readonly composition: Resource;
  /** What a resource says against R4, its structure and its invariants; none when all is well. */
  readonly faults: string[];
}

export const VSM = '<templateId root="1.2.250.1.213.1.1.1.13" extension="2022.01"/>';
export const CRBIO = '<templateId root="1.2.250.1.213.1.1.1.55" extension="2024.01"/>';

/** People of a snippet are told by the extension of their id: `<id root="1.2" extension="Device/7"/>` is a Device. Those of the header are one. */
function person(element: XmlElement): Named | undefined {
  const ids: string[] = [];
  const walk = (node: XmlElement): void => {
    if (node.name === 'id' && node.attributes.root === '1.2' && node.attributes.extension !== undefined) ids.push(node.attributes.extension);
    if (node.name === 'id' && node.attributes.root === '1.2.250.1.71.4.2.1') ids.push('PractitionerRole/header');
    for (const inner of node.children) if (typeof inner !== 'string') walk(inner);
  };
  walk(element);
  const [reference] = ids;
  return reference === undefined ? undefined : { reference, type: reference.split('/', 1)[0] ?? '' };
}

export interface BodyOptions {
  readonly templates?: string;
  readonly time?: string;
  readonly events?: string;
  readonly code?: string;
  readonly setId?: string;
  readonly legal?: string;
  /** undefined: by the volet. */
  readonly mapped?: boolean;
  readonly context?: Partial<BodyContext>;
}

export function body(sections: string, { templates = VSM, time = '20240115100000+0100', mapped, context = {}, ...options }: BodyOptions = {}): Body {
  const text = cda({ templates, time, body: `<component><structuredBody>${sections}</structuredBody></component>`, ...options })
    .replace('<ClinicalDocument ', '<ClinicalDocument xmlns:pharm="urn:ihe:pharm:medication" xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" ');
  const draft = mapBody(parseXml(Buffer.from(text), {}), {
    subject: 'Patient/p', encounter: 'Encounter/e', custodian: 'Organization/o', authors: ['PractitionerRole/header'],
    professionalAuthor: { reference: 'PractitionerRole/header', type: 'PractitionerRole' }, person,
    documentTime: { literal: time, at: Date.UTC(2024, 0, 15, 9) }, timeZone: 'Europe/Paris', ...context,
  }, mapped);
  const resources = draft.resources.map(({ key, resource }) => ({ key, resource: JSON.parse(writeJson(resource)) as Resource }));
  const all = (type: string): Resource[] => resources.map(({ resource }) => resource).filter((resource) => resource.resourceType === type);
  return {
    all,
    one(type) {
      const [found, other] = all(type);
      if (!found || other) throw new Error(`${all(type).length} resources of type ${type}`);
      return found;
    },
    at({ reference }) {
      const found = resources.find(({ key }) => key === reference);
      if (!found) throw new Error(`${reference} is not among the resources`);
      return found.resource;
    },
    types: resources.map(({ resource }) => String(resource.resourceType)).filter((type) => type !== 'Composition'),
    issues: draft.issues.map(({ diagnostics }) => diagnostics),
    composition: all('Composition')[0],
    get faults() {
      return [
        ...draft.resources.flatMap(({ resource }) => validate(parseJson(writeJson(resource)) as JsonObject).map(({ expression, diagnostics }) => `${String(expression)}: ${diagnostics}`)),
        ...resources.flatMap(({ resource }) => brokenInvariants(resource as Record<string, unknown>)),
      ];
    },
  };
}

export const french = (n: string): string => `<templateId root="1.2.250.1.213.1.1.3.${n}"/>`;
export const pcc = (n: string): string => `<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.${n}"/>`;

const OIDS: Readonly<Record<string, string>> = {
  loinc: '2.16.840.1.113883.6.1', snomed: '2.16.840.1.113883.6.96', cim10: '2.16.840.1.113883.6.3', act: '2.16.840.1.113883.5.4', none: '2.16.840.1.113883.5.1150.1',
  conditionStatus: '2.16.840.1.113883.4.642.1.1074', allergyStatus: '2.16.840.1.113883.4.642.4.1373', certainty: '2.16.840.1.113883.4.642.1.1075', criticality: '2.16.840.1.113883.4.642.4.130',
  cis: '1.2.250.1.213.2.3.1', cip: '1.2.250.1.213.2.3.2', atc: '2.16.840.1.113883.6.73', edqm: '0.4.0.127.0.16.1.1.2.1', sms: '2.16.840.1.113883.3.6905.2', role: '2.16.840.1.113883.5.111',
  nabm: '1.2.250.1.213.2.7', v20487: '2.16.840.1.113883.18.311', ncbi: '2.16.840.1.113883.3.9471', interpretation: '2.16.840.1.113883.5.83', method: '1.2.250.1.213.2.3.5', ccam: '1.2.250.1.215.300.1',
};
/** `snomed|55607006|Problème` as the attributes of a coded element. */
export const coded = (text: string): string => {
  const [system = '', code = '', display] = text.split('|');
  return `code="${code}" codeSystem="${OIDS[system] ?? system}"${display === undefined ? '' : ` displayName="${display}"`}`;
};
export const code = (text: string, inner = ''): string => `<code ${coded(text)}>${inner}</code>`;
export const cd = (text: string, inner = ''): string => `<value xsi:type="CD" ${coded(text)}>${inner}</value>`;
export const relation = (typeCode: string, inner: string, more = ''): string => `<entryRelationship typeCode="${typeCode}"${more}>${inner}</entryRelationship>`;
export const section = (inner: string, { code: loinc = '11450-4', templates = '', text = '' } = {}): string =>
  `<component><section>${templates}<code code="${loinc}" codeSystem="2.16.840.1.113883.6.1"/><title>Section</title>${text === '' ? '' : `<text>${text}</text>`}${inner}</section></component>`;
export const entry = (inner: string): string => `<entry>${inner}</entry>`;
export const author = (reference: string, time = ''): string => `<author>${time === '' ? '' : `<time value="${time}"/>`}<assignedAuthor><id root="1.2" extension="${reference}"/></assignedAuthor></author>`;
export const performer = (reference: string): string => `<performer><assignedEntity><id root="1.2" extension="${reference}"/></assignedEntity></performer>`;
export const comment = (text: string): string => relation('SUBJ', `<act classCode="ACT" moodCode="EVN">${french('32')}${code('loinc|48767-8')}<text>${text}</text></act>`, ' inversionInd="true"');
export const attributeOf = (template: string, value: string, more = ''): string => relation('REFR', `<observation classCode="OBS" moodCode="EVN"${more}>${french(template)}<statusCode code="completed"/>${value}</observation>`);
export const component = (inner: string): string => `<component>${inner}</component>`;
/** The certainty of a statement, that it is not so. */
export const refuted = attributeOf('171', cd('certainty|refuted'));

export interface StatementOptions {
  readonly mood?: string;
  readonly negated?: boolean;
  readonly templates?: string;
}
export const statement = (element: string, inner: string, { mood = 'EVN', negated, templates = '' }: StatementOptions = {}): string =>
  `<${element} classCode="X" moodCode="${mood}"${negated === undefined ? '' : ` negationInd="${negated}"`}>${templates}${inner}</${element}>`;
