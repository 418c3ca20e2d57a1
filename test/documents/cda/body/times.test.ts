/** When things ended, by french-interop 6.2 to 6.5: a width gives an end, a year or a month ends when it is over. The document is of 2024-01-15 10:00. */
import { body, cd, code, entry, french, relation, section, statement, type Body } from './body';

const product = '<consumable><manufacturedProduct><manufacturedMaterial><name>FICTIF</name></manufacturedMaterial></manufacturedProduct></consumable>';
const treatment = (times: string, more = ''): Body => body(section(entry(statement('substanceAdministration', `<statusCode code="completed"/>${times}${product}${more}`, { templates: french('42') })), { code: '10160-0' }));
const problem = (time: string, act = 'active'): Body =>
  body(section(entry(statement('act', `<statusCode code="${act}"/>${relation('SUBJ', statement('observation', `<effectiveTime>${time}</effectiveTime>${cd('cim10|J45.9')}`, { templates: french('37') }))}`, { templates: french('39') }))));
const interval = (inner: string): string => `<effectiveTime xsi:type="IVL_TS">${inner}</effectiveTime>`;
const width = (value: string, unit: string): string => `<width value="${value}" unit="${unit}"/>`;

describe('a treatment', () => {
  it.each([
    ['<low value="20231201"/>' + width('1', 'mo'), 'completed', { start: '2023-12-01', end: '2024-01-01' }],
    ['<low value="20231201"/>' + width('3', 'mo'), 'active', { start: '2023-12-01', end: '2024-03-01' }],
    ['<low value="20240110"/>' + width('5', 'd'), 'completed', { start: '2024-01-10', end: '2024-01-15' }],
    ['<high value="20240301"/>' + width('1', 'wk'), 'intended', { start: '2024-02-23', end: '2024-03-01' }],
    ['<low value="2019"/><high value="2024"/>', 'active', { start: '2019', end: '2024' }],
    ['<low value="2019"/><high value="202401"/>', 'active', { start: '2019', end: '2024-01' }],
    ['<low value="2019"/><high value="202312"/>', 'completed', { start: '2019', end: '2023-12' }],
    ['<low value="2019"/><high value="2023"/>', 'completed', { start: '2019', end: '2023' }],
    ['<low value="2024"/>', 'active', { start: '2024' }],
    ['<low value="202402"/>', 'intended', { start: '2024-02' }],
  ])('%s is %s', (times, status, effectivePeriod) => {
    expect(treatment(interval(times)).one('MedicationStatement')).toMatchObject({ status, effectivePeriod });
  });

  it.each([
    ['2024', '2024', 'completed'], ['2024', '20240801', 'completed'], ['2024', '2025', 'active'], ['202401', '2024', 'active'], ['202401', '202401', 'completed'], ['20240115', '20240115', 'completed'], ['20240115', '20240116', 'active'],
  ])('in a document of %s with the end %s is %s', (literal, end, status) => {
    const statements = section(entry(statement('substanceAdministration', `${interval(`<high value="${end}"/>`)}${product}`, { templates: french('42') })), { code: '10160-0' });
    expect(body(statements, { time: literal, context: { documentTime: { literal, at: Date.UTC(2024, 0, 15) } } }).one('MedicationStatement').status).toBe(status);
  });

  it('of which only the length is known is bounded by it, and is not over', () => {
    const mapped = treatment(interval(width('7', 'd')) + '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>');
    const found = mapped.one('MedicationStatement');
    expect(found.status).toBe('active');
    expect(found).not.toHaveProperty('effectivePeriod');
    expect(found.dosage).toEqual([{ timing: { repeat: { boundsDuration: { value: 7, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' }, frequency: 1, period: 8, periodUnit: 'h' } } }]);
    expect(mapped.issues).toEqual([]);
    expect(mapped.faults).toEqual([]);
    expect(treatment(interval(width('2', 'wk'))).one('MedicationStatement').dosage[0].timing.repeat.boundsDuration).toMatchObject({ value: 2, code: 'wk' });
  });

  it('in parts has the interval of each part', () => {
    const part = (times: string): string => relation('COMP', statement('substanceAdministration', `${times}<doseQuantity value="1" unit="mg"/>${product}`, { templates: french('42') }));
    const mapped = treatment(interval('<low value="20240101"/>'), part(interval('<low value="20240101"/>' + width('3', 'd'))) + part(interval('<low value="20240104"/>')));
    expect(mapped.one('MedicationStatement').dosage.map(({ timing }: { timing: { repeat: object } }) => timing.repeat)).toEqual([
      { boundsPeriod: { start: '2024-01-01', end: '2024-01-04' } }, { boundsPeriod: { start: '2024-01-04' } },
    ]);
    expect(mapped.faults).toEqual([]);
  });

  it('with a width that gives no end keeps its start, and the width is named', () => {
    const mapped = treatment(interval('<low value="2023"/>' + width('10', 'd')));
    expect(mapped.one('MedicationStatement')).toMatchObject({ status: 'active', effectivePeriod: { start: '2023' } });
    expect(mapped.issues.join()).toContain('effectiveTime: a width that gives no bound');
  });

  it('with several intervals has the first, and the others are named', () => {
    const mapped = treatment(interval('<low value="20230101"/><high value="20230201"/>') + interval('<low value="20230601"/>'));
    expect(mapped.one('MedicationStatement').effectivePeriod).toEqual({ start: '2023-01-01', end: '2023-02-01' });
    expect(mapped.issues.join()).toContain('further intervals of a treatment');
  });
});

describe('a problem', () => {
  it.each([
    ['<low value="20230101"/>' + width('1', 'mo'), 'resolved', '2023-02-01'],
    ['<low value="20240101"/>' + width('1', 'mo'), 'active', undefined],
    ['<low value="2020"/><high value="2024"/>', 'active', undefined],
    ['<low value="2020"/><high value="202401"/>', 'active', undefined],
    ['<low value="2020"/><high value="2023"/>', 'resolved', '2023'],
    ['<center value="20230601"/>' + width('2', 'd'), 'resolved', '2023-06-02'],
    ['<center value="20230601"/>', 'active', undefined],
  ])('%s is %s', (time, status, end) => {
    const condition = problem(time).one('Condition');
    expect(condition.clinicalStatus.coding[0].code).toBe(status);
    expect(condition.abatementDateTime).toBe(end);
  });

  // con-4: what has abated is inactive, resolved or in remission.
  it('nullified has no end, and the end is named', () => {
    const mapped = problem('<low value="2020"/><high value="2021"/>', 'nullified');
    expect(mapped.one('Condition')).not.toHaveProperty('abatementDateTime');
    expect(mapped.issues.join()).toContain('the end of a problem');
  });
});

it('an allergy that ended by its width is resolved', () => {
  const time = `<effectiveTime><low value="2019"/>${width('2', 'a')}</effectiveTime>`;
  const mapped = body(section(entry(statement('observation', `${code('snomed|416098002')}${time}${cd('atc|J01CA04')}`, { templates: french('41') })), { code: '48765-2' }));
  expect(mapped.one('AllergyIntolerance')).toMatchObject({ clinicalStatus: { coding: [{ code: 'resolved' }] }, onsetPeriod: { start: '2019', end: '2021' } });
});

it('a vaccination over a time has its start, and its end is named', () => {
  const time = `<effectiveTime><low value="20230101"/>${width('1', 'd')}</effectiveTime>`;
  const mapped = body(section(entry(statement('substanceAdministration', `<statusCode code="completed"/>${time}${product}`, { templates: french('45') })), { code: '11369-6' }));
  expect(mapped.one('Immunization').occurrenceDateTime).toBe('2023-01-01');
  expect(mapped.issues.join()).toContain('the end of the time of a vaccination');
});

it('an act that is to come by the width before its end is prepared', () => {
  const time = `<effectiveTime><high value="20240301"/>${width('1', 'd')}</effectiveTime>`;
  const mapped = body(section(entry(statement('procedure', `${code('ccam|HHFA001')}<statusCode code="completed"/>${time}`, { templates: french('62') })), { code: '47519-4' }));
  expect(mapped.one('Procedure')).toMatchObject({ status: 'preparation', performedPeriod: { start: '2024-02-29', end: '2024-03-01' } });
});
