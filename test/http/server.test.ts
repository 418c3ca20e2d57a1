import { request, type IncomingMessage } from 'node:http';
import { startTestServer, type TestServer } from '../support/http-server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** One request with this very request line. */
function asked(path: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(server.base);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response);
    }).on('error', reject).end();
  });
}

describe('a request line', () => {
  it.each([['a path', () => '/fhir/metadata'], ['a whole URL', () => `${server.base}/metadata`]])('is taken as %s', async (_name, path) => {
    expect((await asked(path())).statusCode).toBe(200);
  });

  it('that names nothing of ours is 404 with an OperationOutcome', async () => {
    for (const path of ['/', '/nothing', 'http://elsewhere.example/nothing']) {
      const response = await asked(path);
      expect([response.statusCode, response.headers['content-type']]).toEqual([404, 'application/fhir+json; charset=utf-8']);
    }
  });
});

describe('every answer', () => {
  it('bears the headers that keep a browser from running or keeping it, and an id to ask for', async () => {
    for (const path of ['/fhir/Patient', '/fhir/Patient/1', '/nothing']) {
      const { headers } = await asked(path);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'private, no-store' });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });
});
