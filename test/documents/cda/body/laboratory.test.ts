/** Biology reports → Observations, Specimens and the one DiagnosticReport (french-interop 6.1, 6.6; rules 3.6, 3.7). */
import { cda } from '../../../support/cda';
import { mapped } from '../../../support/mapped';
import { author, body, code, coded, comment, CRBIO, french, performer, relation, statement, type Body, type BodyOptions, type StatementOptions } from './body';

const lab = (n: string): string => `<templateId root="1.3.6.1.4.1.19376.1.3.1${n}"/>`;
const chapter = (inner: string, loinc = '18725-2', text = ''): string =>
  `<component><section><templateId root="1.2.250.1.213.1.1.2.70"/>${code(`loinc|${loinc}`)}<title>Chapitre</title>${text === '' ? '' : `<text>${text}</text>`}${inner}</section></component>`;
const subchapter = (inner: string): string => `<component><section><templateId root="1.2.250.1.213.1.1.2.71"/>${code('loinc|57698-3')}${inner}</section></component>`;
const act = (inner: string, { what = code('loinc|18725-2'), status = 'completed', ...options }: StatementOptions & { what?: string; status?: string } = {}): string =>
  `<entry>${lab('')}${french('21')}${statement('act', `${what}<statusCode code="${status}"/>${inner}`, options)}</entry>`;
const part = (inner: string): string => relation('COMP', inner);
interface Result extends StatementOptions {
  readonly what?: string;
  readonly status?: string;
  readonly value?: string;
  readonly more?: string;
  readonly time?: string;
}
const result = ({ what = code('loinc|2571-8'), status = 'completed', value = '<value xsi:type="PQ" value="0.620" unit="g/L"/>', more = '', time = '<effectiveTime value="20240104131933+0100"/>', ...options }: Result = {}): string =>
  statement('observation', `${what}<statusCode code="${status}"/>${time}${value}${more}`, { templates: lab('.6') + french('80'), ...options });
const battery = (inner: string, what = code('loinc|24331-1'), status = 'completed'): string =>
  statement('organizer', `<id root="1.2.250.1.999.13" extension="b"/>${what}<statusCode code="${status}"/><effectiveTime value="20240104120000+0100"/>${inner}`, { templates: lab('.4') + french('78') });
const component = (inner: string): string => `<component>${inner}</component>`;
const specimen = (type = 'UR', more = '', options: StatementOptions = {}): string =>
  statement('procedure', `${code('nabm|5201|ECBU')}<effectiveTime value="202401040735+0100"/><targetSiteCode ${coded('snomed|64033007|rein')}/>` +
    `<participant typeCode="PRD"><participantRole classCode="SPEC"><id root="1.2.250.1.999.14" extension="s"/><playingEntity>${code(`v20487|${type}`)}</playingEntity></participantRole></participant>${more}`, { templates: lab('.2') + french('77'), ...options });
const received = part(`<act classCode="ACT" moodCode="EVN">${lab('.3')}${french('107')}<code code="SPRECEIVE"/><effectiveTime value="202401040752+0100"/></act>`);
const of = (sections: string, options: BodyOptions = {}): Body => body(sections, { templates: CRBIO, code: code('loinc|11502-2|CR de biologie'), ...options });
const reportOf = (sections: string, options: BodyOptions = {}): ReturnType<Body['one']> => of(sections, options).one('DiagnosticReport');
const resultOf = (options: Result = {}): ReturnType<Body['one']> => {
  const mapped = of(chapter(act(part(result(options)))));
  expect(mapped.faults).toEqual([]);
  return mapped.all('Observation').find((found) => found.hasMember === undefined);
};
const laboratoryCategory = [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] }, { coding: [{ system: 'http://loinc.org', code: '18725-2' }] }];
const quantity = (value: number, unit: string): object => ({ value, unit, system: 'http://unitsofmeasure.org', code: unit });

describe('a laboratory result', () => {
  it('becomes an Observation with every element of the table', () => {
    expect(resultOf({
      what: code('loinc|2571-8|Triglycérides', `<translation ${coded('1.2.250.1.999.15|TRI')}/>`),
      more: `<interpretationCode ${coded('interpretation|N')}/><methodCode ${coded('method|DEG|Spectrophotométrie')}/>${comment('Contrôlé')}` +
        `<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="0.50" unit="g/L"/><high value="1.50" unit="g/L"/></value><interpretationCode ${coded('interpretation|N')}/></observationRange></referenceRange>`,
    })).toEqual({
      resourceType: 'Observation', status: 'final', category: laboratoryCategory,
      code: { coding: [{ system: 'http://loinc.org', code: '2571-8', display: 'Triglycérides' }, { system: 'urn:oid:1.2.250.1.999.15', code: 'TRI' }] },
      subject: { reference: 'Patient/p' }, effectiveDateTime: '2024-01-04T13:19:33+01:00',
      performer: [{
        extension: [{
          url: 'https://interop.esante.gouv.fr/ig/fhir/document-core/StructureDefinition/fr-actor-extension',
          extension: [{ url: 'type', valueCode: 'AUT' }, { url: 'actor', valueReference: { reference: 'PractitionerRole/header' } }],
        }],
        reference: 'PractitionerRole/header',
      }],
      valueQuantity: quantity(0.62, 'g/L'),
      interpretation: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'N' }] }],
      note: [{ text: 'Contrôlé' }],
      method: { coding: [{ system: 'urn:oid:1.2.250.1.213.2.3.5', code: 'DEG', display: 'Spectrophotométrie' }] },
      referenceRange: [{
        low: quantity(0.5, 'g/L'), high: quantity(1.5, 'g/L'),
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/referencerange-meaning', code: 'normal' }, { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'N' }] },
      }],
    });
  });

  it('in a second unit says so in an extension of its value and of its range: one measure, never another Observation', () => {
    const found = resultOf({
      value: '<value xsi:type="PQ" value="0.88" unit="g/L"><translation value="4.89" code="mmol/L"/></value>',
      more: '<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="0.70" unit="g/L"><translation value="3.89" code="mmol/L"/></low><high value="1.08" unit="g/L"><translation value="6.00" code="mmol/L"/></high></value></observationRange></referenceRange>',
    });
    const also = (value: number): object => ({ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation', valueQuantity: { value, unit: 'mmol/L' } }] });
    expect(found.valueQuantity).toEqual({ ...also(4.89), ...quantity(0.88, 'g/L') });
    expect(found.referenceRange).toEqual([{ low: { ...also(3.89), ...quantity(0.7, 'g/L') }, high: { ...also(6), ...quantity(1.08, 'g/L') } }]);
    expect(found).not.toHaveProperty('component');
  });

  it.each([
    ['low = high', '<value xsi:type="IVL_PQ"><low value="3.89" unit="mmol/L"/><high value="3.89" unit="mmol/L"/></value>', { low: quantity(3.89, 'mmol/L'), high: quantity(3.89, 'mmol/L') }],
    ['one bound', '<value xsi:type="IVL_PQ"><high value="5.0" unit="mg/L"/></value>', { high: quantity(5, 'mg/L') }],
    ['an open bound', '<value xsi:type="IVL_PQ"><high value="5" unit="mg/L" inclusive="false"/></value>', { high: quantity(5, 'mg/L'), text: '< 5 mg/L' }],
    ['words', '<value xsi:type="ST">Négatif</value>', { text: 'Négatif' }],
    ['a code', '<value xsi:type="CD" code="260385009" codeSystem="2.16.840.1.113883.6.96" displayName="négatif"/>', { text: 'négatif' }],
    ['a text beside', '<text>selon âge</text><value xsi:type="IVL_PQ"><low value="1" unit="g"/></value>', { low: quantity(1, 'g'), text: 'selon âge' }],
  ])('is judged by a range: %s', (_, value, expected) => {
    expect(resultOf({ more: `<referenceRange><observationRange>${value}</observationRange></referenceRange>` }).referenceRange).toEqual([expected]);
  });

  it('is judged by a range of those whom it applies to', () => {
    const more = `<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="1" unit="g"/></value><precondition><criterion>${code('snomed|77386006|enceinte')}</criterion></precondition></observationRange></referenceRange>`;
    expect(resultOf({ more }).referenceRange[0].appliesTo).toEqual([{ coding: [{ system: 'http://snomed.info/sct', code: '77386006', display: 'enceinte' }] }]);
  });

  it('has a range that says nothing named, not written', () => {
    expect(resultOf({ more: '<referenceRange><observationRange><value xsi:type="IVL_PQ"/></observationRange></referenceRange>' })).not.toHaveProperty('referenceRange');
  });

  it.each([['completed', 'final'], ['aborted', 'cancelled'], ['cancelled', 'cancelled'], ['active', 'preliminary']])('%s is %s', (status, expected) => {
    expect(resultOf({ status }).status).toBe(expected);
  });
  it('active without a value is registered', () => {
    expect(resultOf({ status: 'active', value: '' }).status).toBe('registered');
  });

  it('keeps the one before it contained, as supporting information: no second current fact', () => {
    const mapped = of(chapter(act(part(result({ more: relation('REFR', result({ value: '<value xsi:type="PQ" value="0.5" unit="g/L"/>', time: '<effectiveTime value="20230101"/>' })) })))));
    expect(mapped.faults).toEqual([]);
    expect(mapped.all('Observation')).toHaveLength(2);
    const found = mapped.all('Observation').find((one) => one.hasMember === undefined);
    expect(found.extension).toEqual([{ url: 'http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo', valueReference: { reference: '#previous-1' } }]);
    expect(found.contained).toMatchObject([{ resourceType: 'Observation', id: 'previous-1', effectiveDateTime: '2023-01-01', valueQuantity: quantity(0.5, 'g/L') }]);
  });

  it('keeps an image as Media', () => {
    const image = relation('COMP', '<observationMedia classCode="OBS" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.103"/><value mediaType="image/jpeg" representation="B64">AAAA\n BBBB</value></observationMedia>');
    const mapped = of(chapter(act(part(result({ more: image })))));
    expect(mapped.faults).toEqual([]);
    const found = mapped.all('Observation').find((one) => one.derivedFrom !== undefined);
    expect(mapped.at(found.derivedFrom[0])).toEqual({ resourceType: 'Media', status: 'completed', subject: { reference: 'Patient/p' }, content: { contentType: 'image/jpeg', data: 'AAAABBBB' } });
  });
});

describe('the groups of a report', () => {
  it('hold each other: entry, battery, result', () => {
    const mapped = of(chapter(act(part(battery(component(result()) + component(result({ what: code('loinc|2093-3') })))) + part(result({ what: code('loinc|3016-3') })))));
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    const names = (found: { code: { coding: [{ code: string }] } }): string => found.code.coding[0].code;
    const top = mapped.at(mapped.composition.section[0].entry[0]);
    expect(names(top)).toBe('18725-2');
    const members = top.hasMember.map(mapped.at);
    expect(members.map(names)).toEqual(['24331-1', '3016-3']);
    expect(members[0].hasMember.map(mapped.at).map(names)).toEqual(['2571-8', '2093-3']);
    expect(members[0]).toMatchObject({ category: laboratoryCategory, effectiveDateTime: '2024-01-04T12:00:00+01:00', identifier: [{ system: 'urn:oid:1.2.250.1.999.13', value: 'b' }] });
    expect(mapped.one('DiagnosticReport').result.map(mapped.at)).toEqual([top]);
  });

  it('give their time to a result without one', () => {
    const mapped = of(chapter(act(part(battery(component(result({ time: '' })))))));
    expect(mapped.all('Observation').find((found) => found.valueQuantity !== undefined).effectiveDateTime).toBe('2024-01-04T12:00:00+01:00');
  });

  it('without a code are called a battery', () => {
    const mapped = of(chapter(act(part(battery(component(result()), '')))));
    expect(mapped.faults).toEqual([]);
    expect(mapped.all('Observation').map((found) => found.code.text).filter(Boolean)).toEqual(["Batterie d'examens"]);
  });

  it('without results give nothing, unless they say why', () => {
    expect(of(chapter(act(''))).all('Observation')).toEqual([]);
    expect(of(chapter(act('', { status: 'aborted' }))).all('Observation').map(({ status }) => status)).toEqual(['cancelled']);
    expect(of(chapter(act(comment('Tube cassé')))).all('Observation').map(({ note }) => note)).toEqual([[{ text: 'Tube cassé' }]]);
  });

  it.each([
    ['an intended result', part(result({ mood: 'INT' }))],
    ['a result of somebody else', part(result({ more: '<subject><relatedSubject classCode="PRS"/></subject>' }))],
    ['an intended battery', part(statement('organizer', component(result()), { templates: french('78'), mood: 'RQO' }))],
  ])('have no member that is %s', (_, inner) => {
    const mapped = of(chapter(act(part(result()) + inner)));
    expect(mapped.all('Observation')).toHaveLength(2);
    expect(mapped.issues.join()).toMatch(/not an event|somebody else/);
  });

  it.each([[{ negated: true }], [{ mood: 'INT' }]])('of an entry that is %j give nothing', (options) => {
    const mapped = of(chapter(act(part(result()), options)));
    expect(mapped.all('Observation')).toEqual([]);
    expect(mapped.one('DiagnosticReport')).not.toHaveProperty('result');
  });

  it('negated: a result has no value', () => {
    const found = resultOf({ negated: true });
    expect(found).not.toHaveProperty('valueQuantity');
    expect(found.dataAbsentReason.coding[0].code).toBe('not-performed');
  });
});

describe('specimens', () => {
  it('become a Specimen with every element of the table', () => {
    const mapped = of(chapter(act(part(specimen('UR', received + performer('PractitionerRole/nurse'))) + part(result()))));
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    expect(mapped.one('Specimen')).toEqual({
      resourceType: 'Specimen',
      accessionIdentifier: { system: 'urn:oid:1.2.250.1.999.14', value: 's' },
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0487', code: 'UR' }] },
      subject: { reference: 'Patient/p' },
      receivedTime: '2024-01-04T07:52:00+01:00',
      collection: {
        collector: { reference: 'PractitionerRole/nurse' }, collectedDateTime: '2024-01-04T07:35:00+01:00',
        method: { coding: [{ system: 'urn:oid:1.2.250.1.213.2.7', code: '5201', display: 'ECBU' }] }, bodySite: { coding: [{ system: 'http://snomed.info/sct', code: '64033007', display: 'rein' }] },
      },
    });
    for (const found of mapped.all('Observation')) expect(mapped.at(found.specimen)).toBe(mapped.one('Specimen'));
    expect(mapped.one('DiagnosticReport').specimen.map(mapped.at)).toEqual([mapped.one('Specimen')]);
  });

  it('several of one entry are those of the results that say so, only', () => {
    const mapped = of(chapter(act(part(specimen('UR')) + part(specimen('SER')) + part(result()) + part(result({ what: code('loinc|3016-3'), more: part(specimen('PLAS')) })))));
    const specimenOf = (loinc: string): string | undefined => {
      const found = mapped.all('Observation').find((one) => one.code.coding[0].code === loinc);
      return found.specimen === undefined ? undefined : mapped.at(found.specimen).type.coding[0].code;
    };
    expect([specimenOf('18725-2'), specimenOf('2571-8'), specimenOf('3016-3')]).toEqual([undefined, undefined, 'PLAS']);
    expect(mapped.all('Specimen')).toHaveLength(3);
  });

  it('are named by a result by the ids of the sampling or of what was taken; another one is its own', () => {
    const named = (more: string): string => `<specimen typeCode="SPC"><specimenRole>${more}</specimenRole></specimen>`;
    const two = ['UR', 'SER'].map((type) => part(specimen(type).replace('<code', `<id root="1.2.250.1.999.15" extension="${type}"/><code`))).join('');
    const results: [string, string][] = [['2571-8', named('<id root="1.2.250.1.999.15" extension="SER"/>')], ['3016-3', named('<id root="1.2.250.1.999.15" extension="other"/>')], ['718-7', '']];
    const mapped = of(chapter(act(two + results.map(([loinc, more]) => part(result({ what: code(`loinc|${loinc}`), more }))).join(''))));
    expect(mapped.faults).toEqual([]);
    const [found, own, silent] = results.map(([loinc]) => mapped.all('Observation').find((one) => one.code.coding[0].code === loinc));
    expect(mapped.at(found.specimen).type.coding[0].code).toBe('SER');
    expect(mapped.at(own.specimen)).toMatchObject({ identifier: [{ value: 'other' }] });
    expect(silent).not.toHaveProperty('specimen');
  });

  it.each([[{ mood: 'INT' }], [{ negated: true }]])('that are %j were not taken', (options) => {
    expect(of(chapter(act(part(specimen('UR', '', options)) + part(result())))).all('Specimen')).toEqual([]);
  });

  it('of an isolate are its organism, from what was taken', () => {
    const isolate = statement('organizer', '<statusCode code="completed"/><specimen typeCode="SPC"><specimenRole><id root="1.2.250.1.999.16" extension="i"/>' +
      `<specimenPlayingEntity>${code('snomed|112283007|E. coli', `<translation ${coded('ncbi|562')}/>`)}</specimenPlayingEntity></specimenRole></specimen>` +
      `${component(battery(component(result({ what: code('loinc|20-8'), value: '<value xsi:type="IVL_PQ"><high value="0.128" unit="ug/mL" inclusive="false"/></value>', more: `<interpretationCode ${coded('interpretation|S')}/>` })), code('loinc|18769-0')))}`,
    { templates: lab('.5') + french('79') });
    const mapped = of(chapter(act(part(specimen()) + part(isolate))));
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    const [taken, grown] = mapped.all('Specimen');
    const organism = { coding: [{ system: 'http://snomed.info/sct', code: '112283007', display: 'E. coli' }, { system: 'urn:oid:2.16.840.1.113883.3.9471', code: '562' }] };
    expect(grown).toMatchObject({ identifier: [{ system: 'urn:oid:1.2.250.1.999.16', value: 'i' }], type: organism });
    expect(mapped.at(grown.parent[0])).toBe(taken);
    const [group] = mapped.at(mapped.composition.section[0].entry[0]).hasMember.map(mapped.at);
    expect(group).toMatchObject({ code: { text: 'Isolat microbiologique' }, valueCodeableConcept: organism });
    const [antibiogram] = group.hasMember.map(mapped.at);
    const [sensitivity] = antibiogram.hasMember.map(mapped.at);
    expect(sensitivity).toMatchObject({ valueQuantity: { value: 0.128, comparator: '<' }, interpretation: [{ coding: [{ code: 'S' }] }] });
    for (const found of [group, antibiogram, sensitivity]) expect(mapped.at(found.specimen)).toBe(grown);
  });
});

describe('who made, validated and answers for a result', () => {
  const participant = (typeCode: string, inner: string): string => `<participant typeCode="${typeCode}">${french('109')}<participantRole>${inner}</participantRole></participant>`;
  const people = (found: { performer: { reference: string; extension: [{ extension: { url: string; valueCode?: string; valueCodeableConcept?: { coding: [{ code: string }] } }[] }] }[] }): string[][] =>
    found.performer.map(({ reference, extension: [{ extension }] }) => [reference, ...extension.flatMap(({ valueCode, valueCodeableConcept }) => valueCode ?? valueCodeableConcept?.coding[0].code ?? [])]);

  it('are performers, each with what they are one as; what an entry says holds for its results', () => {
    const mapped = of(chapter(act(performer('PractitionerRole/lab') + participant('AUTHEN', '<id root="1.2" extension="PractitionerRole/validator"/>') + participant('RESP', '<id root="1.2" extension="PractitionerRole/chief"/>') +
      part(result()) + part(result({ what: code('loinc|3016-3'), more: performer('Organization/other') + author('PractitionerRole/writer') })))));
    expect(mapped.faults).toEqual([]);
    const inherited = [['PractitionerRole/validator', 'PART', 'AUTHEN'], ['PractitionerRole/chief', 'PART', 'RESP']];
    expect(people(mapped.all('Observation').find((one) => one.code.coding[0].code === '2571-8'))).toEqual([['PractitionerRole/lab', 'PRF'], ...inherited]);
    expect(people(mapped.all('Observation').find((one) => one.code.coding[0].code === '3016-3'))).toEqual([['Organization/other', 'PRF'], ...inherited, ['PractitionerRole/writer', 'AUT']]);
  });

  it('a device is the device of the result, never a performer', () => {
    const mapped = of(chapter(act(part(result({ more: participant('DEV', '<id root="1.2.250.1.999.17" extension="d"/><playingDevice><manufacturerModelName>Automate 3000</manufacturerModelName></playingDevice>') })))));
    expect(mapped.faults).toEqual([]);
    const found = mapped.all('Observation').find((one) => one.device !== undefined);
    expect(mapped.at(found.device)).toEqual({ resourceType: 'Device', identifier: [{ system: 'urn:oid:1.2.250.1.999.17', value: 'd' }], deviceName: [{ name: 'Automate 3000', type: 'model-name' }] });
  });
});

it('a validator without a national identifier is contained in each result; one who is not named at all is told', () => {
  const participant = (inner: string): string => `<participant typeCode="AUTHEN">${french('109')}<participantRole>${inner}</participantRole></participant>`;
  const pushed = (inner: string): ReturnType<typeof mapped> => mapped(cda({ templates: CRBIO, body: `<component><structuredBody>${chapter(act(participant(inner) + part(result())))}</structuredBody></component>` }));
  const named = pushed('<id nullFlavor="UNK"/><playingEntity><name><family>VALID</family><given>Ada</given></name></playingEntity>');
  const [found] = named.all('Observation').filter(({ hasMember }) => hasMember === undefined);
  expect(found.contained.find(({ resourceType }: { resourceType: string }) => resourceType === 'Practitioner').name).toMatchObject([{ family: 'VALID', given: ['Ada'] }]);
  expect(found.performer[0].reference).toBe(`#${found.contained[0].id}`);
  expect(pushed('<id nullFlavor="UNK"/>').result.issues.map(({ diagnostics }) => diagnostics).join()).toContain('a participant who is not named');
});

describe('the DiagnosticReport', () => {
  const event = (status: string, ns = 'lab'): string => `<documentationOf><serviceEvent>${code('loinc|18725-2')}${status === '' ? '' : `<${ns}:statusCode code="${status}"/>`}<effectiveTime><low value="20240104092200+0100"/><high value="20240104160500+0100"/></effectiveTime>` +
    '<performer typeCode="PRF"><assignedEntity><id root="1.2" extension="PractitionerRole/biologist"/><representedOrganization><standardIndustryClassCode code="AMBULATOIRE"/></representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>';
  const copy = (value = 'JVBERi0xLjQK', type = 'application/pdf'): string =>
    `<component><section><templateId root="1.2.250.1.213.1.1.2.243"/>${code('loinc|55108-5')}<entry>${statement('organizer', `<component>${statement('observation', `${code('loinc|69764-9')}<text>Copie du document</text><value xsi:type="CD" code="55108-5" codeSystem="2.16.840.1.113883.6.1"/>`, { templates: french('48') + french('48.18') })}</component>` +
      `<component><observationMedia classCode="OBS" moodCode="EVN"><value mediaType="${type}" representation="B64">${value}</value></observationMedia></component>`, { templates: french('18') })}</entry></section></component>`;

  it('is exactly one, whole', () => {
    const mapped = of(chapter(subchapter(act(part(result()))) + subchapter(act(part(result())))) + chapter(act(part(result())), '18719-5') + copy(), {
      events: event('completed'), setId: '<setId root="1.2.250.1.999.18"/>', legal: `<authenticator><assignedEntity><id root="1.2" extension="PractitionerRole/validator"/></assignedEntity></authenticator>`,
    });
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    const tops = mapped.composition.section.flatMap((one: { section?: { entry: { reference: string }[] }[]; entry?: { reference: string }[] }) => [...(one.section ?? []).flatMap(({ entry }) => entry), ...(one.entry ?? [])]).filter((one: { reference: string }) => mapped.at(one).resourceType === 'Observation');
    expect(tops).toHaveLength(3);
    expect(mapped.one('DiagnosticReport')).toEqual({
      resourceType: 'DiagnosticReport',
      identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.18' }],
      status: 'final',
      category: [
        { coding: [{ system: 'http://loinc.org', code: '26436-6' }, { system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'LAB' }] },
        { coding: [{ system: 'http://loinc.org', code: '18725-2' }] }, { coding: [{ system: 'http://loinc.org', code: '18719-5' }] },
      ],
      code: { coding: [{ system: 'http://loinc.org', code: '11502-2', display: 'CR de biologie' }] },
      subject: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e' },
      effectivePeriod: { start: '2024-01-04T09:22:00+01:00', end: '2024-01-04T16:05:00+01:00' }, issued: '2024-01-15T10:00:00+01:00',
      performer: [{ reference: 'PractitionerRole/biologist' }], resultsInterpreter: [{ reference: 'PractitionerRole/validator' }],
      result: tops,
      presentedForm: [{ contentType: 'application/pdf', data: 'JVBERi0xLjQK', title: 'Copie du document' }],
    });
    expect(mapped.composition.category).toEqual(mapped.one('DiagnosticReport').category);
    expect(mapped.at(mapped.composition.section[2].entry[0])).toBe(mapped.one('DiagnosticReport'));
  });

  it.each([['completed', 'final'], ['active', 'partial'], ['aborted', 'cancelled'], ['nullified', 'entered-in-error'], ['strange', 'unknown']])('of a report that is %s is %s, in either namespace', (status, expected) => {
    const sections = chapter(act(part(result())));
    expect(reportOf(sections, { events: event(status) }).status).toBe(expected);
    expect(reportOf(sections, { events: event(status, 'old').replace('<documentationOf>', '<documentationOf xmlns:old="urn:hl7-org:lab">') }).status).toBe(expected);
  });

  it.each([['completed', 'final'], ['active', 'partial']])('of a report that does not say it, with an entry that is %s, is %s', (status, expected) => {
    expect(reportOf(chapter(act(part(result()), { status })), { events: event('') }).status).toBe(expected);
  });

  it('is there for a report without results, and unknown', () => {
    expect(reportOf(chapter(''), { events: event('') }).status).toBe('unknown');
  });

  it('keeps another type of the document beside its own', () => {
    expect(reportOf(chapter(''), { code: code('1.2.250.1.999.19|BIO') }).code.coding).toEqual([{ system: 'http://loinc.org', code: '11502-2' }, { system: 'urn:oid:1.2.250.1.999.19', code: 'BIO' }]);
  });

  it.each([['not base64 at all'], ['AAA'], ['']])('has no form that is not base64 (%j), and names it', (value) => {
    const mapped = of(chapter(act(part(result()))) + copy(value));
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('DiagnosticReport')).not.toHaveProperty('presentedForm');
    expect(mapped.issues.join()).toContain('a file that is not base64');
  });

  it('takes no file that is not the copy', () => {
    const attached = copy().replaceAll('55108-5', '55107-7');
    const mapped = of(chapter('') + attached);
    expect(mapped.one('DiagnosticReport')).not.toHaveProperty('presentedForm');
    expect(mapped.issues.join()).toContain('an attached document');
  });

  it('is of biology reports only', () => {
    expect(body(chapter(act(part(result())))).all('DiagnosticReport')).toEqual([]);
    expect(body(chapter(act(part(result()))), { templates: '<templateId root="1.2.250.1.213.1.1.1.59"/><templateId root="1.3.6.1.4.1.19376.1.3.3"/>' }).types).toEqual([]);
    expect(body(chapter(act(part(result()))), { templates: '<templateId root="1.3.6.1.4.1.19376.1.3.3"/>' }).all('DiagnosticReport')).toHaveLength(1);
  });
});
