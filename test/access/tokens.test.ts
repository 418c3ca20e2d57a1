import { createVerifier, type VerifierOptions } from '../../src/access/tokens';
import { Failure } from '../../src/fhir/failure';
import { ec, hmacJwt, jwt, part, published, rsa } from './jwt';

const issuer = 'https://issuer.example';
const audience = 'https://server.example/fhir';
const start = Date.UTC(2026, 2, 1, 12);
const seconds = start / 1000;
const [signer, other, short, curve, wrongCurve] = [rsa(), rsa(), rsa(1024), ec(), ec('P-384')];

const claims = { iss: issuer, aud: audience, iat: seconds, exp: seconds + 300, passerelle_role: 'operator', sub: 'ada' };
const header = { alg: 'RS256', typ: 'JWT', kid: 'one' };
const good = jwt(header, claims, signer.privateKey);

/** An issuer on the wire: documents by URL, every fetch counted. */
function wire(documents: Record<string, unknown> = {}) {
  const served: Record<string, unknown> = {
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/keys` },
    [`${issuer}/keys`]: { keys: [published(signer.publicKey, { kid: 'one', use: 'sig' }), published(curve.publicKey, { kid: 'curve', alg: 'ES256' })] },
    ...documents,
  };
  const asked: string[] = [];
  return {
    served, asked,
    fetch: async (url: string, init: { redirect: string; signal: AbortSignal }) => {
      asked.push(url);
      expect(init.redirect).toBe('error');
      expect(init.signal).toBeInstanceOf(AbortSignal);
      const document = served[url];
      if (document instanceof Error) throw document;
      if (document instanceof Response) return document;
      return document === undefined ? new Response('', { status: 404 }) : new Response(JSON.stringify(document));
    },
  };
}

function setUp(options: Partial<VerifierOptions> = {}, documents: Record<string, unknown> = {}) {
  const net = wire(documents);
  const time = { now: start };
  const verifier = createVerifier({ issuers: [issuer], audience, clock: () => time.now, fetch: net.fetch, ...options });
  const outcome = async (authorization: string | undefined) => {
    try {
      return await verifier.authenticate(authorization);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error;
    }
  };
  return { ...net, time, verifier, outcome, bearer: (token: string) => outcome(`Bearer ${token}`) };
}
const operator = { kind: 'operator', name: 'ada' };
const refused = { failure: 'bad-token', status: 401 };

describe('a token is taken', () => {
  it.each([
    ['signed with RS256', good],
    ['signed with ES256', jwt({ alg: 'ES256', kid: 'curve' }, claims, curve.privateKey)],
    ['whose audience is one of several', jwt(header, { ...claims, aud: ['https://elsewhere.example', audience] }, signer.privateKey)],
    ['whose issuer is written with a slash at its end', jwt(header, { ...claims, iss: `${issuer}/` }, signer.privateKey)],
    ['whose nbf has come', jwt(header, { ...claims, nbf: seconds }, signer.privateKey)],
    ['whose nbf is within the leeway of two clocks', jwt(header, { ...claims, nbf: seconds + 5 }, signer.privateKey)],
  ])('%s', async (_, token) => expect(await setUp().bearer(token)).toEqual(operator));

  it.each([`bearer ${good}`, `BEARER  ${good} `])('however the scheme is written', async (authorization) => expect(await setUp().outcome(authorization)).toEqual(operator));
});

describe('a token is refused', () => {
  const publicPem = signer.publicKey.export({ type: 'spki', format: 'pem' });
  it.each([
    ['unsigned (alg none)', `${part({ alg: 'none', kid: 'one' })}.${part(claims)}.`, /alg/],
    ['unsigned (alg None)', `${part({ alg: 'None', kid: 'one' })}.${part(claims)}.`, /alg/],
    ['without a signature', `${good.split('.').slice(0, 2).join('.')}.`, /not signed|signed JWT/],
    ['signed by another key', jwt(header, claims, other.privateKey), /signature/],
    ['HS256 with the public key as secret', hmacJwt({ alg: 'HS256', kid: 'one' }, claims, publicPem), /alg/],
    ['RS256 named, HS256 made', hmacJwt(header, claims, publicPem), /signature/],
    ['naming the algorithm of another key', jwt({ ...header, kid: 'curve' }, claims, signer.privateKey), /alg/],
    ['ES256 with a signature of the wrong length', `${part({ alg: 'ES256', kid: 'curve' })}.${part(claims)}.AAAA`, /signed JWT/],
    ['for another audience', jwt(header, { ...claims, aud: 'https://elsewhere.example' }, signer.privateKey), /audience/],
    ['for no audience', jwt(header, { ...claims, aud: undefined }, signer.privateKey), /audience/],
    ['of another issuer', jwt(header, { ...claims, iss: 'https://evil.example' }, signer.privateKey), /issuer/],
    ['of an issuer that only begins like ours', jwt(header, { ...claims, iss: `${issuer}.evil.example` }, signer.privateKey), /issuer/],
    ['of no issuer', jwt(header, { ...claims, iss: undefined }, signer.privateKey), /issuer/],
    ['not valid yet', jwt(header, { ...claims, nbf: seconds + 60 }, signer.privateKey), /nbf/],
    ['that never expires', jwt(header, { ...claims, exp: undefined }, signer.privateKey), /exp/],
    ['whose exp is a text', jwt(header, { ...claims, exp: '9999999999' }, signer.privateKey), /signed JWT/],
    ['that names no key', jwt({ alg: 'RS256' }, claims, signer.privateKey), /kid/],
    ['that names an unknown key', jwt({ ...header, kid: 'two' }, claims, signer.privateKey), /kid/],
    ['that brings its own key (jwk)', jwt({ ...header, kid: 'two', jwk: published(other.publicKey, {}) }, claims, other.privateKey), /kid/],
    ['that says where its key is (jku)', jwt({ ...header, kid: 'two', jku: 'https://evil.example/keys' }, claims, other.privateKey), /kid/],
    ['with extensions that must be understood', jwt({ ...header, crit: ['b64'], b64: false }, claims, signer.privateKey), /crit/],
    ['that says nothing of its bearer', jwt(header, { ...claims, passerelle_role: undefined }, signer.privateKey), /passerelle_role/],
    ['that is no JWT', 'abc', /signed JWT/],
    ['of broken parts', '!!.??.==', /Bearer/],
    ['whose parts are no JSON', 'abc.def.ghi', /signed JWT/],
    ['whose claims are a text', `${part(header)}.${part('claims')}.abc`, /signed JWT|issuer/],
  ])('%s', async (_, token, reason) => {
    const failure = await setUp().bearer(token);
    expect(failure).toMatchObject(refused);
    expect((failure as Failure).message).toMatch(reason);
    expect((failure as Failure).headers['WWW-Authenticate']).toMatch(/^Bearer realm="passerelle", error="invalid_token", error_description="[^"\\]+"$/);
    expect(JSON.stringify(failure)).not.toContain(token);
  });

  it('when the header is altered after signing', async () => {
    const [, payload, signature] = good.split('.');
    expect(await setUp().bearer(`${part({ ...header, typ: 'x' })}.${payload}.${signature}`)).toMatchObject(refused);
  });
  it('when it is longer than any token', async () => expect(await setUp().bearer('a'.repeat(100_000))).toMatchObject(refused));
  it.each(['Basic YTpi', 'Bearer', `Token ${good}`, `Bearer ${good} ${good}`])('when the header is %j', async (authorization) =>
    expect(await setUp().outcome(authorization)).toMatchObject(refused));

  it('and named expired when it is', async () => {
    const expired = jwt(header, { ...claims, exp: seconds - 60 }, signer.privateKey);
    expect(await setUp().bearer(expired)).toMatchObject({ failure: 'token-expired', status: 401, headers: { 'WWW-Authenticate': expect.stringContaining('invalid_token') } });
  });
});

it.each([undefined, '', '  '])('without a token (%j) the answer asks for one, and names no error', async (authorization) =>
  expect(await setUp().outcome(authorization)).toMatchObject({ failure: 'no-token', status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="passerelle"' } }));

it('never fetches what a token points at', async () => {
  const { bearer, asked } = setUp();
  await bearer(jwt({ ...header, kid: 'x', jku: 'https://evil.example/keys', x5u: 'https://evil.example/cert' }, { ...claims, iss: 'https://evil.example' }, other.privateKey));
  await bearer(jwt({ ...header, kid: 'x', jku: 'https://evil.example/keys' }, claims, other.privateKey));
  expect(asked.filter((url) => !url.startsWith(`${issuer}/`))).toEqual([]);
});

describe('the keys of an issuer', () => {
  const later = rsa();
  const byLater = jwt({ ...header, kid: 'later' }, { ...claims, exp: seconds + 86_400 }, later.privateKey);

  it('are fetched once for many tokens at once', async () => {
    const { bearer, asked } = setUp();
    await Promise.all(Array.from({ length: 50 }, () => bearer(good)));
    expect(asked).toEqual([`${issuer}/.well-known/openid-configuration`, `${issuer}/keys`]);
  });

  it('are fetched again when a token names one that was added, but not at every unknown name', async () => {
    const { bearer, asked, served, time } = setUp();
    expect(await bearer(good)).toEqual(operator);
    served[`${issuer}/keys`] = { keys: [published(later.publicKey, { kid: 'later' })] };
    expect(await bearer(byLater)).toMatchObject(refused);
    time.now += 31_000;
    expect(await bearer(byLater)).toEqual(operator);
    const after = asked.length;
    for (let index = 0; index < 20; index++) await bearer(jwt({ ...header, kid: `k${index}` }, claims, other.privateKey));
    expect(asked.length).toBe(after);
  });

  it('that were withdrawn verify nothing once the set is fresh again', async () => {
    const { bearer, served, time } = setUp();
    const long = jwt(header, { ...claims, exp: seconds + 86_400 }, signer.privateKey);
    expect(await bearer(long)).toEqual(operator);
    served[`${issuer}/keys`] = { keys: [published(later.publicKey, { kid: 'later' })] };
    time.now += 31_000;
    await bearer(byLater);
    time.now += 60_001;
    expect(await bearer(long)).toMatchObject(refused);
  });

  it.each([
    ['answers 500', new Response('', { status: 500 })],
    ['does not answer', new TypeError('fetch failed')],
    ['sends too much', new Response(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`)],
    ['sends no JSON', new Response('<html>')],
    ['sends a list', new Response('[]')],
  ])('that cannot be had because the issuer %s are told as unavailable, and asked for again later', async (_, answer) => {
    const failed: string[] = [];
    const { bearer, asked, served, time } = setUp({ onIssuerFailure: (of) => failed.push(of) }, { [`${issuer}/keys`]: answer });
    expect(await bearer(good)).toMatchObject({ failure: 'unavailable', status: 503, headers: { 'Retry-After': '30' } });
    expect(failed).toEqual([issuer]);
    const once = asked.length;
    expect(await bearer(good)).toMatchObject({ failure: 'unavailable' });
    expect(asked.length).toBe(once);
    served[`${issuer}/keys`] = { keys: [published(signer.publicKey, { kid: 'one' })] };
    time.now += 31_000;
    expect(await bearer(good)).toEqual(operator);
  });

  it('are still believed for a while when the issuer falls silent, then no longer', async () => {
    const { bearer, served, time } = setUp();
    const long = jwt(header, { ...claims, exp: seconds + 864_000 }, signer.privateKey);
    await bearer(long);
    served[`${issuer}/keys`] = new Response('', { status: 503 });
    time.now += 30 * 60_000;
    expect(await bearer(long)).toEqual(operator);
    time.now += 31 * 60_000;
    expect(await bearer(long)).toMatchObject({ failure: 'unavailable' });
  });

  it.each([
    ['over http', { [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: 'http://issuer.example/keys' } }],
    ['as a file', { [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: 'file:///etc/passwd' } }],
    ['by the discovery document of another issuer', { [`${issuer}/.well-known/openid-configuration`]: { issuer: 'https://evil.example', jwks_uri: `${issuer}/keys` } }],
    ['by a discovery document without jwks_uri', { [`${issuer}/.well-known/openid-configuration`]: { issuer } }],
  ])('are not taken %s', async (_, documents) => {
    const { bearer, asked } = setUp({}, documents);
    expect(await bearer(good)).toMatchObject({ failure: 'unavailable' });
    expect(asked).toEqual([`${issuer}/.well-known/openid-configuration`]);
  });

  it('may come over http from this machine', async () => {
    const local = 'http://127.0.0.1:9000';
    const { bearer } = setUp({ issuers: [local] }, {
      [`${local}/.well-known/openid-configuration`]: { issuer: local, jwks_uri: `${local}/keys` }, [`${local}/keys`]: { keys: [published(signer.publicKey, { kid: 'one' })] },
    });
    expect(await bearer(jwt(header, { ...claims, iss: local }, signer.privateKey))).toEqual(operator);
  });

  it.each([
    ['too short', published(short.publicKey, { kid: 'one' }), short.privateKey, 'RS256'],
    ['for encryption', published(signer.publicKey, { kid: 'one', use: 'enc' }), signer.privateKey, 'RS256'],
    ['for another algorithm', published(signer.publicKey, { kid: 'one', alg: 'PS256' }), signer.privateKey, 'RS256'],
    ['of another curve', published(wrongCurve.publicKey, { kid: 'one' }), curve.privateKey, 'ES256'],
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0', kid: 'one' }, signer.privateKey, 'RS256'],
    ['malformed', { kty: 'RSA', n: 'AQAB', kid: 'one' }, signer.privateKey, 'RS256'],
  ])('are left out when %s', async (_, key, privateKey, alg) => {
    const { bearer } = setUp({}, { [`${issuer}/keys`]: { keys: [key, null, 7] } });
    expect(await bearer(jwt({ alg, kid: 'one' }, claims, privateKey))).toMatchObject(refused);
  });

  it('of one name are both left out', async () => {
    const { bearer } = setUp({}, { [`${issuer}/keys`]: { keys: [published(other.publicKey, { kid: 'one' }), published(signer.publicKey, { kid: 'one' })] } });
    expect(await bearer(good)).toMatchObject(refused);
  });
});

describe('a verified token', () => {
  it('is not verified again for a minute', async () => {
    const { bearer, time, served } = setUp();
    const first = await bearer(good);
    served[`${issuer}/keys`] = { keys: [] };
    time.now += 59_000;
    expect(await bearer(good)).toBe(first);
  });
  it('is not believed beyond its exp, to the second', async () => {
    const { bearer, time } = setUp({ issuers: [], embedded: { issuer, jwks: () => ({ keys: [published(signer.publicKey, { kid: 'one', alg: 'RS256', use: 'sig' }) as never] }) } });
    const brief = jwt(header, { ...claims, exp: seconds + 10 }, signer.privateKey);
    expect(await bearer(brief)).toEqual(operator);
    time.now += 9_999;
    expect(await bearer(brief)).toEqual(operator);
    time.now += 1;
    expect(await bearer(brief)).toMatchObject({ failure: 'token-expired' });
  });
  it('does not vouch for another that begins alike', async () => {
    const { bearer } = setUp();
    await bearer(good);
    expect(await bearer(`${good.slice(0, -4)}AAAA`)).toMatchObject(refused);
  });
});
