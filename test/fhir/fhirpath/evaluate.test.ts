import { compile } from 'fhirpath';
import model from 'fhirpath/fhir-context/r4';
import { evaluatePath } from '../../../src/fhir/fhirpath/evaluate';
import { parsePath } from '../../../src/fhir/fhirpath/parser';
import { Decimal, parseJson, type Json, type JsonObject } from '../../../src/fhir/json';

const patient: JsonObject = {
  resourceType: 'Patient', id: 'p', active: true, birthDate: '1970-01-31', gender: 'female',
  extension: [{ url: 'http://t.example/a', valueInteger: 7 }, { url: 'http://t.example/b', valueString: 'b' }],
  identifier: [{ use: 'official', system: 'http://t.example', value: '1' }, { use: 'usual', system: 'http://t.example', value: '2' }, { system: 'http://other.example', value: '1' }],
  name: [{ use: 'official', family: 'Durand', given: ['Anne', 'Marie'] }, { use: 'usual', given: ['Nana'] }],
  telecom: [{ system: 'phone', value: '01', rank: 2 }, { system: 'email', value: 'a@t.example', rank: 1 }],
  contact: [{ name: { family: 'Martin' }, telecom: [{ system: 'phone', value: '02' }] }],
  multipleBirthInteger: 2, contained: [{ resourceType: 'Organization', id: 'o', name: 'Org' }], managingOrganization: { reference: '#o' },
};
const observation: JsonObject = {
  resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] }, effectiveDateTime: '2026-01-02T03:04:05+01:00',
  component: [{ code: { coding: [{ code: 's' }] }, valueQuantity: { value: 120, unit: 'mm' } }, { code: { coding: [{ code: 'd' }] }, valueQuantity: { value: 80, unit: 'mm' } }, { code: { text: 't' }, valueString: 'x' }],
};

const found = (resource: JsonObject, path: string): Json[] => evaluatePath(parsePath(path), resource, () => undefined).flatMap(({ value }) => (value === undefined ? [] : [value]));
/** The reference implementation of the working group. */
const oracle = (resource: JsonObject, path: string): unknown[] => compile(path, model as never)(structuredClone(resource)) as unknown[];

describe('paths find what the reference implementation finds', () => {
  it.each([
    'Patient', 'Patient.name', 'name.given', 'Patient.name.given', 'Patient.name[0].given[1]', 'Patient.name[5]', 'Observation.status', "Patient.name.where(use = 'official').given", "Patient.name.where(use = 'official' and family = 'Durand').family",
    "Patient.identifier.where(system = 'http://t.example' and value = '2').value", "Patient.identifier.where(use.exists().not()).value", "Patient.identifier.where(use.empty()).value", "Patient.telecom.where(system = 'phone' or rank = 1).value",
    'Patient.telecom.where(rank > 1).value', 'Patient.telecom.where(rank >= 1).count()', 'Patient.telecom.where(rank < 1)', 'Patient.telecom.where(rank != 1).value', 'Patient.name.first().given.last()', 'Patient.name.given.skip(1)', 'Patient.name.given.take(2)',
    'Patient.name.given.tail()', 'Patient.name.given.count()', "Patient.extension('http://t.example/a').value", "Patient.extension.where(url = 'http://t.example/b').value", 'Patient.multipleBirth', 'Patient.multipleBirth.ofType(integer)', 'Patient.multipleBirth.ofType(boolean)',
    'Patient.multipleBirth as integer', 'Patient.multipleBirth is integer', 'Patient.name.exists()', "Patient.name.exists(use = 'old')", "Patient.name.all(given.exists())", 'Patient.name.select(given)', "Patient.name.given.where($this.startsWith('M'))", "Patient.name.given.where($this = 'Nana')",
    "Patient.name.given.where($this in ('Anne' | 'Nana'))", "Patient.name.where(given contains 'Marie').use", "Patient.name.family.lower()", 'Patient.name.family.length()', "Patient.name.family ~ 'DURAND'", "iif(Patient.active, 'a', 'b')", "Patient.name.where(use = 'official').given.where($this.contains('ar') and $this.endsWith('ie'))",
    "Patient.active = true", 'Patient.active and {}', 'Patient.active or {}', '{} implies Patient.active', 'Patient.active xor Patient.active', "Patient.name.where(use='official' xor use='usual').count()", 'Patient.contact.name.family', "Patient.contact.telecom.where(system='phone').value", 'Patient.`name`.family',
    'Patient.birthDate = @1970-01-31', 'Patient.birthDate > @1969-12-31', 'Patient.birthDate < @1970-01-01', "Patient.contained.where(id = 'o').name", 'Patient.contained.ofType(Organization).name', 'Patient.descendants().ofType(HumanName).family', 'Patient.children().count() > 5', "Patient.name.given = ('Anne' | 'Marie' | 'Nana')",
  ])('%s', (path) => expect(found(patient, path)).toEqual(oracle(patient, path)));

  it.each([
    "Observation.component.where(code.coding.where(code = 's').exists()).value.value", "Observation.component.where(code.coding.code = 'd').value.ofType(Quantity).unit", 'Observation.component.value.ofType(string)', 'Observation.component[2].value', 'Observation.component.value.where($this is Quantity).count()',
    "Observation.effective", "Observation.component.where(value.value > 100).code.coding.code", "Observation.code.coding.where(system = 'http://loinc.org').code", "Observation.component.where(code.text = 't').value", 'Observation.value',
  ])('%s', (path) => expect(found(observation, path)).toEqual(oracle(observation, path)));
});

describe('numbers', () => {
  it.each([
    ['1.0 = 1', true], ['0.1 = 0.10', true], ['12345678901234567890.1 = 12345678901234567890.2', false], ['12345678901234567890.1 < 12345678901234567890.2', true], ['-1 < 1', true], ['-2 < -1', true], ['0 = -0', true], ['9 < 10', true], ['0.09 < 0.1', true], ['-0.09 > -0.1', true],
  ])('are compared by all their digits: %s', (path, expected) => expect(found(patient, path as string)).toEqual([expected]));

  it('of a resource too', () => {
    const precise = parseJson('{"resourceType":"Observation","component":[{"valueQuantity":{"value":1.000000000000000000001}},{"valueQuantity":{"value":1e2}}]}') as JsonObject;
    expect(found(precise, 'Observation.component.value.where(value > 1).value')).toEqual([new Decimal('1.000000000000000000001'), new Decimal('1e2')]);
    expect(found(precise, 'Observation.component.value.where(value = 100).value')).toEqual([new Decimal('1e2')]);
    expect(found(precise, 'Observation.component.value.where(value = 1).value')).toEqual([]);
  });
});
