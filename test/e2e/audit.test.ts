/** The audit record of every decision: who, which patients, what, outcome (rules 6.9). */
import type { AuditRecord } from '../../src/access/audit-record';
import { documentText, identifierOf, insOf, matriculeOf, professionals, structures } from '../support/cast';
import { startTestServer, type Call, type TestServer } from '../support/http-server';

let server: TestServer;
const tokens: Record<string, string> = {};
let patient = '';
let document = '';

beforeAll(async () => {
  server = await startTestServer();
  tokens.system = await server.token({ as: 'system', structure: structures[0]!.id });
  tokens.professional = await server.token({ as: 'professional', rpps: professionals[0]!.rpps });
  tokens.patient = await server.token({ as: 'patient', ins: insOf('lenoir') });
  await push('summary-lenoir');
  patient = (await call('patient', `Patient?identifier=${identifierOf('lenoir')}`)).body.entry[0].resource.id as string;
  document = (await call('patient', 'DocumentReference')).body.entry[0].resource.id as string;
});
afterAll(() => server.stop());

const call = (as: string, path: string, how: Call = {}) => server.call(path, { token: tokens[as]!, ...how });
const push = (name: string) => call('system', 'DocumentReference/$submit-document', { headers: { 'Content-Type': 'text/xml' }, body: documentText(name) });

async function records(): Promise<AuditRecord[]> {
  const found: AuditRecord[] = [];
  for await (const record of server.running.services.store.readAudit(server.running.services.serverGrant(), { limit: 10_000 })) found.push(record);
  return found;
}
/** The one record that a request left. */
async function recordOf(request: () => Promise<{ status: number }>): Promise<AuditRecord> {
  const before = (await records()).length;
  const { status } = await request();
  const [record, ...more] = (await records()).slice(before);
  expect([record?.status, more]).toEqual([status, []]);
  return record as AuditRecord;
}

describe('the audit record', () => {
  it('of a read names who, whose and what', async () => {
    expect(await recordOf(() => call('professional', `DocumentReference/${document}`))).toMatchObject({
      actor: { kind: 'professional', id: `8${professionals[0]!.rpps}` }, interaction: 'read', type: 'DocumentReference', id: document, patients: [patient], status: 200,
    });
  });

  it('tells a batch from a transaction', async () => {
    const bundle = (type: string) => ({ resourceType: 'Bundle', type, entry: [{ request: { method: 'GET', url: `DocumentReference/${document}` } }] });
    for (const type of ['batch', 'transaction']) expect(await recordOf(() => call('professional', '', { body: bundle(type) }))).toMatchObject({ interaction: type, patients: [patient] });
  });

  it('of a refusal names the person whose record was closed, and what was asked for', async () => {
    const consent = await call('patient', 'Consent', {
      body: {
        resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
        category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: `Patient/${patient}` }, provision: { type: 'deny' },
      },
    });
    expect(consent.status).toBe(201);
    expect(await recordOf(() => call('professional', `DocumentReference/${document}`))).toMatchObject({ type: 'DocumentReference', id: document, patients: [patient], status: 404 });
    expect(await recordOf(() => push('consultation-lenoir'))).toMatchObject({ interaction: '$submit-document', patients: [patient], status: 403 });
    const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${patient}` } };
    expect(await recordOf(() => call('system', 'Observation', { body: observation }))).toMatchObject({ interaction: 'create', patients: [patient], status: 403 });
  });

  it('never holds a matricule, also where one stands for an id', async () => {
    const record = await recordOf(() => call('professional', `Patient/${matriculeOf('lenoir')}`));
    expect(record.status).toBe(404);
    expect(JSON.stringify(await records())).not.toContain(matriculeOf('lenoir'));
  });

  it('is not made for what is served to everyone, refused or not', async () => {
    const before = (await records()).length;
    expect((await server.call('metadata')).status).toBe(200);
    expect((await server.call('metadata', { headers: { Accept: 'text/html' } })).status).toBe(406);
    expect((await records()).length).toBe(before);
  });
});
