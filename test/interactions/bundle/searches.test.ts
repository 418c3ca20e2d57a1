/** Searches as entries of a batch and of a transaction: https://hl7.org/fhir/R4/http.html#transaction */
import type { Bundle } from 'fhir/r4';
import { documentRoutes } from '../../../src/operations/document';
import { everythingRoutes } from '../../../src/operations/everything';
import { readRoutes } from '../../../src/interactions/read-routes';
import { writeRoutes } from '../../../src/interactions/write-routes';
import { expectStatus, operator, professional, startServer, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ routes: [...readRoutes, ...writeRoutes, ...everythingRoutes, ...documentRoutes] });
  const put = async (resource: { resourceType: string; id: string } & Record<string, unknown>) => expectStatus(await server.as(operator)('PUT', `${resource.resourceType}/${resource.id}`, { body: resource }), 201);
  await put({ resourceType: 'Patient', id: 'a', name: [{ family: 'Martin' }] });
  await put({ resourceType: 'Encounter', id: 'e', status: 'finished', class: { code: 'AMB' }, subject: { reference: 'Patient/a' } });
  await put({ resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' }, encounter: { reference: 'Encounter/e' } });
  await put({ resourceType: 'Observation', id: 'o2', status: 'amended', code: { text: 'x' }, subject: { reference: 'Patient/a' } });
});
afterAll(() => server.close());

type Request = readonly [method: 'GET' | 'POST', url: string];
async function entries(type: 'batch' | 'transaction', requests: readonly Request[], actor = professional()) {
  const body = { resourceType: 'Bundle', type, entry: requests.map(([method, url]) => ({ request: { method, url } })) };
  const reply = expectStatus(await server.as(actor)('POST', '', { body }), 200);
  return (reply.resource<Bundle>().entry ?? []).map(({ response, resource }) => ({ status: response?.status?.slice(0, 3), bundle: resource as Bundle | undefined }));
}
const namesIn = (bundle: Bundle | undefined) => (bundle?.entry ?? []).map(({ resource }) => `${resource?.resourceType}/${resource?.id}`).sort();

const cases: readonly (readonly [...Request, readonly string[]])[] = [
  ['GET', 'Observation?status=final', ['Observation/o1']],
  ['POST', 'Observation/_search?status=final', ['Observation/o1']],
  ['GET', '?_type=Patient,Encounter', ['Encounter/e', 'Patient/a']],
  ['POST', '_search?_type=Patient', ['Patient/a']],
  ['GET', 'Patient/a/Observation', ['Observation/o1', 'Observation/o2']],
  ['POST', 'Patient/a/Observation/_search?status=amended', ['Observation/o2']],
  ['GET', 'Patient/a/*?_type=Encounter', ['Encounter/e']],
  ['POST', 'Encounter/e/*/_search', ['Encounter/e', 'Observation/o1']],
  ['GET', 'Patient/a/$everything', ['Encounter/e', 'Observation/o1', 'Observation/o2', 'Patient/a']],
];

describe.each(['batch', 'transaction'] as const)('in a %s', (type) => {
  test('every kind of search answers as it does alone', async () => {
    const answers = await entries(type, cases.map(([method, url]) => [method, url]));
    expect(answers.map(({ status, bundle }) => [status, bundle?.type, namesIn(bundle)])).toEqual(cases.map(([, , names]) => ['200', 'searchset', names]));
  });
});

test('in a batch each refused search is its own entry\'s failure, and the others go on', async () => {
  const answers = await entries('batch', [['GET', '?name=martin'], ['GET', 'Patient/none/Observation'], ['GET', 'Patient/a/Medication'], ['GET', 'Patient/a/Observation?nothing=1'], ['GET', 'Patient/a/Observation']]);
  expect(answers.map(({ status }) => status)).toEqual(['400', '404', '404', '400', '200']);
});

test('a transaction stores no document: it would be made twice', async () => {
  const body = { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'GET', url: 'Composition/c/$document?persist=true' } }] };
  expect((await server.as(operator)('POST', '', { body })).status).toBe(400);
});
