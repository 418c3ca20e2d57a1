import { author, cda, documentationOf, organization, professionalId, profession, replaces, role, textBody } from '../../../support/cda';
import { mapped, type Resource } from '../../../support/mapped';

const documentCore = 'https://interop.esante.gouv.fr/ig/fhir/document-core/StructureDefinition/';
const person = (family: string): string => `<assignedPerson><name><family>${family}</family></name></assignedPerson>`;
const extension = (element: Resource, url: string): Resource => element.extension.find((one: Resource) => one.url.endsWith(url));

describe('what the header says in the Composition', () => {
  it('gives each author the time of their part', () => {
    const authors = author(role(), '20240115090000+0100') + author(role({ ids: professionalId('10099900022'), person: person('SECOND') }), '20240115093000+0100');
    const composition = mapped(cda({ authors, body: textBody() })).one('Composition');
    expect(composition.author.map((one: Resource) => extension(one, 'fr-author-time-extension').valueDateTime)).toEqual(['2024-01-15T09:00:00+01:00', '2024-01-15T09:30:00+01:00']);
  });

  it('lists every documented act, the main one marked and with who performed it', () => {
    const events = documentationOf('<code code="B" codeSystem="2.16.840.1.113883.6.1"/>', false) + documentationOf('<code code="A" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime><low value="2021"/></effectiveTime>');
    const found = mapped(cda({ events, body: textBody() }));
    const [other, main] = found.one('Composition').event;
    expect(other).toEqual({ code: [{ coding: [{ system: 'http://loinc.org', code: 'B' }] }] });
    expect(main.period).toEqual({ start: '2021' });
    expect(extension(main, 'fr-is-principal-event-extension')).toEqual({ url: `${documentCore}fr-is-principal-event-extension`, valueBoolean: true });
    expect(extension(main, 'fr-performer-event-extension').valueReference.reference).toMatch(/^PractitionerRole\//);
  });

  it('names recipients and participants with type, function and time', () => {
    const participants = `<participant typeCode="REF"><functionCode code="CORRE" codeSystem="1.2.250.1.213.1.1.4.2.280"/><time><low value="20240101"/></time><associatedEntity classCode="PROV">${professionalId('10099900033')}${profession()}<associatedPerson><name><family>REF</family></name></associatedPerson>${organization('scopingOrganization')}</associatedEntity></participant>`;
    const legal = '<informationRecipient typeCode="PRCP"><intendedRecipient><id nullFlavor="NA"/><informationRecipient><name><family>DEST</family></name></informationRecipient></intendedRecipient></informationRecipient>';
    const composition = mapped(cda({ participants, legal, body: textBody() })).one('Composition');
    const participant = extension(composition, 'ParticipantExtension').extension;
    expect(participant.map((one: Resource) => one.url)).toEqual(['type', 'function', 'time', 'party']);
    expect([participant[0].valueCodeableConcept.coding[0].code, participant[1].valueCodeableConcept.coding[0].code, participant[2].valuePeriod]).toEqual(['REF', 'CORRE', { start: '2024-01-01' }]);
    const recipient = extension(composition, 'information-recipient-extension').extension.at(-1).valueReference.reference;
    const written = composition.contained.find((one: Resource) => `#${one.id}` === recipient);
    expect(composition.contained.find((one: Resource) => `#${one.id}` === written.practitioner.reference).name).toEqual([{ family: 'DEST' }]);
  });

  it('relates to the document that it replaces, by identifier', () => {
    expect(mapped(cda({ related: replaces('1.2.3.4'), body: textBody() })).one('Composition').relatesTo).toEqual([{ code: 'replaces', targetIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3.4' } }]);
  });
});

describe('a consent of the header', () => {
  const orders = '<authorization typeCode="AUTH"><consent classCode="CONS" moodCode="EVN"><id root="1.2.250.1.999.8" extension="C-1"/><code code="GEN-366" codeSystem="1.2.250.1.213.1.1.4.322" displayName="Accord pour le test"/><statusCode code="completed"/></consent></authorization>';

  it('becomes a Consent of the document that never has the scope of privacy, nor a rule', () => {
    const found = mapped(cda({ orders, body: textBody() }));
    const consent = found.one('Consent');
    expect(consent).toMatchObject({ status: 'active', identifier: [{ system: 'urn:oid:1.2.250.1.999.8', value: 'C-1' }], category: [{ coding: [{ code: 'GEN-366' }] }], patient: { reference: `Patient/${found.one('Patient').id}` } });
    expect(JSON.stringify(consent)).not.toContain('patient-privacy');
    const { access } = found.put(`Consent/${consent.id}`);
    expect(access).toMatchObject({ exposure: 'owned', document: found.one('DocumentReference').id });
    expect(access.rules).toBeUndefined();
    expect(extension(found.one('Composition'), 'consent-extension').valueReference.reference).toBe(`Consent/${consent.id}`);
  });
});

describe('what no resource takes', () => {
  const named = (options: Parameters<typeof cda>[0]): string[] => mapped(cda(options)).result.issues.map(({ diagnostics }) => diagnostics);
  const informant = (classCode: string): string => `<informant><relatedEntity classCode="${classCode}"><relatedPerson><name><family>X</family></name></relatedPerson></relatedEntity></informant>`;

  it('is named for a level 1 document, which has no Composition', () => {
    expect(named({ informants: informant('CON') }).filter((text) => text.startsWith('informant:'))).toHaveLength(1);
    expect(named({ informants: informant('CON'), body: textBody() }).filter((text) => text.startsWith('informant:'))).toHaveLength(0);
    expect(named({ informants: informant('NOK') }).filter((text) => text.startsWith('informant:'))).toHaveLength(0);
  });
});
