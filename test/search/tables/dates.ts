import { except, observation, type Table } from './table';

const at = (id: string, effective: object): object => observation(id, effective);
const day = (id: string, effectiveDateTime: string): object => at(id, { effectiveDateTime });

const all = 'y2013 jan d13 d14 d15 t14 first next pJan pFrom pUntil timing bounds d2020';
const q = (query: string, ids: string) => ['Observation', `code:missing=false&date=${query}`, ids] as const;

export const dates: Table = {
  title: 'date',
  resources: [
    day('y2013', '2013'), day('jan', '2013-01'), day('d13', '2013-01-13'), day('d14', '2013-01-14'), day('d15', '2013-01-15'),
    day('t14', '2013-01-14T10:00:00+01:00'),
    // The first second of the 14th in Paris, and that of the 15th.
    day('first', '2013-01-13T23:00:00Z'), day('next', '2013-01-14T23:00:00Z'),
    at('pJan', { effectivePeriod: { start: '2013-01-10', end: '2013-01-20' } }), at('pFrom', { effectivePeriod: { start: '2013-01-15' } }), at('pUntil', { effectivePeriod: { end: '2013-01-13' } }),
    at('timing', { effectiveTiming: { event: ['2013-01-16', '2013-01-12'] } }), at('bounds', { effectiveTiming: { repeat: { boundsPeriod: { start: '2013-02-01', end: '2013-02-28' }, frequency: 1 } } }),
    day('d2020', '2020-06-01'),
    at('undated', {}), at('extended', { effectivePeriod: { extension: [{ url: 'http://x', valueBoolean: true }] } }),
    { resourceType: 'Encounter', id: 's1', status: 'finished', class: { code: 'AMB' }, period: { start: '2024-03-31T01:30:00Z', end: '2024-03-31T01:30:00Z' } },
    { resourceType: 'Encounter', id: 's2', status: 'finished', class: { code: 'AMB' }, period: { start: '2024-03-31T22:00:00Z', end: '2024-03-31T22:00:00Z' } },
    { resourceType: 'Encounter', id: 's3', status: 'finished', class: { code: 'AMB' }, period: { start: '2024-03-30T23:00:00Z', end: '2024-03-30T23:00:00Z' } },
    { resourceType: 'Encounter', id: 'a1', status: 'finished', class: { code: 'AMB' }, period: { start: '2024-10-27T22:30:00Z', end: '2024-10-27T22:59:59Z' } },
    { resourceType: 'Encounter', id: 'a2', status: 'finished', class: { code: 'AMB' }, period: { start: '2024-10-27T23:00:00Z', end: '2024-10-27T23:00:00Z' } },
    { resourceType: 'Encounter', id: 'leap', status: 'finished', class: { code: 'AMB' }, period: { start: '2024-02-29', end: '2024-02-29' } },
    { resourceType: 'Encounter', id: 'march', status: 'finished', class: { code: 'AMB' }, period: { start: '2023-03-01', end: '2023-03-01' } },
    { resourceType: 'Patient', id: 'born', birthDate: '1960-02' },
  ],
  rows: [
    // A day.
    q('2013-01-14', 'd14 t14 first'), q('eq2013-01-14', 'd14 t14 first'), q('ne2013-01-14', except(all, 'd14', 't14', 'first')),
    q('gt2013-01-14', 'y2013 jan d15 next pJan pFrom timing bounds d2020'), q('lt2013-01-14', 'y2013 jan d13 pJan pUntil timing'),
    q('ge2013-01-14', 'y2013 jan d14 t14 first d15 next pJan pFrom timing bounds d2020'), q('le2013-01-14', 'y2013 jan d13 d14 t14 first pJan pUntil timing'),
    q('sa2013-01-14', 'd15 next pFrom bounds d2020'), q('eb2013-01-14', 'd13 pUntil'), q('ap2013-01-14', except(all, 'd2020')),
    // A month.
    q('2013-01', 'jan d13 d14 d15 t14 first next pJan timing'), q('ne2013-01', 'y2013 pFrom pUntil bounds d2020'), q('gt2013-01', 'y2013 pFrom bounds d2020'), q('lt2013-01', 'pUntil'),
    q('ge2013-01', except(all, 'pUntil')), q('le2013-01', 'jan d13 d14 d15 t14 first next pJan timing pUntil'), q('sa2013-01', 'bounds d2020'), q('eb2013-01', ''),
    // A year.
    q('2013', except(all, 'pFrom', 'pUntil', 'd2020')), q('ne2013', 'pFrom pUntil d2020'), q('gt2013', 'pFrom d2020'), q('lt2013', 'pUntil'), q('ge2013', except(all, 'pUntil')), q('le2013', except(all, 'pFrom', 'd2020')),
    q('sa2013', 'd2020'), q('eb2013', ''), q('eb2014', except(all, 'pFrom', 'd2020')), q('sa2012', except(all, 'pUntil')), q('ap2020-06', 'pFrom d2020'),
    // A minute, in the zone of the server and in another.
    q('2013-01-14T10:00', 't14'), q('2013-01-14T09:00Z', 't14'), q('gt2013-01-14T10:00', 'y2013 jan d14 d15 next pJan pFrom timing bounds d2020'), q('lt2013-01-14T10:00', 'y2013 jan d13 d14 first pJan pUntil timing'),
    q('sa2013-01-14T10:00', 'd15 next pFrom bounds d2020'), q('eb2013-01-14T10:00', 'd13 first pUntil'),
    q('ne2013-01-14T10:00', except(all, 't14')), q('ge2013-01-14T10:00', 'y2013 jan d14 t14 d15 next pJan pFrom timing bounds d2020'), q('le2013-01-14T10:00', 'y2013 jan d13 d14 t14 first pJan pUntil timing'),
    // A second, and a part of one, which holds no whole second.
    q('2013-01-14T10:00:00', 't14'), q('2013-01-14T09:00:00Z', 't14'), q('2013-01-14T04:00:00-05:00', 't14'), q('2013-01-14T10:00:00+01:00', 't14'), q('2013-01-14T10:00:00%2B01:00', 't14'), q('2013-01-14T10:00:01', ''),
    q('2013-01-14T10:00:00.000', ''), q('sa2013-01-14T09:59:59.999', 't14 d15 next pFrom bounds d2020'),
    // Alternatives and conjunctions.
    q('2013-01-13,2013-01-15', 'd13 d15 next'), q('ge2013-01-14&date=lt2013-01-15', 'y2013 jan d14 t14 first pJan timing'), q('sa2013-01-13&date=eb2013-01-15', 'd14 t14 first'), q('eb2013-01-14,sa2014', 'd13 pUntil d2020'),
    ['Observation', 'date:missing=true', 'undated extended'], ['Observation', 'date:missing=false&date=lt2000', 'pUntil'],
    // Days of 23 and 25 hours, the 29th of February.
    ['Encounter', 'date=2024-03-31', 's1 s3'], ['Encounter', 'date=2024-04-01', 's2'], ['Encounter', 'date=2024-03-30', ''], ['Encounter', 'date=2024-10-27', 'a1'], ['Encounter', 'date=2024-10-28', 'a2'],
    ['Encounter', 'date=2024-02-29', 'leap'], ['Encounter', 'date=2024-02', 'leap'], ['Encounter', 'date=sa2024-02-28&date=eb2024-03-01', 'leap'], ['Encounter', 'date=sa2023-02-28&date=eb2023-03-02', 'march'],
    ['Patient', 'birthdate=1960', 'born'], ['Patient', 'birthdate=1960-02-01', ''], ['Patient', 'birthdate=ge1960-02-28', 'born'], ['Patient', 'birthdate=ge1960-02-29', ''], ['Patient', 'birthdate=sa1960-01-31', 'born'], ['Patient', 'birthdate=le1960-01', ''],
  ],
  refused: [
    ['Observation', 'date=2013-02-29', /date/], ['Observation', 'date=2013-13', /date/], ['Observation', 'date=2013-01-14T10', /date/], ['Observation', 'date=14/01/2013', /date/], ['Observation', 'date=xx2013', /date/], ['Observation', 'date=', /value/],
    ['Observation', 'date:exact=2013', /:missing/], ['Observation', 'date:not=2013', /:missing/], ['Observation', 'date=gt', /date/], ['Observation', 'date=2013-01-14T25:00', /date/],
  ],
};
