/** The oracle of invariants sees what it is there to see. */
import { brokenInvariants } from './invariants';

const reference = { reference: 'Patient/p' };
const coding = (code: string, system = 'http://loinc.org'): object => ({ coding: [{ system, code }] });
const condition = (more: object): Record<string, unknown> => ({ resourceType: 'Condition', subject: reference, ...more });
const clinical = (code: string): object => coding(code, 'http://terminology.hl7.org/CodeSystem/condition-clinical');
const observation = (more: object): Record<string, unknown> => ({ resourceType: 'Observation', status: 'final', code: coding('718-7'), ...more });
const quantity = { value: 1, unit: 'g', system: 'http://unitsofmeasure.org', code: 'g' };
const treatment = (repeat: object): Record<string, unknown> => ({ resourceType: 'MedicationStatement', status: 'active', medicationCodeableConcept: { text: 'x' }, subject: reference, dosage: [{ timing: { repeat } }] });

it.each([
  ['obs-6', observation({ valueQuantity: quantity, dataAbsentReason: coding('unknown') })],
  ['obs-7', observation({ valueQuantity: quantity, component: [{ code: coding('718-7'), valueQuantity: quantity }] })],
  ['obs-3', observation({ referenceRange: [{ appliesTo: [{ text: 'x' }] }] })],
  ['con-4', condition({ abatementDateTime: '2020' })],
  ['con-5', condition({ clinicalStatus: clinical('active'), verificationStatus: coding('entered-in-error', 'http://terminology.hl7.org/CodeSystem/condition-ver-status') })],
  ['con-1', condition({ stage: [{ type: { text: 'x' } }] })],
  ['cmp-1', { resourceType: 'Composition', section: [{ title: 'x' }] }],
  ['cmp-1', { resourceType: 'Composition', section: [{ title: 'x', section: [{ title: 'y' }] }] }],
  ['cmp-2', { resourceType: 'Composition', section: [{ emptyReason: coding('nilknown'), entry: [reference] }] }],
  ['ait-1', { resourceType: 'AllergyIntolerance', patient: reference }],
  ['qty-3', observation({ valueQuantity: { value: 1, code: 'g' } })],
  ['per-1', observation({ effectivePeriod: { start: '2021-02', end: '2021-01' } })],
  ['rng-2', observation({ valueRange: { low: { ...quantity, value: 2 }, high: quantity } })],
  ['rat-1', observation({ valueRatio: { numerator: quantity } })],
  ['ref-1', observation({ performer: [{ reference: '#nobody' }] })],
  ['dom-3', observation({ contained: [{ resourceType: 'Patient', id: 'p' }] })],
  ['dom-2', observation({ subject: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p', contained: [{ resourceType: 'Patient', id: 'q' }] }] })],
  ['tim-2', treatment({ period: 1 })],
  ['tim-9', treatment({ offset: 30, when: ['C'] })],
  ['tim-10', treatment({ when: ['C'], timeOfDay: ['08:00:00'] })],
  ['drt-1', treatment({ boundsDuration: { code: 'd', system: 'http://unitsofmeasure.org' } })],
  ['age-1', { resourceType: 'FamilyMemberHistory', status: 'completed', patient: reference, relationship: { text: 'x' }, condition: [{ code: { text: 'x' }, onsetAge: { value: 3 } }] }],
  ['att-1', { resourceType: 'Media', status: 'completed', content: { data: 'AAAA' } }],
  ['cpt-2', { resourceType: 'Patient', telecom: [{ value: '1' }] }],
  ['pat-1', { resourceType: 'Patient', contact: [{ relationship: [{ text: 'x' }] }] }],
  ['org-3', { resourceType: 'Organization', name: 'x', telecom: [{ system: 'phone', use: 'home', value: '1' }] }],
  ['ext-1', { resourceType: 'Patient', extension: [{ url: 'http://x', valueString: 'a', extension: [{ url: 'b', valueString: 'c' }] }] }],
])('%s', (key, resource) => {
  expect(brokenInvariants(resource as Record<string, unknown>).map((one) => one.split(': ')[1])).toContain(key);
});

it('nothing is found where all is well', () => {
  expect(brokenInvariants(observation({
    subject: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p' }], valueQuantity: quantity, effectivePeriod: { start: '2021-01-15', end: '2021' },
    component: [{ code: coding('2345-7'), valueQuantity: quantity }], referenceRange: [{ text: 'x' }],
  }))).toEqual([]);
});
