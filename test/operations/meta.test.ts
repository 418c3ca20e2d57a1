/** https://hl7.org/fhir/R4/resource-operations.html: $meta, $meta-add, $meta-delete. */
import type { Bundle, Meta, Parameters } from 'fhir/r4';
import { readRoutes } from '../../src/interactions/read-routes';
import { writeRoutes } from '../../src/interactions/write-routes';
import { metaRoutes } from '../../src/operations/meta';
import { submitDocumentRoute } from '../../src/operations/submit-document';
import { expectStatus, operator, professional, startServer, system, type TestServer } from '../support/server';

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ routes: [...readRoutes, ...writeRoutes, ...metaRoutes, submitDocumentRoute] });
  await put({ resourceType: 'Patient', id: 'a' });
  await put({ resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' }, meta: { profile: ['urn:p:1'], tag: [red] } });
});
afterEach(() => server.close());

const red = { system: 'urn:t', code: 'red', display: 'Red' };
const blue = { system: 'urn:t', code: 'blue' };
const restricted = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };

const put = async (resource: { resourceType: string; id: string } & Record<string, unknown>, actor = operator) => expectStatus(await server.as(actor)('PUT', `${resource.resourceType}/${resource.id}`, { body: resource }), 201);
const given = (meta: Meta) => ({ body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] } });
const change = async (target: string, meta: Meta, actor = operator) => server.as(actor)('POST', target, given(meta));
async function metaAt(target: string, actor = operator): Promise<Meta | undefined> {
  const { parameter } = expectStatus(await server.as(actor)('GET', target), 200).resource<Parameters>();
  expect(parameter).toMatchObject([{ name: 'return' }]);
  return parameter?.[0]?.valueMeta;
}

describe('$meta', () => {
  test('of a resource is the meta that a read gives, by GET and POST, of a past version too', async () => {
    const read = expectStatus(await server.as(operator)('GET', 'Observation/o'), 200).resource<{ resourceType: 'Observation'; status: 'final'; code: object; meta: Meta }>();
    expect(await metaAt('Observation/o/$meta')).toEqual(read.meta);
    expect(expectStatus(await server.as(operator)('POST', 'Observation/o/$meta'), 200).resource<Parameters>().parameter?.[0]?.valueMeta).toEqual(read.meta);
    await change('Observation/o/$meta-add', { tag: [blue] });
    expect(await metaAt('Observation/o/_history/1/$meta')).toEqual(read.meta);
    expect((await metaAt('Observation/o/_history/2/$meta'))?.tag).toEqual([red, blue]);
  });

  test('of a type and of the system lists what is in use, once each', async () => {
    await put({ resourceType: 'Condition', id: 'c', subject: { reference: 'Patient/a' }, meta: { tag: [{ system: 'urn:t', code: 'red' }, blue], security: [restricted], profile: ['urn:p:2'] } });
    expect(await metaAt('Observation/$meta')).toEqual({ profile: ['urn:p:1'], tag: [red] });
    expect(await metaAt('Patient/$meta')).toEqual({});
    const all = await metaAt('$meta');
    expect(all?.tag?.map(({ code }) => code).sort()).toEqual(['blue', 'red']);
    expect(all?.profile?.slice().sort()).toEqual(['urn:p:1', 'urn:p:2']);
    expect(all?.security).toEqual([restricted]);
    expect(all).not.toHaveProperty('versionId');
  });

  test('tells nothing of what the caller may not see', async () => {
    await put({ resourceType: 'Observation', id: 'own', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' }, meta: { tag: [blue] } }, system('1'));
    for (const target of ['$meta', 'Observation/$meta']) expect((await metaAt(target, system('1')))?.tag).toEqual([blue]);
    expect((await server.as(system('1'))('GET', 'Observation/o/$meta')).status).toBe(404);
    expect((await server.as(system('2'))('GET', 'Observation/own/_history/1/$meta')).status).toBe(404);
    for (const target of ['$meta', 'Observation/$meta']) expect(await metaAt(target, system('2'))).toEqual({});
  });

  test('more than OPERATION_LIMIT resources are refused by its name', async () => {
    const limits = { ...server.services.limits, operation: { value: 2, setting: 'OPERATION_LIMIT' } };
    const small = await startServer({ routes: [...readRoutes, ...writeRoutes, ...metaRoutes], services: { limits } });
    for (const id of ['1', '2', '3']) {
      await small.as(operator)('PUT', `Basic/${id}`, { body: { resourceType: 'Basic', id, code: { text: 'x' }, meta: { tag: [red] } } });
      const reply = await small.as(operator)('GET', 'Basic/$meta');
      expect([id, reply.status]).toEqual([id, id === '3' ? 422 : 200]);
      if (id === '3') expect(reply.issues[0]?.diagnostics).toContain('OPERATION_LIMIT');
    }
    await small.close();
  });
});

describe('$meta-add', () => {
  test('adds to the sets without a double, in a new version, and keeps the rest', async () => {
    const reply = expectStatus(await change('Observation/o/$meta-add', { tag: [{ ...red, display: 'Other' }, blue], security: [restricted], profile: ['urn:p:1', 'urn:p:2'], versionId: '77' }), 200);
    expect(reply.resource<Parameters>().parameter?.[0]?.valueMeta).toMatchObject({ versionId: '2', tag: [red, blue], security: [restricted], profile: ['urn:p:1', 'urn:p:2'] });
    expect(reply.headers).toMatchObject({ ETag: 'W/"2"', Location: expect.stringMatching(/Observation\/o\/_history\/2$/) });
    expect(reply.audit).toMatchObject({ interaction: '$meta-add', type: 'Observation', id: 'o', patients: ['a'] });
    const read = (await server.as(operator)('GET', 'Observation/o')).resource<{ resourceType: 'Observation'; status: string; code: object }>();
    expect(read).toMatchObject({ status: 'final', code: { text: 'x' } });
  });

  test('is found by what was added', async () => {
    await change('Observation/o/$meta-add', { tag: [blue], security: [restricted] });
    for (const query of ['_tag=urn:t|blue', `_security=${restricted.system}|R`, '_tag=red&_tag=blue']) {
      expect((await server.as(operator)('GET', `Observation?${query}`)).resource<Bundle>().total).toBe(1);
    }
  });

  test('of what is there already makes no version', async () => {
    expect((await change('Observation/o/$meta-add', { tag: [{ system: 'urn:t', code: 'red' }] })).headers).toMatchObject({ ETag: 'W/"1"' });
  });

  test('heeds If-Match', async () => {
    expect((await server.as(operator)('POST', 'Observation/o/$meta-add', { ...given({ tag: [blue] }), headers: { 'If-Match': 'W/"9"' } })).status).toBe(412);
    expect((await server.as(operator)('POST', 'Observation/o/$meta-add', { ...given({ tag: [blue] }), headers: { 'If-Match': 'W/"1"' } })).status).toBe(200);
  });

  test('takes XML', async () => {
    const body = '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="meta"/><valueMeta><tag><system value="urn:t"/><code value="blue"/></tag></valueMeta></parameter></Parameters>';
    expectStatus(await server.as(operator)('POST', 'Observation/o/$meta-add', { body, headers: { 'Content-Type': 'application/fhir+xml' } }), 200);
    expect((await metaAt('Observation/o/$meta'))?.tag).toEqual([red, blue]);
  });

  test.each([
    ['no body', {}, 400], ['no meta', { body: { resourceType: 'Parameters' } }, 400], ['two of them', { body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: {} }, { name: 'meta', valueMeta: { tag: [blue] } }] } }, 400],
    ['another value', { body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueString: 'x' }] } }, 400], ['another resource', { body: { resourceType: 'Patient' } }, 400],
    ['an unknown element', given({ foo: 1 } as Meta), 422], ['a tag that is none', given({ tag: [{ code: 5 }] } as unknown as Meta), 422], ['another type', { body: 'x', headers: { 'Content-Type': 'text/plain' } }, 415],
  ])('%s is refused', async (_name, call, status) => {
    expect((await server.as(operator)('POST', 'Observation/o/$meta-add', call)).status).toBe(status);
  });
});

test('$meta-delete takes away what is there; what is not there is no error', async () => {
  await change('Observation/o/$meta-add', { tag: [blue], security: [restricted] });
  expectStatus(await change('Observation/o/$meta-delete', { tag: [{ system: 'urn:t', code: 'red', display: 'x' }, { code: 'none' }], security: [restricted], profile: ['urn:p:1'] }), 200);
  expect(await metaAt('Observation/o/$meta')).toEqual({ versionId: '3', lastUpdated: expect.any(String), tag: [blue] });
  expect((await change('Observation/o/$meta-delete', { tag: [{ code: 'none' }] })).headers).toMatchObject({ ETag: 'W/"3"' });
  expect((await server.as(operator)('GET', 'Observation?_tag=red')).resource<Bundle>().total).toBe(0);
});

describe('who may change it', () => {
  test.each(['$meta-add', '$meta-delete'])('%s is a write like others', async (name) => {
    expect((await change(`Observation/o/${name}`, { tag: [blue] }, professional())).status).toBe(403);
    expect((await change(`Observation/o/${name}`, { tag: [blue] }, system('2'))).status).toBe(404);
    expect((await change(`Observation/none/${name}`, { tag: [blue] })).status).toBe(404);
    expect((await server.as(operator)('GET', `Observation/o/${name}`)).status).toBe(405);
    await server.as(operator)('DELETE', 'Observation/o');
    expect((await change(`Observation/o/${name}`, { tag: [blue] })).status).toBe(410);
  });

  test('what was drawn from a document changes with it only', async () => {
    expectStatus(await server.as(operator)('GET', 'Observation/o'), 200);
    const { store } = server;
    await store.commit({
      guards: [], writes: [
        { kind: 'put', type: 'DocumentReference', id: 'd', expect: 'any', claims: [], entries: { token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: 0 }, body: { before: '{"resourceType":"DocumentReference","id":"d","meta":{', after: '}}' }, access: { exposure: 'owned', owners: ['a'], structures: [], documentFacts: { chainKeys: ['k'], labels: [], authors: [] } } },
        { kind: 'put', type: 'Observation', id: 'drawn', expect: 'any', claims: [], entries: { token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: 0 }, body: { before: '{"resourceType":"Observation","id":"drawn","meta":{', after: ',"source":"DocumentReference/d"}}' }, access: { exposure: 'owned', owners: ['a'], structures: [], document: 'd' } },
      ],
    });
    const reply = await change('Observation/drawn/$meta-add', { tag: [blue] });
    expect([reply.status, reply.issues[0]?.diagnostics]).toEqual([409, expect.stringContaining('DocumentReference/d')]);
    expect((await metaAt('Observation/drawn/$meta'))?.source).toBe('DocumentReference/d');
  });
});

test('in a batch', async () => {
  const body = { resourceType: 'Bundle', type: 'batch', entry: [
    { request: { method: 'GET', url: 'Observation/o/$meta' } },
    { request: { method: 'POST', url: 'Observation/o/$meta-add' }, resource: given({ tag: [blue] }).body },
    { request: { method: 'GET', url: 'Observation/none/$meta' } },
  ] };
  const { entry } = expectStatus(await server.as(operator)('POST', '', { body }), 200).resource<Bundle>();
  expect(entry?.map(({ response }) => response?.status?.slice(0, 3))).toEqual(['200', '200', '404']);
});
