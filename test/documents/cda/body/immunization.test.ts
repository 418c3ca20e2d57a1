/** Vaccinations → Immunization, by french-interop 6.1 and 6.5. */
import { author, body, cd, code, coded, comment, entry, french, pcc, performer, relation, section, statement, type Body, type StatementOptions } from './body';

interface Vaccination extends StatementOptions {
  readonly kind?: string;
  readonly status?: string;
  readonly time?: string;
  readonly more?: string;
  readonly product?: string;
}
const product = (inner: string): string => `<consumable><manufacturedProduct>${french('43')}<manufacturedMaterial>${inner}</manufacturedMaterial></manufacturedProduct></consumable>`;
const usual = product(`<code ${coded('cis|60000002|ROR FICTIF')}><translation ${coded('atc|J07BD52')}/></code><name>ROR FICTIF</name>`);
const rank = (value: string): string => relation('SUBJ', statement('observation', `${code('loinc|30973-2')}<value xsi:type="INT" value="${value}"/>`, { templates: french('82') }));
const of = ({ kind = 'act|INITIMMUNIZ|Primovaccination', status = 'completed', time = '<effectiveTime value="20210409"/>', more = '', product: made = usual, ...options }: Vaccination = {}): Body =>
  body(section(entry(statement('substanceAdministration', `<id root="1.2.250.1.999.9"/>${code(kind)}<statusCode code="${status}"/>${time}${made}${more}`, { templates: french('45'), ...options })), { code: '11369-6' }));

describe('a vaccination', () => {
  it('becomes an Immunization with every element of the table', () => {
    const mapped = of({
      more: `<routeCode ${coded('edqm|20035000|Voie intramusculaire')}/><approachSiteCode ${coded('snomed|61396006|Cuisse gauche')}/><doseQuantity value="0.50" unit="mL"/>` +
        `${performer('PractitionerRole/nurse')}${author('PractitionerRole/doctor', '20210410')}${rank('2')}${comment('Bien toléré')}` +
        relation('SUBJ', statement('substanceAdministration', product(`<code ${coded('snomed|14189004|Rougeole')}/>`), { templates: french('46') })) +
        relation('CAUS', statement('observation', `${code('snomed|418799008|symptôme')}<effectiveTime><low value="20210411"/></effectiveTime>${cd('cim10|R50.2|Fièvre')}`, { templates: french('37') })),
      product: product(`<code ${coded('cis|60000002|ROR FICTIF')}><translation ${coded('atc|J07BD52')}/></code><name>ROR FICTIF</name><lotNumberText>LOT7</lotNumberText>`),
    });
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    expect(mapped.one('Immunization')).toEqual({
      resourceType: 'Immunization',
      contained: [{
        resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://snomed.info/sct', code: '418799008', display: 'symptôme' }] }, subject: { reference: 'Patient/p' },
        effectiveDateTime: '2021-04-11', valueCodeableConcept: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'R50.2', display: 'Fièvre' }] }, id: 'reaction-1',
      }],
      identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.9' }],
      status: 'completed',
      vaccineCode: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-bdpm', code: '60000002', display: 'ROR FICTIF' }, { system: 'http://www.whocc.no/atc', code: 'J07BD52' }], text: 'ROR FICTIF' },
      patient: { reference: 'Patient/p' },
      occurrenceDateTime: '2021-04-09',
      recorded: '2021-04-10',
      lotNumber: 'LOT7',
      site: { coding: [{ system: 'http://snomed.info/sct', code: '61396006', display: 'Cuisse gauche' }] },
      route: { coding: [{ system: 'http://standardterms.edqm.eu', code: '20035000', display: 'Voie intramusculaire' }] },
      doseQuantity: { value: 0.5, unit: 'mL', system: 'http://unitsofmeasure.org', code: 'mL' },
      performer: [{ function: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0443', code: 'AP', display: 'Administering Provider' }] }, actor: { reference: 'PractitionerRole/nurse' } }],
      note: [{ text: 'Bien toléré' }],
      reaction: [{ date: '2021-04-11', detail: { reference: '#reaction-1' } }],
      protocolApplied: [{ series: 'Primovaccination', targetDisease: [{ coding: [{ system: 'http://snomed.info/sct', code: '14189004', display: 'Rougeole' }] }], doseNumberPositiveInt: 2 }],
    });
  });

  it('names nobody who gave it unless CDA names a performer', () => {
    expect(of({ more: author('PractitionerRole/doctor') }).one('Immunization')).not.toHaveProperty('performer');
  });

  it.each([
    ['<effectiveTime value="1975"/>', { occurrenceDateTime: '1975' }],
    ['<effectiveTime xsi:type="IVL_TS"><low value="20200102"/><high value="20200103"/></effectiveTime>', { occurrenceDateTime: '2020-01-02' }],
    ['<effectiveTime nullFlavor="NASK"/>', { _occurrenceDateTime: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'not-asked' }] } }],
    ['', { _occurrenceDateTime: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] } }],
  ])('at %j happened at %j', (time, expected) => {
    const mapped = of({ time });
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('Immunization')).toMatchObject(expected);
  });

  it.each([['0'], ['x'], ['1.5']])('of a rank that is none (%s) says that it is unknown', (value) => {
    const mapped = of({ more: rank(value) });
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('Immunization').protocolApplied[0]).toHaveProperty('_doseNumberPositiveInt');
  });

  it('whose product is not coded is called by its text, else says that it is unknown', () => {
    expect(of({ product: product('<code><originalText>Vaccin du voyage</originalText></code>') }).one('Immunization').vaccineCode).toEqual({ text: 'Vaccin du voyage' });
    const mapped = of({ product: product('<code nullFlavor="UNK"/>') });
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('Immunization').vaccineCode).toEqual({ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] });
  });
});

describe('a vaccination that is not a fact', () => {
  it.each([
    [{ negated: true }, 'not-done'],
    [{ negated: true, status: 'active' }, 'not-done'],
    [{ negated: true, time: '<effectiveTime value="20300101"/>' }, 'not-done'],
    [{ status: 'aborted' }, 'not-done'],
    [{ status: 'cancelled' }, 'not-done'],
    [{ status: 'nullified' }, 'entered-in-error'],
  ])('%j is %s', (options, expected) => {
    expect(of(options).one('Immunization').status).toBe(expected);
  });

  it('refused says why, and has no reaction', () => {
    const mapped = of({
      negated: true,
      more: relation('RSON', `<act classCode="ACT" moodCode="EVN">${french('36')}${code('2.16.840.1.113883.5.8|PATOBJ|Refus')}</act>`) + relation('CAUS', statement('observation', cd('cim10|R50.2'), { templates: french('37') })),
    });
    expect(mapped.faults).toEqual([]);
    expect(mapped.one('Immunization')).toMatchObject({ status: 'not-done', statusReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'PATOBJ', display: 'Refus' }] } });
    expect(mapped.one('Immunization')).not.toHaveProperty('reaction');
    expect(mapped.one('Immunization')).not.toHaveProperty('reasonCode');
  });

  it.each([[{ mood: 'INT' }], [{ mood: 'RQO' }], [{ mood: 'PRP' }], [{ time: '<effectiveTime value="20240301"/>' }], [{ status: 'new' }], [{ status: 'held' }]])('%j is not done yet: nothing, and named', (options) => {
    const mapped = of(options);
    expect(mapped.types).toEqual([]);
    expect(mapped.issues).toHaveLength(1);
  });

  it('recommended (.47) gives nothing, though it bears the parents of one that is given', () => {
    const recommended = statement('substanceAdministration', usual, { templates: '<templateId root="2.16.840.1.113883.10.20.1.24"/>' + pcc('12.2') + french('47') });
    expect(body(section(entry(recommended))).types).toEqual([]);
  });

  it('has no reaction that is denied', () => {
    const mapped = of({ more: relation('CAUS', statement('observation', cd('cim10|R50.2'), { templates: french('37'), negated: true })) });
    expect(mapped.one('Immunization')).not.toHaveProperty('contained');
  });

  it.each([['no-known-immunizations', 'nilknown'], ['no-immunization-info', 'unavailable']])('%s gives none; its section is empty: %s', (none, expected) => {
    const mapped = of({ kind: `none|${none}` });
    expect(mapped.types).toEqual([]);
    expect(mapped.composition.section[0].emptyReason.coding[0].code).toBe(expected);
    expect(mapped.composition.section[0]).not.toHaveProperty('entry');
    const denied = of({ kind: `none|${none}`, negated: true });
    expect(denied.types).toEqual([]);
    expect(denied.composition.section[0]).not.toHaveProperty('emptyReason');
  });
});
