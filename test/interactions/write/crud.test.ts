import type { Observation, OperationOutcome, Patient } from 'fhir/r4';
import { expectStatus, operator, startServer, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());
const call: ReturnType<TestServer['as']> = (...request) => server.as(operator)(...request);
const observation = (more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more });
const created = async (body: object): Promise<Observation> => expectStatus(await call('POST', (body as { resourceType: string }).resourceType, { body }), 201).resource<Observation>();

describe('create', () => {
  it('gives an id, the first version and its address', async () => {
    const reply = expectStatus(await call('POST', 'Observation', { body: observation({ id: 'sent' }) }), 201);
    const stored = reply.resource<Observation>();
    expect(stored.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(stored.meta?.versionId).toBe('1');
    expect(reply.headers).toMatchObject({ ETag: 'W/"1"', Location: `http://localhost:8080/fhir/Observation/${stored.id}/_history/1` });
    expect(Date.parse(reply.headers['Last-Modified'] ?? '')).toBe(Math.floor(Date.parse(stored.meta?.lastUpdated ?? '') / 1000) * 1000);
    expect((await call('GET', `Observation/${stored.id}`)).text).toBe(reply.text);
  });

  it('is answered as the caller prefers', async () => {
    const minimal = await call('POST', 'Observation', { body: observation(), headers: { Prefer: 'return=minimal' } });
    expect([minimal.status, minimal.text]).toEqual([201, '']);
    expect(minimal.headers.Location).toBeDefined();
    const outcome = await call('POST', 'Observation', { body: observation(), headers: { Prefer: 'return=OperationOutcome' } });
    expect(outcome.resource<OperationOutcome>()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'information' }] });
  });

  it('reads XML', async () => {
    const reply = await call('POST', 'Patient', { body: '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>', headers: { 'Content-Type': 'application/fhir+xml' } });
    expect(expectStatus(reply, 201).resource<Patient>().active).toBe(true);
  });

  it.each([
    ['an unknown type', 'Patiant', '{}', 'application/fhir+json', 404],
    ['another content type', 'Patient', 'a=b', 'application/x-www-form-urlencoded', 415],
    ['no content type', 'Patient', '{}', '', 415],
    ['another charset', 'Patient', '{"resourceType":"Patient"}', 'application/fhir+json; charset=iso-8859-1', 400],
    ['an empty body', 'Patient', '', 'application/fhir+json', 400],
    ['a body over the limit', 'Patient', `{"resourceType":"Patient","language":"${'x'.repeat(4 * 1024 * 1024)}"}`, 'application/fhir+json', 413],
    ['100,000 levels', 'Patient', '['.repeat(100_000), 'application/fhir+json', 400],
    ['__proto__', 'Patient', '{"resourceType":"Patient","__proto__":{}}', 'application/fhir+json', 400],
    ['a duplicate key', 'Patient', '{"resourceType":"Patient","active":true,"active":true}', 'application/fhir+json', 400],
    ['a DTD', 'Patient', '<!DOCTYPE Patient><Patient xmlns="http://hl7.org/fhir"/>', 'application/fhir+xml', 400],
    ['another type than the URL', 'Patient', '{"resourceType":"Observation"}', 'application/fhir+json', 400],
    ['an unknown element', 'Patient', '{"resourceType":"Patient","x":1}', 'application/fhir+json', 422],
  ])('refuses %s with an OperationOutcome, and stores nothing', async (_, type, body, contentType, status) => {
    const reply = await call('POST', type, { body, headers: { 'Content-Type': contentType } });
    expect(reply.status).toBe(status);
    expect(reply.issues.length).toBeGreaterThan(0);
    expect(reply.issues.every(({ diagnostics }) => (diagnostics ?? '').length > 10)).toBe(true);
  });

  it('takes large bodies on a parse thread just the same', async () => {
    const div = `<div xmlns="http://www.w3.org/1999/xhtml">${'é'.repeat(200_000)}</div>`;
    const reply = expectStatus(await call('POST', 'Observation', { body: observation({ text: { status: 'generated', div }, valueQuantity: { value: 1 } }) }), 201);
    const stored = reply.resource<Observation>();
    expect(stored.text?.div).toBe(div);
    const again = expectStatus(await call('PUT', `Observation/${stored.id}`, { body: reply.text }), 200);
    expect(again.resource<Observation>().meta?.versionId).toBe('1');
    expect(expectStatus(await call('PUT', `Observation/${stored.id}`, { body: { ...stored, status: 'amended' } }), 200).headers.ETag).toBe('W/"2"');
  });
});

describe('update', () => {
  it('makes the next version, whatever version and time are sent', async () => {
    const first = await created(observation());
    const reply = expectStatus(await call('PUT', `Observation/${first.id}`, { body: { ...first, status: 'amended', meta: { versionId: '77', lastUpdated: '1999-01-01T00:00:00Z' } } }), 200);
    expect(reply.resource<Observation>()).toMatchObject({ id: first.id, status: 'amended', meta: { versionId: '2' } });
    expect(Date.parse(reply.resource<Observation>().meta?.lastUpdated ?? '')).toBeGreaterThan(Date.parse(first.meta?.lastUpdated ?? ''));
    expect((await call('GET', `Observation/${first.id}/_history/1`)).resource<Observation>().status).toBe('final');
  });

  it('that changes nothing makes no version', async () => {
    const first = await created(observation({ valueQuantity: { value: 1 } }));
    const reply = expectStatus(await call('PUT', `Observation/${first.id}`, { body: { ...first, meta: undefined } }), 200);
    expect(reply.headers.ETag).toBe('W/"1"');
    expect(reply.resource()).toEqual(first);
  });

  it('under an unknown id creates', async () => {
    const reply = expectStatus(await call('PUT', 'Observation/my-own.id', { body: observation({ id: 'my-own.id' }) }), 201);
    expect(reply.headers.Location).toBe('http://localhost:8080/fhir/Observation/my-own.id/_history/1');
  });

  it('revives what was deleted, with the next version', async () => {
    const first = await created(observation());
    expectStatus(await call('DELETE', `Observation/${first.id}`), 204);
    expect((await call('GET', `Observation/${first.id}`)).status).toBe(410);
    const reply = expectStatus(await call('PUT', `Observation/${first.id}`, { body: first }), 201);
    expect(reply.headers.ETag).toBe('W/"3"');
    expect((await call('GET', `Observation/${first.id}`)).status).toBe(200);
  });

  it.each([['a_b', 400], ['x'.repeat(65), 400], ['255017500100208', 422], ['2550175001002', 422]])('refuses the id %s', async (id, status) => {
    expect((await call('PUT', `Observation/${id}`, { body: observation({ id }) })).status).toBe(status);
  });

  it('refuses a body under another id', async () => {
    expect((await call('PUT', 'Observation/one', { body: observation({ id: 'two' }) })).status).toBe(400);
    expect((await call('PUT', 'Observation/one', { body: observation() })).status).toBe(400);
  });

  it('holds to If-Match', async () => {
    const first = await created(observation());
    const put = (match: string, status: string) => call('PUT', `Observation/${first.id}`, { body: { ...first, status }, headers: { 'If-Match': match } });
    expect((await put('W/"1"', 'amended')).status).toBe(200);
    expect((await put('W/"1"', 'corrected')).status).toBe(412);
    expect((await put('"2"', 'corrected')).status).toBe(200);
    expect((await put('2', 'final')).status).toBe(400);
    expect((await call('PUT', 'Observation/never-there', { body: observation({ id: 'never-there' }), headers: { 'If-Match': 'W/"1"' } })).status).toBe(412);
    expect((await call('GET', 'Observation/never-there')).status).toBe(404);
  });

  it('of fifty at once under one If-Match, one wins', async () => {
    const first = await created(observation());
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => call('PUT', `Observation/${first.id}`, { body: { ...first, code: { text: String(index) } }, headers: { 'If-Match': 'W/"1"' } })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 412)).toHaveLength(49);
  });

  it('of ten at once without If-Match, each makes its version', async () => {
    const first = await created(observation());
    const replies = await Promise.all(Array.from({ length: 10 }, (_, index) => call('PUT', `Observation/${first.id}`, { body: { ...first, code: { text: `n${index}` } } })));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(replies.map(({ headers }) => headers.ETag)).size).toBe(10);
  });
});

describe('delete', () => {
  it('leaves a tombstone', async () => {
    const first = await created(observation());
    const reply = expectStatus(await call('DELETE', `Observation/${first.id}`), 204);
    expect([reply.text, reply.headers.ETag]).toEqual(['', 'W/"2"']);
    expect((await call('GET', `Observation/${first.id}`)).status).toBe(410);
    expect((await call('GET', `Observation/${first.id}/_history/1`)).status).toBe(200);
  });

  it('of what is unknown or deleted is no failure', async () => {
    const first = await created(observation());
    expect((await call('DELETE', 'Observation/unknown')).status).toBe(204);
    expect((await call('DELETE', 'Observation/no_id')).status).toBe(400);
    await call('DELETE', `Observation/${first.id}`);
    expect((await call('DELETE', `Observation/${first.id}`)).status).toBe(204);
    expect((await call('GET', `Observation/${first.id}/_history`)).resource<{ total: number } & Patient>()).toMatchObject({ entry: { length: 2 } });
  });

  it('holds to If-Match', async () => {
    const first = await created(observation());
    expect((await call('DELETE', `Observation/${first.id}`, { headers: { 'If-Match': 'W/"9"' } })).status).toBe(412);
    expect((await call('DELETE', `Observation/${first.id}`, { headers: { 'If-Match': 'W/"1"' } })).status).toBe(204);
  });

  it('tells what was done where an outcome is preferred', async () => {
    const reply = await call('DELETE', 'Observation/unknown', { headers: { Prefer: 'return=OperationOutcome' } });
    expect([reply.status, reply.issues.length]).toEqual([200, 1]);
  });
});

describe('conditional create', () => {
  const identified = (value: string) => observation({ identifier: [{ system: 'http://lab.example', value }] });
  const conditional = (value: string) => call('POST', 'Observation', { body: identified(value), headers: { 'If-None-Exist': `identifier=http://lab.example|${value}` } });

  it('creates once, then tells what is there', async () => {
    const first = expectStatus(await conditional('once'), 201);
    const second = expectStatus(await conditional('once'), 200);
    expect(second.resource()).toEqual(first.resource());
  });

  it('of fifty at once, one creates', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => conditional('race')));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(49);
  });

  it('of several matches is refused', async () => {
    await created(identified('twice'));
    await created(identified('twice'));
    expect((await conditional('twice')).status).toBe(412);
  });

  it.each(['', '_count=1', 'identifier=a|b&_sort=date', 'nonsense=1'])('refuses the condition %j', async (condition) => {
    expect((await call('POST', 'Observation', { body: observation(), headers: { 'If-None-Exist': condition } })).status).toBe(400);
  });
  it.each(['_text=toux', '_content=toux', 'identifier=a|b&%5Ftext=toux', '_text=-toux'])('refuses words in the condition %j, whoever asks', async (condition) => {
    const reply = await call('POST', 'Observation', { body: observation(), headers: { 'If-None-Exist': condition } });
    expect([reply.status, reply.issues[0]?.diagnostics]).toEqual([400, expect.stringContaining('_text')]);
  });
});

describe('Binary', () => {
  const bytes = Buffer.from([0, 1, 2, 255, 254, 0x25, 0x50]);

  it('takes bytes of any type, as they are', async () => {
    const reply = expectStatus(await call('POST', 'Binary', { body: bytes, headers: { 'Content-Type': 'application/pdf' } }), 201);
    const id = /Binary\/([^/]+)\//.exec(reply.headers.Location ?? '')?.[1];
    const read = await call('GET', `Binary/${id}`, { headers: { Accept: 'application/pdf' } });
    expect(read.headers['Content-Type']).toBe('application/pdf');
    expect(read.bytes).toEqual(bytes);
  });

  it('takes JSON that is not FHIR as bytes', async () => {
    const reply = expectStatus(await call('POST', 'Binary', { body: '{"x":1,"x":2}', headers: { 'Content-Type': 'application/json' } }), 201);
    const id = /Binary\/([^/]+)\//.exec(reply.headers.Location ?? '')?.[1];
    expect((await call('GET', `Binary/${id}`)).text).toBe('{"x":1,"x":2}');
  });

  it('takes a resource with its data, which is kept as bytes', async () => {
    expectStatus(await call('PUT', 'Binary/own', { body: { resourceType: 'Binary', id: 'own', contentType: 'text/plain', data: bytes.toString('base64') } }), 201);
    const read = await call('GET', 'Binary/own', { headers: { Accept: 'text/plain' } });
    expect(read.bytes).toEqual(bytes);
    expect((await call('GET', 'Binary/own', { headers: { Accept: 'application/fhir+json' } })).resource()).toMatchObject({ data: bytes.toString('base64') });
  });

  it('makes a version of other bytes, and none of the same', async () => {
    const put = (data: string) => call('PUT', 'Binary/versions', { body: data, headers: { 'Content-Type': 'text/plain' } });
    expect((await put('one')).headers.ETag).toBe('W/"1"');
    expect((await put('one')).headers.ETag).toBe('W/"1"');
    expect((await put('two')).headers.ETag).toBe('W/"2"');
  });

  it('refuses more than its limit', async () => {
    expect((await call('POST', 'Binary', { body: Buffer.alloc(5 * 1024 * 1024), headers: { 'Content-Type': 'application/pdf' } })).status).toBe(413);
    expect((await call('POST', 'Binary', { body: bytes, headers: { 'Content-Type': 'what?' } })).status).toBe(415);
  });
});
