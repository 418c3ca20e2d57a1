/** What a document denies, doubts away, takes back or leaves null is never a fact, wherever it says so (french-interop 6.1: negation and mood; rules 3.6). */
import { attributeOf, body, cd, code, coded, component, CRBIO, entry, french, refuted, relation, section, statement, type Body } from './body';

const product = '<consumable><manufacturedProduct><manufacturedMaterial><name>FICTIF</name></manufacturedMaterial></manufacturedProduct></consumable>';
const disease = (value: string, more = ''): string => statement('observation', `${code('snomed|55607006')}<statusCode code="completed"/><effectiveTime><low value="2019"/></effectiveTime>${cd(value)}${more}`, { templates: french('37') });
const allergy = (more: string): Body => body(section(entry(statement('observation', `${code('snomed|416098002')}<statusCode code="completed"/><effectiveTime><low value="2010"/></effectiveTime>${cd('atc|J01CA04|Amoxicilline')}${more}`, { templates: french('41') })), { code: '48765-2' }));
const vaccination = (more: string): Body => body(section(entry(statement('substanceAdministration', `<statusCode code="completed"/><effectiveTime value="20210409"/>${product}${more}`, { templates: french('45') })), { code: '11369-6' }));
const treatment = (more: string, rest = ''): Body => body(rest + section(entry(statement('substanceAdministration', `<statusCode code="completed"/>${product}${more}`, { templates: french('42') })), { code: '10160-0' }));
const relative = (members: string, more = ''): Body =>
  body(section(entry(`<organizer classCode="CLUSTER" moodCode="EVN"${more}>${french('59')}<statusCode code="completed"/><subject><relatedSubject classCode="PRS">${code('role|MTH')}</relatedSubject></subject>${members}</organizer>`), { code: '10157-6' }));
const ofRelative = (more = '', value = 'cim10|E11'): string => component(statement('observation', `<statusCode code="completed"/>${cd(value)}${more}`, { templates: french('51') }));

const result = (loinc = '718-7', more = ''): string =>
  statement('observation', `${code(`loinc|${loinc}`)}<statusCode code="completed"/><value xsi:type="PQ" value="1" unit="g/L"/>${more}`, { templates: french('80') });
const organism = `<specimen><specimenRole><id root="1.2.250.1.999.14" extension="i"/><specimenPlayingEntity>${code('snomed|112283007|Escherichia coli')}</specimenPlayingEntity></specimenRole></specimen>`;
const group = (template: string, inner: string, { status = 'completed', more = '' } = {}): string =>
  `<organizer classCode="X" moodCode="EVN"${more}>${french(template)}${code('loinc|24331-1')}<statusCode code="${status}"/>${inner}</organizer>`;
const taken = relation('COMP', statement('procedure', `<code ${coded('nabm|9105')}/>`, { templates: french('77') }));
const report = (inner: string, status = 'completed', outer = ''): Body => body(
  `<component><section><templateId root="1.2.250.1.213.1.1.2.70"/>${code('loinc|18725-2')}<entry>${french('21')}<act classCode="ACT" moodCode="EVN">${code('loinc|18725-2')}<statusCode code="${status}"/>${inner}</act></entry>${outer}</section></component>`,
  { templates: CRBIO, code: code('loinc|11502-2') });
const called = (mapped: Body, loinc: string): ReturnType<Body['one']> => mapped.all('Observation').find(({ code: { coding } }) => coding?.[0].code === loinc);
const negated = { more: ' negationInd="true"' };
/** Every Specimen that the report lists stands behind an Observation that was drawn, or before one that does. */
const orphans = (mapped: Body): unknown[] => {
  const used = JSON.stringify([...mapped.all('Observation').map(({ specimen }) => specimen), ...mapped.all('Specimen').map(({ parent }) => parent)]);
  return (mapped.one('DiagnosticReport').specimen ?? []).filter(({ reference }: { reference: string }) => !used.includes(reference));
};

describe('an isolate', () => {
  it.each([
    ['without members', ''],
    ['whose members are wishes', component(statement('observation', code('loinc|18861-5'), { templates: french('80'), mood: 'INT' }))],
  ])('%s is its organism: the value of an Observation and a Specimen', (_, members) => {
    const mapped = report(taken + relation('COMP', group('79', organism + members)));
    expect(mapped.faults).toEqual([]);
    const found = called(mapped, '24331-1');
    expect(found).toMatchObject({ status: 'final', valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '112283007' }] } });
    expect(mapped.at(found.specimen)).toMatchObject({ type: { coding: [{ code: '112283007' }] }, parent: [expect.anything()] });
    const top = mapped.at(mapped.one('DiagnosticReport').result[0]);
    expect(top.hasMember.map(mapped.at)).toEqual([found]);
    expect(orphans(mapped)).toEqual([]);
  });

  it('names its organism by its name where it has no code', () => {
    const mapped = report(relation('COMP', group('79', '<specimen><specimenRole><specimenPlayingEntity><name>Levures</name></specimenPlayingEntity></specimenRole></specimen>')));
    expect(called(mapped, '24331-1').valueCodeableConcept).toEqual({ text: 'Levures' });
  });

  it('without organism and members gives nothing, nor a Specimen', () => {
    const mapped = report(taken + relation('COMP', group('79', '<specimen><specimenRole><id root="1.2.250.1.999.14" extension="i"/></specimenRole></specimen>')));
    expect(mapped.types).toEqual(['DiagnosticReport']);
    expect(mapped.one('DiagnosticReport')).not.toHaveProperty('specimen');
    expect(mapped.issues.join()).toContain('without results');
  });
});

describe('certainty refuted', () => {
  it('of an allergy leaves neither reaction nor onset', () => {
    const mapped = allergy(relation('MFST', disease('cim10|L50.9')) + refuted);
    expect(mapped.faults).toEqual([]);
    const found = mapped.one('AllergyIntolerance');
    expect(found).toMatchObject({ verificationStatus: { coding: [{ code: 'refuted' }] }, clinicalStatus: { coding: [{ code: 'inactive' }] } });
    for (const gone of ['reaction', 'onsetPeriod', 'onsetDateTime']) expect(found).not.toHaveProperty(gone);
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.37 (observation 55607006, denied');
  });

  it('of a reaction leaves it out of the allergy, named', () => {
    const mapped = allergy(relation('MFST', disease('cim10|L50.9', refuted)) + relation('MFST', disease('cim10|R11')));
    expect(mapped.one('AllergyIntolerance').reaction.map(({ manifestation }: { manifestation: unknown }) => manifestation)).toEqual([[{ coding: [{ system: expect.any(String), code: 'R11' }] }]]);
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.37 (observation 55607006, denied');
  });

  it('of an adverse event leaves it out of the vaccination, named', () => {
    const mapped = vaccination(relation('CAUS', disease('cim10|T88', refuted)));
    for (const gone of ['reaction', 'contained']) expect(mapped.one('Immunization')).not.toHaveProperty(gone);
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.37 (observation 55607006, denied');
  });

  it('of a disease of a relative leaves it out, named', () => {
    const mapped = relative(ofRelative(refuted) + ofRelative('', 'cim10|I10'));
    expect(mapped.one('FamilyMemberHistory').condition).toMatchObject([{ code: { coding: [{ code: 'I10' }] } }]);
    expect(relative(ofRelative(refuted)).types).toEqual([]);
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.51 (observation, denied');
  });

  it('of a concern refutes what it wraps', () => {
    const mapped = body(section(entry(statement('act', `<statusCode code="active"/>${relation('SUBJ', disease('cim10|J45.9'))}${refuted}`, { templates: french('39') }))));
    expect(mapped.one('Condition')).toMatchObject({ verificationStatus: { coding: [{ code: 'refuted' }] } });
    for (const gone of ['clinicalStatus', 'onsetDateTime']) expect(mapped.one('Condition')).not.toHaveProperty(gone);
  });

  it.each([
    ['treatment', 'MedicationStatement', 'not-taken', () => treatment(refuted)],
    ['vaccination', 'Immunization', 'not-done', () => vaccination(refuted)],
    ['act', 'Procedure', 'not-done', () => body(section(entry(statement('procedure', `${code('ccam|HHFA001')}<statusCode code="completed"/>${refuted}`, { templates: french('62') })), { code: '47519-4' }))],
  ])('of a %s is a denial of it: %s %s', (_, type, status, of) => {
    expect(of().one(type).status).toBe(status);
    expect(of().faults).toEqual([]);
  });

  it('of a result or a simple observation leaves it without value', () => {
    const simple = body(section(entry(statement('observation', `${code('loinc|72166-2')}<statusCode code="completed"/>${cd('snomed|8517006')}${refuted}`, { templates: french('52') })), { code: '29762-2' })).one('Observation');
    for (const found of [simple, called(report(relation('COMP', result('718-7', refuted))), '718-7')]) {
      expect(found.dataAbsentReason.coding[0].code).toBe('not-performed');
      expect(Object.keys(found).filter((name) => name.startsWith('value'))).toEqual([]);
    }
  });

  it('of an antigen or a reason says nothing of its statement', () => {
    const antigen = relation('COMP', statement('substanceAdministration', `${code('cim10|A36')}${refuted}`, { templates: french('46') }));
    expect(vaccination(antigen).one('Immunization').protocolApplied?.[0].targetDisease).toBeUndefined();
    expect(treatment(relation('RSON', disease('cim10|I10', refuted))).one('MedicationStatement')).not.toHaveProperty('reasonCode');
  });

  it('of a reason says nothing of why a vaccination was not done either', () => {
    const not = (more: string): ReturnType<Body['one']> => {
      const inner = `<statusCode code="completed"/>${product}${relation('RSON', disease('cim10|Z28', more))}`;
      return body(section(entry(statement('substanceAdministration', inner, { templates: french('45'), negated: true })), { code: '11369-6' })).one('Immunization');
    };
    expect(not('').statusReason.coding[0].code).toBe('Z28');
    expect(not(refuted)).not.toHaveProperty('statusReason');
  });

  it.each([['refuted', refuted, ''], ['negated', '', ' negationInd="true"']])('a problem that is %s is no reason of a treatment that refers to it, nor is its code', (_, more, attributes) => {
    const id = '<id root="9b0f1f0e-1111-4222-8333-444455556666"/>';
    const denied = section(entry(disease('cim10|I10', id + more).replace('moodCode="EVN"', `moodCode="EVN"${attributes}`)));
    const found = treatment(relation('RSON', `<act classCode="ACT" moodCode="EVN">${french('36')}${id}${code('cim10|I10')}</act>`), denied);
    for (const gone of ['reasonCode', 'reasonReference']) expect(found.one('MedicationStatement')).not.toHaveProperty(gone);
    expect(found.issues.join()).toContain('a reason that the document denies');
  });

  it('is not heard when it is itself denied, a wish, or null', () => {
    for (const more of [' negationInd="true"', ' nullFlavor="UNK"']) expect(allergy(attributeOf('171', cd('certainty|refuted'), more)).one('AllergyIntolerance')).not.toHaveProperty('verificationStatus');
    expect(allergy(refuted.replace('<entryRelationship ', '<entryRelationship nullFlavor="NA" ')).one('AllergyIntolerance')).not.toHaveProperty('verificationStatus');
    const wish = refuted.replace('moodCode="EVN"', 'moodCode="GOL"');
    expect(allergy(wish).one('AllergyIntolerance')).not.toHaveProperty('verificationStatus');
  });
});

describe('what is taken back as an error', () => {
  const statuses = (mapped: Body): Record<string, string> => Object.fromEntries(mapped.all('Observation').map(({ code: { coding }, status }) => [coding?.[0].code, status]));

  it('as a battery takes its members with it', () => {
    const mapped = report(relation('COMP', group('78', component(result()), { status: 'nullified' })) + relation('COMP', result('2345-7')));
    expect(statuses(mapped)).toEqual({ '18725-2': 'final', '24331-1': 'entered-in-error', '718-7': 'entered-in-error', '2345-7': 'final' });
    expect(mapped.one('DiagnosticReport').status).toBe('final');
  });

  it('as an isolate takes its antibiogram and its Specimen with it', () => {
    const mapped = report(relation('COMP', group('79', organism + component(group('78', component(result('18861-5')))), { status: 'nullified' })));
    expect(mapped.all('Observation').filter(({ status }) => status !== 'entered-in-error')).toHaveLength(1);
    expect(mapped.one('Specimen').status).toBe('entered-in-error');
    expect(mapped.faults).toEqual([]);
  });

  it('as an entry takes all of it, and leaves a report whose every result is an error as one', () => {
    const mapped = report(taken + relation('COMP', group('78', component(result()))), 'nullified');
    expect(new Set(Object.values(statuses(mapped)))).toEqual(new Set(['entered-in-error']));
    expect(mapped.one('Specimen').status).toBe('entered-in-error');
    expect(mapped.one('DiagnosticReport').status).toBe('entered-in-error');
  });

  it('as vital signs takes each sign with it', () => {
    const sign = component(statement('observation', `${code('loinc|8867-4')}<statusCode code="completed"/><value xsi:type="PQ" value="72" unit="/min"/>`, { templates: french('50') }));
    expect(statuses(body(section(entry(group('49', sign, { status: 'nullified' })), { code: '8716-3' })))).toEqual({ '24331-1': 'entered-in-error', '8867-4': 'entered-in-error' });
  });

  it('aborted, a battery is cancelled and keeps what was found before', () => {
    const mapped = report(relation('COMP', group('78', component(result()), { status: 'aborted' })));
    expect(statuses(mapped)).toMatchObject({ '24331-1': 'cancelled', '718-7': 'final' });
  });

  it('is no reaction and no disease of a relative', () => {
    const error = (text: string): string => text.replaceAll('code="completed"', 'code="nullified"');
    expect(allergy(relation('MFST', error(disease('cim10|L50.9')))).one('AllergyIntolerance')).not.toHaveProperty('reaction');
    expect(vaccination(relation('CAUS', error(disease('cim10|T88')))).one('Immunization')).not.toHaveProperty('reaction');
    expect(relative(error(ofRelative())).types).toEqual([]);
  });
});

describe('a group that is denied', () => {
  it('was not performed: its members are named', () => {
    const mapped = report(relation('COMP', group('78', component(result()), negated)));
    expect(mapped.faults).toEqual([]);
    expect(called(mapped, '718-7')).toBeUndefined();
    expect(called(mapped, '24331-1').dataAbsentReason.coding[0].code).toBe('not-performed');
    expect(called(mapped, '24331-1')).not.toHaveProperty('hasMember');
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.80 (observation 718-7, in a group that is denied');
  });

  it('asserts no organism, no Specimen of it and no antibiogram', () => {
    const mapped = report(relation('COMP', group('79', organism + component(result('18861-5')), negated)));
    expect(mapped.faults).toEqual([]);
    expect(mapped.types).not.toContain('Specimen');
    expect(JSON.stringify([mapped.all('Observation'), mapped.all('DiagnosticReport')])).not.toContain('112283007');
    expect(called(mapped, '18861-5')).toBeUndefined();
    expect(mapped.issues.join()).toContain('the organism of an isolate that is denied');
  });

  it('of vital signs asserts none of them', () => {
    const sign = component(statement('observation', `${code('loinc|8867-4')}<statusCode code="completed"/><value xsi:type="PQ" value="72" unit="/min"/>`, { templates: french('50') }));
    const mapped = body(section(entry(group('49', sign, negated)), { code: '8716-3' }));
    expect(mapped.one('Observation')).toMatchObject({ dataAbsentReason: { coding: [{ code: 'not-performed' }] } });
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.50 (observation 8867-4, in a group that is denied');
  });

  it('of a relative gives nothing, named', () => {
    const mapped = relative(ofRelative(), ' negationInd="true"');
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.51 (observation, denied');
  });
});

describe('"none known" beside something', () => {
  const none = (kind: string): string => `<consumable><manufacturedProduct><manufacturedMaterial>${code(`none|no-known-${kind}`)}</manufacturedMaterial></manufacturedProduct></consumable>`;
  it.each([
    ['treatments', '10160-0', 'substanceAdministration', '42', none('medications'), product],
    ['vaccinations', '11369-6', 'substanceAdministration', '45', none('immunizations'), `<effectiveTime value="20210409"/>${product}`],
    ['acts', '47519-4', 'procedure', '62', code('none|no-known-procedures'), code('ccam|HHFA001')],
  ])('of %s is named', (_, loinc, element, template, absent, present) => {
    const one = (inner: string): string => entry(statement(element, `<statusCode code="completed"/>${inner}`, { templates: french(template) }));
    const mapped = body(section(one(absent) + one(present), { code: loinc }));
    expect(mapped.composition.section[0].entry).toHaveLength(1);
    expect(mapped.composition.section[0]).not.toHaveProperty('emptyReason');
    expect(mapped.issues.join()).toContain('beside entries that say otherwise');
    expect(body(section(one(absent), { code: loinc })).issues).toEqual([]);
  });

  it('of a relative is no disease, and is named', () => {
    const mapped = relative(ofRelative('', 'none|no-known-problems'));
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('"none known" of a relative');
  });

  it('of allergies with an agent names the agent that it leaves', () => {
    const agent = `<participant typeCode="CSM"><participantRole><playingEntity>${code('atc|J01CA04')}</playingEntity></participantRole></participant>`;
    const mapped = body(section(entry(statement('observation', cd('none|no-known-allergies') + agent, { templates: french('41') })), { code: '48765-2' }));
    expect(mapped.one('AllergyIntolerance').code.coding[0].code).toBe('no-known-allergies');
    expect(mapped.issues.join()).toContain('the agents of "no known allergy"');
  });
});

describe('a statement that itself bears a null flavour', () => {
  const nulled = (text: string): string => text.replace(' moodCode="EVN"', ' moodCode="EVN" nullFlavor="UNK"');
  it.each([
    ['problem', disease('cim10|J45.9'), '11450-4'],
    ['concern', statement('act', relation('SUBJ', disease('cim10|J45.9')), { templates: french('39') }), '11450-4'],
    ['allergy', statement('observation', cd('atc|J01CA04'), { templates: french('41') }), '48765-2'],
    ['treatment', statement('substanceAdministration', product, { templates: french('42') }), '10160-0'],
    ['vaccination', statement('substanceAdministration', `<effectiveTime value="2021"/>${product}`, { templates: french('45') }), '11369-6'],
    ['act', statement('procedure', code('ccam|HHFA001'), { templates: french('62') }), '47519-4'],
    ['family history', `<organizer classCode="CLUSTER" moodCode="EVN">${french('59')}${ofRelative()}</organizer>`, '10157-6'],
    ['observation', statement('observation', `${code('loinc|72166-2')}${cd('snomed|8517006')}`, { templates: french('48') }), '29762-2'],
    ['vital signs', group('49', component(statement('observation', `${code('loinc|8867-4')}<value xsi:type="PQ" value="72"/>`, { templates: french('50') }))), '8716-3'],
  ])('as a %s is named, not drawn', (_, text, loinc) => {
    expect(body(section(entry(text), { code: loinc })).types).not.toEqual([]);
    const mapped = body(section(entry(nulled(text)), { code: loinc }));
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('bears a null flavour');
  });

  it('in a concern, a battery, an allergy or a family is left out, named', () => {
    const wrapped = body(section(entry(statement('act', relation('SUBJ', nulled(disease('cim10|J45.9'))), { templates: french('39') }))));
    const battery = report(relation('COMP', group('78', component(result()) + component(nulled(result('2345-7'))))));
    const reaction = allergy(relation('MFST', nulled(disease('cim10|L50.9'))));
    const family = relative(nulled(ofRelative()));
    expect(wrapped.types).toEqual([]);
    expect(called(battery, '2345-7')).toBeUndefined();
    expect(reaction.one('AllergyIntolerance')).not.toHaveProperty('reaction');
    expect(family.types).toEqual([]);
    for (const { issues } of [wrapped, battery, reaction, family]) expect(issues.join()).toContain('bears a null flavour');
  });

  it('as a relationship relates nothing', () => {
    expect(body(section(entry(statement('act', relation('SUBJ', disease('cim10|J45.9'), ' nullFlavor="NA"'), { templates: french('39') })))).types).toEqual([]);
  });
});
