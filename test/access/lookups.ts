/** A small world for access facts: what is stored, and who may see it. */
import type { FactsLookup, KnownResource } from '../../src/access/facts-lookup';
import type { JsonObject } from '../../src/fhir/json';

export const base = 'https://server.example/fhir';
export const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' };
export const otherIns = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '248039263001064' };

const rpps = (value: string) => ({ system: 'https://rpps.esante.gouv.fr', value });
const finess = (value: string) => ({ system: 'https://finess.esante.gouv.fr', value });

export const stored: Record<string, KnownResource> = {
  'Patient/p1': { resource: { resourceType: 'Patient', id: 'p1' }, owners: ['p1'] },
  'Patient/p2': { resource: { resourceType: 'Patient', id: 'p2' }, owners: ['p2'] },
  'Practitioner/dr': { resource: { resourceType: 'Practitioner', id: 'dr', identifier: [rpps('10099900011')] }, owners: [] },
  'Practitioner/nameless': { resource: { resourceType: 'Practitioner', id: 'nameless', identifier: [{ system: 'urn:oid:1.2.3', value: '4' }] }, owners: [] },
  'Organization/hospital': { resource: { resourceType: 'Organization', id: 'hospital', identifier: [finess('350099911')] }, owners: [] },
  'Organization/nameless': { resource: { resourceType: 'Organization', id: 'nameless' }, owners: [] },
  'PractitionerRole/dr-hospital': {
    resource: { resourceType: 'PractitionerRole', id: 'dr-hospital', practitioner: { reference: 'Practitioner/dr' }, organization: { reference: `${base}/Organization/hospital` } }, owners: [],
  },
  'PractitionerRole/dr-alone': { resource: { resourceType: 'PractitionerRole', id: 'dr-alone', practitioner: { identifier: rpps('10099900011') } }, owners: [] },
  'PractitionerRole/hospital-alone': { resource: { resourceType: 'PractitionerRole', id: 'hospital-alone', organization: { reference: 'Organization/hospital' } }, owners: [] },
  'DocumentReference/d1': { resource: { resourceType: 'DocumentReference', id: 'd1', subject: { reference: 'Patient/p1' } }, owners: ['p1'] },
  'DocumentReference/d2': { resource: { resourceType: 'DocumentReference', id: 'd2', subject: { reference: 'Patient/p1' } }, owners: ['p1'] },
  'DocumentReference/of-p2': { resource: { resourceType: 'DocumentReference', id: 'of-p2', subject: { reference: 'Patient/p2' } }, owners: ['p2'] },
  'Observation/drawn': { resource: { resourceType: 'Observation', id: 'drawn' }, owners: ['p1'], document: 'd1' },
  'Observation/plain': { resource: { resourceType: 'Observation', id: 'plain' }, owners: ['p1'] },
  'Binary/of-d1': { resource: { resourceType: 'Binary', id: 'of-d1' }, owners: ['p1'], document: 'd1' },
  'Consent/c1': { resource: { resourceType: 'Consent', id: 'c1' }, owners: ['p1'] },
};

/** @param hidden names that the writer may not see */
export function lookups(more: Record<string, KnownResource> = {}, hidden: readonly string[] = []): FactsLookup & { readonly asked: string[] } {
  const asked: string[] = [];
  const world: Record<string, KnownResource> = { ...stored, ...more };
  return {
    asked, bases: [base], timeZone: 'Europe/Paris',
    patientByIns: async ({ system, value }) => (system !== ins.system ? undefined : { [ins.value]: 'p1', [otherIns.value]: 'p2' }[value]),
    resource: async ({ type, id }) => {
      asked.push(`${type}/${id}`);
      return world[`${type}/${id}`];
    },
    person: async (id) => !hidden.includes(`Patient/${id}`) && world[`Patient/${id}`] !== undefined,
    visible: async ({ type, id }) => (hidden.includes(`${type}/${id}`) ? undefined : world[`${type}/${id}`]),
  };
}

export const consent = (provision: unknown, more: Record<string, unknown> = {}): JsonObject => ({
  resourceType: 'Consent', id: 'c', status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  patient: { reference: 'Patient/p1' }, provision, ...more,
}) as JsonObject;
