import type { Table } from './table';

const patient = (id: string, more: object = {}): object => ({ resourceType: 'Patient', id, ...more });
const item = (reference: string, more: object = {}): object => ({ item: { reference }, ...more });

/** https://hl7.org/fhir/R4/search.html#list */
export const lists: Table = {
  title: '_list',
  resources: [
    patient('a', { gender: 'male' }), patient('b', { gender: 'female' }), patient('c'), patient('d'), { resourceType: 'Organization', id: 'a', name: 'A' },
    { resourceType: 'List', id: '42', status: 'current', mode: 'changes', entry: [item('Patient/a'), item('https://server.example/fhir/Patient/b'), item('Patient/c', { deleted: true }), item('Organization/a'), item('Patient/gone'), item('https://elsewhere.example/Patient/d'), { item: { display: 'in words' } }, { item: { identifier: { system: 's', value: 'd' } } }] },
    { resourceType: 'List', id: 'twice', status: 'current', mode: 'changes', entry: [item('Patient/c'), item('Patient/c', { deleted: true }), item('Patient/a/_history/1')] },
    { resourceType: 'List', id: 'empty', status: 'current', mode: 'working' },
  ],
  rows: [
    ['Patient', '_list=42', 'a b'], ['Patient', '_list=List/42', 'a b'], ['Organization', '_list=42', 'a'], ['Patient', '_list=42&gender=female', 'b'], ['Patient', '_list=twice', 'a c'], ['Patient', '_list=42&_list=twice', 'a'], ['Patient', '_list=empty', ''], ['Patient', '_list=unknown', ''], ['Observation', '_list=42', ''], ['Patient', '_list=42&_id=c', ''],
  ],
  refused: [['AllergyIntolerance', '_list=$current-allergies', /functional list/], ['Patient', '_list=', /value/], ['Patient', '_list=42,43', /id of a List/], ['Patient', '_list:not=42', /modifier/], ['Patient', '_list=https://elsewhere.example/List/1', /id of a List/]],
};
