/**
 * What the standard says of read, vread, update, create, delete, their conditional forms and HEAD, sentence by sentence, through a
 * whole server: https://hl7.org/fhir/R4/http.html
 */
import { startTestServer, type Call, type Json, type Reply, type TestServer } from '../support/http-server';

let server: TestServer;
let token = '';
beforeAll(async () => {
  server = await startTestServer();
  token = await server.token({ as: 'operator' });
});
afterAll(() => server.stop());

const call = (path: string, how: Call = {}): Promise<Reply> => server.call(path, { token, ...how });
const put = (body: Json, how: Call = {}): Promise<Reply> => call(`Basic/${body.id as string}`, { method: 'PUT', body, ...how });
const remove = (path: string, how: Call = {}): Promise<Reply> => call(path, { method: 'DELETE', ...how });
let names = 0;
const fresh = (): string => `rest-${++names}`;
const basic = (id: string, text = 'x', more: Json = {}): Json => ({ resourceType: 'Basic', id, code: { text }, ...more });
const identified = (value: string, text = 'x', more: Json = {}): Json => ({ resourceType: 'Basic', identifier: [{ system: 'urn:rest', value }], code: { text }, ...more });
const header = ({ headers }: Reply, name: string): string | null => headers.get(name);
const isOutcome = ({ body }: Reply): boolean => body.resourceType === 'OperationOutcome';

describe('read', () => {
  test('the resource has the id of the URL; ETag tells its version, Last-Modified its time', async () => {
    const id = fresh();
    await put(basic(id));
    const reply = await call(`Basic/${id}`);
    expect([reply.status, reply.body.id, header(reply, 'etag')]).toEqual([200, id, 'W/"1"']);
    expect(header(reply, 'last-modified')).toBe(new Date(reply.body.meta.lastUpdated as string).toUTCString());
  });

  test('unknown is 404, deleted is 410 with the version of the deletion and its address', async () => {
    const id = fresh();
    expect((await call(`Basic/${id}`)).status).toBe(404);
    await put(basic(id));
    await remove(`Basic/${id}`);
    const reply = await call(`Basic/${id}`);
    expect([reply.status, header(reply, 'etag'), header(reply, 'location'), isOutcome(reply)]).toEqual([410, 'W/"2"', `${server.base}/Basic/${id}/_history/2`, true]);
    // That tag brings it back to life.
    expect((await put(basic(id), { headers: { 'If-Match': header(reply, 'etag') ?? '' } })).status).toBe(201);
  });

  test.each([['x'.repeat(64), 404], ['x'.repeat(65), 400], ['a.b-C9', 404], ['a_b', 400], ['a b', 400], ['a%20b', 400], ['é', 400]])('an id is 1 to 64 of A-Z, a-z, 0-9, "-" and ".": %s', async (id, status) => {
    expect((await call(`Basic/${encodeURIComponent(id)}`)).status).toBe(status);
  });

  test('a parameter that a read does not have is refused, or ignored by who is lenient', async () => {
    const id = fresh();
    await put(basic(id));
    expect((await call(`Basic/${id}?unheard=1`)).status).toBe(400);
    expect((await call(`Basic/${id}?unheard=1`, { headers: { Prefer: 'handling=lenient' } })).status).toBe(200);
    expect((await call(`Basic/${id}?_format=json&_pretty=true&_summary=true`)).status).toBe(200);
  });
});

describe('vread', () => {
  test('gives that version with its number, also the current one', async () => {
    const id = fresh();
    await put(basic(id, 'one'));
    await put(basic(id, 'two'));
    for (const [version, text] of [['1', 'one'], ['2', 'two']] as const) {
      const reply = await call(`Basic/${id}/_history/${version}`);
      expect([reply.status, reply.body.id, reply.body.meta.versionId, reply.body.code.text, header(reply, 'etag')]).toEqual([200, id, version, text, `W/"${version}"`]);
      expect(header(reply, 'last-modified')).not.toBeNull();
    }
  });

  test('of a deletion is 410, of a version that never was 404', async () => {
    const id = fresh();
    await put(basic(id));
    await remove(`Basic/${id}`);
    const gone = await call(`Basic/${id}/_history/2`);
    expect([gone.status, header(gone, 'etag'), isOutcome(gone)]).toEqual([410, 'W/"2"', true]);
    expect((await call(`Basic/${id}/_history/1`)).status).toBe(200);
    for (const version of ['3', '0', 'x', '1.0', '01']) expect([version, (await call(`Basic/${id}/_history/${version}`)).status]).toEqual([version, 404]);
    expect((await call(`Basic/${fresh()}/_history/1`)).status).toBe(404);
  });
});

describe('update', () => {
  test('200 for a new version, 201 for what was made or brought back to life; ETag, Last-Modified, Location', async () => {
    const id = fresh();
    const steps: readonly (readonly [() => Promise<Reply>, number, string])[] = [
      [() => put(basic(id, 'one')), 201, '1'], [() => put(basic(id, 'two')), 200, '2'],
      [async () => { await remove(`Basic/${id}`); return put(basic(id, 'three')); }, 201, '4'],
    ];
    for (const [step, status, version] of steps) {
      const reply = await step();
      expect([reply.status, header(reply, 'etag'), header(reply, 'location'), reply.body.meta.versionId]).toEqual([status, `W/"${version}"`, `${server.base}/Basic/${id}/_history/${version}`, version]);
      expect(header(reply, 'last-modified')).toBe(new Date(reply.body.meta.lastUpdated as string).toUTCString());
    }
  });

  test.each([['without an id', undefined], ['with another id', 'other'], ['with one that is no id', 'a_b']])('%s in the body it is 400', async (_, sent) => {
    const id = fresh();
    const reply = await call(`Basic/${id}`, { method: 'PUT', body: { ...identified(id), ...(sent === undefined ? {} : { id: sent }) } });
    expect([reply.status, isOutcome(reply)]).toEqual([400, true]);
    expect((await call(`Basic/${id}`)).status).toBe(404);
  });

  test('the versionId and lastUpdated that are sent are ignored, other members of meta are kept', async () => {
    const id = fresh();
    const reply = await put(basic(id, 'x', { meta: { versionId: '77', lastUpdated: '2001-01-01T00:00:00Z', profile: ['urn:p'], tag: [{ code: 't' }] } }));
    expect(reply.body.meta).toMatchObject({ versionId: '1', profile: ['urn:p'], tag: [{ code: 't' }] });
    expect(Date.parse(reply.body.meta.lastUpdated as string)).toBeGreaterThan(Date.parse('2020-01-01'));
  });

  test('what is read is what was sent, and what was answered', async () => {
    const id = fresh();
    const { body: answered } = await put(basic(id, 'x', { extension: [{ url: 'urn:e', valueDecimal: 1 }], identifier: [{ value: 'v' }] }));
    const read = (await call(`Basic/${id}`)).body;
    expect(read).toEqual(answered);
    expect(read).toMatchObject({ code: { text: 'x' }, extension: [{ url: 'urn:e', valueDecimal: 1 }], identifier: [{ value: 'v' }] });
  });

  test('If-Match of another version is 412 and changes nothing; of the current one it holds', async () => {
    const id = fresh();
    await put(basic(id, 'one'));
    for (const tag of ['W/"2"', 'W/"0"']) expect([tag, (await put(basic(id, 'two'), { headers: { 'If-Match': tag } })).status]).toEqual([tag, 412]);
    expect((await call(`Basic/${id}`)).body.code.text).toBe('one');
    expect((await put(basic(id, 'two'), { headers: { 'If-Match': 'W/"1"' } })).status).toBe(200);
    expect((await put(basic(fresh()), { headers: { 'If-Match': 'W/"1"' } })).status).toBe(412);
    expect((await put(basic(id, 'three'), { headers: { 'If-None-Match': '*' } })).status).toBe(412);
  });

  test.each([
    ['no FHIR at all', '{', 400], ['another type', '{"resourceType":"Observation","id":"ID"}', 400], ['an unknown type', '{"resourceType":"Unheard","id":"ID"}', 400], ['not the rules of the type', '{"resourceType":"Basic","id":"ID"}', 422],
  ])('a body that is %s is refused with an OperationOutcome', async (_, text, status) => {
    const id = fresh();
    const reply = await call(`Basic/${id}`, { method: 'PUT', body: text.replace('ID', id), headers: { 'Content-Type': 'application/fhir+json' } });
    expect([reply.status, isOutcome(reply)]).toEqual([status, true]);
  });

  test('of a type that is not supported it is 404', async () => {
    expect((await call('Unheard/1', { method: 'PUT', body: { resourceType: 'Unheard', id: '1' } })).status).toBe(404);
  });
});

describe('conditional update', () => {
  const where = (value: string): string => `Basic?identifier=urn:rest|${value}`;
  const send = (value: string, body: Json): Promise<Reply> => call(where(value), { method: 'PUT', body });

  test('no match, no id: created under an id of the server', async () => {
    const value = fresh();
    const reply = await send(value, identified(value));
    expect([reply.status, header(reply, 'location')]).toEqual([201, `${server.base}/Basic/${reply.body.id as string}/_history/1`]);
  });
  test('no match, an id: update as create', async () => {
    const value = fresh();
    const reply = await send(value, identified(value, 'x', { id: `${value}-id` }));
    expect([reply.status, reply.body.id]).toEqual([201, `${value}-id`]);
  });
  test('one match, no id or its id: updated', async () => {
    const value = fresh();
    const { id } = (await send(value, identified(value, 'one'))).body;
    for (const [text, more] of [['two', {}], ['three', { id }]] as const) {
      const reply = await send(value, identified(value, text, more));
      expect([reply.status, reply.body.id, reply.body.code.text]).toEqual([200, id, text]);
    }
  });
  test('one match, another id: 400', async () => {
    const value = fresh();
    await send(value, identified(value, 'one'));
    const reply = await send(value, identified(value, 'two', { id: `${value}-other` }));
    expect([reply.status, isOutcome(reply)]).toEqual([400, true]);
  });
  test('several matches: 412', async () => {
    const value = fresh();
    for (const text of ['one', 'two']) await call('Basic', { body: identified(value, text) });
    for (const more of [{}, { id: fresh() }]) {
      const reply = await send(value, identified(value, 'three', more));
      expect([reply.status, isOutcome(reply)]).toEqual([412, true]);
    }
  });
});

describe('create', () => {
  test('an id that is sent is ignored; Location names id and version, ETag and Last-Modified the version', async () => {
    const sent = fresh();
    const reply = await call('Basic', { body: basic(sent, 'x', { meta: { versionId: '9', lastUpdated: '2001-01-01T00:00:00Z' } }) });
    const { id, meta } = reply.body as { id: string; meta: Json };
    expect(id).not.toBe(sent);
    expect([reply.status, header(reply, 'location'), header(reply, 'etag'), meta.versionId]).toEqual([201, `${server.base}/Basic/${id}/_history/1`, 'W/"1"', '1']);
    expect(header(reply, 'last-modified')).toBe(new Date(meta.lastUpdated as string).toUTCString());
    expect((await call(`Basic/${sent}`)).status).toBe(404);
    expect((await call(header(reply, 'location') ?? '')).body).toEqual(reply.body);
  });

  test('of a type that is not supported it is 404; what cannot be read is 400; what breaks a rule is 422', async () => {
    const post = (path: string, body: string) => call(path, { method: 'POST', body, headers: { 'Content-Type': 'application/fhir+json' } });
    for (const [path, body, status] of [['Unheard', '{}', 404], ['Basic', '', 400], ['Basic', '[]', 400], ['Basic', '{"resourceType":"Patient"}', 400], ['Basic', '{"resourceType":"Basic"}', 422]] as const) {
      const reply = await post(path, body);
      expect([path, body, reply.status, isOutcome(reply)]).toEqual([path, body, status, true]);
    }
  });

  test('If-None-Exist: none makes it, one is answered with 200 and nothing made, several are 412', async () => {
    const value = fresh();
    const post = (text: string) => call('Basic', { body: identified(value, text), headers: { 'If-None-Exist': `identifier=urn:rest|${value}` } });
    const made = await post('one');
    expect(made.status).toBe(201);
    const found = await post('two');
    expect([found.status, header(found, 'location'), header(found, 'etag')]).toEqual([200, header(made, 'location'), 'W/"1"']);
    expect((await call(`Basic?identifier=urn:rest|${value}&_summary=count`)).body.total).toBe(1);
    await call('Basic', { body: identified(value) });
    expect((await post('three')).status).toBe(412);
  });
});

describe('delete', () => {
  test('204 without a body, also for what is deleted or was never there; then reads are 410 and searches find nothing', async () => {
    const id = fresh();
    expect([(await remove(`Basic/${id}`)).status]).toEqual([204]);
    await put(basic(id));
    const reply = await remove(`Basic/${id}`);
    expect([reply.status, reply.text, header(reply, 'etag')]).toEqual([204, '', 'W/"2"']);
    expect((await remove(`Basic/${id}`)).status).toBe(204);
    expect((await call(`Basic/${id}`)).status).toBe(410);
    expect((await call(`Basic?_id=${id}`)).body.total).toBe(0);
    expect((await call(`Basic/${id}/_history`)).body.total).toBe(2);
  });

  test('200 with the outcome where one is preferred', async () => {
    const id = fresh();
    await put(basic(id));
    const reply = await remove(`Basic/${id}`, { headers: { Prefer: 'return=OperationOutcome' } });
    expect([reply.status, isOutcome(reply)]).toEqual([200, true]);
  });

  test.each(['Basic?', 'Basic/?'])('conditional: DELETE %s…: none and one are an ordinary delete, several are 412', async (address) => {
    const value = fresh();
    const where = `${address}identifier=urn:rest|${value}`;
    expect((await remove(where)).status).toBe(204);
    const { id } = (await call('Basic', { body: identified(value) })).body;
    expect((await remove(where)).status).toBe(204);
    expect((await call(`Basic/${id as string}`)).status).toBe(410);
    for (const text of ['one', 'two']) await call('Basic', { body: identified(value, text) });
    expect((await remove(where)).status).toBe(412);
    expect((await call(`Basic?identifier=urn:rest|${value}&_summary=count`)).body.total).toBe(2);
  });

  test('If-Match of another version is 412', async () => {
    const id = fresh();
    await put(basic(id));
    expect((await remove(`Basic/${id}`, { headers: { 'If-Match': 'W/"7"' } })).status).toBe(412);
    expect((await call(`Basic/${id}`)).status).toBe(200);
  });
});

describe('conditional read', () => {
  test('who has the version gets 304, with its headers and without a body', async () => {
    const id = fresh();
    const first = await put(basic(id));
    const [tag, time] = [header(first, 'etag') ?? '', header(first, 'last-modified') ?? ''];
    for (const headers of [{ 'If-None-Match': tag }, { 'If-None-Match': `"x", ${tag}` }, { 'If-None-Match': '*' }, { 'If-Modified-Since': time }] as Record<string, string>[]) {
      for (const address of [`Basic/${id}`, `Basic/${id}/_history/1`]) {
        const reply = await call(address, { headers });
        expect([headers, reply.status, reply.text, header(reply, 'etag')]).toEqual([headers, 304, '', tag]);
      }
    }
    await put(basic(id, 'two'));
    expect((await call(`Basic/${id}`, { headers: { 'If-None-Match': tag } })).status).toBe(200);
    expect((await call(`Basic/${id}`, { headers: { 'If-None-Match': 'W/"9"', 'If-Modified-Since': new Date(Date.now() + 60_000).toUTCString() } })).status).toBe(200);
  });
});

describe('HEAD', () => {
  test('is GET without the body, wherever GET is', async () => {
    const id = fresh();
    await put(basic(id));
    const gone = fresh();
    await put(basic(gone));
    await remove(`Basic/${gone}`);
    const addresses = [
      `Basic/${id}`, `Basic/${id}/_history/1`, `Basic/${id}/_history`, 'Basic/_history', '_history?_count=1', `Basic?_id=${id}`, `?_id=${id}`, 'metadata', 'Patient/none/Observation',
      `Basic/${gone}`, `Basic/${fresh()}`, 'Unheard/1', `Basic/${id}?unheard=1`, 'Patient/none/$everything', 'nothing/here/at/all',
    ];
    for (const address of addresses) {
      const [get, head] = [await call(address), await call(address, { method: 'HEAD' })];
      expect([address, head.status, head.text]).toEqual([address, get.status, '']);
      for (const name of ['etag', 'last-modified', 'content-type', 'location', 'cache-control']) expect([address, name, header(head, name)]).toEqual([address, name, header(get, name)]);
    }
  });
});

describe('405', () => {
  test.each([
    ['POST', 'Basic/x', 'DELETE, GET, HEAD, PATCH, PUT'], ['POST', 'Basic/x/_history/1', 'GET, HEAD'], ['PUT', 'Basic/_history', 'GET, HEAD'], ['PUT', 'Basic/_search', 'POST'],
    ['GET', 'Basic/_search', 'POST'], ['POST', 'metadata', 'GET, HEAD'], ['DELETE', '', 'GET, HEAD, POST'],
  ])('%s %s names what is offered there', async (method, path, allowed) => {
    const reply = await call(path, { method, ...(method === 'GET' || method === 'DELETE' ? {} : { body: basic('x') }) });
    expect([reply.status, header(reply, 'allow'), isOutcome(reply)]).toEqual([405, allowed, true]);
  });
});
