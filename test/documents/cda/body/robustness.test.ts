/** Whatever stands in an entry: nothing throws, what is written is valid R4, and what is denied or intended is never a fact. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mapBody } from '../../../../src/documents/cda/body/map';
import { recognizeCda } from '../../../../src/documents/cda/recognize';
import type { BodyContext } from '../../../../src/documents/draft';
import { parseJson, writeJson, type JsonObject } from '../../../../src/fhir/json';
import { validate } from '../../../../src/fhir/validate';
import { parseXml } from '../../../../src/fhir/xml/door';
import { filesBelow, samples } from '../../../support/samples';
import { body, CRBIO, type Body } from './body';

const templates: Readonly<Record<string, readonly string[]>> = {
  act: ['21', '32', '33', '34', '36', '39', '40', '107'],
  observation: ['25', '29', '30', '31', '37', '41', '48', '48.6', '50', '51', '52', '53', '54', '80', '82', '171', '172', '209'],
  organizer: ['18', '49', '59', '78', '79', '95', '208'],
  procedure: ['62', '77'],
  substanceAdministration: ['42', '45', '46', '47', '83'],
};
const text = fc.constantFrom('', ' ', 'x', 'é', '__proto__', 'toString', '#a', 'a', '1', '-1', '0', '.5', '1e999', '1.50', 'NaN', '99999999999999', '20200101', '20209999', '202001011200+0100', '2020', 'true', 'no-known-allergies', 'active', 'I10', '1.2.3', '2.16.840.1.113883.6.1', 'a b', ' a  b ');
const attribute = fc.tuple(fc.constantFrom('code', 'codeSystem', 'displayName', 'value', 'unit', 'nullFlavor', 'root', 'extension', 'inclusive', 'operator', 'institutionSpecified', 'alignment', 'codeSystemVersion', 'mediaType', 'representation'), text);
const type = fc.constantFrom('', 'CD', 'PQ', 'IVL_PQ', 'IVL_TS', 'PIVL_TS', 'EIVL_TS', 'SXPR_TS', 'ST', 'ED', 'INT', 'REAL', 'BL', 'RTO', 'TS', 'MO', 'II', 'ODD');
const escaped = (value: string): string => value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
const attributes = fc.array(attribute, { maxLength: 4 }).map((list) => [...new Map(list)].map(([name, value]) => ` ${name}="${escaped(value)}"`).join(''));
const leaves = ['id', 'code', 'statusCode', 'effectiveTime', 'value', 'text', 'interpretationCode', 'methodCode', 'targetSiteCode', 'routeCode', 'approachSiteCode', 'doseQuantity', 'rateQuantity', 'maxDoseQuantity', 'priorityCode', 'low', 'high', 'width', 'center',
  'period', 'phase', 'event', 'offset', 'comp', 'originalText', 'translation', 'qualifier', 'reference', 'numerator', 'denominator', 'name', 'time'];
const wrappers = ['consumable', 'manufacturedProduct', 'manufacturedMaterial', 'participant', 'participantRole', 'playingEntity', 'playingDevice', 'specimen', 'specimenRole', 'specimenPlayingEntity', 'referenceRange', 'observationRange', 'precondition', 'criterion', 'subject', 'relatedSubject', 'author', 'performer', 'informant', 'externalDocument'];

function leafOf(depth: number): fc.Arbitrary<string> {
  const inner = depth === 0 ? fc.constant<string[]>([]) : fc.array(leafOf(depth - 1), { maxLength: 3 });
  return fc.tuple(fc.constantFrom(...leaves, ...wrappers), attributes, type, inner, text).map(([name, more, xsi, nested, words]) =>
    `<${name}${more}${xsi === '' ? '' : ` xsi:type="${xsi}"`}>${nested.join('')}${nested.length === 0 ? escaped(words) : ''}</${name}>`);
}

function statementOf(depth: number): fc.Arbitrary<string> {
  const parts = depth === 0 ? fc.constant<[string, string][]>([]) : fc.array(fc.tuple(fc.constantFrom('SUBJ', 'REFR', 'MFST', 'CAUS', 'RSON', 'COMP'), statementOf(depth - 1)), { maxLength: 3 });
  return fc.constantFrom(...Object.keys(templates)).chain((name) => fc.tuple(
    fc.constantFrom(...(templates[name] ?? [])), fc.constantFrom('EVN', 'EVN', 'EVN', 'INT'), fc.constantFrom('', ' negationInd="true"', ' negationInd="false"'), fc.array(leafOf(4), { maxLength: 7 }), parts,
  ).map(([template, mood, negation, inner, nested]) => {
    const around = name === 'organizer' ? 'component' : 'entryRelationship';
    return `<${name} classCode="X" moodCode="${mood}"${negation}><templateId root="1.2.250.1.213.1.1.3.${template}"/>${inner.join('')}${nested.map(([typeCode, part]) => `<${around} typeCode="${typeCode}">${part}</${around}>`).join('')}</${name}>`;
  }));
}
const anyStatement = statementOf(3);
const sectionCodes = fc.constantFrom('11450-4', '48765-2', '10160-0', '10157-6', '11369-6', '18725-2', '55108-5');
/** The same statements each time; `FUZZ_RUNS=20000` tries others. */
const runs = (usual: number): fc.Parameters<unknown> => (process.env.FUZZ_RUNS === undefined ? { numRuns: usual, seed: 20240115 } : { numRuns: Number(process.env.FUZZ_RUNS) });
const inSection = (inner: string, loinc: string): string => `<component><section><code code="${loinc}" codeSystem="2.16.840.1.113883.6.1"/><text><content ID="a">Mots</content></text><entry>${inner}</entry></section></component>`;
const both = (sections: string): Body[] => [body(sections), body(sections, { templates: CRBIO })];

const foreign = ['repeatNumber value="2"', 'participant typeCode="LOC"', 'methodCode code="M"', 'precondition', 'derivationExpr'];
it.each([
  ['problem', 'observation', '37', '<value xsi:type="CD" code="I10" codeSystem="1.2"/>', []],
  ['concern', 'act', '39', '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.37"/><value xsi:type="CD" code="I10" codeSystem="1.2"/></observation></entryRelationship>', []],
  ['allergy', 'observation', '41', '<value xsi:type="CD" code="A" codeSystem="1.2"/>', []],
  ['treatment', 'substanceAdministration', '42', '<text>Aspirine</text>', ['precondition']],
  ['vaccination', 'substanceAdministration', '45', '<text>Vaccin</text>', []],
  ['act', 'procedure', '62', '<code code="A" codeSystem="1.2"/>', []],
  ['disease of a relative', 'observation', '51', '<value xsi:type="CD" code="I10" codeSystem="1.2"/>', []],
  ['observation', 'observation', '48', '<code code="A" codeSystem="1.2"/>', ['methodCode']],
  ['result', 'observation', '80', '<code code="A" codeSystem="1.2"/>', ['methodCode']],
])('what a %s has no place for is named, unless it is null', (_, element, template, inner, taken) => {
  const of = (more: readonly string[]): string[] => body(inSection(`<${element} classCode="X" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.${template}"/>${inner}${more.map((one) => `<${one}/>`).join('')}</${element}>`, '30954-2')).issues;
  const names = foreign.map((one) => one.split(' ', 1)[0] ?? '');
  const told = of(foreign).join('\n');
  expect(names.filter((name) => !told.includes(name))).toEqual(taken);
  expect(of(names.map((name) => `${name} nullFlavor="NA"`)).join('\n')).not.toMatch(new RegExp(names.filter((name) => name !== 'participant').join('|')));
});

it.each([
  ['37', 'Condition', '<value xsi:type="CD" code="I10" codeSystem="1.2" displayName="HTA"/>'], ['48', 'Observation', '<value xsi:type="INT" value="1"/>'],
])('words in a statement itself are its note (.%s), unless they only repeat its code or stand in the narrative', (template, type, inner) => {
  const of = (text: string): unknown[] => body(inSection(`<observation classCode="OBS" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.${template}"/><code code="A" codeSystem="1.2" displayName="Taille"/>${text}${inner}</observation>`, '11450-4')).one(type).note;
  expect(of('<text>Debout</text>')).toEqual([{ text: 'Debout' }]);
  expect(of('<text>Taille</text>')).toBeUndefined();
  expect(of('<text><reference value="#a"/></text>')).toBeUndefined();
});

it('any statement gives valid resources, or is named', () => {
  fc.assert(fc.property(anyStatement, sectionCodes, (inner, loinc) => {
    for (const mapped of both(inSection(inner, loinc))) {
      expect(mapped.faults).toEqual([]);
      expect(mapped.types.filter((found) => found !== 'DiagnosticReport').length + mapped.issues.length).toBeGreaterThan(0);
      expect(mapped.issues.filter((issue) => issue.includes('does not fit'))).toEqual([]);
    }
  }), runs(400));
});

it('every reference of what it gives leads to something', () => {
  fc.assert(fc.property(anyStatement, sectionCodes, (inner, loinc) => {
    for (const mapped of both(inSection(inner, loinc))) {
      const resources = [mapped.composition, ...new Set(mapped.types)].flatMap((one) => (typeof one === 'string' ? mapped.all(one) : [one]));
      for (const [, key] of JSON.stringify(resources).matchAll(/"reference":"(urn:uuid:[^"]+)"/g)) expect(mapped.at({ reference: key ?? '' })).toBeDefined();
    }
  }), runs(100));
});

it('what is denied is never a fact, and what is intended is nothing', () => {
  const denied: Readonly<Record<string, (found: ReturnType<Body['one']>) => boolean>> = {
    Condition: ({ verificationStatus, clinicalStatus }) => ['refuted', 'entered-in-error'].includes(verificationStatus.coding[0].code) && clinicalStatus === undefined,
    AllergyIntolerance: ({ verificationStatus, clinicalStatus, reaction }) => ['refuted', 'entered-in-error'].includes(verificationStatus.coding[0].code) && clinicalStatus?.coding[0].code !== 'active' && reaction === undefined,
    MedicationStatement: ({ status }) => ['not-taken', 'entered-in-error'].includes(status),
    Immunization: ({ status, reaction }) => ['not-done', 'entered-in-error'].includes(status) && reaction === undefined,
    Procedure: ({ status }) => ['not-done', 'entered-in-error'].includes(status),
    Observation: (found) => !Object.keys(found).some((name) => name.startsWith('value')) && found.dataAbsentReason.coding[0].code === 'not-performed',
  };
  const single = anyStatement.filter((inner) => /^<(observation|procedure|substanceAdministration) /.test(inner));
  fc.assert(fc.property(single, sectionCodes, (inner, loinc) => {
    const changed = (mood: string, negation: string): string => inner.replace(/ moodCode="\w+"(?: negationInd="\w+")?/, ` moodCode="${mood}"${negation}`);
    const no = body(inSection(changed('EVN', ' negationInd="true"'), loinc));
    for (const found of (no.composition.section[0].entry ?? []).map(no.at)) expect([found.resourceType, denied[found.resourceType]?.(found)]).toEqual([found.resourceType, true]);
    expect(body(inSection(changed('INT', ''), loinc)).types).toEqual([]);
  }), runs(200));
});

it('nothing in a section about relatives is a fact about the patient', () => {
  fc.assert(fc.property(anyStatement, (inner) => {
    expect(new Set([...body(inSection(inner, '10157-6')).types, 'FamilyMemberHistory'])).toEqual(new Set(['FamilyMemberHistory']));
  }), runs(100));
});

it('numbers keep the digits that they were written with', () => {
  const literals = ['0.620', '1.90', '120000', '1E3', '5.0', '0.0000001', '12345678901234567890'];
  const observations = literals.map((literal) => `<entry><observation classCode="OBS" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.48"/><code code="1" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="${literal}" unit="g"/></observation></entry>`).join('');
  const text_ = `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><templateId root="1.2.250.1.213.1.1.1.13"/><component><structuredBody><component><section>${observations}</section></component></structuredBody></component></ClinicalDocument>`;
  const draft = mapBody(parseXml(Buffer.from(text_), {}), context());
  expect(draft.resources.slice(1).map(({ resource }) => /"value":([^,}]+)/.exec(writeJson(resource))?.[1])).toEqual(literals);
});

function context(): BodyContext {
  return {
    subject: 'Patient/p', authors: [], person: () => ({ reference: 'PractitionerRole/x', type: 'PractitionerRole' }), documentTime: { literal: '20240115', at: Date.UTC(2024, 0, 15) }, timeZone: 'Europe/Paris',
  };
}

/** Every entry mapped, whatever the volet: what later volets will meet. */
function everyEntry(file: string): { readonly faults: string[]; readonly misfits: string[]; readonly types: ReadonlySet<string> } {
  const draft = mapBody(recognizeCda(parseXml(readFileSync(file), {})).clinicalDocument, context(), true);
  return {
    faults: draft.resources.flatMap(({ resource }) => validate(parseJson(writeJson(resource)) as JsonObject).map(({ expression, diagnostics }) => `${String(resource.resourceType)} ${String(expression)}: ${diagnostics}`)),
    misfits: draft.issues.filter(({ severity }) => severity !== 'information').map(({ diagnostics }) => diagnostics),
    types: new Set(draft.resources.map(({ resource }) => String(resource.resourceType))),
  };
}

const fixtures = join(__dirname, '..', '..', '..', '..', 'fixtures', 'documents');
it.each(readdirSync(fixtures).filter((file) => file.endsWith('.xml')))('the fixture %s gives valid resources, every entry mapped', (file) => {
  expect(everyEntry(join(fixtures, file))).toMatchObject({ faults: [], misfits: [] });
});

const folder = samples('cda');
const published = filesBelow(folder, '.xml');
(folder === undefined ? it.skip : it).each(published.length > 0 ? published : ['none'])('the published document %s gives valid resources, every entry mapped', (file) => {
  expect(everyEntry(join(folder ?? '', file))).toMatchObject({ faults: [], misfits: [] });
});
