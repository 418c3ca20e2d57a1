/** Transactions of the size that the bench names. */
import { randomUUID } from 'node:crypto';

const coding = (system: string, code: string) => ({ coding: [{ system, code }] });
const observation = (subject: string, index: number) => ({
  resourceType: 'Observation', status: 'final', category: [coding('http://terminology.hl7.org/CodeSystem/observation-category', 'vital-signs')], code: coding('http://loinc.org', '8867-4'),
  subject: { reference: subject }, effectiveDateTime: `2026-02-06T08:${String(index % 60).padStart(2, '0')}:00+01:00`,
  valueQuantity: { value: 60 + (index % 40), unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
});
const condition = (subject: string) => ({
  resourceType: 'Condition', clinicalStatus: coding('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'), code: coding('http://hl7.org/fhir/sid/icd-10', 'I10'), subject: { reference: subject }, recordedDate: '2026-02-06',
});
const encounter = (subject: string) => ({
  resourceType: 'Encounter', status: 'finished', class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' }, subject: { reference: subject }, period: { start: '2026-02-06T08:00:00+01:00', end: '2026-02-06T08:30:00+01:00' },
});

export const anObservation = (patient: string): object => observation(`Patient/${patient}`, 8);

const transaction = (entry: readonly object[]): string => JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
const create = (resource: { readonly resourceType: string }) => ({ fullUrl: `urn:uuid:${randomUUID()}`, resource, request: { method: 'POST', url: resource.resourceType } });

/** Two results of a known person. */
export const smallTransaction = (patient: string): string => transaction([1, 2].map((index) => create(observation(`Patient/${patient}`, index))));

/** Creations of {@link createsTransaction}. */
export const createsSize = 500;
/** So many results of a known person, without anything between them. */
export const createsTransaction = (patient: string): string => transaction(Array.from({ length: createsSize }, (_, index) => create(observation(`Patient/${patient}`, index))));

/** Resources of {@link recordTransaction}. */
export const recordSize = 100;
/** A new person with a record of encounters, problems and results, as test data generators write it. */
export function recordTransaction(): string {
  const patient = create({ resourceType: 'Patient', ...{ name: [{ family: 'Essai', given: ['Jeanne'] }], gender: 'female', birthDate: '1958-06-14' } });
  const others = Array.from({ length: recordSize - 1 }, (_, index) => (index % 10 === 0 ? encounter : index % 10 === 1 ? condition : (subject: string) => observation(subject, index))(patient.fullUrl));
  return transaction([patient, ...others.map(create)]);
}

/** So many people of whom nothing else is known. */
export const peopleTransaction = (count: number): string => transaction(Array.from({ length: count }, () => create({ resourceType: 'Patient' })));
/** Results with these ids, to be read, changed and deleted. */
export const putTransaction = (patient: string, ids: readonly string[]): string =>
  transaction(ids.map((id) => ({ resource: { ...observation(`Patient/${patient}`, 1), id }, request: { method: 'PUT', url: `Observation/${id}` } })));
