/** Browser apps of other origins: https://fetch.spec.whatwg.org/#http-cors-protocol */
import { createCors } from '../../src/http/cors';
import { startTestServer, type TestServer } from '../support/http-server';

const app = 'https://app.example';
const preflight = { 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization,content-type,if-match' };
const grants = (headers: Headers): string[] => [...headers.keys()].filter((name) => name.startsWith('access-control-'));
const names = (value: string | null): string[] => (value ?? '').toLowerCase().split(/\s*,\s*/);

describe('with origins that are listed', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ CORS_ORIGINS: `${app}, http://localhost:3000` });
  });
  afterAll(() => server.stop());

  it('a preflight is answered without a token: methods, the headers that FHIR uses, and for how long', async () => {
    for (const path of ['Patient/1', '', 'metadata']) {
      const { status, headers, text } = await server.call(path, { method: 'OPTIONS', headers: { Origin: app, ...preflight } });
      expect([status, text, headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([204, '', app, 'Origin']);
      expect(names(headers.get('access-control-allow-methods'))).toEqual(expect.arrayContaining(['get', 'head', 'post', 'put', 'patch', 'delete']));
      expect(names(headers.get('access-control-allow-headers'))).toEqual(expect.arrayContaining([
        'authorization', 'content-type', 'accept', 'prefer', 'if-match', 'if-none-match', 'if-modified-since', 'if-none-exist', 'if-unmodified-since', 'x-provenance', 'x-request-id', 'x-security-context', 'range', 'if-range', 'content-encoding',
      ]));
      expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0);
    }
  });

  it('every answer lets the app read it and its headers, refusals too', async () => {
    const token = await server.token({ as: 'operator' });
    const paths: [string, number, object][] = [['metadata', 200, {}], ['Patient/1', 404, { token }], ['Patient/1', 401, {}], ['Patient?nonsense=1', 400, { token }], ['nothing/at/all/here', 404, { token }]];
    for (const [path, expected, call] of paths) {
      const { status, headers } = await server.call(path, { ...call, headers: { Origin: 'http://localhost:3000' } });
      expect([path, status, headers.get('access-control-allow-origin')]).toEqual([path, expected, 'http://localhost:3000']);
      expect(names(headers.get('access-control-expose-headers'))).toEqual(expect.arrayContaining(['etag', 'location', 'content-location', 'last-modified', 'x-request-id', 'preference-applied', 'accept-encoding', 'accept-patch', 'allow', 'www-authenticate', 'retry-after']));
      expect(names(headers.get('vary'))).toContain('origin');
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
  });

  it('an app finds the issuer and its keys', async () => {
    for (const path of ['/auth/.well-known/openid-configuration', '/auth/jwks', '/health/live']) {
      const { status, headers } = await server.call(server.running.settings.baseUrl + path, { headers: { Origin: app } });
      expect([path, status, headers.get('access-control-allow-origin')]).toEqual([path, 200, app]);
    }
  });

  it.each(['https://evil.example', 'http://app.example', 'https://app.example.evil.example', 'https://app.example:8443', 'null', 'HTTPS://APP.EXAMPLE'])('the origin %s gets nothing, and caches are told that it matters', async (origin) => {
    const asked = await server.call('Patient/1', { method: 'OPTIONS', headers: { Origin: origin, ...preflight } });
    const read = await server.call('metadata', { headers: { Origin: origin } });
    for (const { headers } of [asked, read]) expect([grants(headers), names(headers.get('vary')).includes('origin')]).toEqual([[], true]);
  });

  it('OPTIONS that is no preflight is no interaction', async () => {
    for (const [path, allowed] of [['metadata', 'GET, HEAD'], ['Patient/1', 'DELETE, GET, HEAD, PATCH, PUT']] as const) {
      const { status, headers, body } = await server.call(path, { method: 'OPTIONS' });
      expect([status, body.resourceType, headers.get('allow')]).toEqual([405, 'OperationOutcome', allowed]);
    }
  });
});

describe('with no origin listed, which is the default', () => {
  it('no browser app is let in', async () => {
    const server = await startTestServer();
    try {
      const asked = await server.call('Patient/1', { method: 'OPTIONS', headers: { Origin: app, ...preflight } });
      const read = await server.call('metadata', { headers: { Origin: app } });
      expect([asked.status, grants(asked.headers), read.status, grants(read.headers)]).toEqual([405, [], 200, []]);
    } finally {
      await server.stop();
    }
  });
});

describe('with any origin let in', () => {
  it('the answer is the same for all, and never with credentials', () => {
    const cors = createCors(['*']);
    const head: Record<string, string | number> = { Vary: 'Accept' };
    cors?.allow(head, 'https://anybody.example');
    expect(head).toMatchObject({ 'Access-Control-Allow-Origin': '*', Vary: 'Accept' });
    expect(head).not.toHaveProperty('Access-Control-Allow-Credentials');
  });
});
