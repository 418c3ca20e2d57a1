/** Requests that are too long, too slow or no HTTP, and what clients rarely do. */
import { answersIn, exchangeRaw } from '../support/raw-http';
import { startTestServer, type Json, type TestServer } from '../support/http-server';

let server: TestServer;
let token = '';
beforeAll(async () => {
  server = await startTestServer({ URL_LIMIT: '2000', BODY_LIMIT: '1MB' });
  token = await server.token({ as: 'operator' });
});
afterAll(() => server.stop());

const head = (method: string, path: string, ...lines: string[]): string => [`${method} ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${token}`, ...lines, '', ''].join('\r\n');
const basic = JSON.stringify({ resourceType: 'Basic', code: { text: 'x' } });
const close = 'Connection: close';
const asked = async (text: string, base = server.base) => answersIn(await exchangeRaw(base, (socket) => socket.write(text)));

/** What was asked for by header or parameter, in that form. */
const inXml = ({ headers, body }: ReturnType<typeof answersIn>[number]): unknown[] => [headers['content-type'], /^<\?xml .*<OperationOutcome xmlns="http:\/\/hl7.org\/fhir">.*<severity value="error"\/>/s.test(body)];
const xml = ['application/fhir+xml; charset=utf-8', true];

/** One OperationOutcome on a connection that ends, with the headers of every answer. */
function expectRefusal(answers: ReturnType<typeof answersIn>, status: number, words: RegExp): void {
  expect(answers.map((answer) => answer.status)).toEqual([status]);
  const { headers, body } = answers[0]!;
  expect(headers).toMatchObject({ 'content-type': 'application/fhir+json; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'private, no-store' });
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  const outcome = JSON.parse(body) as Json;
  expect([outcome.resourceType, outcome.issue[0].severity]).toEqual(['OperationOutcome', 'error']);
  expect(outcome.issue[0].diagnostics).toMatch(words);
}

describe('a request that cannot be served is one OperationOutcome', () => {
  it('414 for a URL over URL_LIMIT, however long', async () => {
    for (const length of [2000, 30_000]) expectRefusal(await asked(head('GET', `/fhir/Patient?_id=${'a'.repeat(length)}`, close)), 414, /URL_LIMIT/);
  });

  it('what is refused before it is looked at comes as the caller asked', async () => {
    const accept = 'Accept: application/fhir+xml';
    for (const [status, text] of [
      [414, head('GET', `/fhir/Patient?_id=${'a'.repeat(2000)}`, accept, close)], [414, head('GET', `/fhir/Patient?_format=xml&_id=${'a'.repeat(2000)}`, close)],
      [417, head('POST', '/fhir/Basic', accept, 'Expect: a-miracle', 'Content-Length: 1', close)],
    ] as const) {
      const answers = await asked(text);
      expect(answers.map((answer) => [answer.status, ...inXml(answer)])).toEqual([[status, ...xml]]);
    }
  });

  it('431 for headers that are too large, in JSON: they were not read', async () => {
    expectRefusal(await asked(head('GET', '/fhir/metadata', 'Accept: application/fhir+xml', `X-Long: ${'a'.repeat(40_000)}`)), 431, /headers/);
  });

  it('431 for headers that are too large', async () => {
    expectRefusal(await asked(head('GET', '/fhir/metadata', `X-Long: ${'a'.repeat(40_000)}`)), 431, /headers/);
  });

  it.each([
    ['what is no HTTP', 'MSH|^~\\&|A|B\r\r\n\r\n'], ['a header without a name', 'GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
    ['two lengths', 'POST /fhir/Basic HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['no Host', `GET /fhir/metadata HTTP/1.1\r\n${close}\r\n\r\n`], ['an unknown address and no Host', 'GET /x HTTP/1.1\r\n\r\n'],
    ['a length and chunks', 'POST /fhir/Basic HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx'],
  ])('400 for %s', async (_name, text) => {
    expectRefusal(await asked(text), 400, /HTTP/);
  });

  it('400 for several Authorization headers, whichever comes first', async () => {
    for (const other of ['Bearer x', `Bearer ${token}`]) {
      expectRefusal(await asked(head('GET', '/fhir/Basic', `AUTHORIZATION: ${other}`, close)), 400, /several Authorization headers/);
      expectRefusal(await asked(`GET /fhir/Basic HTTP/1.1\r\nauthorization: ${other}\r\n${head('', '', close).split('\r\n').slice(1).join('\r\n')}`), 400, /several Authorization headers/);
    }
  });

  it('408 for headers, and for a body, that do not come', async () => {
    const impatient = await startTestServer({ REQUEST_TIMEOUT: '1' });
    try {
      const bearer = await impatient.token({ as: 'operator' });
      const cut = (...lines: string[]): string => `${head('POST', '/fhir/Basic', 'Content-Type: application/fhir+json', 'Content-Length: 100', ...lines).replace(token, bearer)}{"resource`;
      const late = ['GET /fhir/metadata HTTP/1.1\r\nHost: x\r\nX-Slow: ', cut(), cut('Accept: application/fhir+xml')];
      const [headers, body, accepting] = await Promise.all(late.map((text) => asked(text, impatient.base)));
      for (const answers of [headers, body]) expectRefusal(answers ?? [], 408, /REQUEST_TIMEOUT/);
      expect(accepting?.map((answer) => [answer.status, ...inXml(answer)])).toEqual([[408, ...xml]]);
    } finally {
      await impatient.stop();
    }
  });

  it('413 for a body that never ends, as soon as it is over its limit', async () => {
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const text = await exchangeRaw(server.base, (socket) => {
      socket.write(head('POST', '/fhir/Basic', 'Content-Type: application/fhir+json', 'Transfer-Encoding: chunked'));
      const more = (): void => { if (!socket.destroyed) socket.write(chunk, () => setImmediate(more)); };
      more();
    });
    expect(answersIn(text).map(({ status, body }) => [status, /BODY_LIMIT/.test(body)])).toEqual([[413, true]]);
  });

  it('417 for an expectation that is not known', async () => {
    const [answer] = await asked(head('POST', '/fhir/Basic', 'Expect: a-miracle', 'Content-Length: 1', close));
    expect([answer?.status, (JSON.parse(answer?.body ?? '{}') as Json).resourceType]).toEqual([417, 'OperationOutcome']);
  });
});

describe('Expect: 100-continue', () => {
  const expecting = (...lines: string[]) => head('POST', '/fhir/Basic', 'Content-Type: application/fhir+json', 'Expect: 100-continue', ...lines);

  it('asks for a body that will be read', async () => {
    let asked = 0;
    const text = await exchangeRaw(server.base, (socket) => {
      socket.write(expecting(`Content-Length: ${basic.length}`, close));
      socket.on('data', (chunk) => { if (String(chunk).startsWith('HTTP/1.1 100') && asked++ === 0) socket.write(basic); });
    });
    expect([asked, answersIn(text).map(({ status }) => status)]).toEqual([1, [100, 201]]);
  });

  it.each([
    ['too large', 413, () => expecting('Content-Length: 2000000')],
    ['without a token', 401, () => expecting('Content-Length: 10').replace(/Authorization.*\r\n/, '')],
    ['of a type that is not taken', 415, () => expecting('Content-Length: 10').replace('application/fhir+json', 'image/png')],
    ['for an address that is not there', 404, () => expecting('Content-Length: 10').replace('/fhir/Basic', '/fhir/Nonsense')],
  ])('does not ask for a body %s', async (_name, status, text) => {
    const answers = await asked(text());
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    expect(answers[0]?.headers.connection).toBe('close');
  });
});

describe('a connection', () => {
  it('takes requests one after another that were sent at once, and answers in their order', async () => {
    const create = (text: string) => {
      const body = basic.replace('"x"', JSON.stringify(text));
      return `${head('POST', '/fhir/Basic', 'Content-Type: application/fhir+json', 'Prefer: return=representation', `Content-Length: ${Buffer.byteLength(body)}`)}${body}`;
    };
    const answers = await asked([create('one'), head('GET', '/fhir/Basic/none'), create('three'), head('GET', '/health/live'), head('HEAD', '/fhir/Basic/none', close)].join(''));
    expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([201, 404, 201, 200]);
    expect([answers[0], answers[2]].map((answer) => (JSON.parse(answer?.body ?? '{}') as Json).code.text)).toEqual(['one', 'three']);
    expect(answers).toHaveLength(5);
  });

  it('goes on after a body that was refused unread', async () => {
    const answers = await asked(`${head('POST', '/fhir/Nonsense', 'Content-Type: application/fhir+json', `Content-Length: ${basic.length}`)}${basic}${head('GET', '/health/live', close)}`);
    expect(answers.map(({ status }) => status)).toEqual([404, 200]);
  });
});

describe('the address', () => {
  it('of the base is the same with and without a slash', async () => {
    const post = (url: string) => server.call(url, { token, body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'Basic/none' } }] } });
    for (const end of ['/fhir', '/fhir/']) expect([end, (await post(server.running.settings.baseUrl + end)).status]).toEqual([end, 200]);
  });

  it('of metadata and health needs no token', async () => {
    for (const path of ['/fhir/metadata', '/health', '/health/live', '/health/ready']) expect([path, (await server.call(server.running.settings.baseUrl + path)).status]).toEqual([path, 200]);
  });

  it('is not moved, nor the method, by headers that say otherwise', async () => {
    const made = await server.call('Basic', { token, body: { resourceType: 'Basic', code: { text: 'kept' } } });
    const headers = { 'X-HTTP-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE', 'X-Method-Override': 'DELETE', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', 'X-Original-URL': '/fhir/metadata' };
    const found = await server.call(`Basic?_id=${String(made.body.id)}`, { token, headers });
    expect([found.status, found.body.total]).toEqual([200, 1]);
    expect(found.text).not.toContain('evil.example');
    expect(found.body.link[0].url.startsWith(server.base)).toBe(true);
    await server.call(`Basic/${String(made.body.id)}`, { token, headers });
    expect((await server.call(`Basic/${String(made.body.id)}`, { token })).status).toBe(200);
  });
});

describe('metrics', () => {
  it('are on the listener of METRICS_HOST and nowhere else', async () => {
    const other = await startTestServer({ METRICS_HOST: '127.0.0.1', METRICS_PORT: '0' });
    try {
      const address = other.running.metricsServer?.address();
      const own = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`;
      const metrics = await other.call(`${own}/metrics`);
      expect([metrics.status, metrics.text.includes('passerelle_request_seconds')]).toEqual([200, true]);
      for (const path of ['/fhir/metadata', '/health/live', '/']) expect([path, (await other.call(own + path)).status]).toEqual([path, 404]);
      expect((await other.call(`${other.running.settings.baseUrl}/metrics`)).status).toBe(404);
    } finally {
      await other.stop();
    }
  });

  it('are not told beyond loopback unless their listener is named', async () => {
    const other = await startTestServer({ BASE_URL: 'http://fhir.example', DEMO: 'true' });
    try {
      const { host, port } = other.running.settings;
      expect((await other.call(`http://${host}:${port}/metrics`)).status).toBe(404);
    } finally {
      await other.stop();
    }
  });
});
