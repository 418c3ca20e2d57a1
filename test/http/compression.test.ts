/** gzip of answers: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3 */
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { prefersGzip } from '../../src/http/compression';
import { startTestServer, type Json, type TestServer } from '../support/http-server';

describe('Accept-Encoding', () => {
  it.each(['gzip', 'gzip, deflate, br', 'deflate, gzip;q=0.5', '*', 'x-gzip', 'GZIP', 'br;q=1.0, gzip;q=0.8, *;q=0.1', 'identity;q=0.5, gzip;q=1.0', 'identity;q=0, gzip', '*;q=0.1', 'gzip ; q=0.3'])('%j takes gzip', (header) => {
    expect(prefersGzip(header)).toBe(true);
  });
  it.each(['', 'identity', 'br', 'deflate, br', 'gzip;q=0', 'gzip;q=0.0, *', '*;q=0', 'identity;q=1, gzip;q=0.5', 'gzipped', 'gzip;q=abc;q=0'])('%j does not', (header) => {
    expect(prefersGzip(header)).toBe(false);
  });
});

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

describe('an answer', () => {
  let server: TestServer;
  let token = '';
  let note = '';
  let small = '';
  beforeAll(async () => {
    server = await startTestServer();
    token = await server.token({ as: 'operator' });
    const stored = async (resource: Json) => String((await server.call(String(resource.resourceType), { token, body: resource })).body.id);
    note = await stored({ resourceType: 'Basic', code: { text: 'é'.repeat(2000) } });
    small = await stored({ resourceType: 'Basic', code: { text: 'x' } });
  });
  afterAll(() => server.stop());

  /** Without the decoding that fetch does. */
  const raw = (path: string, encodings?: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Raw> => new Promise((resolve, reject) => {
    const url = path.startsWith('http') ? path : `${server.base}/${path}`;
    request(url, { method, headers: { Authorization: `Bearer ${token}`, ...(encodings === undefined ? {} : { 'Accept-Encoding': encodings }), ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }));
    }).on('error', reject).end();
  });

  it('is gzip for who takes it, the very same text otherwise, and caches are told', async () => {
    const plain = await raw(`Basic/${note}`);
    const coded = await raw(`Basic/${note}`, 'gzip');
    expect([plain.headers['content-encoding'], coded.headers['content-encoding']]).toEqual([undefined, 'gzip']);
    expect([plain.headers.vary, coded.headers.vary].every((vary) => /Accept-Encoding/.test(String(vary)))).toBe(true);
    expect(gunzipSync(coded.bytes).equals(plain.bytes)).toBe(true);
    expect(coded.bytes.length).toBeLessThan(plain.bytes.length / 4);
    expect([coded.headers['content-length'], coded.headers.etag]).toEqual([String(coded.bytes.length), 'W/"1"']);
  });

  it('to HEAD says the same, without a length that it does not know', async () => {
    const { headers, bytes } = await raw(`Basic/${note}`, 'gzip', { method: 'HEAD' });
    expect([headers['content-encoding'], /Accept-Encoding/.test(String(headers.vary)), headers['content-length'], bytes.length]).toEqual(['gzip', true, undefined, 0]);
    const plain = await raw(`Basic/${note}`, undefined, { method: 'HEAD' });
    expect(Number(plain.headers['content-length'])).toBeGreaterThan(4000);
  });

  it('that is short, or says only that nothing changed, stays as it is', async () => {
    const short = await raw(`Basic/${small}`, 'gzip');
    expect([short.status, short.headers['content-encoding']]).toEqual([200, undefined]);
    const same = await raw(`Basic/${note}`, 'gzip', { headers: { 'If-None-Match': 'W/"1"' } });
    expect([same.status, same.headers['content-encoding'], same.bytes.length]).toEqual([304, undefined, 0]);
  });

  it('that is a search, metadata or a refusal is gzip too', async () => {
    for (const path of ['Basic?_count=50', 'metadata', `Basic/${note}/_history`]) {
      const { headers, bytes } = await raw(path, 'gzip');
      expect([path, headers['content-encoding']]).toEqual([path, 'gzip']);
      expect(JSON.parse(gunzipSync(bytes).toString('utf8'))).toHaveProperty('resourceType');
    }
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`unknown${index}`, index]));
    const refused = await server.call('Basic', { token, body: { resourceType: 'Basic', code: { text: 'x' }, ...many } });
    expect([refused.status, refused.headers.get('content-encoding'), refused.body.resourceType]).toEqual([422, 'gzip', 'OperationOutcome']);
  });

  it('that is streamed is gzip as a stream', async () => {
    const long = await server.call('Basic', { token, body: { resourceType: 'Basic', code: { text: 'x' }, text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'€ '.repeat(700_000)}</div>` } } });
    expect(long.status).toBe(201);
    const { headers, bytes } = await raw(`Basic/${String(long.body.id)}`, 'gzip');
    expect([headers['content-encoding'], headers['content-length'], headers['transfer-encoding']]).toEqual(['gzip', undefined, 'chunked']);
    expect((JSON.parse(gunzipSync(bytes).toString('utf8')) as Json).text.div).toHaveLength(1_400_000 + '<div xmlns="http://www.w3.org/1999/xhtml"></div>'.length);
  });

  it('of the bytes of a Binary is those bytes, with their range, tag and digest', async () => {
    const pdf = Buffer.from('%PDF-1.7 '.repeat(500));
    for (const type of ['application/pdf', 'text/xml']) {
      const made = await server.call('Binary', { token, headers: { 'Content-Type': type }, body: new Uint8Array(pdf) });
      const { headers, bytes } = await raw(`Binary/${String(made.body.id ?? made.headers.get('location')?.split('/')[5])}`, 'gzip', { headers: { Accept: '*/*' } });
      expect([type, headers['content-encoding'], bytes.equals(pdf), headers.etag, typeof headers['repr-digest']]).toEqual([type, undefined, true, '"1"', 'string']);
    }
  });

  it('says what the setting says: off', async () => {
    const off = await startTestServer({ COMPRESS_FROM: 'off' });
    try {
      const { headers } = await off.call('metadata', { headers: { 'Accept-Encoding': 'gzip' } });
      expect([headers.get('content-encoding'), headers.get('vary')]).toEqual([null, 'Accept']);
    } finally {
      await off.stop();
    }
  });
});
