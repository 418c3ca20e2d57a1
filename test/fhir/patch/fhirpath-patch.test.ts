import { isObject, parseJson, sameJson, writeJson, type Json, type JsonObject } from '../../../src/fhir/json';
import { readFhirPathPatch } from '../../../src/fhir/patch/fhirpath-patch';
import { fhirPathCases } from '../../support/patch-cases';

type Parts = Readonly<Record<string, Json>>;
const typed: Readonly<Record<string, string>> = { type: 'valueCode', path: 'valueString', name: 'valueString', index: 'valueInteger', source: 'valueInteger', destination: 'valueInteger' };
/** An operation: plain parts by their name, and `value` as its part is written. */
const operation = (parts: Parts): JsonObject => ({
  name: 'operation', part: Object.entries(parts).map(([name, value]) => (isObject(value) ? { name, ...value } : { name, [typed[name] ?? 'valueString']: value })),
});
const parameters = (...operations: Parts[]): JsonObject => ({ resourceType: 'Parameters', parameter: operations.map(operation) });
const apply = (resource: string, ...operations: Parts[]): string => writeJson(readFhirPathPatch(parameters(...operations)).apply(parseJson(resource) as JsonObject, resource.length));

/** A narrative may write a quotation mark in two ways. */
const sameNarrative = (resource: Json): unknown => JSON.parse(writeJson(resource).replaceAll('&quot;', '\\"'));

describe('the published cases of FHIRPath Patch', () => {
  const cases = fhirPathCases();
  if (cases.length === 0) it.skip('are not here', () => undefined);
  else {
    it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { input, diff, output }) => {
      const work = (): Json => readFhirPathPatch(diff).apply(structuredClone(input), 1000);
      if (output === undefined) expect(work).toThrow(expect.objectContaining({ status: 422 }));
      else expect(sameNarrative(work())).toEqual(sameNarrative(output));
    });
  }
});

const patient = '{"resourceType":"Patient","name":[{"use":"official","family":"Durand","given":["Anne","Marie"]},{"use":"usual","given":["Nana"]}],"birthDate":"1970-01-01"}';

describe('a FHIRPath Patch', () => {
  it.each<readonly [string, string, Parts, string]>([
    ['keeps the literals of what it leaves alone', '{"resourceType":"Observation","valueQuantity":{"value":1.00},"component":[{"valueQuantity":{"value":-0.0}}]}',
      { type: 'add', path: 'Observation', name: 'status', value: { valueCode: 'final' } }, '{"resourceType":"Observation","valueQuantity":{"value":1.00},"component":[{"valueQuantity":{"value":-0.0}}],"status":"final"}'],
    ['finds by a condition', patient, { type: 'replace', path: "Patient.name.where(use = 'usual').given[0]", value: { valueString: 'Nanette' } }, patient.replace('Nana', 'Nanette')],
    ['starts from the resource without its name too', patient, { type: 'replace', path: 'birthDate', value: { valueDate: '1971-01-01' } }, patient.replace('1970', '1971')],
    ['adds to a list of primitives', patient, { type: 'add', path: 'Patient.name[1]', name: 'given', value: { valueString: 'Nini' } }, patient.replace('["Nana"]', '["Nana","Nini"]')],
    ['inserts into a list that is not there yet', '{"resourceType":"Patient"}', { type: 'insert', path: 'Patient.telecom', index: 0, value: { valueContactPoint: { value: '1' } } }, '{"resourceType":"Patient","telecom":[{"value":"1"}]}'],
    ['moves within a list of primitives', patient, { type: 'move', path: "Patient.name.where(use='official').given", source: 1, destination: 0 }, patient.replace('"Anne","Marie"', '"Marie","Anne"')],
    ['deletes the last of a list, and what is empty then', patient, { type: 'delete', path: 'Patient.name[1].given.first()' }, patient.replace(',"given":["Nana"]', '')],
    ['deletes what is not there: nothing', patient, { type: 'delete', path: 'Patient.gender' }, patient],
    ['names a choice by its element', '{"resourceType":"Observation"}', { type: 'add', path: 'Observation', name: 'value', value: { valueQuantity: { value: 1 } } }, '{"resourceType":"Observation","valueQuantity":{"value":1}}'],
    ['names a choice by its type', '{"resourceType":"Patient"}', { type: 'add', path: 'Patient', name: 'deceasedBoolean', value: { valueBoolean: true } }, '{"resourceType":"Patient","deceasedBoolean":true}'],
    ['replaces a choice by one of another type', '{"resourceType":"Observation","valueQuantity":{"value":1}}', { type: 'replace', path: 'Observation.value', value: { valueString: 'one' } }, '{"resourceType":"Observation","valueString":"one"}'],
    ['deletes an extension of a primitive, and its value stays', '{"resourceType":"Patient","birthDate":"1970","_birthDate":{"extension":[{"url":"http://t.example","valueCode":"x"}]}}',
      { type: 'delete', path: "Patient.birthDate.extension('http://t.example')" }, '{"resourceType":"Patient","birthDate":"1970"}'],
    ['keeps values beside their extensions in a list', '{"resourceType":"Patient","name":[{"given":["a",null,"c"],"_given":[null,{"extension":[{"url":"http://t.example","valueCode":"x"}]},null]}]}',
      { type: 'move', path: 'Patient.name[0].given', source: 1, destination: 0 }, '{"resourceType":"Patient","name":[{"given":[null,"a","c"],"_given":[{"extension":[{"url":"http://t.example","valueCode":"x"}]},null,null]}]}'],
    ['adds a contained resource', '{"resourceType":"Patient"}', { type: 'add', path: 'Patient', name: 'contained', value: { resource: { resourceType: 'Organization', id: 'o' } } }, '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}]}'],
    ['goes into a contained resource', '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"a"}],"managingOrganization":{"reference":"#o"}}',
      { type: 'replace', path: 'Patient.managingOrganization.resolve().name', value: { valueString: 'b' } }, '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"b"}],"managingOrganization":{"reference":"#o"}}'],
  ])('%s', (_, resource, parts, expected) => expect(sameJson(parseJson(apply(resource, parts)), parseJson(expected))).toBe(true));

  it('gives a primitive an extension, by its parts', () => {
    const value = { part: [{ name: 'url', valueUri: 'http://t.example' }, { name: 'value', valueDecimal: 1 }] };
    expect(apply('{"resourceType":"Patient","birthDate":"1970"}', { type: 'add', path: 'Patient.birthDate', name: 'extension', value }))
      .toBe('{"resourceType":"Patient","birthDate":"1970","_birthDate":{"extension":[{"url":"http://t.example","valueDecimal":1}]}}');
  });

  it('takes the digits of a value as they are', () => {
    const patch = parseJson('{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation"},{"name":"name","valueString":"value"},{"name":"value","valueQuantity":{"value":1.50}}]}]}');
    const doc = parseJson('{"resourceType":"Observation"}') as JsonObject;
    expect(writeJson(readFhirPathPatch(patch).apply(doc, 0))).toBe('{"resourceType":"Observation","valueQuantity":{"value":1.50}}');
  });

  it('can be applied again: what it adds is not shared', () => {
    const patch = readFhirPathPatch(parameters({ type: 'add', path: 'Patient', name: 'name', value: { valueHumanName: { family: 'a' } } }, { type: 'add', path: 'Patient.name[0]', name: 'text', value: { valueString: 't' } }));
    const once = (): string => writeJson(patch.apply({ resourceType: 'Patient' }, 0));
    expect([once(), once()]).toEqual(Array(2).fill('{"resourceType":"Patient","name":[{"family":"a","text":"t"}]}'));
  });

  it.each<readonly [string, Parts]>([
    ['nothing to add to', { type: 'add', path: 'Patient.contact[0]', name: 'gender', value: { valueCode: 'male' } }],
    ['several to add to', { type: 'add', path: 'Patient.name', name: 'text', value: { valueString: 'x' } }],
    ['an element that is there and does not repeat', { type: 'add', path: 'Patient', name: 'birthDate', value: { valueDate: '1971' } }],
    ['an unknown element', { type: 'add', path: 'Patient', name: 'nonsense', value: { valueString: 'x' } }],
    ['an element that every object inherits', { type: 'add', path: 'Patient', name: 'constructor', value: { valueString: 'x' } }],
    ['a value of another type', { type: 'add', path: 'Patient', name: 'maritalStatus', value: { valuePeriod: { start: '1970' } } }],
    ['a type that the choice does not take', { type: 'add', path: 'Patient', name: 'deceased', value: { valueString: 'yes' } }],
    ['nothing to replace', { type: 'replace', path: 'Patient.gender', value: { valueCode: 'male' } }],
    ['several to replace', { type: 'replace', path: 'Patient.name.given', value: { valueString: 'x' } }],
    ['the resource itself', { type: 'delete', path: 'Patient' }],
    ['what is no element', { type: 'delete', path: 'Patient.name.count()' }],
    ['several to delete', { type: 'delete', path: 'Patient.name' }],
    ['a place beyond the list', { type: 'insert', path: 'Patient.name', index: 3, value: { valueHumanName: { text: 'x' } } }],
    ['a list that does not repeat', { type: 'insert', path: 'Patient.birthDate', index: 0, value: { valueDate: '1970' } }],
    ['no list', { type: 'insert', path: 'Patient.name.where(true)', index: 0, value: { valueHumanName: { text: 'x' } } }],
    ['a source beyond the list', { type: 'move', path: 'Patient.name', source: 2, destination: 0 }],
    ['a destination beyond the list', { type: 'move', path: 'Patient.name', source: 0, destination: 2 }],
    ['another type of resource', { type: 'replace', path: 'Observation.status', value: { valueCode: 'final' } }],
    ['a condition on several values', { type: 'delete', path: "Patient.name.where(given = given and given)" }],
  ])('cannot be applied: %s', (_, parts) => expect(() => apply(patient, parts)).toThrow(expect.objectContaining({ status: 422, failure: 'patch-failed' })));

  it.each<readonly [string, Json]>([
    ['another resource', { resourceType: 'Bundle' }], ['no resource', []], ['another parameter', { resourceType: 'Parameters', parameter: [{ name: 'x' }] }],
    ['no type', parameters({ path: 'Patient' })], ['an unknown type', parameters({ type: 'set', path: 'Patient' })], ['no path', parameters({ type: 'delete' })],
    ['no name', parameters({ type: 'add', path: 'Patient', value: { valueString: 'x' } })], ['no value', parameters({ type: 'replace', path: 'Patient.birthDate' })],
    ['an index below 0', parameters({ type: 'insert', path: 'Patient.name', index: -1, value: { valueString: 'x' } })],
    ['two values', parameters({ type: 'replace', path: 'Patient.birthDate', value: { valueDate: '1970', valueString: 'x' } })],
    ['an empty value', parameters({ type: 'replace', path: 'Patient.birthDate', value: {} })],
    ['a part twice', { resourceType: 'Parameters', parameter: [{ name: 'operation', part: [{ name: 'path', valueString: 'a' }, { name: 'path', valueString: 'b' }] }] }],
    ...['', 'Patient.', 'Patient.name[', 'Patient.name[0', "Patient.name.where(use='a", 'Patient..name', 'Patient.name.where()', 'Patient.name.matches("(a+)+$")', 'Patient name', '%vs-x', '#', 'Patient.name.where(1 + 1 = 2)', `${'('.repeat(500)}1${')'.repeat(500)}`, 'a.'.repeat(5000)]
      .map((path): readonly [string, Json] => [`the path ${path.slice(0, 40)}`, parameters({ type: 'delete', path })]),
  ])('cannot be read: %s', (_, patch) => expect(() => readFhirPathPatch(patch)).toThrow(expect.objectContaining({ status: 400, failure: 'bad-patch' })));

  it.each(['Patient.repeat($this)', "Patient.repeat('x')", 'Patient.repeat($this | $this)', `Patient${'.select(%resource.descendants())'.repeat(6)}`, `Patient${'.select($this | $this)'.repeat(60)}`])('that never ends is refused: %s', (path) => {
    expect(() => apply(patient, { type: 'delete', path })).toThrow(expect.objectContaining({ status: 422, failure: 'too-costly' }));
  });

  it('has at most 1,000 operations', () => {
    const many = (count: number): Parts[] => Array.from({ length: count }, () => ({ type: 'replace', path: "Patient.name.where(use='official').family", value: { valueString: 'x' } }));
    expect(apply(patient, ...many(1000))).toBe(patient.replace('Durand', 'x'));
    expect(() => apply(patient, ...many(1001))).toThrow(expect.objectContaining({ failure: 'too-costly' }));
  });
});
