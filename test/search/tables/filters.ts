import { coding, loinc, observation, ucum, type Table } from './table';

const p = (filter: string, ids: string) => ['Patient', `_filter=${encodeURIComponent(filter)}`, ids] as const;
const o = (filter: string, ids: string) => ['Observation', `_filter=${encodeURIComponent(filter)}`, ids] as const;
const wrong = (type: string, filter: string, says: RegExp) => [type, `_filter=${encodeURIComponent(filter)}`, says] as const;
const valued = (id: string, patient: string, code: string, value: number, more: object = {}): object =>
  observation(id, { subject: { reference: `Patient/${patient}` }, code: coding(loinc, code), valueQuantity: { value, system: ucum, code: 'mmol/L' }, ...more });
const nested = (count: number): string => `${'('.repeat(count)}active eq true${')'.repeat(count)}`;

/** https://hl7.org/fhir/R4/search_filter.html */
export const filters: Table = {
  title: '_filter',
  resources: [
    { resourceType: 'Patient', id: 'peter', name: [{ family: 'Petit', given: ['Peter'] }], birthDate: '2014-10-12', gender: 'male', active: true, managingOrganization: { reference: 'Organization/chu' } },
    { resourceType: 'Patient', id: 'peters', name: [{ family: 'Carpet', given: ['Peters'] }], birthDate: '2014-10-09', gender: 'male' },
    { resourceType: 'Patient', id: 'anne', name: [{ family: 'O(1) "x", y|z\\', given: ['Anne', 'Éloïse'] }], birthDate: '1980', gender: 'female', active: false, address: [{ city: 'Paris' }], identifier: [{ system: 'urn:s', value: '1|2,3' }] },
    { resourceType: 'Patient', id: 'empty' },
    { resourceType: 'Organization', id: 'chu', name: 'CHU de Lille' },
    valued('na150', 'peter', '2951-2', 150, { effectivePeriod: { start: '2020-01-01', end: '2020-01-31' } }), valued('na140', 'anne', '2951-2', 140, { effectiveDateTime: '2020-03-01', hasMember: [{ reference: 'Observation/na150' }] }),
    valued('k4', 'peters', '2823-3', 4.1, { effectiveDateTime: '2021' }),
  ],
  rows: [
    // The examples of the specification. Values are never case sensitive.
    p('name co "pet"', 'peter peters'), p('given eq "peter" and birthdate ge 2014-10-10', 'peter'), p('given eq PETER', 'peter'), o('code eq http://loinc.org|2951-2', 'na150 na140'), o('subject.name co "pet"', 'na150 k4'), o('has-member pr true', 'na140'), o('has-member re Observation/na150', 'na140'),
    // Strings: equal is the whole of a value, whatever its case and accents.
    p('given eq pet', ''), p('given eq eloise', 'anne'), p('given ne peter', 'peters anne'), p('given sw pet', 'peter peters'), p('given ew er', 'peter'), p('given ew "ERS"', 'peters'), p('family co arp', 'peters'), p('family ew "pet"', 'peters'), p('family eq "o(1) \\"x\\", y|z\\\\"', 'anne'), p('name eq petit', 'peter'), p('given pr true', 'peter peters anne'), p('given pr false', 'empty'),
    // From left to right, without precedence; brackets say otherwise.
    p('gender eq female or gender eq male and birthdate ge 2014-10-10', 'peter'), p('gender eq female or (gender eq male and birthdate ge 2014-10-10)', 'peter anne'), p('gender eq male and birthdate ge 2014-10-10 or gender eq female', 'peter anne'), p('not (gender eq male)', 'anne empty'), p('not(gender eq male) and given pr true', 'anne'), p('not (not (gender eq male))', 'peter peters'), p('((gender eq male))', 'peter peters'), p('  gender   eq   male  ', 'peter peters'), p('gender eq male or gender eq female or active eq true', 'peter peters anne'),
    // Tokens.
    p('gender ne male', 'anne'), p('active eq true', 'peter'), p('active ne true', 'anne'), p('active pr false', 'peters empty'), p('identifier eq urn:s|1\\|2,3', 'anne'), p('gender sb male', 'peter peters'), p('gender in http://hl7.org/fhir/ValueSet/administrative-gender', 'peter peters anne'), p('gender ni http://hl7.org/fhir/ValueSet/administrative-gender', 'empty'),
    // Dates, numbers, quantities.
    p('birthdate eq 2014-10', 'peter peters'), p('birthdate ne 2014-10', 'anne'), p('birthdate lt 2014-10-12', 'peters anne'), p('birthdate le 2014-10-12', 'peter peters anne'), p('birthdate gt 2014-10-09', 'peter'), p('birthdate sa 2014-10-09', 'peter'), p('birthdate eb 2014', 'anne'), p('birthdate pr true', 'peter peters anne'), p('_lastUpdated gt 2000-01-01 and gender eq female', 'anne'), p('_id eq anne', 'anne'), p('_id ne anne', 'peter peters empty'),
    o('date po 2020-01-31', 'na150'), o('date po 2020', 'na150 na140'), o('date po 2021-05', 'k4'), o('date eq 2021-05', ''), o('value-quantity gt 145', 'na150'), o('value-quantity eq 4.1|http://unitsofmeasure.org|mmol/L', 'k4'), o('value-quantity eq 4100||umol/L', 'k4'), o('value-quantity eq 4101||umol/L', ''), o('value-quantity lt 5000||umol/L', 'k4'), o('value-quantity ap 145', 'na150 na140'), o('code-value-quantity eq http://loinc.org|2951-2$gt145', 'na150'),
    // Chains, and what must be true of the resource that they lead to.
    o('patient.organization.name sw chu', 'na150'), o('subject:Patient.birthdate lt 2000', 'na140'), o('subject[gender eq male].name co pet', 'na150 k4'), o('subject[gender eq male and birthdate ge 2014-10-10].name co pet', 'na150'), o('patient[organization[name co lille].name sw chu].gender eq male', 'na150'), o('subject eq Patient/anne', 'na140'), o('subject ne Patient/anne', 'na150 k4'), o('subject re Patient/anne', 'na140'), p('_has:Observation:subject:code eq http://loinc.org|2823-3', 'peters'), p('not (_has:Observation:subject:code pr true)', 'empty'),
    // Beside other criteria.
    ['Patient', `gender=male&_filter=${encodeURIComponent('given ew s')}`, 'peters'], ['Patient', `_filter=${encodeURIComponent('gender eq male')}&_filter=${encodeURIComponent('given ew s')}`, 'peters'],
    p(nested(49), 'peter'),
  ],
  refused: [
    wrong('Patient', 'gender eq', /_filter.*value.*character/), wrong('Patient', '', /value/), wrong('Patient', 'gender', /operator/), wrong('Patient', 'gender eq male and', /search parameter.*character 19/), wrong('Patient', '(gender eq male', /"\)"/), wrong('Patient', 'gender eq male)', /"and" or "or"/), wrong('Patient', 'gender eq male gender eq female', /"and" or "or"/), wrong('Patient', 'given eq "pe', /no end/), wrong('Patient', 'given eq "\\x"', /JSON/),
    wrong('Patient', 'sex eq male', /_filter.*sex/), wrong('Patient', 'gender co ma', /eq, ne, ss, sb, in, ni, pr/), wrong('Patient', 'given gt a', /eq, ne, co, sw, ew, pr/), wrong('Patient', 'birthdate in x', /eq, ne, gt, lt, ge, le, ap, sa, eb, po, pr/), wrong('Patient', 'gender xx male', /eq, ne/), wrong('Patient', 'birthdate eq gt2014', /date/), wrong('Patient', 'given:exact eq x', /modifier/), wrong('Patient', 'given pr maybe', /true or false/), wrong('Observation', 'subject[gender eq male] pr true', /bracket/), wrong('Observation', 'subject.nothing eq 1', /nothing/), wrong('Observation', 'code[text eq x].text eq x', /not a reference/),
    wrong('Patient', nested(50), /FILTER_LIMIT/), wrong('Patient', Array.from({ length: 51 }, () => 'active eq true').join(' and '), /50/), ['Patient', '_filter:not=active eq true', /modifier/], ['Patient', '_query=current-high-risk', /named query/], ['Observation', 'subject:Patient._filter=x', /_filter/],
  ],
};
