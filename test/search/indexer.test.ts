import type { Entry } from './entry';
import { parseJson, type JsonObject } from '../../src/fhir/json';
import { indexEntries } from '../../src/search/indexer';
import type { IndexEntries } from '../../src/search/entries';

type Kind = Exclude<keyof IndexEntries, 'mainDate'>;
const options = { bases: ['https://server.example/fhir'], timeZone: 'Europe/Paris' };

const index = (resource: object): IndexEntries => indexEntries(parseJson(JSON.stringify(resource)) as JsonObject, options);

/** The entries of one parameter, without the properties named. */
function without(resource: object, kind: Kind, param: string, ...left: string[]): unknown[] {
  const found = (index(resource)[kind] as readonly Entry[]).filter((entry) => entry.param === param);
  return found.map((entry) => Object.fromEntries(Object.entries(entry).filter(([key, value]) => value !== undefined && !left.includes(key))));
}
const of = (resource: object, kind: Kind, param: string): unknown[] => without(resource, kind, param, 'param');
const unmarked = (resource: object, kind: Kind, param: string): unknown[] => without(resource, kind, param, 'param', 'mark');

const observation = (more: object): object => ({ resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, ...more });

describe('token entries', () => {
  it.each([
    ['a concept: each coding', observation({ code: { coding: [{ system: 's', code: 'a' }, { code: 'b' }, { system: 't' }] } }), 'Observation.code', [{ system: 's', code: 'a' }, { system: '', code: 'b' }, { system: 't', code: '' }]],
    ['a concept in words only: present, found by no code', observation({}), 'Observation.code', [{ system: '', code: '' }]],
    ['a plain code', observation({}), 'Observation.status', [{ system: '', code: 'final' }]],
    ['an identifier', { resourceType: 'Patient', identifier: [{ system: 'urn:oid:1.2', value: '77' }, { value: '78' }, null] }, 'Patient.identifier', [{ system: 'urn:oid:1.2', code: '77' }, { system: '', code: '78' }]],
    ['a boolean', { resourceType: 'Patient', active: false }, 'Patient.active', [{ system: '', code: 'false' }]],
    ['a contact point, with and without its kind', { resourceType: 'Patient', telecom: [{ system: 'phone', value: '0601' }] }, 'Patient.telecom', [{ system: '', code: '0601' }, { system: 'phone', code: '0601' }]],
    ['a contact point of one kind', { resourceType: 'Patient', telecom: [{ system: 'phone', value: '0601' }, { system: 'email', value: 'a@b' }] }, 'Patient.email', [{ system: '', code: 'a@b' }, { system: 'email', code: 'a@b' }]],
    ['a tag', observation({ meta: { tag: [{ system: 's', code: 't' }] } }), 'Observation._tag', [{ system: 's', code: 't' }]],
    ['a label', observation({ meta: { security: [{ system: 's', code: 'R' }] } }), 'Observation._security', [{ system: 's', code: 'R' }]],
    ['both identifiers of a document', { resourceType: 'DocumentReference', masterIdentifier: { value: 'm' }, identifier: [{ value: 'i' }] }, 'DocumentReference.identifier', [{ system: '', code: 'm' }, { system: '', code: 'i' }]],
    ['an extension of the national guides', { resourceType: 'DocumentReference', extension: [{ url: 'other', valueBoolean: false }, { url: 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived', valueBoolean: true }] }, 'DocumentReference.isArchived', [{ system: '', code: 'true' }]],
  ])('%s', (_, resource, param, expected) => expect(unmarked(resource, 'token', param).sort()).toEqual([...expected].sort()));

  it('texts of a token are strings beside it', () => {
    expect(unmarked(observation({ code: { text: 'Glycémie', coding: [{ code: 'a', display: 'Glucose' }, { code: 'b', display: 'Glucose' }] } }), 'string', 'Observation.code:text'))
      .toEqual([{ exact: 'Glucose', folded: 'glucose' }, { exact: 'Glycémie', folded: 'glycemie' }]);
    expect(unmarked({ resourceType: 'Patient', identifier: [{ value: '1', type: { text: 'Dossier' } }] }, 'string', 'Patient.identifier:text')).toEqual([{ exact: 'Dossier', folded: 'dossier' }]);
  });

  it('an identifier is found by the codes of its type', () => {
    const patient = { resourceType: 'Patient', identifier: [{ system: 's', value: '7|8', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PI' }, { system: 'only' }] } }] };
    expect(of(patient, 'token', 'Patient.identifier:of-type')).toEqual([{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PI|7|8' }]);
  });
});

describe('reference entries', () => {
  const subject = (reference: object): unknown[] => unmarked(observation({ subject: reference }), 'reference', 'Observation.subject');
  it.each([
    ['local', { reference: 'Patient/1' }, [{ form: 'local', type: 'Patient', id: '1' }]],
    ['of a version', { reference: 'Patient/1/_history/3' }, [{ form: 'local', type: 'Patient', id: '1', version: '3' }]],
    ['under our base', { reference: 'https://server.example/fhir/Patient/1' }, [{ form: 'local', type: 'Patient', id: '1' }]],
    ['under a base that only begins like ours', { reference: 'https://server.example/fhirish/Patient/1' }, [{ form: 'absolute', url: 'https://server.example/fhirish/Patient/1' }]],
    ['elsewhere', { reference: 'https://other.example/Patient/1' }, [{ form: 'absolute', url: 'https://other.example/Patient/1' }]],
    ['a urn', { reference: 'urn:uuid:5' }, [{ form: 'absolute', url: 'urn:uuid:5' }]],
    ['contained', { reference: '#p' }, [{ form: 'contained', id: 'p' }]],
    ['logical', { type: 'Patient', identifier: { system: 'urn:oid:1.2', value: '7' } }, [{ form: 'logical', system: 'urn:oid:1.2', value: '7', type: 'Patient' }]],
    ['both', { reference: 'Patient/1', identifier: { value: '7' } }, [{ form: 'local', type: 'Patient', id: '1' }, { form: 'logical', system: '', value: '7' }]],
    ['in words only: it is there, though nothing finds what it names', { display: 'the patient' }, [{ form: 'logical', system: '', value: '' }]],
    ['not a reference', { reference: 'what is this' }, []],
  ])('%s', (_, reference, expected) => expect(subject(reference)).toEqual(expected));

  const patient = (reference: object, contained: object[] = []): unknown[] => unmarked(observation({ subject: reference, contained }), 'reference', 'Observation.patient');
  it('patient takes what is a Patient by its text, its stated type, or what it contains', () => {
    expect(patient({ reference: 'Patient/1' })).toHaveLength(1);
    expect(patient({ reference: 'Group/1' })).toEqual([]);
    expect(patient({ reference: 'https://other.example/Patient/1' })).toHaveLength(1);
    expect(patient({ reference: 'https://other.example/Group/1' })).toEqual([]);
    expect(patient({ reference: 'urn:uuid:5' })).toEqual([]);
    expect(patient({ reference: 'urn:uuid:5', type: 'Patient' })).toHaveLength(1);
    expect(patient({ identifier: { value: '7' } })).toHaveLength(1);
    expect(patient({ identifier: { value: '7' }, type: 'Group' })).toEqual([]);
    expect(patient({ reference: '#p' }, [{ resourceType: 'Patient', id: 'p' }])).toHaveLength(1);
    expect(patient({ reference: '#p' }, [{ resourceType: 'Group', id: 'p' }])).toEqual([]);
  });

  it('canonical, with version and fragment; one of our own is local too', () => {
    const response = (questionnaire: string): unknown[] => unmarked({ resourceType: 'QuestionnaireResponse', questionnaire }, 'reference', 'QuestionnaireResponse.questionnaire');
    expect(response('http://example.org/q|2#part')).toEqual([{ form: 'canonical', url: 'http://example.org/q', version: '2', fragment: 'part' }]);
    expect(response('https://server.example/fhir/Questionnaire/q')).toEqual([
      { form: 'canonical', url: 'https://server.example/fhir/Questionnaire/q' }, { form: 'local', type: 'Questionnaire', id: 'q' },
    ]);
  });

  it('the first resource of a document Bundle', () => {
    const bundle = { resourceType: 'Bundle', type: 'document', entry: [{ resource: { resourceType: 'Composition', id: 'c' } }, { resource: { resourceType: 'Composition', id: 'd' } }] };
    expect(unmarked(bundle, 'reference', 'Bundle.composition')).toEqual([{ form: 'local', type: 'Composition', id: 'c' }]);
    expect(unmarked(bundle, 'reference', 'Bundle.message')).toEqual([]);
  });

  describe('the author of a document', () => {
    const alternate = (reference: string): object => ({ url: 'http://hl7.org/fhir/StructureDefinition/alternate-reference', valueReference: { reference } });
    const document = {
      resourceType: 'DocumentReference', id: 'd',
      contained: [
        { resourceType: 'PractitionerRole', id: 'author-1', practitioner: { reference: '#prac', extension: [alternate('Practitioner/x')] }, organization: { reference: 'Organization/o' } },
        { resourceType: 'Practitioner', id: 'prac', identifier: [{ system: 'https://rpps.esante.gouv.fr', value: '10' }], name: [{ family: 'Martin' }] },
      ],
      author: [{ reference: '#author-1', extension: [alternate('PractitionerRole/x')] }],
      authenticator: { reference: '#author-1' },
    };
    it('is found by the stored role, its practitioner and its organization', () => {
      expect(unmarked(document, 'reference', 'DocumentReference.author')).toEqual(expect.arrayContaining([
        { form: 'contained', id: 'author-1' }, { form: 'contained', id: 'prac' }, { form: 'local', type: 'Practitioner', id: 'x' },
        { form: 'local', type: 'Organization', id: 'o' }, { form: 'local', type: 'PractitionerRole', id: 'x' },
      ]));
      expect(unmarked(document, 'reference', 'DocumentReference.author')).toHaveLength(5);
      expect(unmarked(document, 'reference', 'DocumentReference.authenticator')).toHaveLength(4);
    });
    it('is not found by a contained resource that only elements without a search parameter point at', () => {
      const told = { ...document, context: { sourcePatientInfo: { reference: '#told' } }, contained: [...document.contained, { resourceType: 'Patient', id: 'told', gender: 'female' }] };
      expect(unmarked(told, 'token', 'Patient.gender')).toEqual([]);
      expect(unmarked({ ...told, author: [{ reference: '#told' }] }, 'token', 'Patient.gender')).toEqual([{ contained: 'told', system: '', code: 'female' }]);
    });

    it('is found by what the contained resources say, which bear their own id', () => {
      expect(unmarked(document, 'token', 'Practitioner.identifier')).toEqual([{ contained: 'prac', system: 'https://rpps.esante.gouv.fr', code: '10' }]);
      expect(of(document, 'string', 'Practitioner.family')).toEqual([{ contained: 'prac', exact: 'Martin', folded: 'martin' }]);
      expect(unmarked(document, 'reference', 'PractitionerRole.organization')).toEqual([{ contained: 'author-1', form: 'local', type: 'Organization', id: 'o' }]);
    });
    it('does not lead an endless round', () => {
      const round = { ...document, contained: [{ resourceType: 'PractitionerRole', id: 'author-1', practitioner: { reference: '#author-1', extension: [{ ...alternate('#author-1') }] } }] };
      expect(unmarked(round, 'reference', 'DocumentReference.author')).toContainEqual({ form: 'contained', id: 'author-1' });
    });
  });
});

describe('string entries', () => {
  it('of a name: every part of it, the family name from each of its parts', () => {
    const patient = { resourceType: 'Patient', name: [{ text: 'Mme Zoé', family: 'Dupont-Martin', given: ['Zoé', null, 'Anne'], prefix: ['Mme'], suffix: ['II'] }] };
    expect(unmarked(patient, 'string', 'Patient.name').map((entry) => (entry as { folded: string }).folded).sort()).toEqual(['anne', 'dupontmartin', 'ii', 'martin', 'mme', 'mmezoe', 'zoe']);
    expect(of(patient, 'string', 'Patient.family')).toEqual([
      { exact: 'Dupont-Martin', folded: 'dupontmartin', mark: 3 }, { exact: 'Dupont-Martin', folded: 'martin' },
    ]);
    expect(unmarked(patient, 'string', 'Patient.given').map((entry) => (entry as { exact: string }).exact)).toEqual(['Zoé', 'Anne']);
  });
  it('of an address: every text field', () => {
    const patient = { resourceType: 'Patient', address: [{ use: 'home', text: 't', line: ['l1', 'l2'], city: 'c', district: 'd', state: 's', postalCode: 'p', country: 'k', period: { start: '2020' } }] };
    expect(unmarked(patient, 'string', 'Patient.address').map((entry) => (entry as { exact: string }).exact).sort()).toEqual(['c', 'd', 'k', 'l1', 'l2', 'p', 's', 't']);
    expect(unmarked(patient, 'string', 'Patient.address-city')).toEqual([{ exact: 'c', folded: 'c' }]);
  });
});

describe('date entries', () => {
  const at = (text: string): number => Date.parse(text);
  const date = (effective: object): unknown[] => unmarked(observation(effective), 'date', 'Observation.date');
  it.each([
    ['a day in the zone', { effectiveDateTime: '2024-07-14' }, '2024-07-13T22:00Z', '2024-07-14T22:00Z'],
    ['an instant', { effectiveInstant: '2024-07-14T10:00:00.000Z' }, '2024-07-14T10:00:00.000Z', '2024-07-14T10:00:00.001Z'],
    ['a period', { effectivePeriod: { start: '2024-01-01T00:00:00Z', end: '2024-01-31T12:00:00Z' } }, '2024-01-01T00:00Z', '2024-01-31T12:00:01Z'],
    ['a timing: outer limits', { effectiveTiming: { event: ['2024-03-01T00:00:00Z', '2024-01-01T00:00:00Z'], repeat: { boundsPeriod: { end: '2024-05-01T00:00:00Z', start: '2024-02-01T00:00:00Z' } } } }, '2024-01-01T00:00Z', '2024-05-01T00:00:01Z'],
  ])('%s', (_, effective, lo, hi) => expect(date(effective)).toEqual([{ lo: at(lo), hi: at(hi) }]));

  it('an open period is open, an empty one says nothing', () => {
    const only = (period: object): unknown => index(observation({ effectivePeriod: period })).date[0];
    expect(only({ start: '2024-01-01T00:00:00Z' })).toMatchObject({ lo: at('2024-01-01T00:00Z'), hi: Infinity });
    expect(only({ end: '2024-01-01T00:00:00Z' })).toMatchObject({ lo: -Infinity, hi: at('2024-01-01T00:00:01Z') });
    expect(only({})).toBeUndefined();
  });

  it.each([['1965-03'], ['1965'], ['2024-02-29T10:00:00.5+02:00']])('reads %s of any precision', (effectiveDateTime) => expect(date({ effectiveDateTime })).toHaveLength(1));

  it('of a document by its period and its creation', () => {
    const document = { resourceType: 'DocumentReference', content: [{ attachment: { creation: '2024-01-02T00:00:00Z' } }], context: { period: { start: '2024-01-01T00:00:00Z', end: '2024-01-03T00:00:00Z' } } };
    expect(unmarked(document, 'date', 'DocumentReference.creation')).toEqual([{ lo: at('2024-01-02T00:00Z'), hi: at('2024-01-02T00:00:01Z') }]);
    expect(unmarked(document, 'date', 'DocumentReference.period-start')).toEqual([{ lo: at('2024-01-01T00:00Z'), hi: at('2024-01-01T00:00:01Z') }]);
    expect(unmarked(document, 'date', 'DocumentReference.period-end')).toEqual([{ lo: at('2024-01-03T00:00Z'), hi: at('2024-01-03T00:00:01Z') }]);
    expect(unmarked(document, 'date', 'DocumentReference.period')).toEqual([{ lo: at('2024-01-01T00:00Z'), hi: at('2024-01-03T00:00:01Z') }]);
  });
});

describe('quantity and number entries', () => {
  const ucum = 'http://unitsofmeasure.org';
  const quantities = (valueQuantity: object): [string, number][] => index(observation({ valueQuantity })).quantity.filter(({ param }) => param === 'Observation.value-quantity').map(({ unit, lo }) => [unit, lo]);

  it('the bare number, in canonical units or by its code, and by words where they differ', () => {
    expect(quantities({ value: 120, unit: 'mmHg', system: ucum, code: 'mm[Hg]' })).toEqual([['', 120], ['ucum:g.m-1.s-2', 15998640], ['mmHg', 120]]);
    expect(quantities({ value: 5, unit: 'mg', system: ucum, code: 'mg' })).toEqual([['', 5], ['ucum:g', 0.005]]);
    expect(quantities({ value: 5, unit: 'comprimés' })).toEqual([['', 5], ['comprimés', 5]]);
    expect(quantities({ value: 5 })).toEqual([['', 5]]);
    expect(quantities({ value: 5, system: ucum, code: '[iU]' })).toEqual([['', 5], [`[iU]|${ucum}`, 5]]);
    expect(quantities({ value: 5, unit: 'boîte', code: 'b' })).toEqual([['', 5], ['b|', 5], ['boîte', 5]]);
    expect(quantities({ unit: 'mg' })).toEqual([]);
  });

  it('one value is one point, whatever the digits it was written with', () => {
    const text = '{"resourceType":"Observation","valueQuantity":{"value":1.500}}';
    const [entry] = indexEntries(parseJson(text) as JsonObject, options).quantity.filter(({ param }) => param === 'Observation.value-quantity');
    expect(entry).toMatchObject({ lo: 1.5 });
    expect((entry?.hi ?? 0) - 1.5).toBeGreaterThan(0);
    expect((entry?.hi ?? 0) - 1.5).toBeLessThan(1e-15);
  });

  it.each([
    ['<', 5, -Infinity, 5, false], ['<=', 5, -Infinity, 5, true], ['>', 5, 5, Infinity, false], ['>=', 5, 5, Infinity, true],
  ])('%s%d covers what it says', (comparator, value, from, until, holds) => {
    const [entry] = index(observation({ valueQuantity: { value, comparator } })).quantity as unknown as { lo: number; hi: number }[];
    if (!entry) throw new Error('no entry');
    expect(entry.lo).toBeCloseTo(from, 10);
    expect(entry.hi).toBeCloseTo(until, 10);
    expect(entry.lo <= value && value < entry.hi).toBe(holds);
  });

  it('a range from its low to its high, a sampled series from its least to its greatest', () => {
    const [range] = index({ resourceType: 'RiskAssessment', prediction: [{ probabilityRange: { low: { value: 0.1 }, high: { value: 0.4 } } }] }).number;
    expect(range).toMatchObject({ param: 'RiskAssessment.probability', lo: 0.1 });
    expect(range?.hi).toBeCloseTo(0.4, 12);
    const [series] = index(observation({ valueSampledData: { origin: { value: 10, unit: 'mV' }, factor: 2, upperLimit: 50, data: '1 E 3 U 2' } })).quantity;
    expect(series).toMatchObject({ unit: '', lo: 12 });
    expect(series?.hi).toBeCloseTo(110, 10);
  });

  it('money by its currency', () => {
    const invoice = { resourceType: 'Invoice', totalGross: { value: 12.5, currency: 'EUR' } };
    expect(index(invoice).quantity.map(({ param, unit, lo }) => [param, unit, lo])).toEqual([['Invoice.totalgross', '', 12.5], ['Invoice.totalgross', 'EUR|urn:iso:std:iso:4217', 12.5]]);
  });
});

describe('composite entries', () => {
  const pressure = observation({
    code: { coding: [{ system: 'l', code: '85354-9' }] },
    component: [
      { code: { coding: [{ system: 'l', code: '8480-6' }] }, valueQuantity: { value: 120, unit: 'mmHg' } },
      { code: { coding: [{ system: 'l', code: '8462-4' }] }, valueQuantity: { value: 80, unit: 'mmHg' } },
    ],
  });
  it('pair the values of one element only', () => {
    const pairs = index(pressure).composite.filter(({ param }) => param === 'Observation.component-code-value-quantity').map(({ code, second }) => [code, second.kind === 'quantity' ? second.lo : undefined]);
    expect(pairs).toEqual([['8480-6', 120], ['8480-6', 120], ['8462-4', 80], ['8462-4', 80]]);
    expect(index(pressure).composite.filter(({ param }) => param === 'Observation.code-value-quantity')).toEqual([]);
    expect(index(pressure).composite).toHaveLength(4);
  });
  it.each([
    ['code-value-string', { valueString: 'Élevé' }, { kind: 'string', folded: 'eleve' }],
    ['code-value-concept', { valueCodeableConcept: { coding: [{ system: 's', code: 'c' }] } }, { kind: 'token', system: 's', code: 'c' }],
    ['code-value-date', { valueDateTime: '2024-01-01T00:00:00Z' }, { kind: 'date', lo: Date.UTC(2024, 0, 1), hi: Date.UTC(2024, 0, 1) + 1000 }],
  ])('%s', (code, value, second) => expect(unmarked(observation({ ...value, code: { coding: [{ system: 'l', code: '1' }] } }), 'composite', `Observation.${code}`)).toEqual([{ system: 'l', code: '1', second }]));

  it('the relation of documents with the reference as its text', () => {
    const document = { resourceType: 'DocumentReference', relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/1' } }] };
    expect(unmarked(document, 'composite', 'DocumentReference.relationship')).toEqual([{ system: '', code: 'replaces', second: { kind: 'token', system: '', code: 'DocumentReference/1' } }]);
    expect(unmarked(document, 'token', 'DocumentReference.relation')).toEqual([{ system: '', code: 'replaces' }]);
  });
});

describe('sort marks', () => {
  const marks = (kind: Kind, param: string, resource: object): unknown[] => of(resource, kind, param).map((entry) => (entry as { mark?: number }).mark);
  it('the only value is both ends', () => expect(marks('token', 'Observation.status', observation({}))).toEqual([3]));
  it('the least and the greatest, nothing between', () => {
    const patient = { resourceType: 'Patient', name: [{ given: ['Béa', 'Zoé', 'Anne'] }] };
    expect(marks('string', 'Patient.given', patient)).toEqual([undefined, 2, 1]);
  });
  it('dates by their start and by their end', () => {
    const event = { resourceType: 'ServiceRequest', occurrenceTiming: { event: ['2024-02-01'] }, authoredOn: '2024-03-01' };
    expect(marks('date', 'ServiceRequest.occurrence', event)).toEqual([3]);
    const account = { resourceType: 'CareTeam', period: { start: '2020', end: '2024' } };
    expect(marks('date', 'CareTeam.date', account)).toEqual([3]);
  });
  it('quantities in canonical units', () => {
    const weights = observation({ component: [{ code: {}, valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'g' } }, { code: {}, valueQuantity: { value: 500, system: 'http://unitsofmeasure.org', code: 'mg' } }] });
    const marked = index(weights).quantity.filter((entry) => entry.param === 'Observation.component-value-quantity' && entry.mark !== undefined).map(({ unit, lo, mark }) => [unit, lo, mark]);
    expect(marked.sort()).toEqual([['ucum:g', 0.5, 1], ['ucum:g', 1, 2]]);
  });
  it('never on what is contained, or on a concept in words only', () => {
    expect(marks('token', 'Patient.gender', observation({ contained: [{ resourceType: 'Patient', id: 'p', gender: 'male' }] }))).toEqual([undefined]);
    expect(marks('token', 'Observation.code', observation({}))).toEqual([undefined]);
  });
});

it('the same value said twice is one entry', () => {
  const twice = observation({ category: [{ coding: [{ system: 's', code: 'a' }] }, { coding: [{ system: 's', code: 'a' }] }], performer: [{ reference: 'Practitioner/1' }, { reference: 'Practitioner/1' }] });
  expect(of(twice, 'token', 'Observation.category')).toEqual([{ system: 's', code: 'a', mark: 3 }]);
  expect(of(twice, 'reference', 'Observation.performer')).toHaveLength(1);
});

it('a profile with a version is found without it too; a source as it is', () => {
  const resource = observation({ meta: { profile: ['http://p|1.0'], source: 'https://x/y#z' } });
  expect(unmarked(resource, 'uri', 'Observation._profile')).toEqual([{ value: 'http://p|1.0' }, { value: 'http://p' }]);
  expect(unmarked(resource, 'uri', 'Observation._source')).toEqual([{ value: 'https://x/y#z' }]);
});

describe('the main date', () => {
  it.each([
    [{ resourceType: 'Observation', effectivePeriod: { start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' } }, Date.UTC(2024, 0, 1)],
    [{ resourceType: 'Observation', effectivePeriod: { end: '2025-01-01T00:00:00Z' } }, Date.UTC(2025, 0, 1) + 1000],
    [{ resourceType: 'DocumentReference', date: '2024-05-01T10:00:00Z' }, Date.UTC(2024, 4, 1, 10)],
    [{ resourceType: 'Condition', onsetDateTime: '2020-05-01T10:00:00Z', recordedDate: '2021-01-01' }, Date.UTC(2020, 4, 1, 10)],
    [{ resourceType: 'Observation' }, -8_640_000_000_000_000],
    [{ resourceType: 'Organization', name: 'x' }, -8_640_000_000_000_000],
  ])('%j', (resource, expected) => expect(index(resource).mainDate).toBe(expected));
});

it('a resource with 50,000 references is indexed whole', () => {
  const group = { resourceType: 'Group', member: Array.from({ length: 50_000 }, (_, at) => ({ entity: { reference: `Patient/${at}` } })) };
  expect(index(group).reference).toHaveLength(50_000);
});

describe('what multiplies is bounded before it is made', () => {
  const codes = (prefix: string, count: number): object[] => Array.from({ length: count }, (_, at) => ({ system: 's', code: `${prefix}${at}` }));
  const combined = (count: number): object => observation({ code: { coding: codes('a', count) }, valueCodeableConcept: { coding: codes('b', count) } });
  const practitioner = (family: string): object => ({ resourceType: 'Practitioner', name: [{ family }] });

  it('codes beside values: some are found, very many are refused', () => {
    expect(of(combined(20), 'composite', 'Observation.code-value-concept')).toHaveLength(400);
    expect(() => index(combined(400))).toThrow(/combinations of values/);
    expect(() => index({ resourceType: 'MolecularSequence', coordinateSystem: 0, referenceSeq: { referenceSeqId: { coding: codes('r', 1500) }, strand: 'watson' }, variant: Array.from({ length: 1500 }, (_, start) => ({ start, end: start + 1 })) })).toThrow(/combinations of values/);
  });
  it('one code beside each of many components is no multiplication', () => {
    const component = Array.from({ length: 12_000 }, (_, at) => ({ code: { coding: [{ system: 's', code: `c${at}` }] }, valueQuantity: { value: at } }));
    expect(of(observation({ component }), 'composite', 'Observation.component-code-value-quantity').length).toBeGreaterThanOrEqual(12_000);
  });
  it('ends of a family name', () => {
    expect(of(practitioner('de la tour du pin chambly de la charce'), 'string', 'Practitioner.family')).toHaveLength(9);
    expect(() => index(practitioner('a '.repeat(120_000)))).toThrow(/ends of family names/);
    expect(() => index(practitioner(`${'a'.repeat(200_000)} b`))).toThrow(/ends of family names/);
  });
});
