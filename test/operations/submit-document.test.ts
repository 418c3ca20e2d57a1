import { createHash } from 'node:crypto';
import { bruno, cda, componentOf, freshId, ins, lina, recordTarget, textBody } from '../support/cda';
import type { Resource } from '../support/mapped';
import { startPushServer, type PushServer } from '../support/pushing';
import { expectStatus, operator, patient, professional, system } from '../support/server';

let server: PushServer;
beforeAll(async () => { server = await startPushServer(); });
afterAll(() => server.close());

let people = 0;
/** A person of their own, so that tests do not meet: matricules with a right key. */
function somebody(): { value: string; person: string } {
  const thirteen = `279035121${String(1000 + ++people)}`;
  const value = thirteen + String(97 - (Number(thirteen) % 97)).padStart(2, '0');
  return { value, person: recordTarget({ ids: ins(value) }) };
}

describe('a push', () => {
  it('stores the document, its bytes and what it names, and answers with all of it', async () => {
    const { value, person } = somebody();
    const text = cda({ person, body: textBody() });
    const pushed = await server.taken(text);
    expect(pushed.status).toBe(201);
    expect(pushed.reply.headers.Location).toBe(`http://localhost:8080/fhir/DocumentReference/${pushed.document}`);
    expect(pushed.resources.map((reference) => reference.split('/')[0]).sort()).toEqual(
      ['Binary', 'Composition', 'DocumentReference', 'Encounter', 'Location', 'Organization', 'Patient', 'Practitioner', 'PractitionerRole', 'Provenance']);
    for (const reference of pushed.resources) expect(await server.statusOf(reference)).toBe(200);

    const document = await server.read(`DocumentReference/${pushed.document}`);
    const { attachment } = document.content[0];
    expect(attachment).toMatchObject({
      size: Buffer.byteLength(text), hash: createHash('sha1').update(text).digest('base64'),
      extension: [{ url: 'urn:passerelle:StructureDefinition:sha-256', valueBase64Binary: createHash('sha256').update(text).digest('base64') }],
    });
    const bytes = await server.as(system())('GET', attachment.url);
    expect(bytes.text).toBe(text);
    expect(bytes.headers['Content-Type']).toBe('text/xml');
    expect(await server.find(`Patient?identifier=urn:oid:${lina.oid}|${value}`)).toEqual([document.subject.reference.slice('Patient/'.length)]);
    expect(await server.find(`DocumentReference?patient.identifier=urn:oid:${lina.oid}|${value}&status=current`)).toEqual([pushed.document]);
  });

  it('is read back by the structure that pushed it, and by nobody else of its kind', async () => {
    const { person } = somebody();
    const pushed = await server.taken(cda({ person, body: textBody() }), { as: system('1010000001') });
    for (const reference of pushed.resources.filter((one) => !/^(Practitioner|Organization)/.test(one))) {
      expect((await server.as(system('1010000001'))('GET', reference)).status).toBe(200);
      expect((await server.as(system('1010000002'))('GET', reference)).status).toBe(404);
    }
  });

  it('lets a second structure see the Patient that it pushed a document about', async () => {
    const { person } = somebody();
    const first = await server.taken(cda({ person }), { as: system('1010000001') });
    const subject = first.resources.find((reference) => reference.startsWith('Patient/')) ?? '';
    expect((await server.as(system('1010000002'))('GET', subject)).status).toBe(404);
    const second = await server.taken(cda({ person }), { as: system('1010000002') });
    expect(second.resources).not.toContain(subject);
    expect((await server.as(system('1010000002'))('GET', subject)).status).toBe(200);
  });

  it('is found by its author, through the stored practitioner and role and by identifier', async () => {
    const { value, person } = somebody();
    const pushed = await server.taken(cda({ person }));
    const [practitioner] = await server.find('Practitioner?identifier=https://rpps.esante.gouv.fr|10099900011');
    const [role] = await server.find(`PractitionerRole?practitioner=Practitioner/${practitioner}`);
    const of = `DocumentReference?patient.identifier=urn:oid:${lina.oid}|${value}`;
    for (const author of [`author=Practitioner/${practitioner}`, `author=PractitionerRole/${role}`, 'author.identifier=urn:oid:1.2.250.1.71.4.2.1|810099900011', 'author:Practitioner.family=remy']) {
      expect([author, await server.find(`${of}&${author}`)]).toEqual([author, [pushed.document]]);
    }
  });

  it.each([['a professional', professional()], ['a patient', patient(lina.value)]])('is refused to %s', async (_, actor) => {
    const { person } = somebody();
    expect((await server.push(cda({ person }), { as: actor })).status).toBe(403);
  });

  it('keeps a self-presenting document with its own type, warned of where its style sheet is active', async () => {
    const { person } = somebody();
    const inner = cda({ person }).replace(/^<\?xml.*\?>\s*/, '');
    const sheet = (more: string): string => `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">${more}${inner}</xsl:stylesheet>`;
    const active = await server.taken(sheet('<xsl:template match="/"><html><script>alert(1)</script></html></xsl:template>'), { contentType: 'application/xslt+xml' });
    const document = await server.read(`DocumentReference/${active.document}`);
    expect(document.content[0].attachment.contentType).toBe('application/xslt+xml');
    expect(active.outcome.some(({ severity, diagnostics }) => severity === 'warning' && diagnostics?.includes('never run'))).toBe(true);
    const bytes = await server.as(system())('GET', document.content[0].attachment.url);
    expect(bytes.headers).toMatchObject({ 'Content-Type': 'application/xslt+xml', 'X-Content-Type-Options': 'nosniff' });
  });
});

describe('Parameters', () => {
  const parameters = (document: string, more: object[] = [], contentType = 'text/xml'): object => ({
    resourceType: 'Parameters', parameter: [{ name: 'document', resource: { resourceType: 'Binary', contentType, data: Buffer.from(document).toString('base64') } }, ...more],
  });

  it('hold the document in JSON, with labels and a category', async () => {
    const text = cda({ person: somebody().person });
    const body = parameters(text, [{ name: 'securityLabel', valueCoding: { code: 'MASQUE_PS' } }, { name: 'category', valueCoding: { code: '52' } }]);
    const { document } = await server.taken(JSON.stringify(body), { contentType: 'application/fhir+json' });
    const stored = await server.read(`DocumentReference/${document}`);
    expect(stored.category[0].coding[0].code).toBe('52');
    expect(stored.securityLabel.map(({ coding }: Resource) => coding[0].code)).toEqual(['N', 'MASQUE_PS']);
    expect((await server.as(system())('GET', stored.content[0].attachment.url)).text).toBe(text);
  });

  it('are told from a CDA by their root in XML', async () => {
    const text = cda({ person: somebody().person });
    const xml = `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="document"/><resource><Binary><contentType value="text/xml"/><data value="${Buffer.from(text).toString('base64')}"/></Binary></resource></parameter></Parameters>`;
    const { document } = await server.taken(xml, { contentType: 'application/xml' });
    expect((await server.read(`DocumentReference/${document}`)).content[0].attachment.size).toBe(Buffer.byteLength(text));
  });

  it.each([
    ['no document', { resourceType: 'Parameters', parameter: [] }], ['another resource', { resourceType: 'Bundle', type: 'document' }],
    ['another parameter', parameters('<x/>', [{ name: 'other', valueString: 'x' }])],
    ['data that is not base64', { resourceType: 'Parameters', parameter: [{ name: 'document', resource: { resourceType: 'Binary', contentType: 'text/xml', data: '***' } }] }],
  ])('are refused with %s', async (_, body) => {
    const reply = await server.push(JSON.stringify(body), { contentType: 'application/fhir+json' });
    expect([reply.status, reply.issues.length]).toEqual([422, 1]);
  });

  it('are refused with a document of another type', async () => {
    const reply = await server.push(JSON.stringify(parameters('%PDF', [], 'application/pdf')), { contentType: 'application/fhir+json' });
    expect([reply.status, reply.issues]).toEqual([415, [expect.objectContaining({ expression: ["Parameters.parameter.where(name='document').resource.contentType"] })]]);
  });
});

describe('the character set', () => {
  const accented = (charset: string): Buffer => Buffer.from(cda({ person: somebody().person }).replace('UTF-8', charset).replace("Document d'essai", 'Été'), 'latin1');
  const title = async (document: string): Promise<string> => (await server.read(`DocumentReference/${document}`)).content[0].attachment.title;

  it('is that of the declaration, and of the HTTP parameter before it', async () => {
    expect(await title((await server.taken(accented('ISO-8859-1'))).document)).toBe('Été');
    expect(await title((await server.taken(accented('UTF-8'), { contentType: 'text/xml; charset=iso-8859-1' })).document)).toBe('Été');
  });

  it('is 400 when the bytes are not in it', async () => {
    const reply = await server.push(accented('UTF-8'));
    expect(reply.status).toBe(400);
  });
});

describe('identity', () => {
  it('makes one Patient of 100 concurrent first pushes, each of which is stored', async () => {
    const { value } = somebody();
    const pushes = await Promise.all(Array.from({ length: 100 }, (_, index) =>
      server.taken(cda({ person: recordTarget({ ids: `${ins(value)}<id root="1.2.250.1.999.35.${index % 5}" extension="${index}"/>` }) }))));
    expect(new Set(pushes.map(({ status }) => status))).toEqual(new Set([201]));
    const found = await server.find(`Patient?identifier=urn:oid:${lina.oid}|${value}`);
    expect(found).toHaveLength(1);
    const subjects = await Promise.all(pushes.map(async ({ document }) => (await server.read(`DocumentReference/${document}`)).subject.reference));
    expect(new Set(subjects)).toEqual(new Set([`Patient/${found[0]}`]));
    // Every local number came in.
    expect((await server.read(`Patient/${found[0]}`)).identifier).toHaveLength(101);
  });

  it.each([
    ['birth name', { name: '<family qualifier="BR">AUTRE</family><given qualifier="BR">LINA</given>' }],
    ['birth date', { birthTime: '<birthTime value="19790329"/>' }],
    ['sex', { gender: '<administrativeGenderCode code="M" codeSystem="2.16.840.1.113883.5.1"/>' }],
  ])('refuses a person whose %s contradicts the stored one, naming the trait and no value', async (trait, options) => {
    const { value, person } = somebody();
    await server.taken(cda({ person }));
    const before = await server.count('DocumentReference', 'Binary', 'Provenance');
    const reply = await server.push(cda({ person: recordTarget({ ids: ins(value), ...options }) }));
    expect(reply.status).toBe(409);
    expect(reply.issues[0]?.diagnostics).toContain(trait);
    expect(reply.text).not.toMatch(/TESTARD|AUTRE|1979|2790/);
    expect(await server.count('DocumentReference', 'Binary', 'Provenance')).toEqual(before);
  });

  it('takes the same push once the operator has corrected the Patient', async () => {
    const { value, person } = somebody();
    const first = await server.taken(cda({ person }));
    const subject = first.resources.find((reference) => reference.startsWith('Patient/')) ?? '';
    const corrected = cda({ person: recordTarget({ ids: ins(value), birthTime: '<birthTime value="19790329"/>' }) });
    expect((await server.push(corrected)).status).toBe(409);
    const stored = await server.read(subject);
    expectStatus(await server.as(operator)('PUT', subject, { body: { ...stored, birthDate: '1979-03-29' } }), 200);
    expect((await server.push(corrected)).status).toBe(201);
  });

  it.each([
    ['accents, hyphens and ligatures', { name: '<family qualifier="BR">tëstard</family><given qualifier="BR">LINA</given>' }],
    ['an unknown sex', { gender: '<administrativeGenderCode code="UN" codeSystem="2.16.840.1.113883.5.1"/>' }],
    ['a date of less precision', { birthTime: '<birthTime value="1979"/>' }],
    ['no birth name', { name: '<family>AUTRE</family>' }],
  ])('does not take %s for a contradiction', async (_, options) => {
    const { value, person } = somebody();
    await server.taken(cda({ person }));
    expect((await server.push(cda({ person: recordTarget({ ids: ins(value), ...options }) }))).status).toBe(201);
  });

  it('warns of another first given name or place of birth', async () => {
    const { value, person } = somebody();
    await server.taken(cda({ person }));
    const { outcome } = await server.taken(cda({
      person: recordTarget({ ids: ins(value), name: '<family qualifier="BR">TESTARD</family><given qualifier="BR">ROSE</given>', birthplace: '<birthplace><place><addr><county>75056</county></addr></place></birthplace>' }),
    }));
    const warnings = outcome.filter(({ severity }) => severity === 'warning').map(({ diagnostics }) => diagnostics).join();
    expect(warnings).toContain('first birth given name');
    expect(warnings).toContain('place of birth');
  });

  it('adds local numbers and what is lacking to a known Patient, never an identity trait', async () => {
    const { value } = somebody();
    const first = await server.taken(cda({ person: recordTarget({ ids: ins(value), birthTime: '', birthplace: '' }) }));
    const subject = first.resources.find((reference) => reference.startsWith('Patient/')) ?? '';
    const second = await server.taken(cda({ person: recordTarget({ ids: `${ins(value)}<id root="1.2.250.1.999.35.1" extension="7"/>`, contact: '<telecom value="tel:0155555555"/>' }) }));
    expect(second.resources).toContain(subject);
    const stored = await server.read(subject);
    expect(stored.meta.versionId).toBe('2');
    expect(stored.identifier.map((identifier: Resource) => identifier.value)).toEqual([value, '7']);
    expect(stored.telecom).toEqual([{ system: 'phone', value: '0155555555' }]);
    expect(stored.birthDate).toBeUndefined();
    expect(stored.extension).toBeUndefined();
    const third = await server.taken(cda({ person: recordTarget({ ids: ins(value), contact: '<telecom value="tel:0166666666"/>' }) }));
    expect(third.resources).not.toContain(subject);
    expect((await server.read(subject)).telecom[0].value).toBe('0155555555');
  });

  it.each([
    ['no INS', '<id root="1.2.250.1.999.35.1" extension="7"/>'], ['an NSS only', '<id root="1.2.250.1.213.1.4.13" extension="279035121518989"/>'],
    ['an INS-C only', '<id root="1.2.250.1.213.1.4.2" extension="0123456789012345678901"/>'], ['two INS', ins(lina.value) + ins(bruno.value)],
    ['one matricule under two OIDs', ins(lina.value) + ins(lina.value, '1.2.250.1.213.1.4.8')],
  ])('refuses %s', async (_, ids) => {
    const before = await server.count('Patient', 'DocumentReference');
    const reply = await server.push(cda({ person: recordTarget({ ids }) }));
    expect([reply.status, reply.issues.length]).toEqual([422, 1]);
    expect(reply.text).not.toContain(lina.value);
    expect(await server.count('Patient', 'DocumentReference')).toEqual(before);
  });

  it('says that the extension is missing where an id has an INS OID alone', async () => {
    const bare = `<id root="${lina.oid}"/>`;
    const reply = await server.push(cda({ person: recordTarget({ ids: bare }) }));
    expect([reply.status, reply.issues[0]?.diagnostics]).toEqual([422, expect.stringContaining('has no extension')]);
    expect((await server.push(cda({ person: recordTarget({ ids: bare + somebody().person.replace(/.*?(<id [^>]*>).*/s, '$1') }) }))).status).toBe(201);
  });

  it('takes the same INS twice as one', async () => {
    const { value } = somebody();
    expect((await server.push(cda({ person: recordTarget({ ids: ins(value) + ins(value) }) }))).status).toBe(201);
  });

  it('warns of a wrong key in the test domain', async () => {
    const { outcome } = await server.taken(cda({ person: recordTarget({ ids: ins('279035121599911') }) }));
    expect(outcome.some(({ severity, diagnostics }) => severity === 'warning' && diagnostics?.includes('key'))).toBe(true);
  });

  it('refuses test OIDs and wrong keys in production', async () => {
    const production = await startPushServer({ services: { identityDomain: 'production' } });
    try {
      const pushed = async (ids: string): Promise<number> => (await production.push(cda({ person: recordTarget({ ids }) }))).status;
      expect(await pushed(ins(lina.value))).toBe(422);
      expect(await pushed(ins('279035121518988', '1.2.250.1.213.1.4.8'))).toBe(422);
      expect(await pushed(ins(lina.value, '1.2.250.1.213.1.4.8'))).toBe(201);
    } finally {
      await production.close();
    }
  });

  it('takes a matricule with blanks and small letters in production, and stores it as FHIR writes must bear it', async () => {
    const production = await startPushServer({ services: { identityDomain: 'production' } });
    try {
      const system = 'urn:oid:1.2.250.1.213.1.4.8';
      const { resources, outcome } = await production.taken(cda({ person: recordTarget({ ids: ins('1 60 11 2a 004 021 24', '1.2.250.1.213.1.4.8'), gender: '', birthTime: '' }) }));
      expect(outcome.filter(({ diagnostics }) => diagnostics?.includes('matricule'))).toEqual([]);
      const stored = await production.read(resources.find((reference) => reference.startsWith('Patient/')) ?? '');
      expect(stored.identifier).toEqual([expect.objectContaining({ system, value: bruno.value })]);
      const written = { resourceType: 'Patient', identifier: [{ system, value: '2 79 03 51 215 189 89' }] };
      expect((await production.as(operator)('POST', 'Patient', { body: written })).status).toBe(422);
    } finally {
      await production.close();
    }
  });
});

describe('shared resources', () => {
  it('are made once, filled where they lack something, and never overwritten', async () => {
    const { person } = somebody();
    const id = '1350088800';
    const organization = (name: string, more = ''): string => `<representedCustodianOrganization><id root="1.2.250.1.71.4.2.2" extension="${id}"/><name>${name}</name>${more}</representedCustodianOrganization>`;
    const custodian = (content: string): string => `<custodian><assignedCustodian>${content}</assignedCustodian></custodian>`;
    const first = await server.taken(cda({ person, custodian: custodian(organization('Clinique A')) }));
    const second = await server.taken(cda({ person, custodian: custodian(organization('Clinique B', '<telecom value="tel:0177777777"/>')) }));
    const reference = (await server.read(`DocumentReference/${first.document}`)).custodian.reference;
    expect((await server.read(`DocumentReference/${second.document}`)).custodian.reference).toBe(reference);
    const stored = await server.read(reference);
    expect(stored).toMatchObject({ name: 'Clinique A', telecom: [{ value: '0177777777' }] });
    expect(second.outcome.some(({ severity, diagnostics }) => severity === 'information' && diagnostics?.includes(reference))).toBe(true);
    expect(second.reply.text).not.toContain('Clinique');
  });
});

describe('the same document again', () => {
  it('is answered as the first time, and nothing is written', async () => {
    const { person } = somebody();
    const text = cda({ person, body: textBody() });
    const first = await server.taken(text);
    const before = await server.count('DocumentReference', 'Binary', 'Provenance', 'Composition', 'Encounter');
    const second = await server.taken(text);
    expect(second.status).toBe(200);
    expect(second.reply.text).toBe(first.reply.text);
    expect(await server.count('DocumentReference', 'Binary', 'Provenance', 'Composition', 'Encounter')).toEqual(before);
    expect((await server.read(`DocumentReference/${first.document}`)).meta.versionId).toBe('1');
  });

  it('is 409 with other bytes', async () => {
    const { person } = somebody();
    const id = `<id root="${freshId()}"/>`;
    await server.taken(cda({ person, id }));
    const reply = await server.push(cda({ person, id, body: textBody() }));
    expect(reply.status).toBe(409);
  });

  it('at the same moment is one 201 and one 200', async () => {
    for (let round = 0; round < 10; round++) {
      const text = cda({ person: somebody().person });
      const pushed = await Promise.all([server.taken(text), server.taken(text), server.taken(text)]);
      expect(pushed.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
      expect(new Set(pushed.map(({ reply }) => reply.text)).size).toBe(1);
    }
  });

  it('pushed by another structure is 409 without a reference', async () => {
    const text = cda({ person: somebody().person });
    const { document } = await server.taken(text, { as: system('1010000001') });
    const reply = await server.push(text, { as: system('1010000002') });
    expect(reply.status).toBe(409);
    expect(reply.text).not.toContain(document);
  });

  it('is 409 once it was deleted', async () => {
    const text = cda({ person: somebody().person, body: textBody() });
    const { document } = await server.taken(text);
    expectStatus(await server.as(operator)('DELETE', `DocumentReference/${document}`), 204);
    expect((await server.push(text)).status).toBe(409);
    expect((await server.push(text, { as: operator })).status).toBe(409);
  });
});

describe('deletion', () => {
  it('takes along what was drawn from the document, and keeps what documents share', async () => {
    const { person } = somebody();
    const pushed = await server.taken(cda({ person, body: textBody() }));
    expectStatus(await server.as(operator)('DELETE', `DocumentReference/${pushed.document}`), 204);
    for (const reference of pushed.resources) {
      const shared = /^(Patient|Practitioner|PractitionerRole|Organization)\//.test(reference);
      expect([reference, await server.statusOf(reference)]).toEqual([reference, shared ? 200 : 410]);
    }
  });

  it.each(['DELETE', 'PUT'] as const)('%s of a single drawn resource is 409 naming its document', async (method) => {
    const pushed = await server.taken(cda({ person: somebody().person }));
    const encounter = pushed.resources.find((reference) => reference.startsWith('Encounter/')) ?? '';
    const body = method === 'PUT' ? { body: await server.read(encounter) } : {};
    const reply = await server.as(operator)(method, encounter, body);
    expect(reply.status).toBe(409);
    expect(reply.text).toContain(`DocumentReference/${pushed.document}`);
  });
});

describe('a closed record', () => {
  it('refuses pushes with 403, until it is open again', async () => {
    const { value, person } = somebody();
    const first = await server.taken(cda({ person }));
    const subject = first.resources.find((reference) => reference.startsWith('Patient/')) ?? '';
    const consent = {
      resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: subject }, policyRule: { text: 'x' }, provision: { type: 'deny' },
    };
    const closed = expectStatus(await server.as(patient(value))('POST', 'Consent', { body: consent }), 201).resource<Resource>();
    const text = cda({ person });
    for (const as of [system(), operator]) expect((await server.push(text, { as })).status).toBe(403);
    expectStatus(await server.as(patient(value))('DELETE', `Consent/${closed.id}`), 204);
    expect((await server.push(text)).status).toBe(201);
  });
});

describe('bad input', () => {
  const nested = `<ClinicalDocument xmlns="urn:hl7-org:v3">${'<a>'.repeat(200_000)}${'</a>'.repeat(200_000)}</ClinicalDocument>`;
  it.each([
    ['a DTD', 400, '<!DOCTYPE x><ClinicalDocument xmlns="urn:hl7-org:v3"/>', 'text/xml'],
    ['an external entity', 400, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><ClinicalDocument xmlns="urn:hl7-org:v3">&e;</ClinicalDocument>', 'text/xml'],
    ['an entity bomb', 400, '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>', 'text/xml'],
    ['200,000 nested elements', 400, nested, 'text/xml'],
    ['a truncated document', 400, cda().slice(0, 2000), 'text/xml'],
    ['no XML at all', 400, 'hello', 'text/xml'],
    ['an empty body', 400, '', 'text/xml'],
    ['XML that is not a CDA', 422, '<a/>', 'text/xml'],
    ['a ClinicalDocument in another namespace', 422, '<ClinicalDocument/>', 'text/xml'],
    ['a style sheet without a document', 422, '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>', 'application/xslt+xml'],
    ['a CDA without a body', 422, cda({ body: '' }), 'text/xml'],
    ['another content type', 415, cda(), 'application/pdf'],
    ['no content type', 415, cda(), ''],
    ['more than the limit', 413, cda({ body: textBody('x'.repeat(1024 * 1024)) }), 'text/xml'],
    ['far more than the limit', 413, 'x'.repeat(3 * 1024 * 1024), 'text/xml'],
  ])('%s is %i, says what to mend, and stores nothing', async (_, status, body, contentType) => {
    const before = await server.count('Patient', 'DocumentReference', 'Binary');
    const reply = await server.push(body, { contentType });
    expect(reply.status).toBe(status);
    expect(reply.issues[0]?.diagnostics?.length).toBeGreaterThan(20);
    expect(await server.count('Patient', 'DocumentReference', 'Binary')).toEqual(before);
  });

  it.each(['securitylabel=MASQUE_PS', 'security-label=MASQUE_PS', 'label=MASQUE_PS'])('?%s is 400: a misspelt label is not passed over', async (query) => {
    const reply = await server.push(cda({ person: somebody().person }), { query: `?${query}` });
    expect([reply.status, reply.issues[0]?.diagnostics]).toEqual([400, expect.stringContaining('securityLabel')]);
  });

  it.each(['securityLabel=SECRET', 'securityLabel=MASQUE_PS&securityLabel=INVISIBLE_PATIENT', 'category=XX'])('?%s is 422', async (query) => {
    expect((await server.push(cda({ person: somebody().person }), { query: `?${query}` })).status).toBe(422);
  });

  it('takes a label as a query parameter', async () => {
    const { document } = await server.taken(cda({ person: somebody().person }), { query: '?securityLabel=MASQUE_PS' });
    expect((await server.read(`DocumentReference/${document}`)).securityLabel.at(-1).coding[0].code).toBe('MASQUE_PS');
  });

  it('takes a large document on a parse thread just the same', async () => {
    const text = cda({ person: somebody().person, body: textBody('é'.repeat(200_000)) });
    const { document, status } = await server.taken(text);
    expect(status).toBe(201);
    const { url } = (await server.read(`DocumentReference/${document}`)).content[0].attachment;
    expect((await server.as(system())('GET', url)).text).toBe(text);
    expect((await server.taken(text)).status).toBe(200);
  });

  it('serves on after all of it', async () => {
    expect((await server.push(cda({ person: somebody().person, encounter: componentOf() }))).status).toBe(201);
  });
});

describe('a push that comes again', () => {
  it('of a document that was deleted is refused, also where its card was to be revived without its identifier', async () => {
    const text = cda({ person: somebody().person });
    const { document } = await server.taken(text);
    const card = await server.read(`DocumentReference/${document}`);
    expectStatus(await server.as(system())('DELETE', `DocumentReference/${document}`), 204);
    const bare = { resourceType: 'DocumentReference', id: document, status: 'current', content: [{ attachment: { url: 'http://elsewhere.example' } }] };
    for (const as of [system(), operator]) expectStatus(await server.as(as)('PUT', `DocumentReference/${document}`, { body: bare }), 409);
    expectStatus(await server.push(text), 409);
    expectStatus(await server.as(operator)('PUT', `DocumentReference/${document}`, { body: card }), 201);
    expectStatus(await server.push(text), 409);
  });
});
