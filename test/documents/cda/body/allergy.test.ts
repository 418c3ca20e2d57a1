/** Allergies → AllergyIntolerance, by french-interop 6.1 and 6.3; invariants ait-1 and ait-2 of R4. */
import { attributeOf, body, cd, code, coded, comment, entry, french, relation, section, statement, type Body, type StatementOptions } from './body';

interface Allergy extends StatementOptions {
  readonly act?: string;
  readonly kind?: string;
  readonly value?: string;
  readonly agent?: string;
  readonly parts?: string;
  readonly time?: string;
}
const agentOf = (text: string, inner = ''): string => `<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code ${coded(text)}>${inner}</code></playingEntity></participantRole></participant>`;
const observation = ({ kind = 'snomed|416098002|allergie médicamenteuse', value = '', agent = agentOf('atc|N02BE01|Paracétamol'), parts = '', time = '<effectiveTime><low value="20180603"/></effectiveTime>', ...options }: Allergy): string =>
  statement('observation', `<id root="1.2.250.1.999.6" extension="a1"/>${code(kind)}<statusCode code="completed"/>${time}${value}${agent}${parts}`, { templates: french('41'), ...options });
const of = ({ act = 'active', ...options }: Allergy = {}, text = ''): Body =>
  body(section(entry(statement('act', `<statusCode code="${act}"/>${relation('SUBJ', observation(options))}`, { templates: french('40') })), { code: '48765-2', text }));
const manifestation = (value: string, { parts = '', ...options }: StatementOptions & { parts?: string } = {}): string =>
  relation('MFST', statement('observation', `${code('snomed|418799008')}<effectiveTime><low value="20180603"/></effectiveTime>${value}${parts}`, { templates: french('37'), ...options }), ' inversionInd="true"');
const status = (found: Body): string | undefined => found.one('AllergyIntolerance').clinicalStatus?.coding[0].code;

describe('an allergy', () => {
  it('becomes an AllergyIntolerance with every element of the table', () => {
    const mapped = of({
      agent: agentOf('2.16.840.1.113883.6.347|XM5DJ7|PARACETAMOL', '<originalText><reference value="#agent"/></originalText><translation code="60234100" codeSystem="1.2.250.1.213.2.3.1"/>'),
      time: '<effectiveTime><low value="20180603"/><high value="2020"/></effectiveTime>',
      parts: '<text><reference value="#words"/></text>' +
        manifestation(cd('2.16.840.1.113883.6.347|4A80.0|Bronchospasme'), { parts: attributeOf('29', cd('snomed|24484000|grave')) }) + manifestation(cd('snomed|271807003|éruption')) +
        attributeOf('30', cd('allergyStatus|inactive|Inactif')) + attributeOf('171', cd('criticality|confirmed|Confirmé')) + attributeOf('172', cd('criticality|high|Haut')) + comment('Choc en 2018'),
    }, '<content ID="agent">Paracétamol</content><content ID="words">Allergie ancienne</content>');
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    expect(mapped.one('AllergyIntolerance')).toEqual({
      resourceType: 'AllergyIntolerance',
      identifier: [{ system: 'urn:oid:1.2.250.1.999.6', value: 'a1' }],
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'inactive', display: 'Inactif' }] },
      verificationStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification', code: 'confirmed' }] },
      type: 'allergy',
      category: ['medication'],
      criticality: 'high',
      code: {
        coding: [{ system: 'http://id.who.int/icd/release/11/mms', code: 'XM5DJ7', display: 'PARACETAMOL' }, { system: 'https://smt.esante.gouv.fr/terminologie-bdpm', code: '60234100' }],
        text: 'Paracétamol',
      },
      patient: { reference: 'Patient/p' },
      onsetPeriod: { start: '2018-06-03', end: '2020' },
      recorder: { reference: 'PractitionerRole/header' },
      note: [{ text: 'Allergie ancienne' }, { text: 'Choc en 2018' }],
      reaction: [
        { manifestation: [{ coding: [{ system: 'http://id.who.int/icd/release/11/mms', code: '4A80.0', display: 'Bronchospasme' }] }], onset: '2018-06-03', severity: 'severe' },
        { manifestation: [{ coding: [{ system: 'http://snomed.info/sct', code: '271807003', display: 'éruption' }] }], onset: '2018-06-03' },
      ],
    });
  });

  it.each([
    ['416098002', 'allergy', ['medication']],
    ['414285001', 'allergy', ['food']],
    ['609328004', 'allergy', undefined],
    ['609398007', 'intolerance', ['medication']],
    ['420134006', undefined, undefined],
  ])('of kind %s is of type %s and category %s', (kind, type, category) => {
    const found = of({ kind: `snomed|${kind}` }).one('AllergyIntolerance');
    expect([found.type, found.category]).toEqual([type, category]);
  });

  it.each([['255604002', 'mild'], ['6736007', 'moderate'], ['24484000', 'severe'], ['371923003', 'moderate'], ['371924009', 'severe'], ['442452003', 'severe'], ['99', undefined]])('has reactions of severity %s as %s', (severity, expected) => {
    const parts = manifestation(cd('snomed|271807003'), { parts: attributeOf('29', cd(`snomed|${severity}`)) });
    expect(of({ parts }).one('AllergyIntolerance').reaction[0].severity).toBe(expected);
  });

  it('to several agents is one resource for each', () => {
    const mapped = of({ agent: agentOf('atc|J01CA04|Amoxicilline') + agentOf('atc|J01DB|Céphalosporines') });
    expect(mapped.all('AllergyIntolerance').map((found) => found.code.coding[0].code)).toEqual(['J01CA04', 'J01DB']);
  });

  it.each([
    ['<participant typeCode="CSM"><participantRole><playingEntity><name>Latex</name></playingEntity></participantRole></participant>', '', { text: 'Latex' }],
    ['', cd('snomed|91936005|Allergie à la pénicilline'), { coding: [{ system: 'http://snomed.info/sct', code: '91936005', display: 'Allergie à la pénicilline' }] }],
    ['', '<value xsi:type="CD"><originalText><reference value="#"/></originalText></value>', { coding: [{ system: 'http://snomed.info/sct', code: '416098002', display: 'allergie médicamenteuse' }] }],
  ])('without a coded agent is called by what there is', (agent, value, expected) => {
    expect(of({ agent, value }).one('AllergyIntolerance').code).toEqual(expected);
  });

  it('that bears a severity itself says so in a note', () => {
    expect(of({ parts: attributeOf('29', cd('snomed|24484000|grave')) }).one('AllergyIntolerance').note).toEqual([{ text: 'Sévérité : grave' }]);
  });
});

describe('the clinical status of an allergy', () => {
  it.each([['active', '', 'active'], ['completed', '', 'resolved'], ['active', '<high value="20191231"/>', 'resolved'], ['suspended', '', 'inactive']])('of a concern that is %s, ended %j, is %s', (act, high, expected) => {
    expect(status(of({ act, time: `<effectiveTime><low value="2018"/>${high}</effectiveTime>` }))).toBe(expected);
  });

  it.each(['active', 'inactive', 'resolved'])('is its own when it has one: %s', (own) => {
    expect(status(of({ act: 'completed', parts: attributeOf('30', cd(`allergyStatus|${own}`)) }))).toBe(own);
  });

  it('is active where nothing tells it, as R4 wants one', () => {
    expect(status(body(section(entry(observation({})), { code: '48765-2' })))).toBe('active');
  });
});

describe('an allergy that is not a fact', () => {
  it.each([
    ['negated', of({ negated: true, parts: manifestation(cd('snomed|271807003')) })],
    ['refuted', of({ parts: attributeOf('171', cd('certainty|refuted')) })],
  ])('%s is refuted and inactive', (_, mapped) => {
    const found = mapped.one('AllergyIntolerance');
    expect(found.verificationStatus.coding[0].code).toBe('refuted');
    expect(found.clinicalStatus.coding[0].code).toBe('inactive');
    expect(found).not.toHaveProperty('onsetPeriod');
  });

  it('negated has no reaction', () => {
    expect(of({ negated: true, parts: manifestation(cd('snomed|271807003')) }).one('AllergyIntolerance')).not.toHaveProperty('reaction');
  });

  it.each([[{ negated: true }], [{ mood: 'INT' }]])('has no reaction that is itself %j', (options) => {
    const mapped = of({ parts: manifestation(cd('snomed|271807003'), options) });
    expect(mapped.one('AllergyIntolerance')).not.toHaveProperty('reaction');
    expect(mapped.issues.join()).toContain('denied or not an event');
  });

  it('nullified is an error without a clinical status', () => {
    const found = of({ act: 'nullified' }).one('AllergyIntolerance');
    expect(found.verificationStatus.coding[0].code).toBe('entered-in-error');
    expect(found).not.toHaveProperty('clinicalStatus');
  });

  it.each(['INT', 'RQO', 'PRP'])('in the mood %s gives nothing', (mood) => {
    expect(of({ mood }).types).toEqual([]);
  });

  it.each([
    ['no-known-allergies', undefined], ['no-allergy-info', undefined], ['no-known-medication-allergies', ['medication']], ['no-known-food-allergies', ['food']], ['no-known-environmental-allergies', ['environment']],
  ])('%s is coded as such, of no type, never over', (none, category) => {
    const found = of({ act: 'completed', agent: '', value: cd(`none|${none}`), kind: 'snomed|609328004' }).one('AllergyIntolerance');
    expect(found.code.coding).toEqual([{ system: 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips', code: none }]);
    expect(found.clinicalStatus.coding[0].code).toBe('active');
    expect([found.type, found.category]).toEqual([undefined, category]);
  });

  it('"no known allergies" may stand where the agent does', () => {
    const found = of({ act: 'completed', agent: agentOf('none|no-known-allergies') }).one('AllergyIntolerance');
    expect([found.code.coding[0].code, found.clinicalStatus.coding[0].code, found.type]).toEqual(['no-known-allergies', 'active', undefined]);
    expect(of({ negated: true, agent: agentOf('none|no-known-allergies') }).types).toEqual([]);
  });

  it('a denial of "no known allergies" says nothing', () => {
    expect(of({ negated: true, agent: '', value: cd('none|no-known-allergies') }).types).toEqual([]);
  });
});
