/** Preferences of the caller, and what the headers of an answer say (https://hl7.org/fhir/R4/http.html#ops, RFC 7240). */
import type { Bundle, Observation } from 'fhir/r4';
import { preferOf } from '../../../src/interactions/answers';
import type { Reply } from '../../support/exchange';
import { expectStatus, operator, startServer, type TestServer } from '../../support/server';

const base = 'http://localhost:8080/fhir';
let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());
const call: ReturnType<TestServer['as']> = (...request) => server.as(operator)(...request);
let made = 0;
const observation = (more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, note: [{ text: `n${++made}` }], ...more });
const stored = async (more: object = {}): Promise<Observation> => expectStatus(await call('POST', 'Observation', { body: observation(more) }), 201).resource<Observation>();
const identified = (value: string) => ({ identifier: [{ system: 'urn:test', value }] });

type Send = (headers: Record<string, string>) => Promise<Reply>;
const patch = [{ op: 'add', path: '/issued', value: '2026-01-01T00:00:00Z' }];
const jsonPatch = { 'Content-Type': 'application/json-patch+json' };
/** Each writing interaction on something of its own, and the status of its success. */
const writes: readonly (readonly [name: string, status: number, prepare: () => Promise<Send>])[] = [
  ['create', 201, async () => (headers) => call('POST', 'Observation', { body: observation(), headers })],
  ['conditional create', 201, async () => (headers) => call('POST', 'Observation', { body: observation(identified(`c${made}`)), headers: { 'If-None-Exist': `identifier=urn:test|c${made}`, ...headers } })],
  ['conditional create of what is there', 200, async () => {
    await stored(identified('there'));
    return (headers) => call('POST', 'Observation', { body: observation(identified('there')), headers: { 'If-None-Exist': 'identifier=urn:test|there', ...headers } }).finally(() => call('DELETE', 'Observation?identifier=urn:test|there'));
  }],
  ['update', 200, async () => {
    const { id } = await stored();
    return (headers) => call('PUT', `Observation/${id}`, { body: observation({ id }), headers });
  }],
  ['update without a change', 200, async () => {
    const before = await stored();
    return (headers) => call('PUT', `Observation/${before.id}`, { body: before, headers });
  }],
  ['update that creates', 201, async () => (headers) => call('PUT', `Observation/own-${++made}`, { body: observation({ id: `own-${made}` }), headers })],
  ['conditional update', 200, async () => {
    const value = `u${made}`;
    await stored(identified(value));
    return (headers) => call('PUT', `Observation?identifier=urn:test|${value}`, { body: observation(identified(value)), headers });
  }],
  ['patch', 200, async () => {
    const { id } = await stored();
    return (headers) => call('PATCH', `Observation/${id}`, { body: patch, headers: { ...jsonPatch, ...headers } });
  }],
  ['conditional patch', 200, async () => {
    const value = `p${made}`;
    await stored(identified(value));
    return (headers) => call('PATCH', `Observation?identifier=urn:test|${value}`, { body: patch, headers: { ...jsonPatch, ...headers } });
  }],
];

describe.each(writes)('%s', (_name, status, prepare) => {
  const preferring = async (prefer?: string): Promise<Reply> => expectStatus(await (await prepare())(prefer === undefined ? {} : { Prefer: prefer }), status);

  it('tells version, time and address, and sends the resource back unless told otherwise', async () => {
    for (const prefer of [undefined, 'return=representation', 'handling=lenient', 'respond-async', 'return=nonsense']) {
      const reply = await preferring(prefer);
      const { id, meta } = reply.resource<Observation>();
      const place = `${base}/Observation/${id}/_history/${meta?.versionId}`;
      expect(reply.headers).toMatchObject({ ETag: `W/"${meta?.versionId}"`, Location: place, 'Content-Location': place, 'Last-Modified': new Date(meta?.lastUpdated ?? '').toUTCString() });
      const told = prefer === 'return=representation' || prefer === 'handling=lenient' ? prefer : undefined;
      expect(reply.headers['Preference-Applied']).toBe(told);
    }
  });

  it.each(['return=minimal', 'Return="minimal"', 'respond-async, return = minimal; foo="a, return=representation"'])('%s: no body', async (prefer) => {
    const reply = await preferring(prefer);
    expect([reply.text, reply.headers['Content-Type'], reply.headers['Content-Location'], reply.headers['Preference-Applied']]).toEqual(['', undefined, undefined, 'return=minimal']);
    expect(reply.headers.ETag).toMatch(/^W\/"\d"$/);
  });

  it('return=OperationOutcome: what there is to say', async () => {
    const reply = await preferring('return=OperationOutcome, handling=strict');
    expect(reply.issues).toEqual([expect.objectContaining({ severity: 'information' })]);
    expect([reply.headers['Content-Location'], reply.headers['Preference-Applied']]).toEqual([undefined, 'return=OperationOutcome, handling=strict']);
  });
});

describe('delete', () => {
  it('has a body only under return=OperationOutcome', async () => {
    const wishes: [string | undefined, number, string | undefined][] = [[undefined, 204, undefined], ['return=minimal', 204, 'return=minimal'], ['return=representation', 204, undefined], ['return=OperationOutcome', 200, 'return=OperationOutcome']];
    for (const [prefer, status, told] of wishes) {
      const { id } = await stored();
      const reply = expectStatus(await call('DELETE', `Observation/${id}`, { headers: prefer === undefined ? {} : { Prefer: prefer } }), status);
      expect([reply.headers.ETag, reply.headers['Preference-Applied'], reply.issues.length]).toEqual(['W/"2"', told, status === 200 ? 1 : 0]);
    }
  });
});

describe('a Bundle', () => {
  it.each([['return=representation', true], ['return=minimal', false], [undefined, false]])('Prefer: %s', async (prefer, whole) => {
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: observation(), request: { method: 'POST', url: 'Observation' } }] };
    const reply = expectStatus(await call('POST', '', { body: bundle, headers: prefer === undefined ? {} : { Prefer: prefer } }), 200);
    expect(reply.headers['Preference-Applied']).toBe(prefer);
    expect(reply.resource<Bundle>().entry?.[0]?.resource !== undefined).toBe(whole);
  });
});

describe('the part that is sent back', () => {
  it('is what _summary and _elements say, and is no representation of the version', async () => {
    const reply = expectStatus(await call('POST', 'Observation?_elements=code', { body: observation() }), 201);
    expect(reply.resource<Observation>()).toMatchObject({ code: { text: 'x' }, meta: { tag: [{ code: 'SUBSETTED' }] } });
    expect(reply.text).not.toContain('note');
    expect([reply.headers['Content-Location'], reply.headers.Location]).toEqual([undefined, expect.stringContaining('_history/1')]);
    const { id } = reply.resource<Observation>();
    expect((await call('GET', `Observation/${id}`)).text).toContain('note');
    for (const [method, headers, body] of [['PUT', {}, observation({ id })], ['PATCH', jsonPatch, patch]] as const) {
      expect((await call(method, `Observation/${id}?_summary=data`, { body, headers })).resource<Observation>().meta?.tag).toEqual([expect.objectContaining({ code: 'SUBSETTED' })]);
    }
  });

  it('is judged before anything is written', async () => {
    const { id } = await stored();
    for (const query of ['_summary=count', '_summary=maybe', '_nonsense=1', '_pretty=maybe']) {
      expect((await call('PUT', `Observation/${id}?${query}`, { body: observation({ id }) })).status).toBe(400);
      expect((await call('POST', `Observation?${query}`, { body: observation(identified('never')) })).status).toBe(400);
    }
    expect((await call('DELETE', `Observation/${id}?_nonsense=1`)).status).toBe(400);
    expect((await call('GET', `Observation/${id}`)).headers.ETag).toBe('W/"1"');
    expect((await call('GET', 'Observation?identifier=urn:test|never')).resource<Bundle>().total).toBe(0);
  });
});

describe('a read', () => {
  it('tells the address of its version, unless it is a part', async () => {
    const { id } = await stored();
    for (const target of [`Observation/${id}`, `Observation/${id}/_history/1`]) {
      const reply = expectStatus(await call('GET', target), 200);
      expect(reply.headers).toMatchObject({ ETag: 'W/"1"', 'Content-Location': `${base}/Observation/${id}/_history/1` });
      expect((await call('GET', `${target}?_summary=true`)).headers['Content-Location']).toBeUndefined();
      const modified = reply.headers['Last-Modified'] ?? '';
      for (const method of ['GET', 'HEAD'] as const) {
        for (const headers of [{ 'If-None-Match': 'W/"1"' }, { 'If-None-Match': '"7", "1"' }, { 'If-None-Match': '*' }, { 'If-Modified-Since': modified }] as Record<string, string>[]) {
          const unchanged = expectStatus(await call(method, target, { headers }), 304);
          expect([unchanged.text, unchanged.headers]).toEqual(['', expect.objectContaining({ ETag: 'W/"1"', 'Last-Modified': modified, Vary: 'Accept' })]);
        }
        for (const headers of [{ 'If-None-Match': 'W/"2"', 'If-Modified-Since': modified }, { 'If-Modified-Since': 'Thu, 01 Jan 1970 00:00:00 GMT' }, { 'If-Modified-Since': 'soon' }] as Record<string, string>[]) {
          expectStatus(await call(method, target, { headers }), 200);
        }
      }
    }
  });
});

describe('preconditions of writes', () => {
  it('If-None-Match and If-Unmodified-Since stop update, patch and delete alike', async () => {
    const { id, meta } = await stored();
    const target = `Observation/${id}`;
    const past = new Date(Date.parse(meta?.lastUpdated ?? '') - 60_000).toUTCString();
    for (const headers of [{ 'If-None-Match': 'W/"1"' }, { 'If-None-Match': '*' }, { 'If-Unmodified-Since': past }, { 'If-Match': 'W/"2"' }] as Record<string, string>[]) {
      for (const reply of [await call('PUT', target, { body: observation({ id }), headers }), await call('PATCH', target, { body: patch, headers: { ...jsonPatch, ...headers } }), await call('DELETE', target, { headers })]) {
        expect([reply.status, reply.headers.ETag]).toEqual([412, 'W/"1"']);
      }
    }
    for (const headers of [{ 'If-None-Match': '1' }, { 'If-Match': '1' }] as Record<string, string>[]) expect((await call('PUT', target, { body: observation({ id }), headers })).status).toBe(400);
    expectStatus(await call('PUT', target, { body: observation({ id }), headers: { 'If-Unmodified-Since': new Date(Date.now() + 1000).toUTCString() } }), 200);
  });
});

describe('Prefer is read', () => {
  it.each([
    ['return=minimal', 'minimal', undefined], ['return=minimal, return=representation', 'minimal', undefined], ['handling=lenient;return=x', 'representation', 'lenient'],
    ['wait=10, handling="strict"', 'representation', 'strict'], ['foo="return=minimal"', 'representation', undefined], ['', 'representation', undefined], ['return', 'representation', undefined],
  ])('%s', (prefer, kind, handling) => expect(preferOf({ headers: { prefer } })).toMatchObject({ return: kind, ...(handling ? { handling } : {}) }));
});
