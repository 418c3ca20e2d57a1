/**
 * `negationInd` on an `entryRelationship` says that its part does not stand in that relation to the statement (CDA R2, 4.3.8.4): never
 * a positive fact, by french-interop 6.1, and named.
 */
import { attributeOf, body, cd, code, coded, comment, CRBIO, entry, french, relation, section, statement, type Body } from './body';

const denied = ' negationInd="true"';
const no = (typeCode: string, inner: string, more = denied): string => relation(typeCode, inner, more);
const problem = (value = cd('cim10|J45.9|Asthme'), parts = ''): string => statement('observation', `${code('snomed|55607006')}<statusCode code="completed"/>${value}${parts}`, { templates: french('37') });
const concern = (inner: string): string => entry(statement('act', `<statusCode code="active"/>${inner}`, { templates: french('39') }));
const product = '<consumable><manufacturedProduct><manufacturedMaterial><name>FICTIF</name></manufacturedMaterial></manufacturedProduct></consumable>';
const vaccination = (more: string): Body => body(section(entry(statement('substanceAdministration', `<statusCode code="completed"/><effectiveTime value="20210409"/>${product}${more}`, { templates: french('45') })), { code: '11369-6' }));
const treatment = (more: string): Body => body(section(entry(statement('substanceAdministration', `<statusCode code="completed"/>${product}${more}`, { templates: french('42') })), { code: '10160-0' }));
const allergy = (parts: string): Body => body(section(entry(statement('observation', `${code('snomed|416098002')}<statusCode code="completed"/>${cd('atc|J01CA04|Amoxicilline')}${parts}`, { templates: french('41') })), { code: '48765-2' }));
const named = 'in a relationship that is denied';

it.each([['true'], ['1'], [' true ']])('a problem that its concern does not have as subject (negationInd %j) gives no Condition', (negationInd) => {
  const mapped = body(section(concern(no('SUBJ', problem(), ` negationInd="${negationInd}"`))));
  expect(mapped.types).toEqual([]);
  expect(mapped.issues).toEqual([`Section 11450-4: the entry 1.2.250.1.213.1.1.3.39 (act): left out: a part 1.2.250.1.213.1.1.3.37 (observation 55607006, ${named}).`]);
});

it.each([['false'], ['0'], ['']])('negationInd %j denies nothing', (negationInd) => {
  expect(body(section(concern(no('SUBJ', problem(), ` negationInd="${negationInd}"`)))).types).toEqual(['Condition']);
});

it('a denial of a denial asserts nothing either', () => {
  expect(body(section(concern(no('SUBJ', statement('observation', cd('cim10|J45.9'), { templates: french('37'), negated: true }))))).types).toEqual([]);
});

it('what a vaccination did not cause is no reaction to it', () => {
  const mapped = vaccination(no('CAUS', problem(cd('cim10|R50.2|Fièvre'))));
  expect(mapped.one('Immunization')).not.toHaveProperty('reaction');
  expect(mapped.one('Immunization')).not.toHaveProperty('contained');
  expect(mapped.issues.join()).toContain(named);
});

it('what an allergy does not show itself by is no reaction', () => {
  const mapped = allergy(no('MFST', problem(cd('snomed|247472004|Urticaire'))));
  expect(mapped.one('AllergyIntolerance')).not.toHaveProperty('reaction');
  expect(mapped.issues.join()).toContain(named);
});

it('what is not the reason is not the reason', () => {
  const mapped = treatment(no('RSON', `<act classCode="ACT" moodCode="EVN">${french('36')}${code('cim10|I10')}</act>`) + no('RSON', problem()));
  expect(mapped.one('MedicationStatement')).not.toHaveProperty('reasonCode');
  expect(mapped.one('MedicationStatement')).not.toHaveProperty('reasonReference');
  expect(mapped.issues.join()).toContain(named);
});

it.each([
  ['30', cd('conditionStatus|resolved'), 'clinicalStatus', 'active'],
  ['171', cd('certainty|confirmed'), 'verificationStatus', undefined],
  ['29', cd('snomed|24484000'), 'severity', undefined],
])('an attribute %s that a problem does not have is not told of it', (template, value, element, otherwise) => {
  const part = attributeOf(template, value).replace('<entryRelationship ', `<entryRelationship${denied} `);
  const mapped = body(section(concern(relation('SUBJ', problem(undefined, part)))));
  expect(mapped.one('Condition')[element]?.coding[0].code).toBe(otherwise);
  expect(mapped.issues.join()).toContain(named);
});

it('a comment that is not about it is no note', () => {
  const mapped = body(section(concern(relation('SUBJ', problem(undefined, comment('Pas ceci').replace('<entryRelationship ', `<entryRelationship${denied} `))))));
  expect(mapped.one('Condition')).not.toHaveProperty('note');
  expect(mapped.issues.join()).toContain(named);
});

it('a dosage inside a treatment that is not one of it is left out', () => {
  const mapped = treatment(no('COMP', statement('substanceAdministration', `<doseQuantity value="9" unit="mg"/>${product}`, { templates: french('42') })));
  expect(mapped.one('MedicationStatement')).not.toHaveProperty('dosage');
  expect(mapped.issues.join()).toContain(named);
});

it('a result, a specimen and a battery that are not of an act of the laboratory are left out', () => {
  const result = (loinc: string): string => statement('observation', `${code(`loinc|${loinc}`)}<statusCode code="completed"/><value xsi:type="PQ" value="1" unit="g/L"/>`, { templates: french('80') });
  const act = statement('act', code('loinc|18723-7') + relation('COMP', result('718-7')) + no('COMP', result('2345-7')) + no('COMP', statement('procedure', `<code ${coded('nabm|9105')}/>`, { templates: french('77') })), {});
  const mapped = body(section(`<entry>${french('21')}${act}</entry>`, { code: '18723-7' }), { templates: CRBIO });
  expect(mapped.all('Observation').map(({ code: { coding } }) => coding[0].code).sort()).toEqual(['18723-7', '718-7']);
  expect(mapped.all('Specimen')).toEqual([]);
  expect(mapped.issues.join()).toContain(named);
});

it('an entry that is itself denied gives nothing', () => {
  const mapped = body(section(concern(relation('SUBJ', problem())).replace('<entry>', `<entry${denied}>`)));
  expect(mapped.types).toEqual([]);
  expect(mapped.issues.join()).toContain('is denied');
});

describe('what is denied is named', () => {
  it.each([['30', cd('conditionStatus|resolved')], ['29', cd('snomed|24484000')], ['171', cd('certainty|confirmed')], ['31', cd('snomed|84387000')]])('an attribute %s', (template, value) => {
    const mapped = body(section(concern(relation('SUBJ', problem(undefined, attributeOf(template, value, denied))))));
    expect(mapped.issues.join()).toContain(`a part 1.2.250.1.213.1.1.3.${template} (observation, denied or not an event)`);
  });

  it('the reaction to a vaccination that was not done', () => {
    const done = `<statusCode code="completed"/>${product}${relation('CAUS', problem())}`;
    const mapped = body(section(entry(statement('substanceAdministration', done, { templates: french('45'), negated: true })), { code: '11369-6' }));
    expect(mapped.one('Immunization')).toMatchObject({ status: 'not-done' });
    expect(mapped.issues.join()).toContain('a part 1.2.250.1.213.1.1.3.37 (observation 55607006, denied or not an event)');
  });

  it('the value of an observation', () => {
    const mapped = body(section(entry(statement('observation', `${code('loinc|72166-2')}${cd('snomed|8517006')}`, { templates: french('48'), negated: true }))));
    expect(mapped.issues.join()).toContain('the value of an observation that is denied');
  });
});
