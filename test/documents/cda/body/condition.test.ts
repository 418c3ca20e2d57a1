/** Problems → Condition, by french-interop 6.1 (negation, mood), 6.2 and 6.10. */
import { attributeOf, author, body, cd, code, comment, entry, french, pcc, relation, section, statement, type Body, type StatementOptions } from './body';

const clinical = (found: string): object => ({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: found }] });

interface Problem extends StatementOptions {
  readonly act?: string;
  readonly actMore?: string;
  readonly kind?: string;
  readonly value?: string;
  readonly time?: string;
  readonly parts?: string;
}
const observation = ({ kind = code('snomed|282291009|Diagnostic'), value = cd('cim10|J45.9|Asthme'), time = '<effectiveTime><low value="20200102"/></effectiveTime>', parts = '', ...options }: Problem = {}): string =>
  statement('observation', `<id root="0A0A0A0A-1111-4222-8333-444444444444"/>${kind}<statusCode code="completed"/>${time}${value}${parts}`, { templates: french('37'), ...options });
const problem = ({ act = 'active', actMore = '', ...options }: Problem = {}): string =>
  entry(statement('act', `<id root="1.2.250.1.999.5" extension="c1"/><code nullFlavor="NA"/><statusCode code="${act}"/>${actMore}${relation('SUBJ', observation(options), ' inversionInd="false"')}`, { templates: french('39') }));
const of = (options: Problem = {}): Body => body(section(problem(options)));

describe('a problem', () => {
  it('becomes a Condition with every element of the table', () => {
    const mapped = of({
      time: '<effectiveTime><low value="20180422"/><high value="20180430"/></effectiveTime>',
      parts: attributeOf('29', cd('snomed|6736007|modéré')) + attributeOf('30', '<value xsi:type="CE" code="resolved" codeSystem="2.16.840.1.113883.4.642.1.1074" displayName="Résolu"/>') +
        attributeOf('171', '<value xsi:type="CD" code="confirmed" codeSystem="2.16.840.1.113883.4.642.1.1075"/>') + attributeOf('31', cd('snomed|84387000|asymptomatique')) +
        comment('Vu aux urgences') +
        '<reference typeCode="REFR"><externalDocument><text mediaType="application/pdf"><reference value="https://example.test/a.pdf"/></text></externalDocument></reference>',
    });
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    expect(mapped.one('Condition')).toEqual({
      resourceType: 'Condition',
      contained: [{ resourceType: 'DocumentReference', id: 'document-1', status: 'current', content: [{ attachment: { contentType: 'application/pdf', url: 'https://example.test/a.pdf' } }] }],
      identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0a0a0a0a-1111-4222-8333-444444444444' }],
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'resolved', display: 'Résolu' }] },
      verificationStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }] },
      category: [{ coding: [
        { system: 'http://snomed.info/sct', code: '282291009', display: 'Diagnostic' },
        { system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' },
      ] }],
      severity: { coding: [{ system: 'http://snomed.info/sct', code: '6736007', display: 'modéré' }] },
      code: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'J45.9', display: 'Asthme' }] },
      subject: { reference: 'Patient/p' },
      onsetDateTime: '2018-04-22',
      abatementDateTime: '2018-04-30',
      recorder: { reference: 'PractitionerRole/header' },
      stage: [{ summary: { coding: [{ system: 'http://snomed.info/sct', code: '84387000', display: 'asymptomatique' }] } }],
      evidence: [{ detail: [{ reference: '#document-1' }] }],
      note: [{ text: 'Vu aux urgences' }],
    });
  });

  it('is referred to by its section', () => {
    const mapped = of();
    expect(mapped.composition.section[0].entry).toHaveLength(1);
    expect(mapped.at(mapped.composition.section[0].entry[0])).toBe(mapped.one('Condition'));
  });

  it.each([
    ['active', '', 'active'],
    ['completed', '', 'resolved'],
    ['suspended', '', 'inactive'],
    ['aborted', '', 'inactive'],
    ['active', '<high value="20231231"/>', 'resolved'],
    ['active', '<high value="20240115"/>', 'resolved'],
    ['active', '<high value="20240116"/>', 'active'],
    ['active', '<high nullFlavor="UNK"/>', 'active'],
    ['completed', '<high value="20231231"/>', 'resolved'],
  ])('whose concern is %s, without a status of its own, ended %j, is %s', (act, high, expected) => {
    const condition = of({ act, time: `<effectiveTime><low value="20200102"/>${high}</effectiveTime>` }).one('Condition');
    expect(condition.clinicalStatus).toEqual(clinical(expected));
  });

  it.each(['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'])('of own status %s keeps it, whatever its concern says', (status) => {
    const parts = attributeOf('30', `<value xsi:type="CE" code="${status}" codeSystem="2.16.840.1.113883.4.642.1.1074"/>`);
    for (const act of ['active', 'completed']) expect(of({ act, parts }).one('Condition').clinicalStatus).toEqual(clinical(status));
  });

  it('whose status is told in SNOMED CT keeps that coding beside the one of FHIR', () => {
    expect(of({ parts: attributeOf('30', cd('snomed|413322009|Resolved')) }).one('Condition').clinicalStatus.coding).toEqual([
      { system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'resolved' },
      { system: 'http://snomed.info/sct', code: '413322009', display: 'Resolved' },
    ]);
  });

  it('that lasts has no end, and the end is named', () => {
    const mapped = of({ time: '<effectiveTime><low value="20200102"/><high value="20210203"/></effectiveTime>', parts: attributeOf('30', cd('conditionStatus|active')) });
    expect(mapped.one('Condition')).not.toHaveProperty('abatementDateTime');
    expect(mapped.issues.join()).toContain('the end of a problem that is said to last');
  });

  it('takes the period of its concern when it has none, and its own first', () => {
    const actMore = '<effectiveTime><low value="2019"/><high value="2020"/></effectiveTime>';
    expect(of({ actMore, time: '<effectiveTime nullFlavor="UNK"/>', act: 'completed' }).one('Condition')).toMatchObject({ onsetDateTime: '2019', abatementDateTime: '2020' });
    expect(of({ actMore }).one('Condition').onsetDateTime).toBe('2020-01-02');
  });

  const ended = '<effectiveTime><low value="2020"/><high value="2021"/></effectiveTime>';
  // 11450-4 lists active problems, 11348-0 past ones: a past problem may last, so nothing but an end says that it is over.
  it.each([
    ['11450-4', undefined, 'active', true], ['11450-4', ended, 'resolved', true], ['11348-0', undefined, undefined, true], ['11348-0', ended, 'resolved', true],
    ['29299-5', undefined, undefined, false], ['29299-5', ended, 'resolved', false],
  ])('alone in an entry of section %s (%j) has the status %s and is on the problem list: %s', (loinc, time, status, listed) => {
    const condition = body(section(entry(observation(time === undefined ? {} : { time })), { code: loinc })).one('Condition');
    expect(condition.clinicalStatus).toEqual(status === undefined ? undefined : clinical(status));
    expect(condition.category[0].coding.map((coding: { code: string }) => coding.code)).toEqual(listed ? ['282291009', 'problem-list-item'] : ['282291009']);
  });

  it('without a kind, in no list, has no category', () => {
    expect(body(section(entry(observation({ kind: '' })), { code: '29299-5' })).one('Condition')).not.toHaveProperty('category');
  });

  it('of a concern with several is one Condition each', () => {
    const both = entry(statement('act', `<statusCode code="active"/>${relation('SUBJ', observation())}${relation('SUBJ', observation({ value: cd('cim10|E11|Diabète') }))}`, { templates: french('39') }));
    expect(body(section(both)).all('Condition').map((condition) => condition.code.coding[0].code)).toEqual(['J45.9', 'E11']);
  });

  it('by its IHE and HL7 parents alone is one too', () => {
    const parents = '<templateId root="2.16.840.1.113883.10.20.1.28"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/>';
    expect(body(section(entry(statement('act', relation('SUBJ', observation({ templates: parents })), { templates: pcc('5.2') })))).types).toEqual(['Condition']);
  });
});

describe('what a problem is called', () => {
  const named = (value: string, text = ''): Body => body(section(problem({ value }), { text }));

  it('is coded with translations and the narrative that it points to', () => {
    const mapped = named('<value xsi:type="CD" code="T89" codeSystem="2.16.840.1.113883.6.139"><originalText><reference value="#p1"/></originalText><translation code="E10" codeSystem="2.16.840.1.113883.6.3"/></value>', '<content ID="p1">Diabète   insulino-dépendant</content>');
    expect(mapped.one('Condition').code).toEqual({
      coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cisp', code: 'T89' }, { system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'E10' }],
      text: 'Diabète insulino-dépendant',
    });
  });

  it.each([['#p1'], ['p1']])('may be only in the narrative (%s)', (reference) => {
    expect(named(`<value xsi:type="CD"><originalText><reference value="${reference}"/></originalText></value>`, '<content ID="p1">Migraine</content>').one('Condition').code).toEqual({ text: 'Migraine' });
  });

  it.each([['noref'], ['#'], ['#nowhere'], ['#toString']])('degrades to the display where a reference leads nowhere (%s)', (reference) => {
    const mapped = named(`<value xsi:type="CD" code="114" codeSystem="1.2.250.1.213.2.9" displayName="épilepsie"><originalText><reference value="${reference}"/></originalText></value>`);
    expect(mapped.one('Condition').code).toEqual({ coding: [{ system: 'urn:oid:1.2.250.1.213.2.9', code: '114', display: 'épilepsie' }] });
  });

  it.each(['ST', 'ED'])('may be only a text (%s)', (type) => {
    expect(named(`<value xsi:type="${type}">Douleur du genou</value>`).one('Condition').code).toEqual({ text: 'Douleur du genou' });
  });

  it('in the words of its own section, where another section has the same ID', () => {
    const value = '<value xsi:type="CD"><originalText><reference value="#p1"/></originalText></value>';
    const mapped = body(section(problem({ value }), { text: '<content ID="p1">Migraine</content>' }) + section(problem({ value }), { text: '<content ID="p1">Asthme</content>' }) + section(problem({ value })));
    expect(mapped.all('Condition').map((condition) => condition.code.text)).toEqual(['Migraine', 'Asthme', 'Migraine']);
  });

  it('in the words of the section around its own before those of another one', () => {
    const value = '<value xsi:type="CD"><originalText><reference value="#p1"/></originalText></value>';
    const mapped = body(section('', { text: '<content ID="p1">Migraine</content>' }) + section(section(problem({ value })), { text: '<content ID="p1">Asthme</content>' }));
    expect(mapped.one('Condition').code.text).toBe('Asthme');
  });

  it('without what was struck out of the narrative', () => {
    const value = '<value xsi:type="CD" code="G43" codeSystem="2.16.840.1.113883.6.3" displayName="Migraine"><originalText><reference value="#p1"/></originalText></value>';
    expect(body(section(problem({ value }), { text: '<content ID="p1">Migraine <content revised="delete">ophtalmique</content> simple</content>' })).one('Condition').code.text).toBe('Migraine simple');
    expect(body(section(problem({ value }), { text: '<content ID="p1" revised="delete">Asthme</content>' })).one('Condition').code).not.toHaveProperty('text');
  });

  it('by nothing at all gives no resource and is named', () => {
    const mapped = named('<value xsi:type="CD" nullFlavor="UNK"/>');
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('a problem that is not named');
  });
});

describe('a problem that is not a fact', () => {
  it.each([
    ['negated', of({ negated: true })],
    ['negated although certain', of({ negated: true, parts: attributeOf('171', cd('certainty|confirmed')) })],
    ['negated although active', of({ negated: true, parts: attributeOf('30', cd('conditionStatus|active')) })],
    ['refuted', of({ parts: attributeOf('171', cd('certainty|refuted')) })],
    ['of a negated concern', body(section(entry(statement('act', relation('SUBJ', observation()), { templates: french('39'), negated: true }))))],
  ])('%s is refuted, has no clinical status and never began', (_, mapped) => {
    const condition = mapped.one('Condition');
    expect(condition.verificationStatus.coding[0].code).toBe('refuted');
    expect(condition).not.toHaveProperty('clinicalStatus');
    expect(condition).not.toHaveProperty('onsetDateTime');
    expect(mapped.issues.join()).toContain('the time of a problem that is denied');
    expect(mapped.faults).toEqual([]);
  });

  it.each(['INT', 'RQO', 'PRP', 'GOL', 'DEF'])('in the mood %s gives nothing and is named', (mood) => {
    const mapped = of({ mood });
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('not an event');
    expect(body(section(entry(observation({ mood })))).types).toEqual([]);
  });

  it.each([
    ['in a section about relatives', body(section(problem(), { code: '10157-6' }))],
    ['in a section with another subject', body(`<component><section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/><subject><relatedSubject classCode="PRS"/></subject>${problem()}</section></component>`)],
    ['with another subject', of({ parts: '<subject><relatedSubject classCode="PRS"/></subject>' })],
  ])('%s gives nothing and is named', (_, mapped) => {
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('about somebody else');
  });

  it('whose status is an attribute in the mood of an intention, or denied, does not have it', () => {
    for (const more of [' negationInd="true"']) {
      expect(of({ act: 'completed', parts: attributeOf('30', cd('conditionStatus|active'), more) }).one('Condition').clinicalStatus).toEqual(clinical('resolved'));
    }
  });

  it('nullified is an error, without clinical status', () => {
    const condition = of({ act: 'nullified' }).one('Condition');
    expect(condition.verificationStatus.coding[0].code).toBe('entered-in-error');
    expect(condition).not.toHaveProperty('clinicalStatus');
  });

  it.each(['no-known-problems', 'no-problem-info'])('%s is coded as such, never over', (none) => {
    const condition = of({ act: 'completed', value: cd(`none|${none}`), time: '<effectiveTime><low nullFlavor="NA"/></effectiveTime>' }).one('Condition');
    expect(condition.code.coding).toEqual([{ system: 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips', code: none }]);
    expect(condition.clinicalStatus).toEqual(clinical('active'));
  });

  it('a denial of "no known problems" says nothing', () => {
    const mapped = of({ negated: true, value: cd('none|no-known-problems') });
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('which says nothing');
  });
});

describe('who recorded a problem', () => {
  const withAuthors = (own: string, ofSection: string): Body =>
    body(`<component><section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/>${ofSection}${problem({ parts: own })}</section></component>`);

  it.each([
    [author('PractitionerRole/own'), author('Practitioner/section'), 'PractitionerRole/own'],
    ['', author('Practitioner/section'), 'Practitioner/section'],
    ['', '', 'PractitionerRole/header'],
    [author('Device/robot'), '', 'PractitionerRole/header'],
  ])('own %j, section %j', (own, ofSection, expected) => {
    expect(withAuthors(own, ofSection).one('Condition').recorder).toEqual({ reference: expected });
  });

  it('is dated by its own author only', () => {
    expect(withAuthors(author('PractitionerRole/own', '20231201093000+0100'), '').one('Condition').recordedDate).toBe('2023-12-01T09:30:00+01:00');
    expect(withAuthors('', author('PractitionerRole/s', '20231201')).one('Condition')).not.toHaveProperty('recordedDate');
  });
});

it('identifiers that repeat make as many Conditions as there are problems', () => {
  const twice = section(problem() + problem({ value: cd('cim10|I20.0') }));
  expect(body(twice).all('Condition').map((condition) => condition.identifier[0].value)).toEqual(['urn:uuid:0a0a0a0a-1111-4222-8333-444444444444', 'urn:uuid:0a0a0a0a-1111-4222-8333-444444444444']);
});

it('an entry of another volet stays narrative only, and is named', () => {
  const mapped = body(section(problem()), { templates: '<templateId root="1.2.250.1.213.1.1.1.29" extension="2022.01"/>' });
  expect(mapped.types).toEqual([]);
  expect(mapped.issues).toEqual(['Section 11450-4: the entry 1.2.250.1.213.1.1.3.39 (act) is kept as narrative and in the document: it gives no resource of its own.']);
});
