import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { patientCompartment, searchParameter, searchParametersOf } from '../../src/search/parameters';

const root = join(__dirname, '../..');

describe('the shipped search definitions', () => {
  it('are what the script makes of the published package', () => {
    const script = pathToFileURL(join(root, 'scripts/definitions/search-parameters.mjs')).href;
    const program = `import(${JSON.stringify(script)}).then((made) => process.stdout.write(JSON.stringify(made.searchParameterDefinitions())))`;
    const made = execFileSync(process.execPath, ['-e', program], { maxBuffer: 64 << 20, encoding: 'utf8' });
    expect(gunzipSync(readFileSync(join(root, 'profiles/r4/search-parameters.json.gz'))).toString('utf8')).toBe(made);
  });

  it('hold every base parameter of R4 that has an expression, and its 146 resource types', () => {
    const shipped = JSON.parse(gunzipSync(readFileSync(join(root, 'profiles/r4/search-parameters.json.gz'))).toString('utf8')) as { parameters: unknown[]; resourceTypes: string[] };
    expect(shipped.parameters).toHaveLength(1372);
    expect(shipped.resourceTypes).toHaveLength(146);
  });
});

it('the shipped code systems and value sets are what the script makes of the published package', () => {
  execFileSync(process.execPath, [join(root, 'scripts/definitions/terminology.mjs'), '--check']);
});

describe('searchParameter', () => {
  it.each([
    ['Patient', 'family', 'string'], ['Patient', '_id', 'token'], ['Patient', '_tag', 'token'], ['Observation', 'code-value-quantity', 'composite'],
    ['Observation', '_lastUpdated', 'date'], ['DocumentReference', 'creation', 'date'], ['DocumentReference', 'isArchived', 'token'], ['List', 'isArchived', 'token'],
    ['DocumentReference', 'period-start', 'date'], ['DocumentReference', 'period-end', 'date'], ['Encounter', 'length', 'quantity'], ['RiskAssessment', 'probability', 'number'],
    ['ValueSet', 'url', 'uri'], ['Location', 'near', 'position'], ['Binary', '_lastUpdated', 'date'],
  ])('knows %s %s as a %s', (type, code, kind) => expect(searchParameter(type, code)).toMatchObject({ code, kind, base: type, param: `${type}.${code}` }));

  it.each([['Patient', 'foo'], ['Patient', 'constructor'], ['Patient', '__proto__'], ['Nothing', '_id']])(
    'does not offer %s %s', (type, code) => expect(searchParameter(type, code)).toBeUndefined());

  it('points a reference at what its expression, its list and its element all allow', () => {
    expect(searchParameter('Observation', 'patient')?.targets).toEqual(['Patient']);
    expect(searchParameter('AllergyIntolerance', 'patient')?.targets).toEqual(['Patient']);
    expect([...(searchParameter('DocumentReference', 'subject')?.targets ?? [])].sort()).toEqual(['Device', 'Group', 'Patient', 'Practitioner']);
    expect(searchParameter('Provenance', 'target')?.targets).toContain('DocumentReference');
  });

  it('knows the code system that a plain code implies', () => {
    expect(searchParameter('Patient', 'gender')?.impliedSystem).toBe('http://hl7.org/fhir/administrative-gender');
    expect(searchParameter('DocumentReference', 'status')?.impliedSystem).toBe('http://hl7.org/fhir/document-reference-status');
    expect(searchParameter('Observation', 'code')?.impliedSystem).toBeUndefined();
  });

  it.each(searchParametersOf('Observation').filter(({ code }) => code.startsWith('combo-')))('$code of Observation has the very paths of its parts', ({ paths, parts }) => {
    const texts = (all: typeof paths): string[] => [...new Set(all.map((steps) => JSON.stringify(steps)))].sort();
    expect(texts((parts ?? []).flatMap((part) => part.paths))).toEqual(texts(paths));
    expect(parts).toHaveLength(2);
  });

  it('lists what a type offers, without gaps between both look-ups', () => {
    for (const parameter of searchParametersOf('Consent')) expect(searchParameter('Consent', parameter.code)).toBe(parameter);
    expect(searchParametersOf('Nothing')).toEqual([]);
  });
});

/** https://hl7.org/fhir/R4/compartmentdefinition-patient.html */
it('the Patient compartment is that of R4', () => {
  expect(patientCompartment.get('DocumentReference')).toEqual(['subject', 'author']);
  expect(patientCompartment.get('Observation')).toEqual(['subject', 'performer']);
  expect(patientCompartment.get('Patient')).toEqual(['link']);
  expect(patientCompartment.has('Organization')).toBe(false);
  expect(patientCompartment.size).toBe(66);
});
