import { coding, type Table } from './table';

const drug = (id: string, code: string, more: object = {}): object => ({ resourceType: 'Medication', id, code: coding('urn:atc', code), ...more });
const request = (id: string, more: object): object => ({ resourceType: 'MedicationRequest', id, status: 'active', intent: 'order', subject: { reference: 'Patient/p' }, ...more });
const m = (query: string, ids: string) => ['Medication', query, ids] as const;

/** https://hl7.org/fhir/R4/search.html#contained */
export const contained: Table = {
  title: '_contained',
  resources: [
    { resourceType: 'Organization', id: 'lab', name: 'Labo' }, drug('alone', 'A', { status: 'active' }), drug('other', 'B'),
    request('inA', { contained: [drug('m', 'A', { status: 'active' })], medicationReference: { reference: '#m' } }),
    request('inB', { contained: [drug('m', 'B', { status: 'inactive', manufacturer: { reference: 'Organization/lab' } })], medicationReference: { reference: '#m' } }),
    // The criteria of one search are met by one and the same contained resource.
    { resourceType: 'MedicationDispense', id: 'two', status: 'completed', contained: [drug('m', 'A', { status: 'inactive' }), request('r', { medicationReference: { reference: '#n' } }), drug('n', 'B', { status: 'active' })], medicationReference: { reference: '#m' }, authorizingPrescription: [{ reference: '#r' }] },
    { resourceType: 'Observation', id: 'none', status: 'final', code: coding('urn:atc', 'A') },
  ],
  rows: [
    m('code=A', 'alone'), m('code=A&_contained=false', 'alone'), m('code=A&_contained=true', 'inA two'), m('code=A&_contained=both', 'alone inA two'), m('code=A&_contained=true&_containedType=container', 'inA two'), m('code=B&_contained=true', 'inB two'), m('code=A&status=active&_contained=true', 'inA'), m('code=A&status=active&_contained=both', 'alone inA'), m('code=B&status=active&_contained=true', 'two'),
    m('code:not=A&_contained=true', 'inB two'), m('status:missing=true&_contained=both', 'other'), m('_contained=true', 'inA inB two'), m('_contained=both', 'alone other inA inB two'), m('manufacturer=Organization/lab&_contained=true', 'inB'), m('manufacturer.name=labo&_contained=true', 'inB'), m('_id=m&_contained=true', ''), m('_id=alone&_contained=both', 'alone'), m('_filter=code eq A and status eq inactive&_contained=true', 'two'),
    ['MedicationRequest', '_contained=true', 'two'], ['Patient', '_contained=true', ''], m('code=A&_contained=true&_sort=-_id', 'inA two'),
  ],
  ordered: [['Medication', 'code=A&_contained=both&_sort=-_id', 'two inA alone']],
  refused: [
    ['Medication', '_contained=yes', /false, true, both/], ['Medication', '_contained=true&_containedType=x', /container, contained/], ['Medication', '_contained=true&_sort=code', /_lastUpdated and _id/], ['Medication', '_contained=true&_containedType=contained&manufacturer.name=x', /containers/], ['Medication', '_contained=true&_containedType=contained&_count=0', /not counted/], ['Medication', '_contained=true&_containedType=contained&_elements=code', /whole/],
  ],
};
