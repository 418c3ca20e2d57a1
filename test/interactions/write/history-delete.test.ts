/** The operator erases past versions, where the setting allows it: https://hl7.org/fhir/http.html#delete-history */
import type { Bundle, Observation, OperationOutcome } from 'fhir/r4';
import { expectStatus, operator, patient, professional, startServer, system, type TestServer } from '../../support/server';

let on: TestServer;
let off: TestServer;
beforeAll(async () => {
  [on, off] = await Promise.all([startServer({ services: { historyDelete: true } }), startServer()]);
});
afterAll(() => Promise.all([on.close(), off.close()]));

/** An Observation of three versions. */
async function thrice(server: TestServer): Promise<string> {
  const call = server.as(operator);
  const body = (text: string, id?: string) => ({ resourceType: 'Observation', status: 'final', code: { text }, ...(id === undefined ? {} : { id }) });
  const { id = '' } = expectStatus(await call('POST', 'Observation', { body: body('one') }), 201).resource<Observation>();
  for (const text of ['two', 'three']) expectStatus(await call('PUT', `Observation/${id}`, { body: body(text, id) }), 200);
  return id;
}
const tags = async (server: TestServer, id: string) => (await server.as(operator)('GET', `Observation/${id}/_history`)).resource<Bundle>().entry?.map(({ response }) => response?.etag);

describe('switched off', () => {
  test.each(['', '/1'])('DELETE _history%s is 405 and names the setting', async (version) => {
    const id = await thrice(off);
    const reply = expectStatus(await off.as(operator)('DELETE', `Observation/${id}/_history${version}`), 405);
    expect(reply.headers.Allow).toBe('GET, HEAD');
    expect(reply.resource<OperationOutcome>().issue[0]?.diagnostics).toContain('HISTORY_DELETE');
    expect(await tags(off, id)).toHaveLength(3);
  });

  test('other methods are refused as ever', async () => {
    const reply = expectStatus(await off.as(operator)('PUT', 'Observation/x/_history'), 405);
    expect([reply.headers.Allow, reply.text.includes('HISTORY_DELETE')]).toEqual(['GET, HEAD', false]);
  });
});

describe('switched on', () => {
  const call: ReturnType<TestServer['as']> = (...request) => on.as(operator)(...request);

  test('delete-history erases every version but the current one', async () => {
    const id = await thrice(on);
    const reply = expectStatus(await call('DELETE', `Observation/${id}/_history`), 204);
    expect([reply.text, reply.audit]).toEqual(['', { interaction: 'delete-history', type: 'Observation', id, patients: [] }]);
    expect(await tags(on, id)).toEqual(['W/"3"']);
    expect((await call('GET', `Observation/${id}`)).resource<Observation>().code.text).toBe('three');
    expect((await call('GET', `Observation/${id}/_history/2`)).status).toBe(404);
    expectStatus(await call('DELETE', `Observation/${id}/_history`), 204);
  });

  test('delete-history-version erases that one', async () => {
    const id = await thrice(on);
    const reply = expectStatus(await call('DELETE', `Observation/${id}/_history/2`, { headers: { Prefer: 'return=OperationOutcome' } }), 200);
    expect(reply.resource<OperationOutcome>()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'information' }] });
    expect(reply.audit).toMatchObject({ interaction: 'delete-history-version', id });
    expect(await tags(on, id)).toEqual(['W/"3"', 'W/"1"']);
    expectStatus(await call('GET', `Observation/${id}/_history/1`), 200);
    for (const version of ['2', '9', 'x']) expectStatus(await call('DELETE', `Observation/${id}/_history/${version}`), 404);
  });

  test('the current version stays: 409 says why', async () => {
    const id = await thrice(on);
    expect(expectStatus(await call('DELETE', `Observation/${id}/_history/3`), 409).text).toContain('current version');
    expectStatus(await call('DELETE', `Observation/${id}`), 204);
    expectStatus(await call('DELETE', `Observation/${id}/_history/4`), 409);
    expectStatus(await call('DELETE', `Observation/${id}/_history`), 204);
    expect(await tags(on, id)).toEqual(['W/"4"']);
    expectStatus(await call('GET', `Observation/${id}`), 410);
  });

  test('the version by which a deleted Practitioner is remembered stays', async () => {
    const body = (text: string, id?: string) => ({ resourceType: 'Practitioner', name: [{ text }], ...(id === undefined ? {} : { id }) });
    const { id = '' } = expectStatus(await call('POST', 'Practitioner', { body: body('one') }), 201).resource<{ id?: string }>();
    expectStatus(await call('PUT', `Practitioner/${id}`, { body: body('two', id) }), 200);
    expectStatus(await call('DELETE', `Practitioner/${id}`), 204);
    for (const version of ['', '/2']) expect(expectStatus(await call('DELETE', `Practitioner/${id}/_history${version}`), 409).text).toContain('$erase');
    expectStatus(await call('DELETE', `Practitioner/${id}/_history/1`), 204);
    expectStatus(await call('GET', `Practitioner/${id}/_history/2`), 200);
  });

  test('is the operator\'s alone, whether there is something or not', async () => {
    const id = await thrice(on);
    for (const actor of [patient('255069999999930'), professional(), system()]) {
      for (const target of [id, 'none']) for (const version of ['', '/1']) expectStatus(await on.as(actor)('DELETE', `Observation/${target}/_history${version}`), 403);
    }
    expect(await tags(on, id)).toHaveLength(3);
  });

  test('what is not there is 404, a parameter 400', async () => {
    for (const version of ['', '/1']) expectStatus(await call('DELETE', `Observation/none/_history${version}`), 404);
    expectStatus(await call('DELETE', `Observation/${await thrice(on)}/_history?_since=2020`), 400);
  });
});

test('X-Provenance is refused: nothing would be noted by it', async () => {
  const id = await thrice(on);
  for (const url of [`Observation/${id}/_history`, `Observation/${id}/_history/1`]) {
    expectStatus(await on.as(operator)('DELETE', url, { headers: { 'X-Provenance': '{"resourceType":"Provenance"}' } }), 400);
  }
  expect(await tags(on, id)).toHaveLength(3);
});
