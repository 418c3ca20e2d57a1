/** Family history → FamilyMemberHistory, never a fact about the patient (french-interop 6.1, 6.7). */
import { body, cd, code, coded, comment, entry, french, pcc, relation, section, statement, type Body, type StatementOptions } from './body';

interface Disease extends StatementOptions {
  readonly value?: string;
  readonly time?: string;
  readonly parts?: string;
}
const disease = ({ value = cd('cim10|I21.9|Infarctus'), time = '', parts = '', ...options }: Disease = {}): string =>
  statement('observation', `${code('snomed|64572001')}<statusCode code="completed"/>${time}${value}${parts}`, { templates: french('51'), ...options });
const mother = `<subject><relatedSubject classCode="PRS">${code('role|MTH|Mère')}<subject><administrativeGenderCode code="F"/><birthTime value="19500102"/></subject></relatedSubject></subject>`;
const of = (diseases: string, { subject = mother, status = 'completed', more = '' } = {}): Body =>
  body(section(entry(statement('organizer', `<statusCode code="${status}"/>${subject}${diseases}${more}`, { templates: french('59') })), { code: '10157-6' }));
const component = (inner: string): string => `<component>${inner}</component>`;
const age = (value: string): string => relation('SUBJ', statement('observation', `${code('snomed|397659008')}<value xsi:type="PQ" ${value}/>`, { templates: pcc('13') }), ' inversionInd="true"');

it('one relative becomes one FamilyMemberHistory with every disease', () => {
  const mapped = of(component(disease({ time: '<effectiveTime value="1999"/>', parts: comment('Décès brutal') })) + component(disease({ value: cd('cim10|E11'), parts: age('value="52" unit="a"') })) +
    component(disease({ value: cd('cim10|C50'), parts: relation('CAUS', statement('observation', cd('snomed|419099009'), { templates: pcc('13') })) })));
  expect(mapped.faults).toEqual([]);
  expect(mapped.issues).toEqual([]);
  expect(mapped.types).toEqual(['FamilyMemberHistory']);
  expect(mapped.one('FamilyMemberHistory')).toEqual({
    resourceType: 'FamilyMemberHistory',
    status: 'completed',
    patient: { reference: 'Patient/p' },
    relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'MTH', display: 'Mère' }] },
    sex: { coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code: 'female' }] },
    bornDate: '1950-01-02',
    condition: [
      { code: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'I21.9', display: 'Infarctus' }] }, onsetPeriod: { start: '1999', end: '1999' }, note: [{ text: 'Décès brutal' }] },
      { code: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'E11' }] }, onsetAge: { value: 52, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' } },
      { code: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'C50' }] }, contributedToDeath: true },
    ],
  });
});

it('a disease that is denied is not among those of the relative; all denied, there is no history', () => {
  const mapped = of(component(disease({ negated: true })) + component(disease({ value: cd('cim10|E11') })));
  expect(mapped.one('FamilyMemberHistory').condition.map((condition: { code: { coding: [{ code: string }] } }) => condition.code.coding[0].code)).toEqual(['E11']);
  expect(mapped.issues.join()).toContain('denied or not an event');
  expect(of(component(disease({ negated: true }))).types).toEqual([]);
  expect(of(component(disease({ mood: 'INT' }))).types).toEqual([]);
});

it.each([
  ['<component/>', 'FAMMEMB', ''],
  [`<subject><relatedSubject classCode="PRS"><code nullFlavor="UNK"/></relatedSubject></subject>`, 'FAMMEMB', ''],
])('a relative who is not named (%s) is a family member', (subject, expected) => {
  expect(of(component(disease()), { subject }).one('FamilyMemberHistory').relationship.coding[0].code).toBe(expected);
});

it('an observation without its organizer is of a relative too', () => {
  const mapped = body(section(entry(disease({ parts: mother })), { code: '10157-6' }));
  expect(mapped.types).toEqual(['FamilyMemberHistory']);
  expect(mapped.one('FamilyMemberHistory').relationship.coding[0].code).toBe('MTH');
  expect(body(section(entry(disease()))).one('FamilyMemberHistory').relationship.coding[0].code).toBe('FAMMEMB');
});

it('a relative who died, and when', () => {
  const dead = (inner: string): string => `<subject><relatedSubject classCode="PRS">${code('role|FTH')}<subject>${inner}</subject></relatedSubject></subject>`;
  expect(of(component(disease()), { subject: dead('<sdtc:deceasedInd value="true"/>') }).one('FamilyMemberHistory').deceasedBoolean).toBe(true);
  expect(of(component(disease()), { subject: dead('<sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="2001"/>') }).one('FamilyMemberHistory').deceasedDate).toBe('2001');
});

// age-1: an age is above nought.
it.each([['value="-3" unit="a"'], ['value="0" unit="a"'], ['value="3" unit="kg"'], ['nullFlavor="UNK"']])('an age that is none (%s) is named', (value) => {
  const mapped = of(component(disease({ parts: age(value) })));
  expect(mapped.faults).toEqual([]);
  expect(mapped.one('FamilyMemberHistory').condition[0]).not.toHaveProperty('onsetAge');
  expect(mapped.issues.join()).toContain('an age that cannot be read');
});

it.each([
  ['an observation', statement('observation', `${code('loinc|8302-2')}<value xsi:type="PQ" value="180" unit="cm"/>`, { templates: french('48') })],
  ['an allergy', statement('act', relation('SUBJ', statement('observation', `<participant typeCode="CSM"><participantRole><playingEntity><code ${coded('atc|J01')}/></playingEntity></participantRole></participant>`, { templates: french('41') })), { templates: french('40') })],
  ['an act', statement('procedure', code('ccam|DDAF004'), { templates: french('62') })],
])('%s in a section about relatives is nothing of the patient', (_, inner) => {
  for (const mapped of [body(section(entry(inner), { code: '10157-6' })), body(section(entry(inner), { templates: '<templateId root="1.2.250.1.213.1.1.2.139"/>', code: '999-9' }))]) {
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('somebody else than the patient');
  }
});
