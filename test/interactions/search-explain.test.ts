/** `_explain=true`: how a search is served, told to the operator and without any value. */
import { startTestServer, type Json, type TestServer } from '../support/http-server';

let server: TestServer;
let operator: string;
beforeAll(async () => {
  server = await startTestServer();
  operator = await server.token({ as: 'operator' });
  for (const [id, value] of [['a', 'secret-one'], ['b', 'secret-two']] as const) {
    await server.call(`Patient/${id}`, { token: operator, method: 'PUT', body: { resourceType: 'Patient', id, name: [{ family: 'Hidden' }], identifier: [{ system: 'urn:local', value }] } });
    await server.call(`Observation/${id}`, { token: operator, method: 'PUT', body: { resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:s', code: 'c' }] }, subject: { reference: `Patient/${id}` } } });
  }
}, 60_000);
afterAll(() => server.stop());

const explain = (query: string, call: object = {}) => server.call(query, { token: operator, ...call });
const named = (body: Json, name: string): Json[] => body.parameter.filter((each: Json) => each.name === name);

describe('_explain', () => {
  it('tells the plan as a tree, and each query with the indexes that it used', async () => {
    const { status, body } = await explain('Observation?code=urn:s|c&subject:Patient.identifier=urn:local|secret-one&_sort=-date&_include=Observation:subject&_explain=true');
    expect([status, body.resourceType]).toEqual([200, 'Parameters']);
    expect(named(body, 'plan')[0]?.valueString).toBe([
      'types Observation', 'where', '  and', '    token Observation.code', '    chain Observation.subject -> Patient', '      token Patient.identifier',
      'order -Observation.date', 'include Observation Observation.subject', 'page 20', 'total if-cheap',
    ].join('\n'));
    expect(named(body, 'matches')[0]?.valueInteger).toBe(1);
    const queries = named(body, 'query');
    expect(queries.length).toBeGreaterThan(1);
    const steps = queries.flatMap(({ part }) => part.filter(({ name }: Json) => name === 'step').map(({ valueString }: Json) => valueString as string));
    expect(steps.some((step) => /USING (COVERING )?INDEX|USING PRIMARY KEY|IXSCAN/.test(step))).toBe(true);
    expect(steps.filter((step) => /COLLSCAN|^SCAN (res|tok|ref|str)\b/.test(step))).toEqual([]);
  });

  it('holds no value of the question or of the data', async () => {
    const { text } = await explain('Observation?subject:Patient.identifier=urn:local|secret-one&patient.name=hidden&_revinclude=Provenance:target&_explain=true');
    expect(text).not.toMatch(/secret|hidden|urn:local|Patient\/a/i);
  });

  it('answers a POST search, and _explain=false the search itself', async () => {
    const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
    expect((await explain('Observation/_search', { ...form, body: 'code=c&_explain=true' })).body.resourceType).toBe('Parameters');
    expect((await explain('Observation?code=c&_explain=false')).body).toMatchObject({ resourceType: 'Bundle', total: 2 });
  });

  it.each(['_explain=maybe', '_explain', '_explain=true&_explain=true'])('is refused as %s', async (query) => {
    expect((await explain(`Observation?${query}`)).status).toBe(400);
  });

  it('leaves the searches that follow, whoever makes them, with what is there by then', async () => {
    await Promise.all([1, 2, 3, 4].map(() => explain('Observation?code=c&_explain=true')));
    for (const written of [1, 2]) {
      await server.call(`Basic/later-${written}`, { token: operator, method: 'PUT', body: { resourceType: 'Basic', id: `later-${written}`, code: { coding: [{ system: 'urn:s', code: 'later' }] } } });
      const found = await Promise.all([1, 2, 3, 4].map(() => server.call('Basic?code=urn:s|later&_summary=count', { token: operator })));
      expect(found.map(({ body }) => body.total)).toEqual([written, written, written, written]);
    }
  });

  it('is for nobody but the operator', async () => {
    const token = await server.token({ as: 'professional', rpps: '10001234567' });
    const { status, text } = await server.call('Observation?code=c&_explain=true', { token });
    expect([status, text.includes('query')]).toEqual([403, false]);
  });
});
