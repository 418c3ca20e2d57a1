/** Treatments → MedicationStatement with Medication, by french-interop 6.1, 6.4 and 6.10. */
import { author, body, cd, code, coded, comment, entry, french, pcc, relation, section, statement, type Body, type StatementOptions } from './body';

interface Treatment extends StatementOptions {
  readonly times?: string;
  readonly more?: string;
  readonly product?: string;
  readonly status?: string;
  readonly text?: string;
  readonly drug?: string;
}
const product = (inner = `<code ${coded('cis|60000001|DOLIFICTIF 500 mg')}/><name>DOLIFICTIF</name>`): string => `<consumable><manufacturedProduct>${french('43')}<manufacturedMaterial>${inner}</manufacturedMaterial></manufacturedProduct></consumable>`;
const act = ({ times = '', more = '', product: made = product(), status = 'completed', text = '', drug = code('act|DRUG'), ...options }: Treatment = {}): string =>
  statement('substanceAdministration', `<id root="1.2.250.1.999.7" extension="t1"/>${drug}${text}<statusCode code="${status}"/>${times}${more}${made}`, { templates: french('42'), ...options });
const of = (options: Treatment = {}, at: { code?: string; text?: string } = {}): Body => body(section(entry(act(options)), { code: '10160-0', ...at }));
const period = (low: string, high = ''): string => `<effectiveTime xsi:type="IVL_TS"><low ${low}/>${high === '' ? '' : `<high ${high}/>`}</effectiveTime>`;
const timing = (times: string): object => of({ times }).one('MedicationStatement').dosage?.[0]?.timing;
const pivl = (inner: string, more = ''): string => `<effectiveTime xsi:type="PIVL_TS" operator="A"${more}>${inner}</effectiveTime>`;

describe('a treatment', () => {
  it('becomes a MedicationStatement and a Medication with every element of the table', () => {
    const mapped = of({
      text: '<text><reference value="#t"/></text>',
      times: period('value="20190811"', 'nullFlavor="UNK"') + pivl('<period value="8" unit="h"/>'),
      more: `<routeCode ${coded('edqm|20053000|Voie orale')}/><approachSiteCode ${coded('snomed|123851003|Bouche')}/><doseQuantity><low value="1.0" unit="{tablet}"/><high value="2.0" unit="{tablet}"/></doseQuantity>` +
        '<rateQuantity><low value="100" unit="mg/d"/><high value="100" unit="mg/d"/></rateQuantity><maxDoseQuantity><numerator value="4" unit="g"/><denominator value="1" unit="d"/></maxDoseQuantity>' +
        `${author('PractitionerRole/own', '20240110')}${relation('SUBJ', `<act classCode="ACT" moodCode="INT">${french('33')}<text>Au cours du repas</text></act>`)}${comment('Bien supporté')}` +
        '<precondition><criterion><text>si douleur</text></criterion></precondition>',
    }, { text: '<content ID="t">Dolifictif, un à deux comprimés</content>' });
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    const found = mapped.one('MedicationStatement');
    expect(mapped.at(found.medicationReference)).toBe(mapped.one('Medication'));
    expect(found).toEqual({
      resourceType: 'MedicationStatement',
      identifier: [{ system: 'urn:oid:1.2.250.1.999.7', value: 't1' }],
      status: 'active',
      medicationReference: { reference: expect.stringMatching(/^urn:uuid:/) as string },
      subject: { reference: 'Patient/p' },
      effectivePeriod: { start: '2019-08-11' },
      dateAsserted: '2024-01-10',
      informationSource: { reference: 'PractitionerRole/own' },
      note: [{ text: 'Dolifictif, un à deux comprimés' }, { text: 'Bien supporté' }],
      dosage: [{
        text: 'Dolifictif, un à deux comprimés',
        additionalInstruction: [{ text: 'Au cours du repas' }],
        patientInstruction: 'Au cours du repas',
        timing: { repeat: { frequency: 1, period: 8, periodUnit: 'h' } },
        asNeededCodeableConcept: { text: 'si douleur' },
        site: { coding: [{ system: 'http://snomed.info/sct', code: '123851003', display: 'Bouche' }] },
        route: { coding: [{ system: 'http://standardterms.edqm.eu', code: '20053000', display: 'Voie orale' }] },
        doseAndRate: [{
          doseRange: { low: { value: 1, unit: '{tablet}', system: 'http://unitsofmeasure.org', code: '{tablet}' }, high: { value: 2, unit: '{tablet}', system: 'http://unitsofmeasure.org', code: '{tablet}' } },
          rateQuantity: { value: 100, unit: 'mg/d', system: 'http://unitsofmeasure.org', code: 'mg/d' },
        }],
        maxDosePerPeriod: { numerator: { value: 4, unit: 'g', system: 'http://unitsofmeasure.org', code: 'g' }, denominator: { value: 1, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' } },
      }],
    });
    expect(mapped.composition.section[0].entry).toHaveLength(1);
  });

  // french-interop 6.4: by dates and section; the document is of 2024-01-15.
  it.each([
    ['10160-0', '', 'active'],
    ['10160-0', 'nullFlavor="UNK"', 'active'],
    ['10160-0', 'value="20240301"', 'active'],
    ['10160-0', 'value="20240115"', 'completed'],
    ['10160-0', 'value="20231231"', 'completed'],
    ['10183-2', '', 'active'],
    ['18610-6', '', 'unknown'],
    ['18610-6', 'value="20240301"', 'unknown'],
    ['18610-6', 'value="20231231"', 'completed'],
    ['42346-7', 'nullFlavor="UNK"', 'unknown'],
    ['10160-0', 'value="20240115100000+0100"', 'completed'],
    ['10160-0', 'value="20240115100001+0100"', 'active'],
  ])('in section %s with the end %j is %s, whatever its statusCode', (section_, high, expected) => {
    for (const status of ['completed', 'active']) {
      expect(of({ status, times: period('value="2019"', high) }, { code: section_ }).one('MedicationStatement').status).toBe(expected);
    }
  });

  it.each([['1.2.250.1.213.1.1.2.143', 'active'], ['1.2.250.1.213.1.1.2.146', 'active'], ['1.3.6.1.4.1.19376.1.5.3.1.3.19', 'active'], ['1.2.250.1.213.1.1.2.145', 'unknown']])('in a section known by template %s alone is %s', (root, expected) => {
    const mapped = body(`<component><section><templateId root="${root}"/>${entry(act())}</section></component>`);
    expect(mapped.one('MedicationStatement').status).toBe(expected);
  });

  it('that starts after the document is intended', () => {
    expect(of({ times: period('value="20240201"') }).one('MedicationStatement').status).toBe('intended');
  });

  it('at one moment has a date', () => {
    expect(of({ times: '<effectiveTime value="20230401"/>' }).one('MedicationStatement')).toMatchObject({ status: 'completed', effectiveDateTime: '2023-04-01' });
  });
});

describe('a treatment that is not a fact', () => {
  it('negated was not taken, whatever its dates', () => {
    for (const high of ['', 'value="20200101"']) expect(of({ negated: true, times: period('value="2019"', high) }).one('MedicationStatement').status).toBe('not-taken');
  });
  it('nullified is an error', () => {
    expect(of({ status: 'nullified' }).one('MedicationStatement').status).toBe('entered-in-error');
  });
  it.each(['INT', 'RQO', 'PRMS', 'PRP'])('in the mood %s is a prescription or a plan: no statement, and named', (mood) => {
    const mapped = of({ mood });
    expect(mapped.types).toEqual([]);
    expect(mapped.issues).toEqual([`Section 10160-0: the entry 1.2.250.1.213.1.1.3.42 (substanceAdministration) is kept as narrative and in the document: it is in the mood ${mood}, so it says nothing that happened and gives no resource.`]);
  });
  it.each([['no-known-medications', 'nilknown'], ['no-medication-info', 'unavailable']])('%s empties its section: %s', (none, expected) => {
    for (const options of [{ drug: code(`none|${none}`) }, { product: product(`<code ${coded(`none|${none}`)}/>`) }]) {
      const mapped = of(options);
      expect(mapped.types).toEqual([]);
      expect(mapped.composition.section[0].emptyReason).toEqual({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: expected }] });
    }
  });
  it('"none known" beside another treatment empties nothing', () => {
    const mapped = body(section(entry(act({ drug: code('none|no-known-medications') })) + entry(act()), { code: '10160-0' }));
    expect(mapped.composition.section[0]).not.toHaveProperty('emptyReason');
    expect(mapped.composition.section[0].entry).toHaveLength(1);
  });
});

describe('when it is taken', () => {
  it.each([
    ['every six hours', pivl('<period value="6" unit="h"/>'), { repeat: { frequency: 1, period: 6, periodUnit: 'h' } }],
    ['three times a day, at the hours of the institution', pivl('<period value="8" unit="h"/>', ' institutionSpecified="true"'), { repeat: { frequency: 3, period: 1, periodUnit: 'd' } }],
    ['every five hours, which no day is made of', pivl('<period value="5" unit="h"/>', ' institutionSpecified="true"'), { repeat: { frequency: 1, period: 5, periodUnit: 'h' } }],
    ['once a day', pivl('<period value="1" unit="d"/>'), { repeat: { frequency: 1, period: 1, periodUnit: 'd' } }],
    ['in words too', pivl('<period value="1" unit="wk"><translation><originalText>une fois par semaine</originalText></translation></period>'), { repeat: { frequency: 1, period: 1, periodUnit: 'wk' }, code: { text: 'une fois par semaine' } }],
    ['in words only', pivl('<period><translation><originalText>au besoin</originalText></translation></period>'), { code: { text: 'au besoin' } }],
    ['at eight', pivl('<phase value="20200101080000"/><period value="1" unit="d"/>'), { repeat: { frequency: 1, period: 1, periodUnit: 'd', timeOfDay: ['08:00:00'] } }],
    ['on Wednesdays', pivl('<phase value="20200101"/><period value="1" unit="wk"/>', ' alignment="DW"'), { repeat: { frequency: 1, period: 1, periodUnit: 'wk', dayOfWeek: ['wed'] } }],
    ['for half an hour', pivl('<phase><width value="30" unit="min"/></phase><period value="1" unit="d"/>'), { repeat: { frequency: 1, period: 1, periodUnit: 'd', duration: 30, durationUnit: 'min' } }],
    ['before dinner', '<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="ACV"/></effectiveTime>', { repeat: { when: ['ACV'] } }],
    ['half an hour before a meal', '<effectiveTime xsi:type="EIVL_TS"><event code="C"/><offset><low value="-30" unit="min"/></offset></effectiveTime>', { repeat: { when: ['AC'], offset: 30 } }],
    ['two hours after breakfast', '<effectiveTime xsi:type="EIVL_TS"><event code="CM"/><offset value="2" unit="h"/></effectiveTime>', { repeat: { when: ['PCM'], offset: 120 } }],
    ['between meals', '<effectiveTime xsi:type="EIVL_TS"><event code="IC" codeSystem="2.16.840.1.113883.5.139"/></effectiveTime>', { code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-TimingEvent', code: 'IC' }] } }],
    ['more often than can be counted, at the hours of the institution', pivl('<period value="0.00000001" unit="h"/>', ' institutionSpecified="true"'), { repeat: { frequency: 1, period: 1e-8, periodUnit: 'h' } }],
    ['what is against the direction of its event', '<effectiveTime xsi:type="EIVL_TS"><event code="PCM" codeSystem="2.16.840.1.113883.5.139"/><offset><low value="-1" unit="h"/></offset></effectiveTime>', { code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-TimingEvent', code: 'PCM' }], text: 'PCM -1 h' } }],
    ['half an hour after what is before a meal', '<effectiveTime xsi:type="EIVL_TS"><event code="AC" displayName="avant le repas"/><offset value="30" unit="min"/></effectiveTime>', { code: { coding: [{ code: 'AC', display: 'avant le repas' }], text: 'avant le repas 30 min' } }],
    ['an hour before bed', '<effectiveTime xsi:type="EIVL_TS"><event code="HS"/><offset><low value="-1" unit="h"/><width value="20" unit="min"/></offset></effectiveTime>', { repeat: { when: ['HS'], offset: 60, duration: 20, durationUnit: 'min' } }],
    ['an offset without a unit of time', '<effectiveTime xsi:type="EIVL_TS"><event code="WAKE"/><offset value="2" unit="1"/></effectiveTime>', { code: { coding: [{ code: 'WAKE' }], text: 'WAKE 2 1' } }],
    ['two hours after what is between meals', '<effectiveTime xsi:type="EIVL_TS"><event code="IC" codeSystem="2.16.840.1.113883.5.139"/><offset value="2" unit="h"/></effectiveTime>', { code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-TimingEvent', code: 'IC' }], text: 'IC 2 h' } }],
    ['morning and evening', '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="EIVL_TS"><event code="ACM"/></comp><comp xsi:type="EIVL_TS"><event code="ACV"/></comp></effectiveTime>', { repeat: { when: ['ACM', 'ACV'] } }],
    ['at eight and at twenty', '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="PIVL_TS"><phase value="20200101080000"/><period value="1" unit="d"/></comp><comp xsi:type="PIVL_TS"><phase value="20200101200000"/><period value="1" unit="d"/></comp></effectiveTime>',
      { repeat: { frequency: 2, period: 1, periodUnit: 'd', timeOfDay: ['08:00:00', '20:00:00'] } }],
    ['for two days', '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="IVL_TS" operator="A"><low value="20231201"/><width value="2" unit="d"/></comp><comp xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></comp></effectiveTime>',
      { repeat: { boundsPeriod: { start: '2023-12-01', end: '2023-12-03' }, frequency: 1, period: 8, periodUnit: 'h' } }],
  ])('%s', (_, times, expected) => {
    expect(timing(times)).toEqual(expected);
  });

  it('in rhythms that do not fit together is a dosage for each', () => {
    const found = of({ times: '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="PIVL_TS"><period value="1" unit="d"/></comp><comp xsi:type="EIVL_TS"><event code="HS"/></comp></effectiveTime>' }).one('MedicationStatement');
    expect(found.dosage.map((dosage: { timing: object }) => dosage.timing)).toEqual([{ repeat: { frequency: 1, period: 1, periodUnit: 'd' } }, { repeat: { when: ['HS'] } }]);
  });

  it('never at a time that is excluded', () => {
    const mapped = of({ times: '<effectiveTime xsi:type="PIVL_TS" operator="E"><period value="1" unit="wk"/></effectiveTime>' });
    expect(mapped.one('MedicationStatement')).not.toHaveProperty('dosage');
    expect(mapped.issues.join()).toContain('not taken');
  });

  it('in steps is a dosage for each, in their order', () => {
    const step = (at: number, dose: string): string => `<entryRelationship typeCode="COMP"><sequenceNumber value="${at}"/>${statement('substanceAdministration', `<doseQuantity value="${dose}" unit="mg"/>`, { templates: pcc('7.1') + french('42.4') })}</entryRelationship>`;
    const mapped = of({ more: `<routeCode ${coded('edqm|20053000')}/>${step(1, '10')}${step(2, '5')}` });
    expect(mapped.faults).toEqual([]);
    const route = { coding: [{ system: 'http://standardterms.edqm.eu', code: '20053000' }] };
    expect(mapped.one('MedicationStatement').dosage).toEqual([10, 5].map((value, at) => ({
      sequence: at + 1, route, doseAndRate: [{ doseQuantity: { value, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } }],
    })));
  });
});

describe('the product', () => {
  const medication = (inner: string, text = ''): Body => of({ product: product(inner), text });

  it('is coded in CIS with its translations, described by the pharmacy elements whatever their prefix', () => {
    const mapped = body(`<component><section xmlns:ns7="urn:ihe:pharm:medication"><code code="10160-0" codeSystem="2.16.840.1.113883.6.1"/>${entry(act({
      product: product(`<code ${coded('cis|60000001|DOLIFICTIF 500 mg')}><translation ${coded('cip|3400900000001')}/><translation ${coded('atc|N02BE01')}/></code><name>DOLIFICTIF</name>` +
        `<ns7:formCode ${coded('edqm|10219000|Comprimé')}/><lotNumberText>L1</lotNumberText><ns7:expirationTime value="20321231"/>` +
        '<ns7:asContent><ns7:containerPackagedMedicine><ns7:capacityQuantity value="16" unit="{Tablet}"/></ns7:containerPackagedMedicine></ns7:asContent>' +
        `<ns7:asSpecializedKind><ns7:generalizedMedicineClass><ns7:code ${coded('atc|N02BE01')}/><ns7:name>paracétamol</ns7:name></ns7:generalizedMedicineClass></ns7:asSpecializedKind>` +
        `<ns7:ingredient classCode="ACTI"><ns7:quantity><numerator value="500" unit="mg"/><denominator value="1"/></ns7:quantity><ns7:ingredient><ns7:code ${coded('sms|100000090270|Paracetamol')}/></ns7:ingredient></ns7:ingredient>`),
    }))}</section></component>`);
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('Medication')).toEqual({
      resourceType: 'Medication',
      extension: [
        { url: 'https://profiles.ihe.net/PHARM/MPD/StructureDefinition/ihe-ext-medication-productname', valueString: 'DOLIFICTIF' },
        { url: 'https://profiles.ihe.net/PHARM/MPD/StructureDefinition/ihe-ext-medication-classification', valueCodeableConcept: { coding: [{ system: 'http://www.whocc.no/atc', code: 'N02BE01' }], text: 'paracétamol' } },
      ],
      code: {
        coding: [
          { system: 'https://smt.esante.gouv.fr/terminologie-bdpm', code: '60000001', display: 'DOLIFICTIF 500 mg' }, { system: 'https://smt.esante.gouv.fr/terminologie-cip_ucd', code: '3400900000001' },
          { system: 'http://www.whocc.no/atc', code: 'N02BE01' },
        ],
        text: 'DOLIFICTIF',
      },
      form: { coding: [{ system: 'http://standardterms.edqm.eu', code: '10219000', display: 'Comprimé' }] },
      amount: { numerator: { value: 16, unit: '{Tablet}', system: 'http://unitsofmeasure.org', code: '{Tablet}' }, denominator: { value: 1 } },
      ingredient: [{
        itemCodeableConcept: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-sms', code: '100000090270', display: 'Paracetamol' }] }, isActive: true,
        strength: { numerator: { value: 500, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' }, denominator: { value: 1 } },
      }],
      batch: { lotNumber: 'L1', expirationDate: '2032-12-31' },
    });
  });

  it('may have only a text and translations', () => {
    expect(medication(`<code><originalText>Un sirop</originalText><translation ${coded('atc|R05')}/></code>`).one('Medication').code).toEqual({ coding: [{ system: 'http://www.whocc.no/atc', code: 'R05' }], text: 'Un sirop' });
  });

  it('named by the text of the statement only is a text', () => {
    expect(medication('<code nullFlavor="NA"/><name nullFlavor="NA"/>', '<text>Pommade du pharmacien</text>').one('MedicationStatement').medicationCodeableConcept).toEqual({ text: 'Pommade du pharmacien' });
  });

  it('that nobody names makes no statement', () => {
    const mapped = of({ product: product('<code nullFlavor="NA"/>'), drug: '' });
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain('product is not named');
  });
});

// french-interop 6.10, trap 8: ids repeat, so by id and code.
describe('why it is taken', () => {
  const problem = (id: string, value: string, actId = ''): string =>
    entry(statement('act', `${actId}${relation('SUBJ', statement('observation', `${id}${cd(value)}`, { templates: french('37') }))}`, { templates: french('39') }));
  const id = (extension: string): string => `<id root="1.2.250.1.999.8" extension="${extension}"/>`;
  const because = (inner: string): Body => {
    const reason = relation('RSON', `<act classCode="ACT" moodCode="EVN">${french('36')}${inner}</act>`);
    return body(section(entry(act({ more: reason })), { code: '10160-0' }) +
      section(problem(id('twice'), 'cim10|G45.9') + problem(id('twice'), 'cim10|I20.0', id('concern')) + problem(id('once'), 'snomed|195967001')));
  };
  const reasonOf = (inner: string): unknown[] => {
    const mapped = because(inner);
    const found = mapped.one('MedicationStatement');
    return [found.reasonReference?.map((one: { reference: string }) => mapped.at(one).code.coding[0].code), found.reasonCode];
  };

  it.each([
    ['the same id and code', id('twice') + code('cim10|I20.0'), [['I20.0'], undefined]],
    ['the same id and the other code', id('twice') + code('cim10|G45.9'), [['G45.9'], undefined]],
    ['the id of a concern stands for its problem', id('concern') + code('cim10|I20.0'), [['I20.0'], undefined]],
    ['without a code the first of the id', id('twice'), [['G45.9'], undefined]],
    ['a code of another system cannot contradict: both are kept', id('once') + code('cim10|J45.9'), [['195967001'], [{ coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'J45.9' }] }]]],
    ['another code is another problem: its own code', id('twice') + code('cim10|N10'), [undefined, [{ coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'N10' }] }]]],
    ['no such id: its own code', id('nowhere') + code('cim10|I20.0'), [undefined, [{ coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'I20.0' }] }]]],
  ])('%s', (_, inner, expected) => {
    expect(reasonOf(inner)).toEqual(expected);
  });

  it('a reference to nothing at all is named', () => {
    expect(because(id('nowhere')).issues.join()).toContain('a reason that names no problem');
  });

  it('a problem in place gives its code, unless it is denied', () => {
    const inPlace = (negated: boolean): Body => of({ more: relation('RSON', statement('observation', cd('cim10|R51'), { templates: french('37'), negated })) });
    expect(inPlace(false).one('MedicationStatement').reasonCode).toEqual([{ coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'R51' }] }]);
    expect(inPlace(true).one('MedicationStatement')).not.toHaveProperty('reasonCode');
  });
});

it('parts of a treatment that are not mapped are named', () => {
  const supply = relation('REFR', `<supply classCode="SPLY" moodCode="INT">${french('44')}</supply>`);
  expect(of({ more: supply }).issues.join()).toContain('a part 1.2.250.1.213.1.1.3.44 (supply)');
});
