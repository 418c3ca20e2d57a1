import { author, bruno, cda, componentOf, custodian, ins, legalAuthenticator, lina, organization, profession, professionalId, recordTarget, role, textBody } from '../../../support/cda';
import { brokenInvariants } from '../../../support/invariants';
import { claimsOfType, mapped, type Mapped, type Resource } from '../../../support/mapped';

const device = (id: string, structure = organization('representedOrganization'), name = 'Logiciel d’essai'): string =>
  `<id root="1.2.250.1.71.4.2.1" extension="${id}"/><code code="DISPOSITIF" codeSystem="1.2.250.1.213.1.1.4.6" displayName="Dispositif"/><assignedAuthoringDevice><manufacturerModelName>.</manufacturerModelName><softwareName>${name}</softwareName></assignedAuthoringDevice>${structure}`;
const named = '<assignedPerson><name><family>TESTARD</family><given>LINA</given></name></assignedPerson>';
const contained = (document: Resource, reference: string): Resource => document.contained.find((one: Resource) => `#${one.id}` === reference);
const alternate = (reference: Resource): string => reference.extension?.[0]?.valueReference.reference;
const information = ({ result }: Mapped): string => result.issues.map(({ diagnostics }) => diagnostics).join('\n');

describe('authors', () => {
  it('makes of a professional a Practitioner, an Organization and the PractitionerRole between them, each under its claim', () => {
    const found = mapped(cda());
    const [practitioner, structure, practitionerRole] = [found.one('Practitioner'), found.one('Organization'), found.one('PractitionerRole')];
    expect(practitioner.identifier).toEqual([
      expect.objectContaining({ system: 'urn:oid:1.2.250.1.71.4.2.1', value: '810099900011' }), expect.objectContaining({ system: 'https://rpps.esante.gouv.fr', value: '10099900011' }),
    ]);
    expect(practitioner.name).toEqual([{ family: 'REMY', given: ['Odile'], prefix: ['MME'], suffix: ['DR'] }]);
    expect(practitionerRole).toMatchObject({ practitioner: { reference: `Practitioner/${practitioner.id}` }, organization: { reference: `Organization/${structure.id}` } });
    expect(practitionerRole.code[0].coding[0].code).toBe('G15_10/SM26');
    expect(claimsOfType(found, 'Practitioner')).toEqual([{ kind: 'practitioner', system: 'IdNat_PS', value: '810099900011' }]);
    expect(claimsOfType(found, 'Organization')).toEqual([{ kind: 'organization', system: 'IdNat_Struct', value: '1350099911' }]);
    expect(claimsOfType(found, 'PractitionerRole')).toEqual([{ kind: 'practitioner-role', system: 'IdNat_PS|IdNat_Struct', value: '810099900011|1350099911|G15_10/SM26' }]);
  });

  it('contains the author as the document wrote them, and points at the stored resources', () => {
    const found = mapped(cda());
    const document = found.one('DocumentReference');
    const [reference] = document.author;
    const written = contained(document, reference.reference);
    expect(written.resourceType).toBe('PractitionerRole');
    expect(alternate(reference)).toBe(`PractitionerRole/${found.one('PractitionerRole').id}`);
    expect(alternate(written.practitioner)).toBe(`Practitioner/${found.one('Practitioner').id}`);
    expect(contained(document, written.practitioner.reference).name[0].family).toBe('REMY');
    expect(contained(document, written.organization.reference).name).toBe('Maison de santé des Essais');
  });

  it('is found in the index by the stored practitioner and role', () => {
    const found = mapped(cda());
    const document = found.one('DocumentReference');
    const entries = found.put(`DocumentReference/${document.id}`).entries.reference.filter(({ param }) => param === 'DocumentReference.author');
    const local = entries.flatMap((entry) => (entry.form === 'local' ? [`${entry.type}/${entry.id}`] : []));
    expect(local).toEqual(expect.arrayContaining([`Practitioner/${found.one('Practitioner').id}`, `PractitionerRole/${found.one('PractitionerRole').id}`]));
  });

  it('keeps their order: a device, the patient, a relative, a professional', () => {
    const authors = [
      device('5180035024000/1.2.3'), ins(lina.value) + named, ins(bruno.value) + named, role(),
    ].map((content) => author(content)).join('');
    const found = mapped(cda({ authors }));
    const document = found.one('DocumentReference');
    expect(document.author.map((reference: Resource) => contained(document, reference.reference).resourceType)).toEqual(['Device', 'Patient', 'RelatedPerson', 'PractitionerRole']);
    expect(document.author.map(alternate)).toEqual([
      `Device/${found.one('Device').id}`, `Patient/${found.one('Patient').id}`, `RelatedPerson/${found.one('RelatedPerson').id}`, `PractitionerRole/${found.one('PractitionerRole').id}`,
    ]);
    expect(found.all('Practitioner')).toHaveLength(1);
  });

  it('never makes a Practitioner, nor a second Patient, of an id under an INS OID', () => {
    const found = mapped(cda({ authors: author(ins(bruno.value) + profession() + named), legal: '', events: '' }));
    expect(found.all('Patient')).toHaveLength(1);
    expect(found.all('Practitioner')).toHaveLength(0);
    expect(found.one('RelatedPerson').patient.reference).toBe(`Patient/${found.one('Patient').id}`);
  });

  it('contains a professional without a national identifier, and stores none', () => {
    const local = role({ ids: '<id root="1.2.250.1.999.5" extension="77"/>' });
    const found = mapped(cda({ authors: author(local), legal: '', events: '' }));
    const document = found.one('DocumentReference');
    expect(found.all('Practitioner')).toHaveLength(0);
    expect(found.all('PractitionerRole')).toHaveLength(0);
    expect(document.author[0].extension).toBeUndefined();
    const written = contained(document, '#author-1');
    expect(contained(document, written.practitioner.reference)).toMatchObject({ identifier: [{ system: 'urn:oid:1.2.250.1.999.5', value: '77' }], name: [{ family: 'REMY' }] });
    expect(alternate(written.organization)).toBe(`Organization/${found.one('Organization').id}`);
  });

  it('carries who is contained only into the Composition that names them', () => {
    const found = mapped(cda({ authors: author(role({ ids: '<id nullFlavor="UNK"/>' })), legal: '', body: textBody() }));
    const composition = found.one('Composition');
    const written = contained(composition, composition.author[0].reference);
    expect(written.resourceType).toBe('PractitionerRole');
    expect(contained(composition, written.practitioner.reference).name[0].family).toBe('REMY');
  });

  it('keeps a professional without a structure as a Practitioner: no role of theirs could be shared', () => {
    const found = mapped(cda({ authors: author(role({ organization: '' })), legal: '', events: '' }));
    expect(found.all('PractitionerRole')).toHaveLength(0);
    expect(alternate(found.one('DocumentReference').author[0])).toBe(`Practitioner/${found.one('Practitioner').id}`);
  });

  it('writes a professional named several times once, filled from every mention', () => {
    const found = mapped(cda({ authors: author(role({ contact: '' })), legal: legalAuthenticator(role({ contact: '<telecom value="tel:0299999999" use="WP"/>' })) }));
    expect(found.one('Practitioner').telecom).toEqual([{ system: 'phone', value: '0299999999', use: 'work' }]);
  });
});

describe('national identifiers and their other forms', () => {
  const practitionerOf = (ids: string): Resource => mapped(cda({ authors: author(role({ ids })), legal: '', events: '' })).one('Practitioner');
  const structureOf = (id: string): Resource =>
    mapped(cda({ authors: author(role({ organization: organization('representedOrganization', `<id root="1.2.250.1.71.4.2.2" extension="${id}"/>`) })), legal: '', events: '', custodian: '' })).one('Organization');
  const pairs = ({ identifier }: Resource): string[] => identifier.map(({ system, value }: Resource) => `${system}|${value}`);

  it.each([
    ['an IdNat_PS of RPPS', '810099900011'], ['an RPPS without its prefix', '10099900011'],
  ])('gives %s as IdNat_PS and RPPS', (_, extension) => {
    expect(pairs(practitionerOf(`<id root="1.2.250.1.71.4.2.1" extension="${extension}"/>`))).toEqual(['urn:oid:1.2.250.1.71.4.2.1|810099900011', 'https://rpps.esante.gouv.fr|10099900011']);
  });

  it.each([
    ['FINESS', '1350099911', ['urn:oid:1.2.250.1.71.4.2.2|1350099911', 'https://finess.esante.gouv.fr|350099911']],
    ['FINESS without its prefix', '350099911', ['urn:oid:1.2.250.1.71.4.2.2|1350099911', 'https://finess.esante.gouv.fr|350099911']],
    ['SIRET', '373282932000074', ['urn:oid:1.2.250.1.71.4.2.2|373282932000074', 'https://sirene.fr|73282932000074']],
    ['SIRET without its prefix', '73282932000074', ['urn:oid:1.2.250.1.71.4.2.2|373282932000074', 'https://sirene.fr|73282932000074']],
    ['RPPS rank', '410099900011001', ['urn:oid:1.2.250.1.71.4.2.2|410099900011001', 'https://rppsrang.esante.gouv.fr|10099900011001']],
  ])('gives a structure its %s', (_, extension, expected) => {
    expect(pairs(structureOf(extension))).toEqual(expected);
  });

  it('derives nothing from a SIRET whose key is wrong, and says so', () => {
    const found = mapped(cda({ authors: author(role({ organization: organization('representedOrganization', '<id root="1.2.250.1.71.4.2.2" extension="373282932000075"/>') })), legal: '', events: '', custodian: '' }));
    expect(pairs(found.one('Organization'))).toEqual(['urn:oid:1.2.250.1.71.4.2.2|373282932000075']);
    expect(information(found)).toContain('does not fit its prefix');
  });

  it('does not say whether a FINESS is of a legal or a geographic entity', () => {
    expect(structureOf('1350099911').identifier[1].type).toBeUndefined();
  });
});

describe('legal authenticator and custodian', () => {
  it.each([
    ['once where an author is written in the same words', legalAuthenticator(), '#author-1'],
    ['apart where the words differ', legalAuthenticator(role({ contact: '' })), '#authenticator'],
  ])('contains the legal authenticator %s, and points at the stored role', (_, legal, reference) => {
    const found = mapped(cda({ legal }));
    const { authenticator } = found.one('DocumentReference');
    expect(authenticator.reference).toBe(reference);
    expect(contained(found.one('DocumentReference'), reference).resourceType).toBe('PractitionerRole');
    expect(alternate(authenticator)).toBe(`PractitionerRole/${found.one('PractitionerRole').id}`);
  });

  it('contains what both say in the same words once: a structure whose kind only one of them tells does not repeat the person', () => {
    const kind = '<standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/>';
    const found = mapped(cda({ legal: legalAuthenticator(role({ organization: organization('representedOrganization', undefined, undefined, kind) })) }));
    const document = found.one('DocumentReference');
    const [author, signer] = [contained(document, document.author[0].reference), contained(document, document.authenticator.reference)];
    expect(signer.id).not.toBe(author.id);
    expect(signer.practitioner.reference).toBe(author.practitioner.reference);
    expect(contained(document, signer.practitioner.reference).name[0].family).toBe('REMY');
    expect(contained(document, signer.organization.reference).type[0].coding[0].code).toBe('AMBULATOIRE');
    expect(contained(document, author.organization.reference).type).toBeUndefined();
    expect(document.contained.filter(({ resourceType }: Resource) => resourceType === 'Practitioner')).toHaveLength(1);
    expect(brokenInvariants(document)).toEqual([]);
  });

  it('lets the organization of a device sign, also when it stands by the device as an author only', () => {
    const legal = legalAuthenticator('<id root="1.2.250.1.71.4.2.1" extension="5180035024000/1.2.3"/><assignedPerson><name><family>Logiciel</family></name></assignedPerson>');
    const found = mapped(cda({ authors: author(device('5180035024000/1.2.3')), legal, events: '' }));
    expect(found.all('Practitioner')).toHaveLength(0);
    expect(found.all('Device')).toHaveLength(1);
    expect(contained(found.one('DocumentReference'), '#authenticator')).toMatchObject({ resourceType: 'Organization', name: 'Maison de santé des Essais' });
  });

  it('leaves a device without an organization out, and names it', () => {
    const found = mapped(cda({ authors: author(device('5180035024000/1.2.3', '')), legal: legalAuthenticator('<id root="1.2.250.1.71.4.2.1" extension="5180035024000/1.2.3"/>') }));
    expect(found.one('DocumentReference').authenticator).toBeUndefined();
    expect(information(found)).toContain('legalAuthenticator');
  });

  it('carries a structure without a national identifier into what names it', () => {
    const local = '<id root="1.2.250.1.999.44"/><name>Structure locale</name>';
    const found = mapped(cda({
      body: textBody(), custodian: custodian(`<representedCustodianOrganization>${local}</representedCustodianOrganization>`),
      encounter: componentOf().replace('</healthCareFacility>', `<serviceProviderOrganization>${local}</serviceProviderOrganization></healthCareFacility>`),
    }));
    for (const [resource, name] of [[found.one('Composition'), 'custodian'], [found.one('Encounter'), 'serviceProvider'], [found.one('Location'), 'managingOrganization']] as const) {
      expect(contained(resource, resource[name].reference)).toMatchObject({ resourceType: 'Organization', name: 'Structure locale' });
      expect(brokenInvariants(resource)).toEqual([]);
    }
  });

  it('takes the organization of the author where there is no custodian, with a warning', () => {
    const found = mapped(cda({ custodian: '' }));
    expect(found.one('DocumentReference').custodian.reference).toBe(`Organization/${found.one('Organization').id}`);
    expect(found.result.issues.find(({ diagnostics }) => diagnostics.includes('custodian'))?.severity).toBe('warning');
  });

  it('contains a custodian without a national identifier', () => {
    const found = mapped(cda({ custodian: custodian(organization('representedCustodianOrganization', '<id root="1.2.250.1.213.4.1"/>', 'Mon espace')) }));
    const document = found.one('DocumentReference');
    expect(contained(document, document.custodian.reference)).toMatchObject({ resourceType: 'Organization', name: 'Mon espace' });
  });
});

describe('the other people of the header', () => {
  const participant = (id: string): string =>
    `<participant typeCode="INF"><functionCode code="PCP" codeSystem="2.16.840.1.113883.5.88"/><time nullFlavor="UNK"/><associatedEntity classCode="PROV">${id}${profession()}<associatedPerson><name><family>LEROUX</family></name></associatedPerson>${organization('scopingOrganization')}</associatedEntity></participant>`;

  it('makes the médecin traitant the general practitioner of the Patient', () => {
    const found = mapped(cda({ participants: participant(professionalId('10099900099')) }));
    const [reference] = found.one('Patient').generalPractitioner;
    const practitionerRole = found.resources.find(({ resourceType, id }) => `${resourceType}/${id}` === reference.reference);
    const practitioner = found.resources.find(({ resourceType, id }) => `${resourceType}/${id}` === practitionerRole?.practitioner.reference);
    expect(practitioner?.name[0].family).toBe('LEROUX');
  });

  it('does not invent one without a national identifier, and says so', () => {
    const found = mapped(cda({ participants: participant('<id nullFlavor="UNK"/>') }));
    expect(found.one('Patient').generalPractitioner).toBeUndefined();
    expect(information(found)).toContain('general practitioner');
  });

  it('names informants, recipients and signatories in the Composition', () => {
    const informants = '<informant><relatedEntity classCode="NOK"><code code="SIS" codeSystem="2.16.840.1.113883.5.111"/><relatedPerson><name><family>TESTARD</family></name></relatedPerson></relatedEntity></informant>';
    const found = mapped(cda({ informants, body: textBody(), setId: '<setId root="1.2.3.4.5"/><versionNumber value="2"/>' }));
    const composition = found.one('Composition');
    expect(composition.attester).toEqual([{ mode: 'legal', time: '2024-01-15T10:00:00+01:00', party: { reference: `PractitionerRole/${found.one('PractitionerRole').id}` } }]);
    expect(composition.identifier).toEqual({ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3.4.5' });
    const parties = composition.extension.filter(({ url }: Resource) => url.endsWith('informant-extension')).map(({ extension }: Resource) => extension.at(-1).valueReference.reference);
    expect(parties).toEqual([`RelatedPerson/${found.one('RelatedPerson').id}`]);
  });

  it('is not fooled by somebody else’s local number: the patient is the one of recordTarget', () => {
    const found = mapped(cda({ person: recordTarget({ ids: `${ins(lina.value)}<id root="1.2.250.1.999.35.1" extension="42"/>` }), authors: author(`<id root="1.2.250.1.999.35.1" extension="42"/>${named}`), legal: '', events: '' }));
    expect(alternate(found.one('DocumentReference').author[0])).toBe(`Patient/${found.one('Patient').id}`);
  });
});

// org-2, org-3: an organization is at home nowhere.
it('an organization keeps its telecom and address without the use "home", which is named', () => {
  const contact = '<telecom value="tel:0200000002" use="HP"/><telecom value="tel:0200000003" use="WP"/><addr use="HP"><city>Rennes</city></addr>';
  const found = mapped(cda({ authors: author(role({ organization: organization('representedOrganization', undefined, undefined, contact) })) }));
  expect(found.one('Organization')).toMatchObject({ telecom: [{ system: 'phone', value: '0200000002' }, { system: 'phone', value: '0200000003', use: 'work' }], address: [{ city: 'Rennes' }] });
  expect(found.one('Organization').telecom[0]).not.toHaveProperty('use');
  expect(found.resources.flatMap((resource) => brokenInvariants(resource as Record<string, unknown>))).toEqual([]);
  expect(information(found)).toContain('the use "home"');
});
