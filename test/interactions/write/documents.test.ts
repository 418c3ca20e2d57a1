import type { DocumentReference } from 'fhir/r4';
import { bodyHalves } from '../../../src/fhir/body';
import type { JsonObject } from '../../../src/fhir/json';
import { indexEntries } from '../../../src/search/indexer';
import { expectStatus, operator, professional, startServer, system, testIns, type TestServer } from '../../support/server';

let server: TestServer;
const structure = '1010000001';
const mine = system(structure);
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

const identifier = { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3.4' };
const card = (subject: string, more: object = {}) => ({
  resourceType: 'DocumentReference', status: 'current', masterIdentifier: identifier, subject: { reference: subject }, content: [{ attachment: { contentType: 'text/xml', url: 'Binary/bytes' } }], ...more,
});
let document: DocumentReference & { id: string };
let patientId: string;

/** Writes a resource as a push of the document does. */
async function draw(resource: JsonObject & { resourceType: string; id: string }): Promise<void> {
  const whole = { ...resource, meta: { source: `DocumentReference/${document.id}` } };
  const outcome = await server.store.commit({
    guards: [],
    writes: [{
      kind: 'put', type: resource.resourceType, id: resource.id, expect: 'absent', claims: [], body: bodyHalves(whole), entries: indexEntries(whole, { bases: [], timeZone: 'Europe/Paris' }),
      access: { exposure: 'owned', owners: [patientId], structures: [structure], document: document.id },
    }],
  });
  expect(outcome.kind).toBe('committed');
}

beforeAll(async () => {
  patientId = expectStatus(await server.as(mine)('POST', 'Patient', { body: { resourceType: 'Patient', identifier: [{ system: testIns, value: '255017500100208' }] } }), 201).resource<{ id: string }>().id;
  document = expectStatus(await server.as(mine)('POST', 'DocumentReference', { body: card(`Patient/${patientId}`) }), 201).resource();
  await draw({ resourceType: 'Observation', id: 'drawn', status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${patientId}` } });
});

describe('what was drawn from a document', () => {
  it('is not changed or deleted alone, by nobody, and the document is named', async () => {
    const stored = (await server.as(operator)('GET', 'Observation/drawn')).resource<{ status: string }>();
    for (const actor of [operator, mine]) {
      for (const reply of [await server.as(actor)('PUT', 'Observation/drawn', { body: { ...stored, status: 'amended' } }), await server.as(actor)('DELETE', 'Observation/drawn'),
        await server.as(actor)('PATCH', 'Observation/drawn', { body: [{ op: 'replace', path: '/status', value: 'amended' }], headers: { 'Content-Type': 'application/json-patch+json' } })]) {
        expect(reply.status).toBe(409);
        expect(reply.text).toContain(`DocumentReference/${document.id}`);
      }
    }
  });

  it('is something else than what was written about a document', async () => {
    const about = expectStatus(await server.as(mine)('POST', 'Provenance', { body: { resourceType: 'Provenance', recorded: '2026-01-01T00:00:00Z', target: [{ reference: `DocumentReference/${document.id}` }], agent: [{ who: { display: 'x' } }] } }), 201).resource<{ id: string }>();
    expectStatus(await server.as(mine)('PUT', `Provenance/${about.id}`, { body: { ...about, recorded: '2026-02-01T00:00:00Z' } }), 200);
    expectStatus(await server.as(mine)('DELETE', `Provenance/${about.id}`), 204);
  });
});

describe('the index card of a document', () => {
  const put = (more: object, actor = mine) => server.as(actor)('PUT', `DocumentReference/${document.id}`, { body: { ...document, ...more } });

  it('takes labels, which act at once on all that was drawn', async () => {
    expect((await server.as(professional())('GET', 'Observation/drawn')).status).toBe(200);
    expectStatus(await put({ securityLabel: [{ coding: [{ code: 'MASQUE_PS' }] }] }), 200);
    expect((await server.as(professional())('GET', 'Observation/drawn')).status).toBe(404);
    expectStatus(await put({ securityLabel: undefined }), 200);
    expect((await server.as(professional())('GET', 'Observation/drawn')).status).toBe(200);
    expect((await put({ securityLabel: [{ coding: [{ code: 'MASQUE_PS' }, { code: 'INVISIBLE_PATIENT' }] }] })).status).toBe(422);
  });

  it.each([
    ['masterIdentifier', { masterIdentifier: { ...identifier, value: 'urn:oid:1.2.3.5' } }], ['subject', { subject: { display: 'nobody' } }],
    ['relatesTo', { relatesTo: [{ code: 'replaces', target: { identifier } }] }], ['content', { content: [{ attachment: { url: 'Binary/others' } }] }], ['status', { status: 'superseded' }],
  ])('keeps its %s, which is the document’s', async (name, more) => {
    const reply = await put(more);
    expect([reply.status, reply.issues[0]?.expression]).toEqual([409, [`DocumentReference.${name}`]]);
  });

  it('has an identifier of its own', async () => {
    const twin = card(`Patient/${patientId}`);
    expect((await server.as(mine)('POST', 'DocumentReference', { body: twin })).status).toBe(409);
    const hidden = await server.as(system('1099999999'))('POST', 'DocumentReference', { body: twin });
    expect(hidden.status).toBe(409);
    expect(hidden.text).not.toContain(document.id);
  });

  it('takes along what was drawn when it is deleted, and its identifier stays taken', async () => {
    expectStatus(await server.as(mine)('DELETE', `DocumentReference/${document.id}`), 204);
    expect((await server.as(operator)('GET', 'Observation/drawn')).status).toBe(410);
    expect((await server.as(mine)('POST', 'DocumentReference', { body: card(`Patient/${patientId}`) })).status).toBe(409);
  });
});
