/** Observations outside the laboratory → Observation, by french-interop 6.1, 6.6 (values) and 6.7. */
import { author, body, code, comment, entry, french, pcc, performer, relation, section, statement, type Body, type StatementOptions } from './body';

interface Simple extends StatementOptions {
  readonly what?: string;
  readonly status?: string;
  readonly time?: string;
  readonly value?: string;
  readonly more?: string;
}
const observation = ({ what = code('loinc|72166-2|Statut tabagique'), status = 'completed', time = '<effectiveTime value="20231201"/>', value = '', more = '', ...options }: Simple = {}): string =>
  statement('observation', `${what}<statusCode code="${status}"/>${time}${value}${more}`, { templates: french('48'), ...options });
const of = (options: Simple = {}): Body => body(section(entry(observation(options)), { code: '29762-2' }));
const one = (options: Simple = {}): ReturnType<Body['one']> => of(options).one('Observation');
const valueOf = (value: string): object => Object.fromEntries(Object.entries(one({ value }) as object).filter(([name]) => name.startsWith('value') || name === 'dataAbsentReason'));
const quantity = (value: number, unit: string, more: object = {}): object => ({ value, ...more, unit, system: 'http://unitsofmeasure.org', code: unit });

describe('the value of an observation', () => {
  it.each([
    ['<value xsi:type="PQ" value="25" unit="{pack}/a"/>', { valueQuantity: quantity(25, '{pack}/a') }],
    ['<value xsi:type="PQ" value="25"/>', { valueQuantity: { value: 25 } }],
    ['<value xsi:type="PQ" value="7" unit="par jour"/>', { valueQuantity: { value: 7, unit: 'par jour' } }],
    ['<value xsi:type="IVL_PQ"><low value="5" unit="mg" inclusive="true"/></value>', { valueQuantity: quantity(5, 'mg', { comparator: '>=' }) }],
    ['<value xsi:type="IVL_PQ"><low value="5" unit="mg"/></value>', { valueQuantity: quantity(5, 'mg', { comparator: '>=' }) }],
    ['<value xsi:type="IVL_PQ"><low value="5" unit="mg" inclusive="false"/></value>', { valueQuantity: quantity(5, 'mg', { comparator: '>' }) }],
    ['<value xsi:type="IVL_PQ"><high value="5" unit="mg"/></value>', { valueQuantity: quantity(5, 'mg', { comparator: '<=' }) }],
    ['<value xsi:type="IVL_PQ"><high value="5" unit="mg" inclusive="false"/></value>', { valueQuantity: quantity(5, 'mg', { comparator: '<' }) }],
    ['<value xsi:type="IVL_PQ"><low value="1" unit="mg"/><high value="5" unit="mg"/></value>', { valueRange: { low: quantity(1, 'mg'), high: quantity(5, 'mg') } }],
    ['<value xsi:type="IVL_PQ"><low value="1.0" unit="mg"/><width value="0.25" unit="mg"/></value>', { valueRange: { low: quantity(1, 'mg'), high: quantity(1.25, 'mg') } }],
    ['<value xsi:type="IVL_PQ"><high value="5" unit="mg"/><width value="7" unit="mg"/></value>', { valueRange: { low: quantity(-2, 'mg'), high: quantity(5, 'mg') } }],
    ['<value xsi:type="IVL_PQ"><center value="5" unit="mg"/><width value="1" unit="mg"/></value>', { valueRange: { low: quantity(4.5, 'mg'), high: quantity(5.5, 'mg') } }],
    ['<value xsi:type="IVL_PQ"><center value="5" unit="mg"/></value>', { valueQuantity: quantity(5, 'mg') }],
    // rng-2
    ['<value xsi:type="IVL_PQ"><low value="9" unit="mg"/><high value="5" unit="mg"/></value>', { dataAbsentReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown' }] } }],
    ['<value xsi:type="CD" code="LA18976-3" codeSystem="2.16.840.1.113883.6.1" displayName="Fumeur"/>', { valueCodeableConcept: { coding: [{ system: 'http://loinc.org', code: 'LA18976-3', display: 'Fumeur' }] } }],
    ['<value xsi:type="CD"><originalText>occasionnel</originalText></value>', { valueCodeableConcept: { text: 'occasionnel' } }],
    ['<value xsi:type="ST">Sevré</value>', { valueString: 'Sevré' }],
    ['<value xsi:type="ED">&lt;1.0 mg/L</value>', { valueString: '<1.0 mg/L' }],
    ['<value xsi:type="INT" value="2"/>', { valueInteger: 2 }],
    ['<value xsi:type="INT" value="99999999999"/>', { valueQuantity: { value: 99999999999 } }],
    ['<value xsi:type="REAL" value="2.5"/>', { valueQuantity: { value: 2.5 } }],
    ['<value xsi:type="BL" value="true"/>', { valueBoolean: true }],
    ['<value xsi:type="BL" value="false"/>', { valueBoolean: false }],
    ['<value xsi:type="TS" value="20240903"/>', { valueDateTime: '2024-09-03' }],
    ['<value xsi:type="IVL_TS" value="20240903"/>', { valueDateTime: '2024-09-03' }],
    ['<value xsi:type="IVL_TS"><low value="2024"/></value>', { valuePeriod: { start: '2024' } }],
    ['<value xsi:type="RTO"><numerator value="1"/><denominator value="128"/></value>', { valueRatio: { numerator: { value: 1 }, denominator: { value: 128 } } }],
    ['<value xsi:type="MO" value="12.5" currency="EUR"/>', { valueQuantity: { value: 12.5, unit: 'EUR', system: 'urn:iso:std:iso:4217', code: 'EUR' } }],
    ['<value xsi:type="CD" nullFlavor="NASK"/>', { dataAbsentReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'not-asked' }] } }],
    ['<value xsi:type="PQ" nullFlavor="ASKU"/>', { dataAbsentReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'asked-unknown' }] } }],
    ['<value xsi:type="PQ" value="&lt; 0,5" unit="mg/L"/>', { valueString: '< 0,5 mg/L' }],
    ['<value xsi:type="INT" value="1/128"/>', { valueString: '1/128' }],
    ['<value xsi:type="PQ" nullFlavor="OTH"><translation value="12" unit="mg"/><translation value="0.012" unit="g"/></value>', {
      valueQuantity: { ...quantity(12, 'mg'), extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation', valueQuantity: quantity(0.012, 'g') }] },
    }],
    ['<value xsi:type="GLIST_PQ"/>', { dataAbsentReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown' }] } }],
    ['', {}],
  ])('%s', (value, expected) => {
    const mapped = of({ value });
    expect(mapped.faults).toEqual([]);
    expect(valueOf(value)).toEqual(expected);
  });

  it.each([
    ['<low value="1" unit="mg"/><width value="1" unit="g"/>', 'a width of a quantity that gives no bound'],
    ['<low value="9" unit="mg"/><high value="5" unit="mg"/>', 'bounds of which the lower is above the higher'],
  ])('that cannot be an interval as written is named: %s', (inner, what) => {
    expect(of({ value: `<value xsi:type="IVL_PQ">${inner}</value>` }).issues.join()).toContain(what);
  });

  // UCUM as https://ucum.org has it; G/L is gauss per litre there, and giga per litre in French laboratories.
  it.each(['g/L', '10*9/L', '[iU]/L', 'mm[Hg]', '%', '{tablet}', '/mL', 'mL/min/{1.73_m2}'])('in %s is in UCUM', (unit) => {
    const mapped = of({ value: `<value xsi:type="PQ" value="1" unit="${unit}"/>` });
    expect(mapped.one('Observation').valueQuantity).toEqual(quantity(1, unit));
    expect(mapped.issues).toEqual([]);
  });
  it.each(['UI/L', 'UI/mL', 'Giga/L', 'G/L', 'T/L', 'mmHg', 'µmol/L', 'comprimé', 'KG'])('in %s has its unit as text, which is told once', (unit) => {
    const mapped = body(section(entry(observation({ value: `<value xsi:type="PQ" value="1" unit="${unit}"/>` })).repeat(2), { code: '29762-2' }) + section(entry(observation({ value: `<value xsi:type="PQ" value="2" unit="${unit}"/>` }))));
    for (const { valueQuantity } of mapped.all('Observation')) expect(valueQuantity).toEqual({ value: expect.any(Number) as number, unit });
    expect(mapped.issues).toEqual([`The unit "${unit}" is not one of UCUM: it is kept as text.`]);
  });
  it.each(['n°279035121518989', 'Mme Dupont née Durand', '<b>'])('in a unit that may be anything else is told without it (%s)', (unit) => {
    expect(of({ value: `<value xsi:type="PQ" value="1" unit="${unit.replace('<', '&lt;')}"/>` }).issues).toEqual(['A unit is not one of UCUM: it is kept as text.']);
  });
  it.each([
    ['code="mmol/L" codeSystem="2.16.840.1.113883.6.8"', { value: 2, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' }],
    ['code="UI/L" codeSystem="2.16.840.1.113883.6.8"', { value: 2, unit: 'UI/L' }],
    ['code="umol/L" codeSystem="2.16.840.1.113883.6.8" displayName="micromoles"', { value: 2, unit: 'micromoles', system: 'http://unitsofmeasure.org', code: 'umol/L' }],
    ['code="X1" codeSystem="1.2.250.1.999.3"', { value: 2, unit: 'X1', system: 'urn:oid:1.2.250.1.999.3', code: 'X1' }],
    ['unit="g/L"', { value: 2, unit: 'g/L', system: 'http://unitsofmeasure.org', code: 'g/L' }],
    ['', { value: 2 }],
  ])('has its translation %s', (attributes, valueQuantity) => {
    const found = one({ value: `<value xsi:type="PQ" value="1" unit="g"><translation value="2" ${attributes}/></value>` });
    expect(found.valueQuantity.extension).toEqual([{ url: 'http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation', valueQuantity }]);
  });

  it('resolves the prefix of its type', () => {
    expect(valueOf('<value xmlns:c="urn:hl7-org:v3" xsi:type="c:PQ" value="1" unit="g"/>')).toEqual({ valueQuantity: quantity(1, 'g') });
  });

  // obs-7: a component of the code of the Observation, and a value beside it, exclude each other.
  it('that comes with others is one component among them, of the code of the observation', () => {
    const found = one({ value: '<value xsi:type="ST">un</value><value xsi:type="ST">deux</value>' });
    expect(found.component).toEqual([{ code: found.code, valueString: 'un' }, { code: found.code, valueString: 'deux' }]);
    expect(Object.keys(found).filter((name) => name.startsWith('value') || name === 'dataAbsentReason')).toEqual([]);
    expect(one({ value: '<value xsi:type="ST" nullFlavor="UNK"/><value xsi:type="ST">deux</value>' })).toMatchObject({ valueString: 'deux' });
  });
});

describe('an observation', () => {
  it('becomes an Observation with its elements', () => {
    const mapped = of({ templates: french('52'), value: '<value xsi:type="ST">Sevré</value>', more: `${performer('PractitionerRole/nurse')}${comment('Depuis 2015')}` });
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('Observation')).toEqual({
      resourceType: 'Observation', status: 'final', category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'social-history' }] }],
      code: { coding: [{ system: 'http://loinc.org', code: '72166-2', display: 'Statut tabagique' }] }, subject: { reference: 'Patient/p' }, effectiveDateTime: '2023-12-01',
      performer: [{ reference: 'PractitionerRole/nurse' }], valueString: 'Sevré', note: [{ text: 'Depuis 2015' }],
    });
  });

  it.each([['48.6', undefined], ['53', undefined], ['52', 'social-history'], ['50', 'vital-signs'], ['25', 'survey']])('of template .%s has the category %s', (template, expected) => {
    expect(one({ templates: french(template) }).category?.[0].coding[0].code).toBe(expected);
  });

  it.each([['13.4', 'social-history'], ['13.2', 'vital-signs'], ['13', undefined]])('of the parent %s alone has the category %s', (parent, expected) => {
    expect(one({ templates: pcc('13') + pcc(parent) }).category?.[0].coding[0].code).toBe(expected);
  });

  it.each([
    ['completed', '<value xsi:type="INT" value="1"/>', 'final'], ['active', '<value xsi:type="INT" value="1"/>', 'preliminary'], ['active', '', 'registered'], ['aborted', '', 'cancelled'],
    ['cancelled', '', 'cancelled'], ['held', '', 'registered'], ['nullified', '', 'entered-in-error'], ['strange', '', 'unknown'],
  ])('that is %s with %j is %s', (status, value, expected) => {
    expect(one({ status, value }).status).toBe(expected);
  });

  it('negated has no value, and says that it was not performed', () => {
    const found = one({ negated: true, value: '<value xsi:type="BL" value="true"/><value xsi:type="ST">oui</value>', more: '<interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83"/>' });
    expect(Object.keys(found).filter((name) => name.startsWith('value'))).toEqual([]);
    expect(found).not.toHaveProperty('component');
    expect(found).not.toHaveProperty('interpretation');
    expect(found.dataAbsentReason).toEqual({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'not-performed' }] });
  });

  it.each(['INT', 'GOL', 'PRP', 'RQO'])('in the mood %s gives nothing', (mood) => {
    expect(of({ mood }).types).toEqual([]);
  });

  it('about somebody else gives nothing', () => {
    expect(of({ more: '<subject><relatedSubject classCode="PRS"><code code="NBOR" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>' }).types).toEqual([]);
  });

  it.each(['54', '27', '210', '48.18'])('of template .%s is not mapped, though it bears a parent that is', (template) => {
    const mapped = of({ templates: pcc('13') + french(template) });
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain(template);
  });

  it('without a code says that it has none', () => {
    const mapped = of({ what: '<code nullFlavor="NASK"/>', value: '<value xsi:type="ST">x</value>' });
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('Observation').code).toEqual({ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'not-asked' }] });
  });

  it('was performed by its performer, else by its author; never by a device', () => {
    expect(one({ more: author('PractitionerRole/own') }).performer).toEqual([{ reference: 'PractitionerRole/own' }]);
    expect(one({ more: performer('Device/robot') }).performer).toEqual([{ reference: 'PractitionerRole/header' }]);
  });
});

describe('vital signs', () => {
  const sign = (loinc: string, value: string, options: Simple = {}): string =>
    `<component>${observation({ what: code(`loinc|${loinc}`), value: `<value xsi:type="PQ" value="${value}" unit="mm[Hg]"/>`, templates: french('50'), ...options })}</component>`;
  const panel = (inner: string): Body => body(section(entry(statement('organizer', `<id root="1.2.250.1.999.12"/>${code('loinc|85353-1')}<statusCode code="completed"/><effectiveTime value="20231130"/>${inner}`, { templates: french('49') })), { code: '8716-3' }));

  it('are the members of their panel', () => {
    const mapped = panel(sign('8867-4', '72') + sign('29463-7', '58', { time: '' }));
    expect(mapped.faults).toEqual([]);
    const [group] = mapped.composition.section[0].entry.map(mapped.at);
    expect(group).toMatchObject({ code: { coding: [{ code: '85353-1' }] }, status: 'final', category: [{ coding: [{ code: 'vital-signs' }] }], effectiveDateTime: '2023-11-30' });
    expect(group.hasMember.map(mapped.at).map((member: { code: { coding: [{ code: string }] }; effectiveDateTime: string }) => [member.code.coding[0].code, member.effectiveDateTime])).toEqual([['8867-4', '2023-12-01'], ['29463-7', '2023-11-30']]);
  });

  it('of pressure are the components of one blood pressure', () => {
    const mapped = panel(sign('8480-6', '120') + sign('8462-4', '75') + sign('8867-4', '72'));
    expect(mapped.faults).toEqual([]);
    const group = mapped.at(mapped.composition.section[0].entry[0]);
    const [pressure, pulse] = group.hasMember.map(mapped.at);
    expect(pulse.code.coding[0].code).toBe('8867-4');
    expect(pressure).toMatchObject({ code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] }, category: [{ coding: [{ code: 'vital-signs' }] }], effectiveDateTime: '2023-12-01' });
    expect(pressure).not.toHaveProperty('valueQuantity');
    expect(pressure.component).toEqual([['8480-6', 120], ['8462-4', 75]].map(([loinc, value]) => ({ code: { coding: [{ system: 'http://loinc.org', code: loinc }] }, valueQuantity: quantity(value as number, 'mm[Hg]') })));
    expect(mapped.all('Observation')).toHaveLength(3);
  });

  it.each([
    ['of different moments', sign('8480-6', '120') + sign('8462-4', '75', { time: '<effectiveTime value="20231202"/>' })],
    ['of several readings', sign('8480-6', '120') + sign('8480-6', '130') + sign('8462-4', '75')],
    ['of one that is not final', sign('8480-6', '120') + sign('8462-4', '75', { status: 'active' })],
  ])('of pressure %s stay apart', (_, inner) => {
    expect(panel(inner).all('Observation').map((found) => found.code.coding[0].code)).not.toContain('85354-9');
  });

  it('that are intended, or of somebody else, are not members; a panel of none is nothing', () => {
    const mapped = panel(sign('8867-4', '72') + sign('29463-7', '58', { mood: 'INT' }));
    expect(mapped.all('Observation')).toHaveLength(2);
    expect(mapped.issues.join()).toContain('not an event');
    expect(panel(sign('29463-7', '58', { mood: 'INT' })).types).toEqual([]);
  });

  it('a part that is none of them is named', () => {
    expect(panel(sign('8867-4', '72') + `<component>${statement('procedure', code('ccam|X'), { templates: french('62') })}</component>`).issues.join()).toContain('a part 1.2.250.1.213.1.1.3.62 (procedure X)');
  });
});

it('a result group (.208) holds its observations (.209)', () => {
  const mapped = body(section(entry(statement('organizer', `${code('loinc|26436-6')}<statusCode code="completed"/><component>${observation({ templates: french('48') + french('209'), value: '<value xsi:type="ST">x</value>', more: relation('COMP', '<act classCode="ACT" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.32"/><text>Vu</text></act>') })}</component>`, { templates: french('208') }))));
  expect(mapped.faults).toEqual([]);
  expect(mapped.all('Observation')).toHaveLength(2);
});
