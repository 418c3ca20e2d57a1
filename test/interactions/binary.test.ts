import { readResource } from '../../src/fhir/resource';
import { createHash, randomBytes } from 'node:crypto';
import { closes, consent, professional, reading, type Reading } from './reading';

let server: Reading;
beforeAll(async () => {
  server = await reading();
});
afterAll(() => server.close());

async function* inPieces(bytes: Buffer, size = 100_000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function putBytes(id: string, bytes: Buffer, contentType: string) {
  const content = await server.store.stage(inPieces(bytes), contentType);
  await server.put({ resourceType: 'Binary', id, contentType }, { content });
}
const digits = Buffer.from('0123456789');
/** Over several chunks, and not a multiple of three. */
const large = randomBytes(700_001);

beforeAll(async () => {
  await putBytes('digits', digits, 'application/pdf');
  await putBytes('large', large, 'text/xml; charset=ISO-8859-1');
  await putBytes('empty', Buffer.alloc(0), 'text/plain');
});

test('the bytes leave as they came, as a file that no browser runs', async () => {
  const reply = await server.get('Binary/large');
  expect(reply.status).toBe(200);
  expect(createHash('sha256').update(reply.bytes).digest('hex')).toBe(createHash('sha256').update(large).digest('hex'));
  expect(reply.headers).toMatchObject({
    'Content-Type': 'text/xml; charset=ISO-8859-1', 'Content-Length': '700001', 'Content-Disposition': 'attachment; filename="document.xml"',
    'X-Content-Type-Options': 'nosniff', 'Accept-Ranges': 'bytes', ETag: '"1"', Vary: 'Accept',
  });
  expect(reply.headers['Content-Security-Policy']).toMatch(/^sandbox(;|$)/);
  expect(reply.headers['Content-Security-Policy']).not.toContain('allow-');
  expect(reply.audit).toEqual({ interaction: 'read', type: 'Binary', id: 'large', patients: ['a'] });
});

// RFC 9530: of the whole representation, whatever part of it is sent.
test.each([['GET', {}, 200] as const, ['GET', { Range: 'bytes=0-3' }, 206] as const, ['HEAD', {}, 200] as const])('%s %j bears the digest of all the bytes', async (method, headers, status) => {
  const reply = await server.ask(method, 'Binary/digits', professional, { headers });
  expect(reply).toMatchObject({ status, headers: { 'Repr-Digest': `sha-256=:${createHash('sha256').update(digits).digest('base64')}:` } });
});

test.each([undefined, '*/*', 'application/pdf', 'text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'])('Accept %s: bytes', async (accept) => {
  const reply = await server.get('Binary/digits', professional, accept === undefined ? {} : { Accept: accept });
  expect(reply.headers['Content-Type']).toBe('application/pdf');
  expect(reply.bytes).toEqual(digits);
});

test.each([['Accept', 'application/fhir+json'], ['Accept', 'application/fhir+json, */*'], ['_format', 'json']])('%s %s: the resource with its data', async (how, value) => {
  const reply = await server.get(how === '_format' ? `Binary/large?_format=${value}` : 'Binary/large', professional, how === 'Accept' ? { Accept: value } : {});
  expect(reply.headers).toMatchObject({ 'Content-Type': 'application/fhir+json; charset=utf-8', ETag: 'W/"1"', Vary: 'Accept' });
  expect(reply.json).toMatchObject({ resourceType: 'Binary', id: 'large', contentType: 'text/xml; charset=ISO-8859-1' });
  expect(Buffer.from((reply.json as { data: string }).data, 'base64').equals(large)).toBe(true);
  expect(reply.headers['Content-Length']).toBe(String(reply.bytes.length));
});

test.each([['Accept', 'application/fhir+xml'], ['_format', 'xml'], ['_format', 'text/xml']])('%s %s: the resource with its data, in XML', async (how, value) => {
  const reply = await server.get(how === '_format' ? `Binary/large?_format=${value}` : 'Binary/large', professional, how === 'Accept' ? { Accept: value } : {});
  expect(reply.headers).toMatchObject({ 'Content-Type': 'application/fhir+xml; charset=utf-8', ETag: 'W/"1"', Vary: 'Accept' });
  const { data, ...rest } = readResource(reply.bytes, 'xml');
  expect(rest).toMatchObject({ resourceType: 'Binary', id: 'large', contentType: 'text/xml; charset=ISO-8859-1' });
  expect(Buffer.from(String(data), 'base64').equals(large)).toBe(true);
});

test('FHIR in another format is not served', async () => {
  expect((await server.get('Binary/digits', professional, { Accept: 'application/fhir+turtle' })).status).toBe(406);
});

test.each([
  ['bytes=0-3', '0123', 'bytes 0-3/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=-2', '89', 'bytes 8-9/10'],
  ['bytes=8-100', '89', 'bytes 8-9/10'],
])('Range %s: 206', async (range, text, contentRange) => {
  const reply = await server.get('Binary/digits', professional, { Range: range });
  expect(reply).toMatchObject({ status: 206, text, headers: { 'Content-Range': contentRange, 'Content-Length': String(text.length), 'Content-Type': 'application/pdf' } });
});

test('a range over the border of two chunks', async () => {
  const reply = await server.get('Binary/large', professional, { Range: 'bytes=262100-262200' });
  expect(reply.bytes.equals(large.subarray(262_100, 262_201))).toBe(true);
});

test.each(['bytes=10-', 'bytes=-0'])('Range %s: 416 with the size', async (range) => {
  const reply = await server.get('Binary/digits', professional, { Range: range });
  expect(reply).toMatchObject({ status: 416, headers: { 'Content-Range': 'bytes */10' }, json: { resourceType: 'OperationOutcome' } });
});

test.each(['bytes=0-1,4-5', 'lines=1-2', 'bytes=5-1'])('Range %s is passed over: 200 with everything', async (range) => {
  expect(await server.get('Binary/digits', professional, { Range: range })).toMatchObject({ status: 200, text: '0123456789' });
});

test('If-Range: the part when the bytes are still the same, else everything', async () => {
  const ask = async (condition: string) => (await server.get('Binary/digits', professional, { Range: 'bytes=0-0', 'If-Range': condition })).status;
  const modified = (await server.get('Binary/digits')).headers['Last-Modified'] ?? '';
  expect(await ask('"1"')).toBe(206);
  expect(await ask(modified)).toBe(206);
  expect(await ask('"2"')).toBe(200);
  expect(await ask('W/"1"')).toBe(200);
  expect(await ask('Thu, 01 Jan 1970 00:00:00 GMT')).toBe(200);
});

test('HEAD tells the headers of the whole, whatever range is asked for', async () => {
  const head = await server.ask('HEAD', 'Binary/digits', professional, { headers: { Range: 'bytes=0-1' } });
  expect(head.status).toBe(200);
  expect(head.headers).toEqual((await server.get('Binary/digits')).headers);
});

test('304 for who has the bytes', async () => {
  expect(await server.get('Binary/digits', professional, { 'If-None-Match': '"1"' })).toMatchObject({ status: 304, text: '' });
});

test('no bytes are an empty file', async () => {
  expect(await server.get('Binary/empty')).toMatchObject({ status: 200, text: '', headers: { 'Content-Length': '0' } });
  expect((await server.get('Binary/empty', professional, { Accept: 'application/fhir+json' })).json).toMatchObject({ resourceType: 'Binary', id: 'empty' });
});

test('data written inside the text are bytes too', async () => {
  await server.put({ resourceType: 'Binary', id: 'inline', contentType: 'text/plain', data: 'aGVsbG8=' });
  expect(await server.get('Binary/inline')).toMatchObject({ text: 'hello', headers: { 'Content-Type': 'text/plain', 'Content-Length': '5' } });
  expect(await server.get('Binary/inline', professional, { Range: 'bytes=1-2' })).toMatchObject({ status: 206, text: 'el' });
});

test('a content type that would break the header is not repeated', async () => {
  await server.put({ resourceType: 'Binary', id: 'odd', contentType: 'text/html\r\nSet-Cookie: x', data: 'aGVsbG8=' });
  expect((await server.get('Binary/odd')).headers).toMatchObject({ 'Content-Type': 'application/octet-stream', 'Content-Disposition': 'attachment; filename="document.bin"' });
});

test('past versions keep their bytes', async () => {
  await putBytes('changed', Buffer.from('old'), 'text/plain');
  await putBytes('changed', Buffer.from('new!'), 'text/plain');
  expect(await server.get('Binary/changed')).toMatchObject({ text: 'new!', headers: { ETag: '"2"' } });
  expect(await server.get('Binary/changed/_history/1')).toMatchObject({ text: 'old', headers: { ETag: '"1"' }, audit: { interaction: 'vread' } });
});

test('of a hidden Binary not even the size is told', async () => {
  await server.put(consent, closes());
  for (const headers of [{}, { Range: 'bytes=0-' }, { Range: 'bytes=99999-' }, { Accept: 'application/fhir+json' }, { 'If-None-Match': '"1"' }]) {
    const reply = await server.get('Binary/digits', professional, headers as Record<string, string>);
    expect(reply.status).toBe(404);
    expect(reply.headers).not.toHaveProperty('Content-Range');
  }
  await server.remove('Consent', 'consent');
});
