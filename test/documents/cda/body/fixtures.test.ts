/** Our own documents through the whole mapping: what their entries become, as they are written (scripts/fixtures). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mapped, type Mapped, type Resource } from '../../../support/mapped';

const fixture = (name: string): Mapped => mapped(readFileSync(join(__dirname, '..', '..', '..', '..', 'fixtures', 'documents', `${name}.xml`)));
const at = ({ resources }: Mapped, reference: string): Resource => resources.find((one) => `${one.resourceType}/${one.id}` === reference);
const codeOf = ({ code }: Resource): string => code.coding?.[0].code ?? code.text;
const clinical = ['Condition', 'AllergyIntolerance', 'MedicationStatement', 'Medication', 'Immunization', 'Procedure', 'FamilyMemberHistory', 'Observation', 'Specimen', 'DiagnosticReport'];
const counts = ({ all }: Mapped): Record<string, number> => Object.fromEntries(clinical.map((type) => [type, all(type).length]).filter(([, count]) => count !== 0));

describe('the medical summary (VSM)', () => {
  const summary = fixture('summary-lenoir');

  it('gives each of its entries a resource', () => {
    expect(counts(summary)).toEqual({ Condition: 4, AllergyIntolerance: 1, MedicationStatement: 2, Medication: 2, Procedure: 1, FamilyMemberHistory: 1, Observation: 2 });
  });

  it('says of each problem whether it is there, over, or was never there', () => {
    expect(summary.all('Condition').map((found) => [codeOf(found), found.clinicalStatus?.coding[0].code, found.verificationStatus?.coding[0].code])).toEqual([
      ['I10', 'active', 'confirmed'], ['E11.9', 'active', undefined], ['J13', 'resolved', undefined], ['I80.2', undefined, 'refuted'],
    ]);
  });

  it('says how bad the allergy is', () => {
    expect(summary.one('AllergyIntolerance')).toMatchObject({ type: 'allergy', category: ['medication'], criticality: 'high', code: { coding: [{ system: 'http://www.whocc.no/atc', code: 'J01CA04' }] } });
  });

  it('says what is taken, how often and why', () => {
    const [first, second] = summary.all('MedicationStatement');
    expect([first.status, second.status]).toEqual(['active', 'active']);
    expect([first, second].map((found) => codeOf(at(summary, found.medicationReference.reference)))).toEqual(['61234567', 'A10BA02']);
    expect([first, second].map((found) => found.dosage[0].timing.repeat.frequency)).toEqual([1, 2]);
    expect(codeOf(at(summary, first.reasonReference[0].reference))).toBe('I10');
  });

  it('keeps the disease of the mother with the mother', () => {
    expect(summary.one('FamilyMemberHistory')).toMatchObject({ relationship: { coding: [{ code: 'MTH' }] }, condition: [{ code: { coding: [{ code: 'I21.9' }] } }] });
    expect(summary.all('Condition').map(codeOf)).not.toContain('I21.9');
  });

  it('refers to them from its sections, and every reference leads to what is written', () => {
    const named = [...JSON.stringify(summary.one('Composition').section).matchAll(/"entry":\[(.*?)\]/g)].flatMap(([, list]) => [...(list ?? '').matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference ?? ''));
    expect(named.map((reference) => at(summary, reference).resourceType).sort()).toEqual([...Array<string>(4).fill('Condition'), 'AllergyIntolerance', 'Procedure', 'FamilyMemberHistory', 'Observation', 'Observation', 'MedicationStatement', 'MedicationStatement'].sort());
  });

  it('has its author record each entry', () => {
    const author = `PractitionerRole/${summary.one('PractitionerRole').id}`;
    for (const found of summary.all('Condition')) expect(found.recorder).toEqual({ reference: author });
    for (const found of summary.all('MedicationStatement')) expect(found.informationSource).toEqual({ reference: author });
    for (const found of summary.all('Observation')) expect(found.performer).toEqual([{ reference: author }]);
  });
});

describe('the biology report (CR-BIO)', () => {
  const report = fixture('biology-oeuvrard-v2');

  it('has exactly one DiagnosticReport, whose results hold all the others', () => {
    const found = report.one('DiagnosticReport');
    expect(found).toMatchObject({ status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '11502-2' }] } });
    expect(found.category.slice(1).map(({ coding }: Resource) => coding[0].code)).toEqual(['18723-7', '18719-5', '18725-2']);
    const reached = new Set<string>();
    const follow = (reference: string): void => {
      reached.add(reference);
      for (const member of at(report, reference).hasMember ?? []) follow(member.reference);
    };
    for (const { reference } of found.result) follow(reference);
    expect(found.result).toHaveLength(3);
    expect(reached.size).toBe(report.all('Observation').length);
    expect(found.identifier).toEqual([report.one('Composition').identifier]);
    expect(found.encounter).toEqual(report.one('Composition').encounter);
    expect(report.one('Composition').category).toEqual(expect.arrayContaining(found.category));
  });

  it('has the results as they are written', () => {
    const results = report.all('Observation').filter(({ hasMember }) => hasMember === undefined);
    expect(results.map((found) => [codeOf(found), found.valueQuantity?.comparator, found.valueQuantity?.value ?? found.valueCodeableConcept?.coding[0].code, found.interpretation?.[0].coding[0].code])).toEqual([
      ['718-7', undefined, 11.9, 'N'], ['6690-2', undefined, 6.4, 'N'], ['777-3', undefined, 245, 'N'],
      ['2951-2', undefined, 139, 'N'], ['2823-3', undefined, 5.4, 'H'], ['1988-5', '>', 300, 'HH'],
      ['18928-2', undefined, 'S', undefined], ['25596-8', undefined, 'S', undefined],
    ]);
    expect(report.texts).toContain('"value":6.40,');
  });

  it('has what was taken, and what grew from it', () => {
    expect(report.all('Specimen').map(({ type }) => type.coding[0].code)).toEqual(['BLD', 'SER', 'UR', '112283007']);
    const [, , urine, organism] = report.all('Specimen');
    expect(organism.parent).toEqual([{ reference: `Specimen/${urine.id}` }]);
  });
});

it.each(['discharge-karadec', 'prescription-mariani', 'vaccines-tessier', 'imaging-delorme'])('%s is of a volet whose entries are kept as narrative', (name) => {
  expect(counts(fixture(name))).toEqual({});
});
