import { startTestServer, type TestServer } from '../support/http-server';
import { documentText, identifierOf, insOf, matriculeOf, professionals, structures } from '../support/cast';

let server: TestServer;
const tokens: Record<string, string> = {};
const physician = professionals[1]!;
const other = professionals[0]!;

beforeAll(async () => {
  server = await startTestServer();
  tokens.system = await server.token({ as: 'system', structure: structures[0]!.id });
  tokens.professional = await server.token({ as: 'professional', rpps: physician.rpps, structure: physician.structure });
  tokens.other = await server.token({ as: 'professional', rpps: other.rpps, structure: other.structure });
  tokens.patient = await server.token({ as: 'patient', ins: insOf('lenoir') });
  tokens.stranger = await server.token({ as: 'patient', ins: insOf('paoli') });
  tokens.operator = await server.token({ as: 'operator' });
});
afterAll(() => server.stop());

const as = (name: string) => ({ token: tokens[name]! });
const push = (text: string, query = '') => server.call(`DocumentReference/$submit-document${query}`, { ...as('system'), headers: { 'Content-Type': 'text/xml' }, body: text });

describe('a document that is pushed', () => {
  let patientId = '';
  let documentId = '';

  it('is taken once, and gives the same answer when it comes again', async () => {
    const text = documentText('summary-lenoir');
    const first = await push(text);
    expect([first.status, first.body.resourceType]).toEqual([201, 'Parameters']);
    const names = first.body.parameter.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['document', 'resource', 'outcome']));
    const again = await push(text);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    documentId = (first.headers.get('location') ?? '').split('/DocumentReference/')[1]!.split('/')[0]!;
  });

  it('makes the person findable by INS, exactly', async () => {
    const found = await server.call(`Patient?identifier=${identifierOf('lenoir')}`, as('professional'));
    expect([found.status, found.body.total]).toEqual([200, 1]);
    patientId = found.body.entry[0].resource.id;
    const wrongSystem = await server.call(`Patient?identifier=${encodeURIComponent(`urn:oid:1.2.250.1.213.1.4.8|${matriculeOf('lenoir')}`)}`, as('professional'));
    expect(wrongSystem.body.total).toBe(0);
    const shorter = await server.call(`Patient?identifier=${encodeURIComponent(`urn:oid:${insOf('lenoir').slice(0, -1)}`)}`, as('professional'));
    expect(shorter.body.total).toBe(0);
  });

  it('is found by the INS of its person and given back byte for byte', async () => {
    const found = await server.call(`DocumentReference?patient.identifier=${identifierOf('lenoir')}&status=current`, as('professional'));
    expect(found.body.total).toBe(1);
    const { attachment } = found.body.entry[0].resource.content[0];
    const binary = await server.call(attachment.url.startsWith('http') ? attachment.url : attachment.url, as('professional'));
    expect(binary.status).toBe(200);
    expect(binary.text).toBe(documentText('summary-lenoir'));
    expect(binary.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(binary.headers.get('x-content-type-options')).toBe('nosniff');
    expect(binary.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('is in the whole record of the person, page after page, each resource once', async () => {
    const seen: string[] = [];
    let url: string | undefined = `Patient/${patientId}/$everything?_count=3`;
    while (url !== undefined) {
      const page = await server.call(url, as('patient'));
      expect(page.status).toBe(200);
      for (const { resource } of page.body.entry ?? []) seen.push(`${resource.resourceType}/${resource.id}`);
      url = page.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([`Patient/${patientId}`, `DocumentReference/${documentId}`]));
    expect(seen.some((reference) => reference.startsWith('Composition/'))).toBe(true);
  });

  it('does not exist for another person', async () => {
    for (const path of [`Patient/${patientId}`, `DocumentReference/${documentId}`, `Patient/${patientId}/$everything`, `DocumentReference/${documentId}/_history`]) {
      expect((await server.call(path, as('stranger'))).status).toBe(404);
    }
    for (const path of [`Patient?identifier=${identifierOf('lenoir')}`, `DocumentReference?patient.identifier=${identifierOf('lenoir')}`, 'Composition', 'Observation', 'Provenance', 'Patient']) {
      expect((await server.call(path, as('stranger'))).body.total).toBe(0);
    }
  });

  it('is hidden from a professional whom the person refuses, on the very next request and on every path, until they lift it', async () => {
    const everywhere = [
      `Patient/${patientId}`, `DocumentReference/${documentId}`, `DocumentReference/${documentId}/_history`, `DocumentReference/${documentId}/_history/1`, `Patient/${patientId}/$everything`,
    ];
    const searches = [
      `Patient?identifier=${identifierOf('lenoir')}`, `DocumentReference?patient.identifier=${identifierOf('lenoir')}`, `DocumentReference?patient=Patient/${patientId}&_total=accurate`, 'Condition', 'Composition', 'MedicationStatement', 'Provenance', 'Encounter',
    ];
    const before = await server.call('Condition', as('professional'));
    expect(before.body.total).toBeGreaterThan(0);
    const consent = await server.call('Consent', {
      ...as('patient'), body: {
        resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
        category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: `Patient/${patientId}` },
        provision: { type: 'deny', actor: [{ role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] }, reference: { identifier: { system: 'https://rpps.esante.gouv.fr', value: physician.rpps } } }] },
      },
    });
    expect(consent.status).toBe(201);
    for (const path of everywhere) expect([path, (await server.call(path, as('professional'))).status]).toEqual([path, 404]);
    for (const path of searches) expect([path, (await server.call(path, as('professional'))).body.total]).toEqual([path, 0]);
    expect((await server.call(`Patient/${patientId}`, as('other'))).status).toBe(200);
    expect((await server.call(`Patient/${patientId}`, as('patient'))).status).toBe(200);
    expect((await server.call(`Consent/${consent.body.id}`, as('professional'))).status).toBe(404);
    expect((await push(documentText('consultation-lenoir'))).status).toBe(201);
    expect((await server.call(`Consent/${consent.body.id}`, { ...as('patient'), method: 'DELETE' })).status).toBe(204);
    expect((await server.call(`Patient/${patientId}`, as('professional'))).status).toBe(200);
  });

  it('never leaves the matricule in a log, a metric or a link of ours', async () => {
    const metrics = await server.call(`${server.running.settings.baseUrl}/metrics`);
    expect(metrics.text).not.toContain(matriculeOf('lenoir'));
    expect(server.log.join('\n')).not.toContain(matriculeOf('lenoir'));
    const page = await server.call(`DocumentReference?patient.identifier=${identifierOf('lenoir')}&_count=1`, as('professional'));
    expect(page.body.link.length).toBeGreaterThan(1);
    expect(JSON.stringify(page.body.link)).not.toContain(matriculeOf('lenoir'));
    expect(JSON.stringify(page.body.link)).not.toContain(encodeURIComponent(matriculeOf('lenoir')));
  });
});
