import { author, cda, componentOf, documentationOf, pdfBody, replaces, textBody, type CdaOptions } from '../../../support/cda';
import { mapped, open, type MapOptions, type Resource } from '../../../support/mapped';

const document = (options: CdaOptions = {}, map: MapOptions = {}): Resource => mapped(cda(options), map).one('DocumentReference');
const uris = 'urn:ietf:rfc:3986';
const french = 'https://mos.esante.gouv.fr/NOS/';

describe('the identifier of a document', () => {
  it.each([
    ['an OID', '<id root="1.2.250.1.999.7.1"/>', uris, 'urn:oid:1.2.250.1.999.7.1'],
    ['a UUID in upper case', '<id root="0FBA3D6E-7C0F-4E7B-9B57-2B0F4DF4A001"/>', uris, 'urn:uuid:0fba3d6e-7c0f-4e7b-9b57-2b0f4df4a001'],
    ['root and extension', '<id root="1.2.250.1.999.7" extension="A-12"/>', 'urn:oid:1.2.250.1.999.7', 'A-12'],
  ])('is written for %s', (_, id, system, value) => {
    const { masterIdentifier } = document({ id });
    expect(masterIdentifier).toEqual({ system, value });
  });

  it('is refused when there is none', () => {
    expect(() => open(cda({ id: '' }))).toThrow(expect.objectContaining({ failure: 'not-a-cda', status: 422 }));
  });

  it('writes the parent in the same form, and its reference once it is known', () => {
    const related = replaces('0FBA3D6E-7C0F-4E7B-9B57-2B0F4DF4A001');
    const identifier = { system: uris, value: 'urn:uuid:0fba3d6e-7c0f-4e7b-9b57-2b0f4df4a001' };
    expect(document({ related }).relatesTo).toEqual([{ code: 'replaces', target: { identifier } }]);
    expect(document({ related }, { resolution: { relatedReferences: ['DocumentReference/a'] } }).relatesTo).toEqual([{ code: 'replaces', target: { reference: 'DocumentReference/a', identifier } }]);
  });

  it.each([['APND', 'appends'], ['XFRM', 'transforms'], ['RPLC', 'replaces']])('maps the relation %s to %s', (typeCode, code) => {
    expect(document({ related: `<relatedDocument typeCode="${typeCode}"><parentDocument><id root="1.2.3"/></parentDocument></relatedDocument>` }).relatesTo[0].code).toBe(code);
  });
});

describe('metadata of a document', () => {
  it('has every row of the header', () => {
    const found = document({ setId: '<setId root="1.2.250.1.999.7"/><versionNumber value="3"/>' });
    expect(found).toMatchObject({
      status: 'current',
      identifier: [{ type: { text: 'setId' }, system: uris, value: 'urn:oid:1.2.250.1.999.7' }],
      extension: [{ url: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-DocumentReference.version', valueString: '3' }],
      type: { coding: [{ system: 'http://loinc.org', code: '60591-5' }] },
      category: [{ coding: [{ system: `${french}TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument`, code: '11' }] }],
      date: '2024-01-15T10:00:00+01:00',
      context: {
        event: [{ coding: [{ system: 'http://loinc.org', code: '34117-2' }] }],
        period: { start: '2024-01-15T09:30:00+01:00', end: '2024-01-15T09:55:00+01:00' },
        facilityType: { coding: [{ system: `${french}TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite`, code: 'SA07' }] },
        practiceSetting: { coding: [{ system: `${french}TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice`, code: 'AMBULATOIRE' }] },
        sourcePatientInfo: { reference: '#source-patient' },
      },
    });
    expect(found.contained[0]).toMatchObject({ resourceType: 'Patient', id: 'source-patient', name: [{ family: 'TESTARD' }] });
    expect(found.content).toHaveLength(1);
    expect(found.content[0].attachment).toMatchObject({ title: "Document d'essai", language: 'fr-FR', contentType: 'text/xml', creation: '2024-01-15T10:00:00+01:00' });
  });

  it('names a language that is none, and drops it', () => {
    const found = mapped(cda({ body: textBody() }).replace('<languageCode code="fr-FR"/>', '<languageCode code="langue française"/>'));
    expect(found.one('DocumentReference').content[0].attachment).not.toHaveProperty('language');
    expect(found.one('Composition')).not.toHaveProperty('language');
    expect(found.result.issues.filter(({ diagnostics }) => diagnostics.includes('languageCode'))).toHaveLength(1);
  });

  it('dates a document without a time by its reception', () => {
    const found = document({ time: '20240115' });
    expect(found.date).toBe('2024-01-20T00:00:00.000Z');
    expect(found.content[0].attachment.creation).toBe('2024-01-15');
  });

  it.each([
    ['of a structured body by the volet', { body: textBody() }, 'urn:asip:ci-sis:vsm:2012'],
    ['of a PDF', {}, 'urn:ihe:iti:xds-sd:pdf:2008'],
    ['of CR-BIO by its parent', { body: textBody(), templates: '<templateId root="1.2.250.1.213.1.1.1.55"/><templateId root="1.3.6.1.4.1.19376.1.3.3"/>' }, 'urn:ihe:lab:xd-lab:2008'],
    ['of something unknown by the fallback', { body: textBody(), templates: '<templateId root="1.2.250.1.213.1.1.1.9999"/>' }, 'urn:asipSante:modelesHorsProfils:2011'],
  ])('finds the format %s', (_, options, code) => {
    expect(document(options).content[0].format.code).toBe(code);
  });

  it('takes the category given at submission, and refuses one that is not a class', () => {
    expect(document({}, { category: '52' }).category[0].coding[0].code).toBe('52');
    expect(document({}, { category: `${french}TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument|52` }).category[0].coding[0].code).toBe('52');
    expect(() => open(cda(), { category: 'XX' })).toThrow(expect.objectContaining({ status: 422 }));
    expect(() => open(cda(), { category: 'http://loinc.org|52' })).toThrow(expect.objectContaining({ status: 422 }));
  });

  it('takes period and practice setting of the main act, and the codes of all', () => {
    const events = documentationOf('<code code="B" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime><low value="2020"/></effectiveTime>', false)
      + documentationOf('<code code="A" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime><low value="2021"/></effectiveTime>');
    const { context } = document({ events });
    expect(context.period).toEqual({ start: '2021' });
    expect(context.event.map(({ coding }: Resource) => coding[0].code)).toEqual(['B', 'A']);
  });

  it('has no event where the act has no code', () => {
    expect(document({ events: documentationOf('<effectiveTime><low value="2021"/></effectiveTime>') }).context.event).toBeUndefined();
  });

  it('lists orders, accession numbers and, in imaging only, the study', () => {
    const orders = '<inFulfillmentOf><order><id root="1.2.250.1.213.1.1.9" extension="1"/><ps3-20:accessionNumber root="1.2.250.1.925" extension="2"/></order></inFulfillmentOf>';
    const events = documentationOf('<id root="1.2.250.1.925.44"/><code code="A" codeSystem="2.16.840.1.113883.6.1"/>');
    const kinds = (options: CdaOptions): unknown[] => (document(options).context.related ?? []).map(({ identifier }: Resource) => [identifier.type.coding[0].code, identifier.value]);
    expect(kinds({ orders, events })).toEqual([['urn:ihe:iti:xds:2013:order', '1'], ['urn:ihe:iti:xds:2013:accession', '2']]);
    expect(kinds({ orders, events, code: '<code code="18748-4" codeSystem="2.16.840.1.113883.6.1"/>' }))
      .toEqual([['urn:ihe:iti:xds:2013:order', '1'], ['urn:ihe:iti:xds:2013:accession', '2'], ['urn:ihe:iti:xds:2016:studyInstanceUID', 'urn:oid:1.2.250.1.925.44']]);
  });
});

describe('security labels', () => {
  const codes = (found: Resource): string[] => found.securityLabel.map(({ coding }: Resource) => coding[0].code);

  it('writes the confidentiality under both systems, and adds the labels given', () => {
    const found = document({}, { labels: ['MASQUE_PS', `${french}TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument|INVISIBLE_REPRESENTANTS_LEGAUX`] });
    expect(codes(found)).toEqual(['N', 'MASQUE_PS', 'INVISIBLE_REPRESENTANTS_LEGAUX']);
    expect(found.securityLabel[0].coding.map(({ system }: Resource) => system)).toEqual([
      `${french}TRE_A08-HL7Confidentiality/FHIR/TRE-A08-HL7Confidentiality`, 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
    ]);
  });

  it('tells the access decision which labels are in force', () => {
    const found = mapped(cda(), { labels: ['INVISIBLE_PATIENT'] });
    expect(found.put(`DocumentReference/${found.one('DocumentReference').id}`).access.documentFacts?.labels).toEqual(['INVISIBLE_PATIENT']);
  });

  it.each([
    ['an unknown label', ['SECRET'], 'unknown-label'], ['a label under another system', ['http://loinc.org|MASQUE_PS'], 'label-system'],
    ['MASQUE_PS with INVISIBLE_PATIENT', ['MASQUE_PS', 'INVISIBLE_PATIENT'], 'visibility-conflict'],
  ])('refuses %s', (_, labels, failure) => {
    expect(() => open(cda(), { labels })).toThrow(expect.objectContaining({ failure, status: 422 }));
  });

  it('says that a label is known, but not under the system given', () =>
    expect(() => open(cda(), { labels: ['http://wrong|MASQUE_PS'] })).toThrow(/system given with the security label "MASQUE_PS" is not the one of that code.*TRE_A07/));

  it('hears a visibility code that stands in a second confidentialityCode', () => {
    const found = mapped(cda({ confidentiality: '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><confidentialityCode code="MASQUE_PS" codeSystem="1.2.250.1.213.1.1.4.13"/>' }));
    const card = found.one('DocumentReference');
    expect(codes(card)).toEqual(['N', 'MASQUE_PS']);
    expect(found.put(`DocumentReference/${card.id}`).access.documentFacts?.labels).toEqual(['MASQUE_PS']);
  });

  it.each([
    ['alone', '', ['L']], ['beside one of it', '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>', ['L', 'N']],
  ])('keeps a confidentiality outside the value set as written, and says so: %s', (_, before, expected) => {
    const found = mapped(cda({ confidentiality: `${before}<confidentialityCode code="L" codeSystem="2.16.840.1.113883.5.25"/>` }));
    expect(codes(found.one('DocumentReference'))).toEqual(expected);
    expect(found.result.issues.some(({ severity, diagnostics }) => severity === 'warning' && diagnostics.includes('confidentialityCode'))).toBe(true);
  });
});

it.each(['', '<confidentialityCode nullFlavor="UNK"/>'])('a document without confidentiality is taken with a warning (%j)', (confidentiality) => {
  const found = mapped(cda({ confidentiality }));
  expect(found.one('DocumentReference')).not.toHaveProperty('securityLabel');
  expect(found.result.issues.filter(({ severity, diagnostics }) => severity === 'warning' && diagnostics.includes('no confidentialityCode'))).toHaveLength(1);
});

it('a word of the document is never a member of the tables that it is looked up in', () => {
  const odd = (element: string): string => `<${element} code="constructor" codeSystem="toString"/>`;
  const found = mapped(cda({
    code: odd('code'), confidentiality: odd('confidentialityCode'), encounter: componentOf('<code code="valueOf"/><effectiveTime nullFlavor="constructor"/>', 'toString'), events: documentationOf(odd('code')),
    related: '<relatedDocument typeCode="constructor"><parentDocument><id root="1.2.3"/></parentDocument></relatedDocument>',
  }));
  expect(found.texts).not.toContain('function');
  expect(found.one('DocumentReference')).not.toHaveProperty('relatesTo');
  expect(found.result.issues.filter(({ diagnostics }) => diagnostics.startsWith('relatedDocument: '))).toHaveLength(1);
});

describe('the encounter', () => {
  const encounter = (content: string, facility = 'SA07', time = '20240115100000+0100'): Resource => mapped(cda({ encounter: componentOf(content, facility), time })).one('Encounter');
  const times = (low: string, high = ''): string => `<effectiveTime>${low === '' ? '' : `<low value="${low}"/>`}${high === '' ? '' : `<high value="${high}"/>`}</effectiveTime>`;

  it.each([
    ['a v3 class', '<code code="EMER" codeSystem="2.16.840.1.113883.5.4"/>', 'SA01', 'EMER'],
    ['EXTERNE', '<code code="EXTERNE" codeSystem="1.2.250.1.213.1.1.4.2.291"/>', 'SA01', 'AMB'],
    ['SEANCE', '<code code="SEANCE" codeSystem="1.2.250.1.213.1.1.4.2.291"/>', 'SA01', 'AMB'],
    ['no code, over several days', times('20240110', '20240112'), 'SA01', 'IMP'],
    ['no code, on one day', times('202401100900', '202401101100'), 'SA01', 'AMB'],
    ['no code, from a day on in a year', times('20240110', '2024'), 'SA01', 'AMB'],
    ['no code, over a width of days', '<effectiveTime><low value="20240110"/><width value="2" unit="d"/></effectiveTime>', 'SA01', 'IMP'],
    ['no code, in a practice, over several days', times('20240110', '20240112'), 'SA07', 'AMB'],
    ['no code and no time', '<effectiveTime nullFlavor="NA"/>', 'SA01', 'AMB'],
  ])('has the class of %s', (_, content, facility, code) => {
    expect(encounter(content, facility).class.code).toBe(code);
  });

  it('keeps the French coding of EXTERNE as its type', () => {
    expect(encounter('<code code="EXTERNE" codeSystem="1.2.250.1.213.1.1.4.2.291"/>').type[0].coding[0].code).toBe('EXTERNE');
  });

  it('names a class that was assumed', () => {
    const found = mapped(cda({ encounter: componentOf(times('20240110', '20240112'), 'SA01') }));
    expect(found.result.issues.some(({ diagnostics }) => diagnostics.includes('Encounter.class is taken as IMP'))).toBe(true);
  });

  it.each([
    ['its end is past', times('20240110', '20240112'), 'finished'], ['the document is later than its start', times('20240114'), 'finished'],
    ['it has no time', '<effectiveTime nullFlavor="NA"/>', 'unknown'], ['it began after the document', times('20240116'), 'unknown'],
    ['its end is to come', times('20240110', '20990101'), 'unknown'], ['its year is not over', times('20240110', '2024'), 'unknown'], ['its month is not over', times('20240110', '202401'), 'unknown'],
    ['its year is over', times('20220110', '2023'), 'finished'], ['its end is told by its width', '<effectiveTime><low value="20240110"/><width value="2" unit="d"/></effectiveTime>', 'finished'],
  ])('has its status where %s', (_, content, status) => {
    expect(encounter(content).status).toBe(status);
  });

  it('drops an identifier that is a professional’s, and keeps the others', () => {
    expect(encounter('<id root="1.2.250.1.71.4.2.1" extension="810099900011"/><id root="1.2.250.1.71.4.2.7" extension="810099900011"/><id root="1.2.250.1.999.9" extension="S-1"/><code code="AMB" codeSystem="2.16.840.1.113883.5.4"/>').identifier).toEqual([{ system: 'urn:oid:1.2.250.1.999.9', value: 'S-1' }]);
  });

  it('has its Location, and both belong to the document', () => {
    const found = mapped(cda());
    expect(found.one('Encounter').location[0].location.reference).toBe(`Location/${found.one('Location').id}`);
    const document = found.one('DocumentReference');
    for (const type of ['Encounter', 'Location', 'Binary', 'Provenance']) {
      const access = found.put(`${type}/${found.one(type).id}`).access;
      expect(access).toMatchObject({ exposure: 'owned', owners: [found.one('Patient').id], document: document.id, structures: ['1350099911'] });
    }
    expect(document.context.encounter).toEqual([{ reference: `Encounter/${found.one('Encounter').id}` }]);
  });
});

describe('the time of the document', () => {
  const dated = (literal: string, body: string): ReturnType<typeof mapped> => mapped(cda({ time: literal, authors: author(undefined, '20240115100000+0100'), body }));

  it.each([['level 1', pdfBody], ['level 3', textBody()]])('that cannot be read is told, and the time of reception stands for it (%s)', (_, body) => {
    for (const literal of ['hier', '20241340', '20240115100000+9900', '']) {
      const found = dated(literal, body);
      expect(found.result.issues.map(({ severity, diagnostics }) => [severity, diagnostics])).toContainEqual(['warning', expect.stringContaining('ClinicalDocument/effectiveTime is absent or cannot be read') as string]);
      expect(found.one('DocumentReference').date).toBe('2024-01-20T00:00:00.000Z');
      expect(found.one('DocumentReference').content[0].attachment).not.toHaveProperty('creation');
    }
  });

  it.each(['2024', '20240115', '202401151000', '20240115100000+0100'])('that can be read is not told (%s)', (literal) => {
    expect(dated(literal, textBody()).result.issues.filter(({ diagnostics }) => diagnostics.includes('effectiveTime'))).toEqual([]);
  });
});

describe('a level 1 body', () => {
  const bodyOf = (attributes: string, content: string): string[] =>
    mapped(cda({ body: `<component><nonXMLBody><text mediaType="application/pdf"${attributes}>${content}</text></nonXMLBody></component>` })).result.issues.map(({ diagnostics }) => diagnostics).filter((text) => text.includes('nonXMLBody/text'));

  it.each([['JVBERi0xLjQK'], ['JVBE\n  Ri0x\tLjQK\n'], ['JVBERi0xLjQ='], ['JVBERi0xLg==']])('in base64 is taken without a word (%j)', (content) => {
    expect(bodyOf(' representation="B64"', content)).toEqual([]);
  });

  it.each([
    [' representation="B64"', 'JVBERi0xLjQ', 'is not base64'], [' representation="B64"', '%PDF-1.4', 'is not base64'], [' representation="B64"', 'JVBE====', 'is not base64'],
    [' representation="B64"', ' ', 'is empty'], ['', 'JVBERi0xLjQK', 'is not said to be base64'], [' representation="B64"', '<reference value="a.pdf"/>', 'refers to a file that is not in the document'],
  ])('that nobody could read is taken with a warning (%s %j)', (attributes, content, why) => {
    expect(bodyOf(attributes, content)).toEqual([expect.stringContaining(why) as string]);
  });

  it('in plain text needs no base64', () => {
    expect(mapped(cda({ body: '<component><nonXMLBody><text mediaType="text/plain">Bonjour</text></nonXMLBody></component>' })).result.issues.filter(({ diagnostics }) => diagnostics.includes('nonXMLBody'))).toEqual([]);
  });
});

describe('the provenance', () => {
  it('targets all that was made, names who wrote, signed and sent it, and its source', () => {
    const found = mapped(cda({ body: textBody() }));
    const provenance = found.one('Provenance');
    const made = found.puts.filter(({ type }) => type !== 'Provenance').map(({ type, id }) => `${type}/${id}`);
    expect(provenance.target.map(({ reference }: Resource) => reference).sort()).toEqual([...made].sort());
    expect(provenance.agent.map(({ type }: Resource) => type.coding[0].code)).toEqual(['author', 'legal', '110153']);
    expect(provenance.agent[2].who.identifier).toEqual({ system: 'urn:oid:1.2.250.1.71.4.2.2', value: '1350099911' });
    expect(provenance.entity).toEqual([{ role: 'source', what: { reference: `Binary/${found.one('Binary').id}` } }]);
  });
});

describe('a superseded document', () => {
  it('has no Composition and no Encounter', () => {
    const found = mapped(cda({ body: textBody() }), { resolution: { status: 'superseded' } });
    expect(found.one('DocumentReference').status).toBe('superseded');
    expect(found.resources.map(({ resourceType }) => resourceType)).not.toEqual(expect.arrayContaining(['Composition']));
    expect(found.all('Encounter')).toHaveLength(0);
    expect(found.all('Binary')).toHaveLength(1);
  });
});
