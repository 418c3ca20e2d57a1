import fc from 'fast-check';
import { Failure } from '../../src/fhir/failure';
import { parseSearch, type ParsedSearch, type SearchOptions } from '../../src/search/query';
import type { Clause } from '../../src/search/plan';

const options: SearchOptions = {
  handling: 'strict', bases: ['https://server.example/fhir'], timeZone: 'Europe/Paris', now: Date.parse('2026-01-01T00:00:00Z'), page: { default: 20, max: 200 },
};
const parse = (type: string, query: string, more: Partial<SearchOptions> = {}): ParsedSearch => parseSearch(type, query, { ...options, ...more });
const where = (type: string, query: string): Clause => parse(type, query).plan.where;
const at = (text: string): number => Date.parse(text);

function refused(type: string, query: string, more: Partial<SearchOptions> = {}): Failure {
  try {
    parse(type, query, more);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error(`${type}?${query} was taken`);
}

const token = (param: string, value: object): object => ({ kind: 'token', param, ...value });
const string = (param: string, match: string, text: string): object => ({ kind: 'string', param, match, text });

describe('token', () => {
  it.each([
    ['identifier=urn:oid:1.2|7', token('Patient.identifier', { system: 'urn:oid:1.2', code: '7' })],
    ['identifier=urn%3Aoid%3A1.2%7C7', token('Patient.identifier', { system: 'urn:oid:1.2', code: '7' })],
    ['identifier=7', token('Patient.identifier', { code: '7' })],
    ['identifier=|7', token('Patient.identifier', { system: '', code: '7' })],
    ['identifier=urn:oid:1.2|', token('Patient.identifier', { system: 'urn:oid:1.2' })],
    ['identifier=a%5C%7Cb|7', token('Patient.identifier', { system: 'a|b', code: '7' })],
    ['identifier=a\\,b', token('Patient.identifier', { code: 'a,b' })],
    ['identifier=a\\\\b\\$', token('Patient.identifier', { code: 'a\\b$' })],
    ['identifier=a+b%2Bc', token('Patient.identifier', { code: 'a b+c' })],
    ['identifier=7,8', { kind: 'or', of: [token('Patient.identifier', { code: '7' }), token('Patient.identifier', { code: '8' })] }],
    ['gender=male', token('Patient.gender', { code: 'male' })],
    ['gender=http://hl7.org/fhir/administrative-gender|male', token('Patient.gender', { system: '', code: 'male' })],
    ['gender=http://hl7.org/fhir/administrative-gender|', { kind: 'missing', param: 'Patient.gender', valueKind: 'token', missing: false }],
    ['gender=http://other|male', token('Patient.gender', { system: 'http://other', code: 'male' })],
    ['gender:not=male,female', { kind: 'not', of: { kind: 'or', of: [token('Patient.gender', { code: 'male' }), token('Patient.gender', { code: 'female' })] } }],
    ['gender:missing=true', { kind: 'missing', param: 'Patient.gender', valueKind: 'token', missing: true }],
    ['language:text=Français', string('Patient.language:text', 'starts', 'francais')],
    ['identifier:of-type=http://t|PI|7', token('Patient.identifier:of-type', { system: 'http://t', code: 'PI|7' })],
    ['_tag=s|t', token('Patient._tag', { system: 's', code: 't' })],
    ['_security=R', token('Patient._security', { code: 'R' })],
    ['active=true&gender=male', { kind: 'and', of: [token('Patient.active', { code: 'true' }), token('Patient.gender', { code: 'male' })] }],
  ])('%s', (query, clause) => expect(where('Patient', query)).toEqual(clause));

  it.each(['identifier=a|b|c', 'identifier=|', 'identifier=', 'identifier=,', 'identifier:of-type=a|b', 'identifier:of-type=a||c', 'gender:missing=perhaps', 'gender:exact=male', 'gender:in=http://vs', 'gender:below=x', 'gender:not:missing=true'])(
    'refuses %s', (query) => expect(refused('Patient', query).failure).toBe('bad-parameter'));
});

describe('string', () => {
  it.each([
    ['family=Dupont-Martin', string('Patient.family', 'starts', 'dupontmartin')],
    ['family:exact=Dupont-Martin', string('Patient.family', 'exact', 'Dupont-Martin')],
    ['family:contains=PON', string('Patient.family', 'contains', 'pon')],
    ['name=%C3%89lo%C3%AFse', string('Patient.name', 'starts', 'eloise')],
    ['name=.*%5B', string('Patient.name', 'starts', '.*[')],
    ['name=%25', string('Patient.name', 'starts', '%')],
  ])('%s', (query, clause) => expect(where('Patient', query)).toEqual(clause));
});

describe('reference', () => {
  const reference = (param: string, target: object): object => ({ kind: 'reference', param, target });
  it.each([
    ['Observation', 'subject=Patient/1', reference('Observation.subject', { form: 'local', type: 'Patient', id: '1' })],
    ['Observation', 'subject=1', reference('Observation.subject', { form: 'local', id: '1' })],
    ['Observation', 'patient=1', reference('Observation.patient', { form: 'local', type: 'Patient', id: '1' })],
    ['Observation', 'subject:Patient=1', reference('Observation.subject', { form: 'local', type: 'Patient', id: '1' })],
    ['Observation', 'subject:Patient=Patient/1', reference('Observation.subject', { form: 'local', type: 'Patient', id: '1' })],
    ['Observation', 'subject=Patient/1/_history/2', reference('Observation.subject', { form: 'local', type: 'Patient', id: '1', version: '2' })],
    ['Observation', 'subject=https://server.example/fhir/Patient/1', reference('Observation.subject', { form: 'local', type: 'Patient', id: '1' })],
    ['Observation', 'subject=https://other.example/Patient/1', reference('Observation.subject', { form: 'absolute', url: 'https://other.example/Patient/1' })],
    ['Observation', 'subject=urn:uuid:5', reference('Observation.subject', { form: 'absolute', url: 'urn:uuid:5' })],
    ['Observation', 'subject:identifier=urn:oid:1.2|7', reference('Observation.subject', { form: 'logical', system: 'urn:oid:1.2', value: '7' })],
    ['Observation', 'subject:identifier=7', reference('Observation.subject', { form: 'logical', value: '7' })],
    ['Observation', 'subject:missing=false', { kind: 'missing', param: 'Observation.subject', valueKind: 'reference', missing: false }],
    ['QuestionnaireResponse', 'questionnaire=http://example.org/q|2', { kind: 'or', of: [
      reference('QuestionnaireResponse.questionnaire', { form: 'absolute', url: 'http://example.org/q|2' }),
      reference('QuestionnaireResponse.questionnaire', { form: 'canonical', url: 'http://example.org/q', version: '2' })] }],
  ])('%s?%s', (type, query, clause) => expect(where(type, query)).toEqual(clause));

  it.each(['subject=a b', 'subject:Patient=Group/1', 'subject:Nothing=1', 'subject:Practitioner=1', 'subject:exact=1', 'subject=%23contained'])('refuses Observation?%s', (query) => expect(refused('Observation', query).failure).toBe('bad-parameter'));
});

describe('date', () => {
  const date = (prefix: string, lo: string, hi: string): object => ({ kind: 'date', param: 'Observation.date', compare: { prefix, lo: at(lo), hi: at(hi) } });
  it.each([
    ['date=2024-07-14', date('eq', '2024-07-13T22:00Z', '2024-07-14T22:00Z')],
    ['date=ge2024', date('ge', '2023-12-31T23:00Z', '2024-12-31T23:00Z')],
    ['date=lt2024-01-01T10:00:00%2B01:00', date('lt', '2024-01-01T09:00Z', '2024-01-01T09:00:01Z')],
    ['date=lt2024-01-01T10:00:00+01:00', date('lt', '2024-01-01T09:00Z', '2024-01-01T09:00:01Z')],
    ['date=sa2024-01-01T10:00Z', date('sa', '2024-01-01T10:00Z', '2024-01-01T10:01Z')],
    ['date=ne2024-01', date('ne', '2023-12-31T23:00Z', '2024-01-31T23:00Z')],
    ['date=ap2025-12-22T00:00:00Z', date('ap', '2025-12-21T00:00:00.100Z', '2025-12-23T00:00:00.900Z')],
    ['date=ap2026-01-01T00:00:00Z', date('ap', '2026-01-01T00:00Z', '2026-01-01T00:00:01Z')],
  ])('%s', (query, clause) => expect(where('Observation', query)).toEqual(clause));
  it('_lastUpdated', () => expect(where('Observation', '_lastUpdated=gt2024-01-01T00:00:00Z')).toEqual({ kind: 'lastUpdated', compare: { prefix: 'gt', lo: at('2024-01-01T00:00Z'), hi: at('2024-01-01T00:00:01Z') } }));
  it.each(['date=yesterday', 'date=2024-02-30', 'date=xx2024', 'date=gtgt2024', 'date:exact=2024', '_lastUpdated=soon', '_lastUpdated:missing=yes', '_lastUpdated:not=2024'])('refuses %s', (query) => expect(refused('Observation', query).failure).toBe('bad-parameter'));

  it('always asks for an interval that its prefix begins, in order', () => {
    const prefixes = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];
    fc.assert(fc.property(fc.constantFrom(...prefixes), fc.integer({ min: 1900, max: 2100 }), fc.option(fc.integer({ min: 1, max: 12 })), (prefix, year, month) => {
      const clause = where('Observation', `date=${prefix}${year}${month === null ? '' : `-${String(month).padStart(2, '0')}`}`);
      if (clause.kind !== 'date') throw new Error('not a date');
      expect(clause.compare.prefix).toBe(prefix === '' ? 'eq' : prefix);
      expect(clause.compare.lo).toBeLessThan(clause.compare.hi);
    }));
  });
});

describe('number and quantity', () => {
  const compare = (query: string, type = 'RiskAssessment'): unknown => {
    const clause = where(type, query);
    return 'compare' in clause ? clause.compare : clause;
  };
  it('equal to the precision that is stated, beyond exactly', () => {
    expect(compare('probability=0.5')).toEqual({ prefix: 'eq', lo: 0.45, hi: 0.55 });
    expect(compare('probability=ne0.50')).toEqual({ prefix: 'ne', lo: 0.495, hi: 0.505 });
    expect(compare('probability=gt0.5')).toMatchObject({ prefix: 'gt', lo: 0.5 });
    expect((compare('probability=gt0.5') as { hi: number }).hi).toBeCloseTo(0.5, 14);
    expect(compare('probability=ap0.5')).toMatchObject({ prefix: 'ap', lo: 0.45 });
  });
  it('in canonical units where there are some', () => {
    expect(where('Observation', 'value-quantity=5.4|http://unitsofmeasure.org|mg')).toEqual({ kind: 'quantity', param: 'Observation.value-quantity', unit: 'ucum:g', compare: { prefix: 'eq', lo: 0.00535, hi: 0.00545 } });
    expect(where('Observation', 'value-quantity=ge5|http://unitsofmeasure.org|[iU]')).toMatchObject({ unit: '[iU]|http://unitsofmeasure.org' });
    expect(where('Observation', 'value-quantity=ge5|http://other|mg')).toMatchObject({ unit: 'mg|http://other' });
  });
  it('a unit without system is a code or the words', () => {
    const units = (query: string): unknown => (where('Observation', query) as unknown as { of: { unit: string }[] }).of.map(({ unit }) => unit);
    expect(units('value-quantity=5||mg')).toEqual(['mg', 'mg|', 'mg|http://snomed.info/sct', 'mg|urn:iso:std:iso:4217', 'ucum:g']);
    expect(units('value-quantity=5||[iU]')).toEqual(['[iU]', '[iU]|', '[iU]|http://snomed.info/sct', '[iU]|urn:iso:std:iso:4217', '[iU]|http://unitsofmeasure.org']);
  });
  it('no unit: the number as written', () => expect(where('Observation', 'value-quantity=5')).toEqual({ kind: 'quantity', param: 'Observation.value-quantity', unit: '', compare: { prefix: 'eq', lo: 4.5, hi: 5.5 } }));
  it.each(['value-quantity=x', 'value-quantity=5|mg', 'value-quantity=5|http://u|', 'value-quantity=5|a|b|c', 'value-quantity=ge', 'value-quantity:exact=5'])('refuses %s', (query) => expect(refused('Observation', query).failure).toBe('bad-parameter'));
  it.each(['probability=half', 'probability='])('refuses %s', (query) => expect(refused('RiskAssessment', query).failure).toBe('bad-parameter'));
});

describe('uri', () => {
  it.each([['_profile=http://p', 'exact'], ['_profile:below=http://p', 'below'], ['_profile:above=http://p', 'above']])('%s', (query, match) =>
    expect(where('Patient', query)).toEqual({ kind: 'uri', param: 'Patient._profile', match, value: 'http://p' }));
  it('_source', () => expect(where('Patient', '_source=urn:x')).toMatchObject({ kind: 'uri', param: 'Patient._source' }));
});

describe('composite', () => {
  it.each([
    ['Observation', 'code-value-quantity=http://loinc.org|8480-6$gt120', { kind: 'composite', param: 'Observation.code-value-quantity', system: 'http://loinc.org', code: '8480-6', second: { kind: 'quantity', unit: '', compare: expect.objectContaining({ prefix: 'gt', lo: 120 }) as unknown } }],
    ['Observation', 'code-value-string=1$Élevé', { kind: 'composite', param: 'Observation.code-value-string', code: '1', second: { kind: 'string', match: 'starts', text: 'eleve' } }],
    ['Observation', 'code-value-concept=1$s|c', { kind: 'composite', param: 'Observation.code-value-concept', code: '1', second: { kind: 'token', system: 's', code: 'c' } }],
    ['Observation', 'code-value-date=1$2024', { kind: 'composite', param: 'Observation.code-value-date', code: '1', second: { kind: 'date', compare: { prefix: 'eq', lo: at('2023-12-31T23:00Z'), hi: at('2024-12-31T23:00Z') } } }],
    ['DocumentReference', 'relationship=replaces$1', { kind: 'composite', param: 'DocumentReference.relationship', code: 'replaces', second: { kind: 'token', code: 'DocumentReference/1' } }],
    ['DocumentReference', 'relationship=replaces$DocumentReference/1', { kind: 'composite', param: 'DocumentReference.relationship', code: 'replaces', second: { kind: 'token', code: 'DocumentReference/1' } }],
  ])('%s?%s', (type, query, clause) => expect(where(type, query)).toEqual(clause));
  it.each(['code-value-quantity=8480-6', 'code-value-quantity=a$1$2', 'code-value-quantity=s|$1', 'code-value-quantity=$1', 'code-value-quantity=a$x', 'code-value-quantity:missing=true'])('refuses %s', (query) =>
    expect(refused('Observation', query).failure).toBe('bad-parameter'));
});

describe('combo parameters ask their two parts', () => {
  const coded = (param: string): object => token(param, { code: 'a' });
  const absent = (param: string, missing: boolean): object => ({ kind: 'missing', param, valueKind: 'token', missing });
  it.each([
    ['combo-code=a', { kind: 'or', of: [coded('Observation.code'), coded('Observation.component-code')] }],
    ['combo-code:not=a', { kind: 'not', of: { kind: 'or', of: [coded('Observation.code'), coded('Observation.component-code')] } }],
    ['combo-code:text=a', { kind: 'or', of: [string('Observation.code:text', 'starts', 'a'), string('Observation.component-code:text', 'starts', 'a')] }],
    ['combo-code:missing=true', { kind: 'and', of: [absent('Observation.code', true), absent('Observation.component-code', true)] }],
    ['combo-code:missing=false', { kind: 'or', of: [absent('Observation.code', false), absent('Observation.component-code', false)] }],
    ['combo-code-value-concept=a$b', { kind: 'or', of: ['Observation.code-value-concept', 'Observation.component-code-value-concept'].map((param) => ({ kind: 'composite', param, code: 'a', second: { kind: 'token', code: 'b' } })) }],
  ])('%s', (query, clause) => expect(where('Observation', query)).toEqual(clause));
  it('and are not sorted by', () => expect(refused('Observation', '_sort=combo-code').failure).toBe('bad-parameter'));
});

describe('_id', () => {
  it.each([
    ['_id=a,b', { kind: 'ids', ids: ['a', 'b'] }], ['_id=not an id', { kind: 'none' }], ['_id:not=a', { kind: 'not', of: { kind: 'ids', ids: ['a'] } }],
  ])('%s', (query, clause) => expect(where('Patient', query)).toEqual(clause));
});

describe('chains and _has', () => {
  const chain = (param: string, target: string, clause: object): object => ({ kind: 'chain', param, targets: [target], where: clause });
  it.each([
    ['DocumentReference', 'patient.identifier=s|7', chain('DocumentReference.patient', 'Patient', token('Patient.identifier', { system: 's', code: '7' }))],
    ['Observation', 'subject:Patient.family:exact=X', chain('Observation.subject', 'Patient', string('Patient.family', 'exact', 'X'))],
    ['Observation', 'subject:Patient._id=1', chain('Observation.subject', 'Patient', { kind: 'ids', ids: ['1'] })],
    ['DocumentReference', 'encounter.service-provider.name=H', chain('DocumentReference.encounter', 'Encounter', chain('Encounter.service-provider', 'Organization', string('Organization.name', 'starts', 'h')))],
    ['Patient', '_has:Observation:patient:code=c', { kind: 'has', type: 'Observation', param: 'Observation.patient', where: token('Observation.code', { code: 'c' }) }],
    ['Patient', '_has:Observation:patient:_has:Provenance:target:recorded=2024', { kind: 'has', type: 'Observation', param: 'Observation.patient', where: { kind: 'has', type: 'Provenance', param: 'Provenance.target', where: expect.objectContaining({ param: 'Provenance.recorded' }) as unknown } }],
    ['Patient', '_has:Observation:patient:encounter.class=AMB', { kind: 'has', type: 'Observation', param: 'Observation.patient', where: chain('Observation.encounter', 'Encounter', token('Encounter.class', { code: 'AMB' })) }],
    ['Observation', 'patient._has:Group:member:_id=9', chain('Observation.patient', 'Patient', { kind: 'has', type: 'Group', param: 'Group.member', where: { kind: 'ids', ids: ['9'] } })],
  ])('%s?%s', (type, query, clause) => expect(where(type, query)).toEqual(clause));

  it('a hop to several types asks each for what it knows', () => {
    const clause = where('DocumentReference', 'author.family=M') as unknown as { kind: string; of: { targets: string[] }[] };
    expect(clause.kind).toBe('or');
    expect(clause.of.map(({ targets }) => targets[0]).sort()).toEqual(['Patient', 'Practitioner']);
  });

  it.each([
    ['DocumentReference', 'patient.foo=1', 'unknown-parameter'], ['DocumentReference', 'patient.name.family=1', 'bad-parameter'], ['DocumentReference', 'status.code=1', 'bad-parameter'],
    ['DocumentReference', 'patient:Group.name=1', 'bad-parameter'], ['Patient', '_has:Observation:patient=1', 'bad-parameter'], ['Patient', '_has:Nothing:patient:code=1', 'bad-parameter'],
    ['Patient', '_has:Observation:foo:code=1', 'unknown-parameter'], ['Patient', '_has:Observation:encounter:code=1', 'bad-parameter'], ['Patient', '_has:Observation:patient:foo=1', 'unknown-parameter'], ['Patient', '_has=1', 'unknown-parameter'],
    ['DocumentReference', 'patient.=1', 'unknown-parameter'], ['DocumentReference', '.=1', 'unknown-parameter'], ['DocumentReference', 'patient.__proto__=1', 'unknown-parameter'],
  ])('refuses %s?%s as %s', (type, query, failure) => expect(refused(type, query).failure).toBe(failure));
});

describe('unknown parameters', () => {
  it.each(['name[$ne]=1', 'foo=1', '=1', 'constructor=1', '__proto__=1', 'near=1', 'Name=x', 'name%00=x'])('refuses %s', (query) => expect(refused('Patient', query)).toMatchObject({ failure: 'unknown-parameter', status: 400 }));
  it('are ignored and named when the caller is lenient, and are not in the self link', () => {
    const found = parse('Patient', 'foo=1&gender=male&patient.bar=2&%3Cscript%3E=1', { handling: 'lenient' });
    expect(found.ignored).toEqual(['foo', 'patient.bar', '?script?']);
    expect(found.self).toBe('gender=male');
    expect(found.plan.where).toEqual(token('Patient.gender', { code: 'male' }));
  });
  it.each(['gender:exact=x', 'birthdate=x', '_count=x', '_sort=foo', '_include=foo', '_summary:foo=x'])('do not include %s: it is refused even when the caller is lenient', (query) =>
    expect(refused('Patient', query, { handling: 'lenient' })).toMatchObject({ failure: 'bad-parameter', status: 400 }));
  it.each([['%zz=1', '"?zz"'], ['name=%E9', '"name"'], ['name=%', '"name"'], ['name=Karadec%E9', '"name"']])('a broken escape in %s is refused by the name of its parameter, and its value not repeated', (query, name) => {
    const { failure, message } = refused('Patient', query, { handling: 'lenient' });
    expect([failure, message]).toEqual(['bad-parameter', expect.stringContaining(name)]);
    expect(message).not.toContain('Karadec');
  });
  it('nothing asked is everything', () => {
    expect(where('Patient', '')).toEqual({ kind: 'all' });
    expect(where('Patient', '&&')).toEqual({ kind: 'all' });
  });
});

/** Types of R4 that have a URL and a version to be searched by. */
const definitions = ['ActivityDefinition', 'CapabilityStatement', 'CodeSystem', 'CompartmentDefinition', 'ConceptMap', 'GraphDefinition', 'ImplementationGuide', 'MessageDefinition', 'OperationDefinition', 'SearchParameter',
  'StructureDefinition', 'StructureMap', 'TerminologyCapabilities', 'ValueSet', 'ChargeItemDefinition', 'EffectEvidenceSynthesis', 'EventDefinition', 'Evidence', 'EvidenceVariable', 'ExampleScenario', 'Library', 'Measure',
  'PlanDefinition', 'Questionnaire', 'ResearchDefinition', 'ResearchElementDefinition', 'RiskEvidenceSynthesis', 'TestScript'];

describe('result parameters', () => {
  it.each([
    ['', 20, 'if-cheap'], ['_count=5', 5, 'if-cheap'], ['_count=5000', 200, 'if-cheap'], ['_count=0', 0, 'accurate'], ['_summary=count', 0, 'accurate'], ['_total=none', 20, 'none'], ['_total=accurate&_count=1', 1, 'accurate'], ['_total=estimate', 20, 'estimate'],
  ])('%j gives pages of %d, total %s', (query, count, total) => expect(parse('Patient', query).plan).toMatchObject({ page: { count }, total }));

  it('_sort, several keys', () => expect(parse('Observation', '_sort=-date,_id,-_lastUpdated,value-quantity').plan.sort).toEqual([
    { by: { param: 'Observation.date', valueKind: 'date' }, descending: true }, { by: '_id', descending: false }, { by: '_lastUpdated', descending: true },
    { by: { param: 'Observation.value-quantity', valueKind: 'quantity' }, descending: false },
  ]));

  it.each([
    ['_include=DocumentReference:patient', { direction: 'include', sourceType: 'DocumentReference', param: 'DocumentReference.patient', iterate: false }],
    ['_include=DocumentReference:author:Practitioner', { direction: 'include', sourceType: 'DocumentReference', param: 'DocumentReference.author', targetType: 'Practitioner', iterate: false }],
    ['_include:iterate=PractitionerRole:practitioner', { direction: 'include', sourceType: 'PractitionerRole', param: 'PractitionerRole.practitioner', iterate: true }],
    ['_include=*', { direction: 'include', sourceType: 'DocumentReference', param: '*', iterate: false }],
    ['_revinclude=*', { direction: 'revinclude', sourceType: '*', param: '*', definitions, iterate: false }],
    ['_include:iterate=*', { direction: 'include', sourceType: '*', param: '*', definitions, iterate: true }],
    ['_include=QuestionnaireResponse:questionnaire', { direction: 'include', sourceType: 'QuestionnaireResponse', param: 'QuestionnaireResponse.questionnaire', definitions: ['Questionnaire'], iterate: false }],
    ['_revinclude=QuestionnaireResponse:*', { direction: 'revinclude', sourceType: 'QuestionnaireResponse', param: '*', definitions: ['Questionnaire'], iterate: false }],
    ['_include=CarePlan:instantiates-canonical:Measure', { direction: 'include', sourceType: 'CarePlan', param: 'CarePlan.instantiates-canonical', targetType: 'Measure', definitions: ['Measure'], iterate: false }],
    ['_include=CarePlan:instantiates-canonical:ValueSet', { direction: 'include', sourceType: 'CarePlan', param: 'CarePlan.instantiates-canonical', targetType: 'ValueSet', iterate: false }],
    ['_revinclude:iterate=*', { direction: 'revinclude', sourceType: '*', param: '*', definitions, iterate: true }],
    ['_include=DocumentReference:*', { direction: 'include', sourceType: 'DocumentReference', param: '*', iterate: false }],
    ['_revinclude=Provenance:target', { direction: 'revinclude', sourceType: 'Provenance', param: 'Provenance.target', iterate: false }],
    ['_revinclude:iterate=Provenance:target', { direction: 'revinclude', sourceType: 'Provenance', param: 'Provenance.target', iterate: true }],
  ])('%s', (query, include) => expect(parse('DocumentReference', query).plan.includes).toEqual([include]));

  it('_summary and _elements', () => {
    expect(parse('Patient', '_summary=text').summary).toBe('text');
    expect(parse('Patient', '_elements=name,birthDate').elements).toEqual(['name', 'birthDate']);
    expect(parse('Patient', '_format=json&_pretty=true&_contained=false').plan).toEqual(parse('Patient', '').plan);
  });

  it.each([
    '_count=-1', '_count=1.5', '_count=1&_count=2', '_count=', '_total=some', '_summary=all', '_sort=foo', '_sort=-', '_sort=code-value-quantity', '_sort:desc=date', '_include=Observation:foo', '_include=Foo:bar', '_include=Observation', '_include=Observation:code',
    '_include=Observation:subject:Foo', '_include=a:b:c:d', '_elements=a b', '_contained=some', '_include:recurse=*',
  ])('refuses %s', (query) => expect(refused('Observation', query).failure).toBe('bad-parameter'));
});

describe('what it may cost', () => {
  const many = (count: number, part: string, joint: string): string => Array.from({ length: count }, () => part).join(joint);
  it.each([
    ['criteria', 'Patient', many(41, 'active=true', '&'), '40'],
    ['alternatives', 'Patient', `identifier=${many(501, 'a', ',')}`, '500'],
    ['hops', 'Organization', `${many(5, 'partof', '.')}.name=x`, '4'],
    ['hops of _has', 'Organization', `${many(5, '_has:Organization:partof', ':')}:name=x`, '4'],
    ['includes', 'Observation', many(21, '_include=Observation:subject', '&'), '20'],
    ['sort keys', 'Observation', '_sort=date,code,status,_id,_lastUpdated,category', '5'],
    ['types of one hop', 'Provenance', 'target.identifier=7', '12'],
  ])('%s are limited, and the limit is named', (_, type, query, limit) => {
    const failure = refused(type, query, { handling: 'lenient' });
    expect(failure).toMatchObject({ failure: 'too-costly', status: 422 });
    expect(failure.message).toContain(limit);
  });
  it('just below, all is well', () => {
    expect(parse('Patient', many(40, 'active=true', '&')).honoured).toHaveLength(40);
    expect(parse('Organization', `${many(4, 'partof', '.')}.name=x`).ignored).toEqual([]);
    expect(parse('Provenance', 'target:Patient.identifier=7').ignored).toEqual([]);
  });
  it('a caller of this module may set its own limits', () => expect(refused('Patient', 'active=true&active=true', { budget: { criteria: 1 } }).failure).toBe('too-costly'));
});

describe('the self link', () => {
  const matricule = '279035121518989';
  it.each([
    ['Patient', `identifier=urn:oid:1.2.250.1.213.1.4.10|${matricule}`, 'identifier=urn:oid:1.2.250.1.213.1.4.10%7Cwithheld'],
    ['Patient', `identifier=${matricule}&_count=5`, 'identifier=withheld&_count=5'],
    ['Patient', 'identifier=urn:oid:1.2|', 'identifier=urn:oid:1.2%7C'],
    ['DocumentReference', `patient.identifier=urn:oid:1.2.250.1.213.1.4.8|${matricule}&status=current`, 'patient.identifier=urn:oid:1.2.250.1.213.1.4.8%7Cwithheld&status=current'],
    ['DocumentReference', `patient:identifier=a|1,b|2`, 'patient:identifier=a%7C1,b%7C2'],
    ['DocumentReference', `patient:identifier=a|1,urn:oid:1.2.250.1.213.1.4.9|2`, 'patient:identifier=a%7C1,urn:oid:1.2.250.1.213.1.4.9%7Cwithheld'],
    ['Observation', `subject:Patient.identifier=77`, 'subject:Patient.identifier=77'],
    ['Observation', `subject:Patient.identifier=${matricule.slice(0, 13)}`, 'subject:Patient.identifier=withheld'],
    ['Patient', 'identifier=http://hospital.example/ipp|8001', 'identifier=http://hospital.example/ipp%7C8001'],
    ['Patient', `identifier=http://hospital.example/ipp|${matricule}`, 'identifier=http://hospital.example/ipp%7Cwithheld'],
    ['Patient', `identifier=|${matricule}`, 'identifier=%7Cwithheld'],
    ['Patient', 'identifier=2 79 03 51 215 189 89', 'identifier=withheld'],
    ['Patient', 'identifier=8001,2790351215189', 'identifier=8001,withheld'],
    ['Patient', 'identifier=URN:OID:1.2.250.1.213.1.4.2|0000000000000000000001', 'identifier=URN:OID:1.2.250.1.213.1.4.2%7Cwithheld'],
    ['Patient', 'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|8001', 'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203%7CMR%7C8001'],
    ['Patient', 'identifier:of-type=https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203|INS-NIR|279', 'identifier:of-type=https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203%7CINS-NIR%7Cwithheld'],
    ['Patient', '_filter=identifier eq 8001', '_filter=identifier%20eq%208001'],
    ['Patient', `_filter=identifier eq ${matricule}`, '_filter=withheld'],
    ['Patient', '_filter=identifier eq "2 79 03 51 215 189 89"', '_filter=withheld'],
    ['Patient', '_filter=identifier eq urn:oid:1.2.250.1.213.1.4.8|279', '_filter=withheld'],
    ['Observation', `code=${matricule}`, 'code=withheld'],
    ['Patient', `_has:RelatedPerson:patient:identifier=5`, '_has:RelatedPerson:patient:identifier=5'],
    ['Patient', `_has:RelatedPerson:patient:identifier=urn:oid:1.2.250.1.213.1.4.8|5`, '_has:RelatedPerson:patient:identifier=urn:oid:1.2.250.1.213.1.4.8%7Cwithheld'],
    ['DocumentReference', 'author.identifier=https://rpps.esante.gouv.fr|10101010101', 'author.identifier=https://rpps.esante.gouv.fr%7C10101010101'],
    ['Practitioner', 'identifier=https://rpps.esante.gouv.fr|10101010101', 'identifier=https://rpps.esante.gouv.fr%7C10101010101'],
    ['Patient', 'identifier:missing=true', 'identifier:missing=true'],
  ])('%s?%s', (type, query, self) => {
    const found = parse(type, query);
    expect(found.self).toBe(self);
    expect(found.self).not.toContain(matricule);
    expect(found.withholds).toBe(found.self !== found.query);
  });

  it('read again, gives the same plan where nothing is withheld', () => {
    const value = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/^[,\s]*$/.test(text));
    const pair = fc.tuple(fc.constantFrom('family', 'name:exact', 'address-city', 'gender', 'email:not', '_id', '_profile', 'general-practitioner.name', 'language'), value);
    fc.assert(fc.property(fc.array(pair, { maxLength: 6 }), (pairs) => {
      const query = pairs.map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`).join('&');
      let first: ParsedSearch;
      try {
        first = parse('Patient', query);
      } catch (thrown) {
        if (thrown instanceof Failure) return;
        throw thrown;
      }
      const again = parse('Patient', first.query);
      expect(again.plan).toEqual(first.plan);
      expect(again.query).toBe(first.query);
      if (!first.withholds) expect(first.self).toBe(first.query);
    }));
  });

  it('a failure tells no value, and no national number in a name', () => {
    for (const query of [`birthdate=${matricule}`, `${matricule}=1`, `gender:${matricule}=1`, `identifier=a|b|${matricule}`, `_sort=${matricule}`, `_include=${matricule}`]) {
      const failure = refused('Patient', query);
      expect(JSON.stringify(failure.issues)).not.toContain(matricule);
    }
  });
});

it('never fails but with a failure of the catalogue, whatever it is given', () => {
  const piece = fc.constantFrom('identifier', 'name', ':', '.', '_has:', 'Observation', 'patient', '=', '&', ',', '|', '$', '\\', '%7C', '%', 'ge', '2024', '5', '_sort', '_include', '*', '-', 'subject', '[$ne]', '__proto__', '#', ' ', '+', 'é');
  fc.assert(fc.property(fc.constantFrom('Patient', 'Observation', 'DocumentReference', 'QuestionnaireResponse'), fc.array(piece, { maxLength: 14 }), (type, pieces) => {
    try {
      parse(type, pieces.join(''));
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      expect([400, 422]).toContain(thrown.status);
    }
  }), { numRuns: 2000 });
});
