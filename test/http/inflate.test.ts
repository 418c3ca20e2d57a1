/** Bodies that come as gzip, and bombs among them. */
import { createGzip, deflateSync, gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { codingOf, inflated } from '../../src/http/inflate';
import { startTestServer, type Json, type TestServer } from '../support/http-server';

const failure = async (run: () => Promise<unknown>): Promise<string> => run().then(() => 'none', (error: { failure?: string }) => String(error.failure));

async function* from(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
async function read(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a gzip body', () => {
  it('is what it was before, however it is cut', async () => {
    const text = Buffer.from(JSON.stringify(Array.from({ length: 20_000 }, (_, index) => createHash('sha1').update(String(index)).digest('hex'))));
    const coded = gzipSync(text);
    const pieces = Array.from({ length: Math.ceil(coded.length / 777) }, (_, index) => coded.subarray(index * 777, (index + 1) * 777));
    expect((await read(inflated(from(...pieces), 100))).equals(text)).toBe(true);
    expect((await read(inflated(from(gzipSync('')), 2))).length).toBe(0);
  });

  it('that is cut, damaged or none is refused', async () => {
    const coded = gzipSync('a text that is long enough to be cut in its middle');
    const damaged = Buffer.from(coded);
    damaged[damaged.length - 6]! ^= 1;
    for (const bytes of [coded.subarray(0, 20), damaged, Buffer.from('{"resourceType":"Patient"}')]) expect(await failure(() => read(inflated(from(bytes), 100)))).toBe('bad-request');
  });

  it('hands on why its bytes ended', async () => {
    const hungUp = async function* (): AsyncGenerator<Uint8Array> {
      yield gzipSync('x'.repeat(1000)).subarray(0, 12);
      throw new TypeError('the reason');
    };
    await expect(read(inflated(hungUp(), 100))).rejects.toThrow('the reason');
  });

  it('of ten gigabytes ends after the first megabyte, and is not read to its end', async () => {
    let sent = 0;
    const bomb = async function* (): AsyncGenerator<Uint8Array> {
      const gzip = createGzip({ level: 9 });
      const zeros = Buffer.alloc(1024 * 1024);
      for (let megabyte = 0; megabyte < 10 * 1024; megabyte++) {
        if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
        for (let chunk = gzip.read() as Buffer | null; chunk !== null; chunk = gzip.read() as Buffer | null) {
          sent += chunk.length;
          yield chunk;
        }
      }
    };
    let made = 0;
    expect(await failure(async () => {
      for await (const chunk of inflated(bomb(), 100)) made += chunk.length;
    })).toBe('too-dense');
    expect(made).toBeLessThan(8 * 1024 * 1024);
    expect(sent).toBeLessThan(512 * 1024);
  });
});

describe('Content-Encoding', () => {
  it('is gzip, or none', () => {
    expect([undefined, '', 'identity', 'gzip', 'x-gzip', ' GZip '].map(codingOf)).toEqual([undefined, undefined, undefined, 'gzip', 'gzip', 'gzip']);
    for (const other of ['deflate', 'br', 'zstd', 'gzip, gzip', 'compress']) expect(() => codingOf(other)).toThrow(/Taken: Content-Encoding: gzip/);
  });
});

describe('through HTTP, gzip', () => {
  let server: TestServer;
  let token = '';
  beforeAll(async () => {
    server = await startTestServer({ BODY_LIMIT: '2MB', INFLATE_RATIO: '200' });
    token = await server.token({ as: 'operator' });
  });
  afterAll(() => server.stop());
  const post = (body: Uint8Array, headers: Record<string, string> = {}) =>
    server.call('Basic', { token, headers: { 'Content-Type': 'application/fhir+json', 'Content-Encoding': 'gzip', ...headers }, body: new Uint8Array(body) });
  const basic = (text: string): string => JSON.stringify({ resourceType: 'Basic', code: { text } });

  it('is taken as the resource that it holds', async () => {
    const reply = await post(gzipSync(basic('1.00 é')));
    expect([reply.status, (reply.body as Json).code]).toEqual([201, { text: '1.00 é' }]);
  });

  it('that grows over the limit of the body, or too dense, is 413 and names the setting', async () => {
    const noise = createHash('sha512').update('seed').digest('hex').repeat(20_000);
    const large = await post(gzipSync(basic(noise)));
    expect([large.status, large.body.resourceType]).toEqual([413, 'OperationOutcome']);
    const dense = await post(gzipSync(' '.repeat(1_900_000) + basic('x')));
    expect([dense.status, dense.body.issue[0].diagnostics]).toEqual([413, expect.stringContaining('INFLATE_RATIO')]);
    const incompressible = await post(gzipSync(basic(Buffer.from(Array.from({ length: 1_700_000 }, (_, index) => (index * 2654435761) >>> 13 & 255)).toString('base64'))));
    expect([incompressible.status, incompressible.body.issue[0].diagnostics]).toEqual([413, expect.stringContaining('BODY_LIMIT')]);
  });

  it('that is none, or another coding, is told what is taken', async () => {
    expect((await post(Buffer.from(basic('x')))).status).toBe(400);
    const other = await post(deflateSync(basic('x')), { 'Content-Encoding': 'deflate' });
    expect([other.status, other.headers.get('accept-encoding'), other.body.resourceType]).toEqual([415, 'gzip', 'OperationOutcome']);
  });

  it('lives on after all of it', async () => {
    expect((await post(gzipSync(basic('after')))).status).toBe(201);
  });
});
