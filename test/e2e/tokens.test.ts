import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { readFile, stat } from 'node:fs/promises';
import { createIssuer } from '../../src/access/issuer';
import { issuerKeyFile } from '../../src/main';
import { startTestServer, type TestServer } from '../support/http-server';

let server: TestServer;
let issuer = '';
let audience = '';
let jwks: { keys: (import('node:crypto').JsonWebKey & { kid: string; kty: string })[] };

beforeAll(async () => {
  server = await startTestServer();
  issuer = `${server.running.settings.baseUrl}/auth`;
  audience = server.base;
  const discovery = await server.call(`${issuer}/.well-known/openid-configuration`);
  jwks = (await server.call(discovery.body.jwks_uri)).body as typeof jwks;
});
afterAll(() => server.stop());

const claims = { sub: 'x', passerelle_role: 'operator' };
const now = () => Math.floor(Date.now() / 1000);
const asked = (token: string | undefined) => server.call('Patient', token === undefined ? {} : { token });
const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const rsa = () => jwks.keys.find(({ kty }) => kty === 'RSA')!;
const rawToken = (header: object, payload: object, signature = '') => [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + `.${signature}`;

describe('access tokens', () => {
  it('takes one that the issuer signed', async () => {
    expect((await asked(await server.token({ as: 'operator' }))).status).toBe(200);
  });

  it('publishes public keys only', () => {
    expect(jwks.keys.length).toBeGreaterThan(0);
    for (const key of jwks.keys) expect(key).not.toHaveProperty('d');
  });

  it('asks for a token where there is none', async () => {
    const reply = await asked(undefined);
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('refuses an expired one', async () => {
    const token = await server.token({ as: 'operator', expires: -120 });
    expect((await asked(token)).status).toBe(401);
  });

  const forged: [string, () => string][] = [
    ['an unsigned one (alg none)', () => rawToken({ alg: 'none', typ: 'JWT', kid: rsa().kid }, { ...claims, iss: issuer, aud: audience, exp: now() + 600 })],
    ['one signed by another key', () => jwt.sign(claims, otherKey, { algorithm: 'RS256', keyid: rsa().kid, issuer, audience, expiresIn: 600 })],
    ['one of an unknown key', () => jwt.sign(claims, otherKey, { algorithm: 'RS256', keyid: 'nobody', issuer, audience, expiresIn: 600 })],
    ['HS256 with the public key', () => {
      const pem = createPublicKey({ key: rsa(), format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      return jwt.sign(claims, pem as string, { algorithm: 'HS256', keyid: rsa().kid, issuer, audience, expiresIn: 600, allowInvalidAsymmetricKeyTypes: true });
    }],
    ['rubbish', () => 'a.b.c'],
  ];
  it.each(forged)('refuses %s', async (_name, make) => {
    let token: string;
    try {
      token = make();
    } catch {
      token = rawToken({ alg: 'HS256', typ: 'JWT', kid: rsa().kid }, { ...claims, iss: issuer, aud: audience, exp: now() + 600 }, 'AAAA');
    }
    const reply = await asked(token);
    expect([reply.status, reply.body.resourceType]).toEqual([401, 'OperationOutcome']);
    expect(reply.text).not.toContain(token);
  });

  it('refuses one for another audience, of another issuer, not yet valid, or without a role', async () => {
    const keyFile = issuerKeyFile(server.running.settings);
    const forAudience = await createIssuer({ keyFile, issuer, audience: 'https://elsewhere.example/fhir' });
    const ofIssuer = await createIssuer({ keyFile, issuer: 'https://elsewhere.example', audience });
    const right = await createIssuer({ keyFile, issuer, audience });
    const tokens = [forAudience.sign(claims, 600), ofIssuer.sign(claims, 600), right.sign({ ...claims, nbf: now() + 3600 }, 7200), right.sign({ sub: 'x' }, 600)];
    for (const token of tokens) expect((await asked(token)).status).toBe(401);
  });

  it('keeps its private key for the owner of the folder alone', async () => {
    const file = issuerKeyFile(server.running.settings);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).length).toBeGreaterThan(100);
  });
});
