import fc from 'fast-check';
import { decimal, type Json, type JsonObject } from '../../src/fhir/json';
import { validate } from '../../src/fhir/validate';
import { writeFhirXml } from '../../src/fhir/xml/codec';

const coding = (system: string, code: string): JsonObject => ({ coding: [{ system, code }] });
const loinc = (code: string): JsonObject => coding('http://loinc.org', code);
const div = (text: string): JsonObject => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>` });

/** A Patient that uses most forms of JSON that FHIR has. */
const patient = (more: JsonObject = {}): JsonObject => ({
  resourceType: 'Patient', id: 'p1', meta: { profile: ['http://example.org/StructureDefinition/p'] }, text: div('Ruth'),
  identifier: [{ use: 'official', type: coding('http://example.org/types', 'INS-NIR'), system: 'urn:oid:1.2.250.1.213.1.4.8', value: '260058815400233', assigner: { display: 'x' } }],
  name: [{ use: 'official', family: 'DE VINCI', given: ['RUTH', null], _given: [null, { extension: [{ url: 'http://example.org/second', valueBoolean: true }] }] }],
  telecom: [{ system: 'phone', value: '01', rank: 1 }], gender: 'female', birthDate: '1960-05', _birthDate: { id: 'b', extension: [{ url: 'http://example.org/time', valueDateTime: '1960-05-01T10:00:00Z' }] },
  deceasedBoolean: false, multipleBirthInteger: 2, contact: [{ name: { family: 'X' } }], generalPractitioner: [{ reference: 'Practitioner/1' }, { identifier: { value: '1' } }],
  communication: [{ language: coding('urn:ietf:bcp:47', 'fr') }], ...more,
});
const observation = (more: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation', status: 'final', code: loinc('85354-9'), subject: { reference: 'Patient/p1' }, effectiveDateTime: '2026-01-01T10:00:00+01:00',
  component: [{ code: loinc('8480-6'), valueQuantity: { value: decimal('120.0'), unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' } }], ...more,
});
const bundle = (...resources: JsonObject[]): JsonObject => ({ resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) });

describe('what is valid', () => {
  it.each<[string, JsonObject]>([
    ['a resource with nothing in it', { resourceType: 'Basic', code: { text: 'x' } }],
    ['a full Patient', patient()],
    ['an Observation with a decimal of its own digits', observation()],
    ['a partial date', patient({ birthDate: '1960' })],
    ['a primitive that has only extensions', { resourceType: 'Patient', _birthDate: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] } }],
    ['a primitive with an id and a value', patient({ _birthDate: { id: 'a' }, name: [{ given: ['X'], _given: [{ id: 'b' }] }] })],
    ['a required element that has only extensions', observation({ status: undefined as unknown as Json, _status: { extension: [{ url: 'http://example.org/a', valueCode: 'x' }] } })],
    ['a list of which only the extensions are given', { resourceType: 'Patient', name: [{ _given: [{ extension: [{ url: 'http://example.org/a', valueCode: 'x' }] }] }] }],
    ['a contained resource and a reference to it', patient({ contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }], managingOrganization: { reference: '#o' } })],
    ['a reference by URL, by urn, by condition and by identifier', patient({ generalPractitioner: [
      { reference: 'https://example.org/fhir/Practitioner/1/_history/2' }, { reference: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7' }, { reference: 'Practitioner?identifier=a|b' },
      { type: 'Practitioner', identifier: { system: 'urn:oid:1.2', value: '1' } }, { reference: 'https://example.org/directory/people/1' },
    ] })],
    ['a Bundle with resources of different types', bundle(patient(), observation())],
    ['Parameters with a resource, a value and parts', { resourceType: 'Parameters', parameter: [{ name: 'a', resource: patient() }, { name: 'b', valueString: 'x' }, { name: 'c', part: [{ name: 'd', valueCoding: { code: 'x' } }] }] }],
    ['nested extensions', patient({ extension: [{ url: 'http://example.org/a', extension: [{ url: 'b', valueCodeableConcept: { text: 'x' } }] }] })],
    ['elements that hold themselves', { resourceType: 'Questionnaire', status: 'draft', item: [{ linkId: '1', type: 'group', item: [{ linkId: '1.1', type: 'string' }] }] }],
    ['a required code of a concept, among others', { resourceType: 'AllergyIntolerance', patient: { reference: 'Patient/1' }, clinicalStatus: { coding: [
      { system: 'http://example.org', code: 'x' }, { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }] } }],
    ['codes that follow a rule', { resourceType: 'Binary', contentType: 'text/plain; charset=UTF-8', data: 'QUJD', language: 'fr-FR' }],
    ['a narrowed quantity in a choice', { resourceType: 'MedicationStatement', status: 'active', medicationCodeableConcept: { text: 'x' }, subject: { reference: 'Patient/1' }, dosage: [{ doseAndRate: [{ doseQuantity: { value: 1 } }] }] }],
  ])('%s', (_name, resource) => expect(validate(resource)).toEqual([]));
});

/** Hand-made faults: the place that must be named, and how it is called. */
const faults: readonly (readonly [name: string, resource: JsonObject, expression: string, code: string])[] = [
  ['an unknown element', patient({ shoeSize: 42 }), 'Patient.shoeSize', 'structure'],
  ['an unknown nested element', patient({ name: [{ family: 'X', nickname: 'Y' }] }), 'Patient.name[0].nickname', 'structure'],
  ['a list where there is one at most', patient({ birthDate: ['1960-05-01'] }), 'Patient.birthDate', 'structure'],
  ['a list where there is one object at most', patient({ maritalStatus: [{ text: 'x' }] }), 'Patient.maritalStatus', 'structure'],
  ['an object where there is a list', patient({ name: { family: 'X' } }), 'Patient.name', 'structure'],
  ['a value where there is a list', patient({ name: [{ given: 'X' }] }), 'Patient.name[0].given', 'structure'],
  ['a required element that is missing', observation({ code: undefined as unknown as Json }), 'Observation.code', 'required'],
  ['a required nested element that is missing', patient({ communication: [{ preferred: true }] }), 'Patient.communication[0].language', 'required'],
  ['a code that the required value set does not have', patient({ gender: 'F' }), 'Patient.gender', 'code-invalid'],
  ['another such code', observation({ status: 'done' }), 'Observation.status', 'code-invalid'],
  ['a code of the wrong system in a concept', { resourceType: 'Condition', subject: { reference: 'Patient/1' }, clinicalStatus: coding('http://example.org', 'active') }, 'Condition.clinicalStatus', 'code-invalid'],
  ['a concept without the code that it requires', { resourceType: 'Condition', subject: { reference: 'Patient/1' }, clinicalStatus: { text: 'active' } }, 'Condition.clinicalStatus', 'code-invalid'],
  ['a media type that is none', { resourceType: 'Binary', contentType: 'pdf' }, 'Binary.contentType', 'code-invalid'],
  ['a language that is none', patient({ language: 'français' }), 'Patient.language', 'code-invalid'],
  ['a currency that is none', { resourceType: 'Invoice', status: 'draft', totalNet: { value: 1, currency: 'euro' } }, 'Invoice.totalNet.currency', 'code-invalid'],
  ['a month 13', patient({ birthDate: '1979-13-45' }), 'Patient.birthDate', 'value'],
  ['30 February', patient({ birthDate: '2023-02-30' }), 'Patient.birthDate', 'value'],
  ['a time without zone', observation({ effectiveDateTime: '2026-01-01T10:00:00' }), 'Observation.effective', 'value'],
  ['a string for a boolean', patient({ active: 'true' }), 'Patient.active', 'value'],
  ['a number for a string', patient({ name: [{ family: 1 }] }), 'Patient.name[0].family', 'value'],
  ['an object for a string', patient({ name: [{ family: { a: 1 } }] }), 'Patient.name[0].family', 'structure'],
  ['a string for an object', patient({ maritalStatus: 'M' }), 'Patient.maritalStatus', 'structure'],
  ['a reference to a wrong type', patient({ managingOrganization: { reference: 'Practitioner/1' } }), 'Patient.managingOrganization', 'structure'],
  ['a reference by URL to a wrong type', observation({ subject: { reference: 'https://example.org/fhir/Organization/1' } }), 'Observation.subject', 'structure'],
  ['a reference to an entry of a wrong type', { resourceType: 'Bundle', type: 'transaction', entry: [
    { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Practitioner' }, request: { method: 'POST', url: 'Practitioner' } },
    { resource: patient({ managingOrganization: { reference: 'urn:uuid:1' } }), request: { method: 'POST', url: 'Patient' } },
  ] }, 'Bundle.entry[1].resource.managingOrganization', 'structure'],
  ['a reference to a contained resource of a wrong type', patient({ contained: [{ resourceType: 'Practitioner', id: 'c' }], managingOrganization: { reference: '#c' } }), 'Patient.managingOrganization', 'structure'],
  ['a reference to what is no resource type', observation({ derivedFrom: [{ reference: 'Thing/1' }] }), 'Observation.derivedFrom[0]', 'structure'],
  ['a logical reference of a wrong type', patient({ managingOrganization: { type: 'Patient', identifier: { value: '1' } } }), 'Patient.managingOrganization', 'structure'],
  ['an extension with a value and extensions (ext-1)', patient({ extension: [{ url: 'http://example.org/a', valueString: 'x', extension: [{ url: 'b', valueString: 'y' }] }] }), 'Patient.extension[0]', 'invariant'],
  ['an extension with neither (ext-1)', patient({ extension: [{ url: 'http://example.org/a' }] }), 'Patient.extension[0]', 'invariant'],
  ['two types of one choice', observation({ valueString: 'x', valueQuantity: { value: 1 } }), 'Observation.value', 'structure'],
  ['two types of one choice, one with extensions only', patient({ _deceasedDateTime: { extension: [{ url: 'http://example.org/a', valueCode: 'x' }] } }), 'Patient.deceased', 'structure'],
  ['a type that a choice does not take', observation({ valueAddress: { city: 'X' } }), 'Observation.value', 'structure'],
  ['a choice without its type', patient({ deceased: true }), 'Patient.deceased', 'structure'],
  ['an extension without url', patient({ extension: [{ valueString: 'x' }] }), 'Patient.extension[0].url', 'required'],
  ['a value of an extension in a wrong format', patient({ extension: [{ url: 'http://example.org/a', valueDate: '2023-02-30' }] }), 'Patient.extension[0].value', 'value'],
  ['a bad id', patient({ id: 'a_b' }), 'Patient.id', 'value'],
  ['bad base64', patient({ photo: [{ contentType: 'image/png', data: 'a*b' }] }), 'Patient.photo[0].data', 'value'],
  ['an empty object', patient({ maritalStatus: {} }), 'Patient.maritalStatus', 'invariant'],
  ['an object that has only an id (ele-1)', patient({ maritalStatus: { id: 'x' } }), 'Patient.maritalStatus', 'invariant'],
  ['a primitive that has only an id (ele-1)', { resourceType: 'Patient', _birthDate: { id: 'x' } }, 'Patient.birthDate', 'invariant'],
  ['an empty list of objects', patient({ name: [] }), 'Patient.name', 'structure'],
  ['an empty list of values', patient({ name: [{ family: 'X', given: [] }] }), 'Patient.name[0].given', 'structure'],
  ['an empty string', patient({ name: [{ family: '' }] }), 'Patient.name[0].family', 'value'],
  ['null for a value', patient({ birthDate: null }), 'Patient.birthDate', 'structure'],
  ['null for an object', patient({ maritalStatus: null }), 'Patient.maritalStatus', 'structure'],
  ['null in a list of objects', patient({ name: [null] }), 'Patient.name[0]', 'structure'],
  ['null in a list of values without its extension', patient({ name: [{ given: ['X', null] }] }), 'Patient.name[0].given[1]', 'structure'],
  ['nothing but null for extensions', patient({ name: [{ given: ['X', 'Y'], _given: [null, null] }] }), 'Patient.name[0].given', 'structure'],
  ['null for extensions without their value', patient({ name: [{ given: ['X'], _given: [null, null] }] }), 'Patient.name[0].given[1]', 'structure'],
  ['extensions of a primitive that are no object', patient({ _birthDate: 'x' }), 'Patient.birthDate', 'structure'],
  ['an unknown element beside a primitive', patient({ _birthDate: { value: '1960' } }), 'Patient.birthDate.value', 'structure'],
  ['extensions beside what is no primitive', patient({ _maritalStatus: { id: 'x' } }), 'Patient._maritalStatus', 'structure'],
  ['a fault in a resource of a Bundle', bundle(patient(), observation({ status: 'done' })), 'Bundle.entry[1].resource.status', 'code-invalid'],
  ['an unknown type in a Bundle', bundle({ resourceType: 'Thing' }), 'Bundle.entry[0].resource', 'structure'],
  ['a resource of a Bundle without type', bundle({ id: '1' }), 'Bundle.entry[0].resource', 'required'],
  ['a contained reference out of another resource of a Bundle', bundle(patient({ contained: [{ resourceType: 'Practitioner', id: 'c' }] }), { resourceType: 'Patient', contained: [{ resourceType: 'Practitioner', id: 'd' }], managingOrganization: { reference: '#d' } }), 'Bundle.entry[1].resource.managingOrganization', 'structure'],
  ['a fault in a contained resource', patient({ contained: [{ resourceType: 'Organization', id: 'o', active: 1 }] }), 'Patient.contained[0].active', 'value'],
  ['a fault in a parameter', { resourceType: 'Parameters', parameter: [{ name: 'a', part: [{ name: 'b', resource: { resourceType: 'Patient', gender: 'x' } }] }] }, 'Parameters.parameter[0].part[0].resource.gender', 'code-invalid'],
  ['a script in the narrative (txt-1)', patient({ text: div('<script>alert(1)</script>') }), 'Patient.text.div', 'value'],
  ['a narrowed quantity with a comparator', observation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }), 'Observation.referenceRange[0].low.comparator', 'structure'],
  ['an unknown type', { resourceType: 'Thing' }, 'Resource', 'structure'],
  ['no type', { id: 'x' }, 'Resource', 'required'],
];

describe('what is not', () => {
  it.each(faults)('%s', (_name, resource, expression, code) => {
    expect(validate(resource).map((issue) => [issue.severity, issue.code, issue.expression])).toEqual([['error', code, [expression]]]);
  });

  it('names every fault at once', () => {
    const resource = patient({ gender: 'F', birthDate: '2023-02-30', name: [{ family: '' }], active: null });
    expect(validate(resource).map(({ expression }) => expression?.[0]).sort()).toEqual(['Patient.active', 'Patient.birthDate', 'Patient.gender', 'Patient.name[0].family']);
  });

  it('says what to mend', () => {
    const text = (resource: JsonObject): string => validate(resource).map(({ diagnostics }) => diagnostics).join('\n');
    expect(text(patient({ gender: 'F' }))).toBe('Patient.gender: must be one of male, female, other, unknown.');
    expect(text(patient({ birthdate: '1960' }))).toContain('perhaps "birthDate" is meant');
    expect(text(patient({ identifer: [] }))).toContain('perhaps "identifier" is meant');
    expect(text(patient({ deceased: true }))).toContain('deceasedBoolean, deceasedDateTime');
    expect(text(patient({ managingOrganization: { reference: 'Patient/1' } }))).toContain('Organization');
  });

  it('quotes no value and no key that is more than a name', () => {
    const secret = '260058815400233';
    const all = JSON.stringify(faults.map(([, resource]) => validate(resource)));
    const hidden = JSON.stringify(validate(patient({ [`a ${secret}`]: 1, gender: secret, birthDate: secret, active: secret, id: `_${secret}`, managingOrganization: { reference: `Patient/${secret}` } })));
    expect(all + hidden).not.toContain(secret);
  });

  it('stops at a hundred faults', () => {
    const issues = validate(patient({ name: Array.from({ length: 10_000 }, () => ({ family: '' })) }));
    expect(issues).toHaveLength(100);
    expect(issues[99]).toMatchObject({ code: 'too-costly', severity: 'error' });
  });

  it('has an answer to any JSON, and never takes what it would not write as XML', () => {
    const key = fc.constantFrom('name', '_name', 'given', '_given', 'birthDate', '_birthDate', 'extension', 'url', 'valueString', '_valueString', 'contained', 'resourceType', 'id', 'text', 'div', 'link', 'other', 'reference', 'photo', 'data', 'x');
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, fc.constantFrom<Json[]>(null, true, 1, '', 'a', '1970', 'Patient', '#a', decimal('1.0')), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(key, tie('value'), { maxKeys: 4 })),
    }));
    fc.assert(fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (members) => {
      const resource = { ...members, resourceType: 'Patient' };
      for (const { diagnostics, expression } of validate(resource)) expect(diagnostics.startsWith(expression?.[0] ?? '?')).toBe(true);
      if (validate(resource).length === 0) expect(writeFhirXml(resource)).toContain('<Patient');
    }), { numRuns: 2000 });
  });

  it('leaves the resource as it was', () => {
    const resource = patient({ gender: 'F' });
    const before = JSON.stringify(resource);
    validate(resource);
    expect(JSON.stringify(resource)).toBe(before);
  });
});
