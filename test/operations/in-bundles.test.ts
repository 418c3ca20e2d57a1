/** Operations as entries: alone in a batch; in a transaction only those that ask. */
import type { Bundle, OperationOutcome, Parameters } from 'fhir/r4';
import { readRoutes } from '../../src/interactions/read-routes';
import { writeRoutes } from '../../src/interactions/write-routes';
import { everythingRoutes } from '../../src/operations/everything';
import { submitDocumentRoute } from '../../src/operations/submit-document';
import { cda } from '../support/cda';
import { startPushServer, type PushServer } from '../support/pushing';
import { expectStatus, operator, system } from '../support/server';

let server: PushServer;
beforeAll(async () => { server = await startPushServer({ routes: [...readRoutes, ...writeRoutes, submitDocumentRoute, ...everythingRoutes] }); });
afterAll(() => server.close());

const send = (type: 'batch' | 'transaction', entry: readonly object[]) => server.as(system())('POST', '', { body: { resourceType: 'Bundle', type, entry } });
const submission = { resource: { resourceType: 'Parameters', parameter: [{ name: 'document', resource: { resourceType: 'Binary', contentType: 'text/xml', data: Buffer.from(cda()).toString('base64') } }] }, request: { method: 'POST', url: 'DocumentReference/$submit-document' } };
const person = { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } };

it('a document is pushed by an entry of a batch, and again, and read by another', async () => {
  for (const status of ['201 Created', '200 OK']) {
    const [pushed] = expectStatus(await send('batch', [submission]), 200).resource<Bundle>().entry ?? [];
    expect([pushed?.response?.status, pushed?.response?.location]).toEqual([status, expect.stringMatching(/\/DocumentReference\/[^/]+/)]);
    expect((pushed?.resource as Parameters).parameter?.map(({ name }) => name)).toContain('document');
  }
});

it('what an operation refuses is said by its entry; the others go on', async () => {
  const broken = { ...submission, resource: { resourceType: 'Parameters', parameter: [] } };
  const [refused, made] = expectStatus(await send('batch', [broken, person]), 200).resource<Bundle>().entry ?? [];
  expect(Number(refused?.response?.status.slice(0, 3))).toBeGreaterThanOrEqual(400);
  expect(JSON.stringify(refused?.response?.outcome as OperationOutcome)).toContain('Bundle.entry[0]');
  expect(made?.response?.status).toBe('201 Created');
});

it('a record is asked for by an entry of a batch or transaction', async () => {
  const id = expectStatus(await server.as(operator)('POST', 'Patient', { body: { resourceType: 'Patient' } }), 201).resource<{ id: string }>().id;
  for (const type of ['batch', 'transaction'] as const) {
    const reply = await server.as(operator)('POST', '', { body: { resourceType: 'Bundle', type, entry: [{ request: { method: 'GET', url: `Patient/${id}/$everything?_count=10` } }] } });
    const answer = expectStatus(reply, 200).resource<Bundle>().entry?.[0];
    expect((answer?.resource as Bundle).entry?.map(({ resource }) => resource?.id)).toEqual([id]);
    expect((answer?.resource as Bundle).link?.map(({ relation }) => relation)).toContain('self');
  }
});

it('a transaction takes no operation that changes something: refused by its name, and nothing is written', async () => {
  const before = await server.count('Patient');
  const reply = await send('transaction', [person, submission]);
  expect([reply.status, reply.issues[0]?.expression]).toEqual([400, ['Bundle.entry[1]']]);
  expect(await server.count('Patient')).toEqual(before);
});
