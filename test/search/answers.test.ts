/**
 * Questions and the resources that answer them, from the query string through the index and the embedded store: what
 * https://hl7.org/fhir/R4/search.html says of each kind of parameter, prefix and modifier.
 */
import { bind } from '../../src/access/grant';
import { bodyHalves } from '../../src/fhir/body';
import { parseJson, type JsonObject } from '../../src/fhir/json';
import { indexEntries } from '../../src/search/indexer';
import { parseSearch } from '../../src/search/query';
import type { Store } from '../../src/store/port';
import { openTestStore } from '../support/stores';
import { open, operator, put, written } from '../contract/support';

const bases = ['https://server.example/fhir'];
const timeZone = 'Europe/Paris';
const ucum = 'http://unitsofmeasure.org';
const loinc = 'http://loinc.org';

const patient = (id: string, more: object): object => ({ resourceType: 'Patient', id, ...more });
const observation = (id: string, more: object): object => ({ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: loinc, code: '1' }] }, ...more });
const measured = (id: string, value: string, unit?: string): string => JSON.stringify(observation(id, { code: { text: 'measured' } })).replace(/}$/, `,"valueQuantity":{"value":${value}${unit === undefined ? '' : `,"system":"${ucum}","code":"${unit}"`}}}`);

const resources: readonly (object | string)[] = [
  patient('p1', { identifier: [{ system: 'urn:oid:1.2', value: '7', type: { coding: [{ system: 't', code: 'PI' }] } }], gender: 'male', active: true, birthDate: '1990-05-02', name: [{ family: 'Dupont-Martin', given: ['Éloïse'] }], telecom: [{ system: 'phone', value: '0601' }], managingOrganization: { reference: 'Organization/h' } }),
  patient('p2', { identifier: [{ value: '7' }, { system: 'urn:oid:1.3', value: '8' }], gender: 'female', birthDate: '1990', name: [{ family: "D'Artagnan", given: ['Anne', 'Zoé'] }], deceasedDateTime: '2020-01-01' }),
  patient('p3', { name: [{ family: 'Martin', given: ['Luc'] }], maritalStatus: { text: 'Marié' }, link: [{ type: 'seealso', other: { reference: 'Patient/p1' } }] }),
  { resourceType: 'Organization', id: 'h', name: 'Hôpital Nord', partOf: { reference: 'Organization/g' } },
  { resourceType: 'Organization', id: 'g', name: 'Groupe' },
  observation('o1', { subject: { reference: 'Patient/p1' }, effectiveDateTime: '2024-03-01T10:00:00+01:00', category: [{ coding: [{ system: 'c', code: 'lab', display: 'Laboratoire' }] }], code: { coding: [{ system: loinc, code: '2345-7' }] }, valueQuantity: { value: 5.5, unit: 'mmol/L', system: ucum, code: 'mmol/L' } }),
  observation('o2', { subject: { reference: 'https://server.example/fhir/Patient/p2' }, effectivePeriod: { start: '2024-02-01', end: '2024-04-01' }, code: { coding: [{ system: loinc, code: '85354-9' }] }, component: [
    { code: { coding: [{ system: loinc, code: '8480-6' }] }, valueQuantity: { value: 150, unit: 'mmHg', system: ucum, code: 'mm[Hg]' } },
    { code: { coding: [{ system: loinc, code: '8462-4' }] }, valueQuantity: { value: 90, unit: 'mmHg', system: ucum, code: 'mm[Hg]' } },
  ] }),
  observation('o3', { subject: { identifier: { system: 'urn:oid:1.2', value: '7' } }, code: { text: 'Rien de codé' }, effectiveDateTime: '2024', valueString: 'Négatif' }),
  observation('o4', { subject: { reference: 'https://elsewhere.example/Patient/p1' }, meta: { profile: ['http://example.org/a/b|2'], tag: [{ system: 't', code: 'x' }] }, valueQuantity: { value: 10, comparator: '<', unit: 'comprimés' } }),
  measured('m100', '100', 'mg'), measured('m100p', '100.0', 'mg'), measured('m1002', '100.2', 'mg'), measured('m01g', '0.1', 'g'), measured('mbare', '100'), measured('mg100', '100', 'g'),
  { resourceType: 'DocumentReference', id: 'd1', status: 'current', date: '2024-05-01T00:00:00Z', subject: { reference: 'Patient/p1' },
    contained: [{ resourceType: 'PractitionerRole', id: 'a', practitioner: { reference: '#b' } }, { resourceType: 'Practitioner', id: 'b', name: [{ family: 'Lefèvre' }], identifier: [{ value: '801' }] }],
    author: [{ reference: '#a', extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/alternate-reference', valueReference: { reference: 'PractitionerRole/r1' } }] }],
    content: [{ attachment: { contentType: 'text/plain', creation: '2024-04-30' } }], relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/d0' } }] },
  { resourceType: 'DocumentReference', id: 'd0', status: 'superseded', date: '2024-04-01T00:00:00Z', subject: { reference: 'Patient/p1' }, content: [{ attachment: {} }] },
  { resourceType: 'QuestionnaireResponse', id: 'q1', status: 'completed', questionnaire: 'http://example.org/q|1' },
];

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
  await written(store, ...resources.map((given) => {
    const resource = parseJson(typeof given === 'string' ? given : JSON.stringify(given)) as JsonObject & { resourceType: string; id: string };
    return put(resource.resourceType, resource.id, { body: bodyHalves(resource), entries: indexEntries(resource, { bases, timeZone }), access: open });
  }));
});
afterAll(() => store.close());

async function answer(type: string, query: string): Promise<string[]> {
  const { plan } = parseSearch(type, query, { handling: 'strict', bases, timeZone, now: Date.UTC(2026, 0, 1), page: { default: 50, max: 50 } });
  return (await store.search(bind(operator, plan))).matches.map(({ id }) => id);
}

const rows: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  token: [
    ['Patient', 'identifier=urn:oid:1.2|7', 'p1'], ['Patient', 'identifier=7', 'p1 p2'], ['Patient', 'identifier=|7', 'p2'], ['Patient', 'identifier=urn:oid:1.3|', 'p2'], ['Patient', 'identifier=urn:oid:1.2|8', ''],
    ['Patient', 'identifier=urn:oid:1.2|7,urn:oid:1.3|8', 'p1 p2'], ['Patient', 'identifier=urn:oid:1.2|7&identifier=urn:oid:1.3|8', ''], ['Patient', 'identifier:of-type=t|PI|7', 'p1'], ['Patient', 'identifier:of-type=t|XX|7', ''],
    ['Patient', 'gender=male', 'p1'], ['Patient', 'gender=http://hl7.org/fhir/administrative-gender|male', 'p1'], ['Patient', 'gender=http://other|male', ''], ['Patient', 'gender:not=male', 'p2 p3'], ['Patient', 'gender:not=male,female', 'p3'],
    ['Patient', 'gender:missing=true', 'p3'], ['Patient', 'gender:missing=false', 'p1 p2'], ['Patient', 'active=true', 'p1'], ['Patient', 'deceased=true', 'p2'], ['Patient', 'deceased=false', 'p1 p3'],
    ['Patient', 'telecom=0601', 'p1'], ['Patient', 'telecom=phone|0601', 'p1'], ['Patient', 'phone=|0601', 'p1'], ['Patient', 'email=0601', ''],
    ['Observation', 'category:text=labo', 'o1'], ['Observation', 'code:text=rien', 'o3'], ['Observation', 'code:missing=true', ''], ['Observation', '_tag=t|x', 'o4'], ['Observation', 'status=final&_tag=x', 'o4'],
  ],
  string: [
    ['Patient', 'family=dup', 'p1'], ['Patient', 'family=MARTIN', 'p1 p3'], ['Patient', 'family=upont', ''], ['Patient', 'family:contains=rtin', 'p1 p3'], ['Patient', 'family:exact=Martin', 'p3'], ['Patient', 'family:exact=martin', ''],
    ['Patient', 'family=artagnan', 'p2'], ['Patient', 'family=d’artagnan', 'p2'], ['Patient', 'family=dupont martin', 'p1'], ['Patient', 'given=eloise', 'p1'], ['Patient', 'name=zoe', 'p2'], ['Patient', 'name=martin', 'p1 p3'], ['Patient', 'name=%25', ''], ['Patient', 'name=_', ''], ['Patient', 'given=luc&family=martin', 'p3'],
    ['Observation', 'value-string=NEGA', 'o3'],
  ],
  date: [
    ['Patient', 'birthdate=1990', 'p1 p2'], ['Patient', 'birthdate=1990-05-02', 'p1'], ['Patient', 'birthdate=lt1990-06', 'p1 p2'], ['Patient', 'birthdate=gt1990-05-02', 'p2'], ['Patient', 'birthdate=sa1990-05-02', ''], ['Patient', 'birthdate=ge1990-05-03', 'p2'], ['Patient', 'birthdate=ne1990-05-02', 'p2'],
    ['Observation', 'date=2024-03-01', 'o1'], ['Observation', 'date=2024-03-01T09:00:00Z', 'o1'], ['Observation', 'date=2024-03', 'o1'], ['Observation', 'date=2024', 'o1 o2 o3'], ['Observation', 'date=ge2024-03-15', 'o2 o3'], ['Observation', 'date=sa2024-02-15', 'o1'], ['Observation', 'date=eb2024-04', 'o1'],
    ['Observation', 'date=ge2024-03-01&date=le2024-03-01', 'o1 o2 o3'], ['Observation', 'date=2023,2024-03', 'o1'], ['DocumentReference', 'creation=2024-04-30', 'd1'], ['DocumentReference', 'creation:missing=true', 'd0'],
  ],
  quantity: [
    [`Observation`, `value-quantity=100|${ucum}|mg`, 'm100 m100p m1002 m01g'], ['Observation', `value-quantity=100.0|${ucum}|mg`, 'm100 m100p m01g'], ['Observation', `value-quantity=gt100|${ucum}|mg&value-quantity=lt1000|${ucum}|mg`, 'm1002'], ['Observation', `value-quantity=0.1|${ucum}|g`, 'm100 m100p m1002 m01g'],
    ['Observation', `value-quantity=ge100|${ucum}|g`, 'mg100'], ['Observation', 'value-quantity=100', 'm100 m100p m1002 mbare mg100'], ['Observation', 'value-quantity=gt100', 'm1002'], ['Observation', 'value-quantity=0.1', 'm01g'], ['Observation', 'value-quantity=100||g', 'mg100'],
    ['Observation', `value-quantity=5500|${ucum}|umol/L`, 'o1'], ['Observation', 'value-quantity=lt10||comprimés', 'o4'], ['Observation', 'value-quantity=ge10||comprimés', ''], ['Observation', 'component-value-quantity=gt140||mmHg', 'o2'], ['Observation', 'combo-value-quantity=150', 'o2'],
    ['Observation', `value-quantity=ne100|${ucum}|mg&value-quantity=le1|${ucum}|g`, ''],
  ],
  composite: [
    ['Observation', `component-code-value-quantity=${loinc}|8480-6$gt140||mm[Hg]`, 'o2'], ['Observation', `component-code-value-quantity=${loinc}|8462-4$gt140||mm[Hg]`, ''], ['Observation', 'component-code-value-quantity=8462-4$90', 'o2'], ['Observation', 'combo-code-value-quantity=8480-6$150,2345-7$5.5', 'o1 o2'],
    ['Observation', `code-value-quantity=2345-7$5500|${ucum}|umol/L`, 'o1'], ['DocumentReference', 'relationship=replaces$DocumentReference/d0', 'd1'], ['DocumentReference', 'relationship=appends$d0', ''],
  ],
  reference: [
    ['Observation', 'subject=Patient/p1', 'o1'], ['Observation', 'patient=p1', 'o1'], ['Observation', 'subject=p1', 'o1'], ['Observation', 'subject:Patient=p2', 'o2'], ['Observation', 'subject=https://server.example/fhir/Patient/p1', 'o1'], ['Observation', 'subject=https://elsewhere.example/Patient/p1', 'o4'],
    ['Observation', 'subject:identifier=urn:oid:1.2|7', 'o3'], ['Observation', 'subject:identifier=7', 'o3'], ['Observation', 'subject:missing=true', 'm100 m100p m1002 m01g mbare mg100'],
    ['DocumentReference', 'author=PractitionerRole/r1', 'd1'], ['DocumentReference', 'relatesto=d0', 'd1'], ['QuestionnaireResponse', 'questionnaire=http://example.org/q', 'q1'], ['QuestionnaireResponse', 'questionnaire=http://example.org/q|1', 'q1'], ['QuestionnaireResponse', 'questionnaire=http://example.org/q|2', ''],
  ],
  uri: [
    ['Observation', '_profile=http://example.org/a/b', 'o4'], ['Observation', '_profile=http://example.org/a/b|2', 'o4'], ['Observation', '_profile:below=http://example.org/a', 'o4'], ['Observation', '_profile:above=http://example.org/a/b/c', 'o4'], ['Observation', '_profile=http://example.org/a', ''],
  ],
  'chain and _has': [
    ['Observation', 'patient.identifier=urn:oid:1.2|7', 'o1'], ['Observation', 'subject:Patient.gender=female', 'o2'], ['Patient', 'organization.name=hopital', 'p1'], ['Patient', 'organization.partof.name=groupe', 'p1'], ['Patient', 'organization.partof.name=hopital', ''],
    ['DocumentReference', 'author.family=lefevre', 'd1'], ['DocumentReference', 'author.identifier=801', 'd1'], ['Practitioner', 'family=lefevre', ''], ['Patient', '_has:Observation:patient:code=2345-7', 'p1'], ['Patient', '_has:DocumentReference:patient:status=superseded', 'p1'],
    ['Organization', '_has:Patient:organization:_has:Observation:patient:code=2345-7', 'h'], ['Patient', 'link.identifier=urn:oid:1.2|7', 'p3'],
  ],
  _id: [['Patient', '_id=p1,p3', 'p1 p3'], ['Patient', '_id=nobody', ''], ['Patient', '_id:not=p1', 'p2 p3'], ['Patient', '_id=p1&gender=female', '']],
};

describe.each(Object.entries(rows))('%s', (_, questions) => {
  it.each(questions)('%s?%s -> %s', async (type, query, ids) => expect((await answer(type, query)).sort()).toEqual(ids.split(' ').filter((id) => id !== '').sort()));
});

describe('_sort', () => {
  it.each([
    ['Patient', '_sort=family', 'p2 p1 p3'], ['Patient', '_sort=-family', 'p3 p1 p2'], ['Patient', '_sort=gender', 'p2 p1 p3'], ['Patient', '_sort=-gender', 'p1 p2 p3'], ['Patient', '_sort=given', 'p2 p1 p3'], ['Patient', '_sort=-given', 'p2 p3 p1'],
    ['DocumentReference', '_sort=-date', 'd1 d0'], ['DocumentReference', '_sort=date', 'd0 d1'], ['Observation', 'value-quantity:missing=false&code:text=measured&_sort=value-quantity,_id&_id=m1002,m01g,mg100', 'm01g m1002 mg100'],
  ])('%s?%s -> %s', async (type, query, ids) => expect(await answer(type, query)).toEqual(ids.split(' ')));
});
