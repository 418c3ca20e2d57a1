import { execFile } from 'node:child_process';
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, chmod, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createIssuer } from '../../src/access/issuer';
import { createVerifier } from '../../src/access/tokens';

const issuer = 'http://127.0.0.1:8080/auth';
const audience = 'http://127.0.0.1:8080/fhir';
let folder: string;
let keyFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issuer-'));
  keyFile = join(folder, 'data', 'keys.json');
});
afterEach(() => rm(folder, { recursive: true }));

it('keeps its keys in a file that its owner alone may read, and leaves nothing beside it', async () => {
  await createIssuer({ keyFile, issuer, audience });
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'data'))).toEqual(['keys.json']);
});

it('has the same keys when it is opened again', async () => {
  const first = await createIssuer({ keyFile, issuer, audience });
  expect((await createIssuer({ keyFile, issuer, audience })).jwks()).toEqual(first.jwks());
});

it('makes one set of keys when several processes start at once', async () => {
  const script = `require(${JSON.stringify(join(__dirname, '../../dist/access/issuer.js'))}).createIssuer(JSON.parse(process.argv[1])).then((i) => console.log(i.jwks().keys.map((k) => k.kid).join()))`;
  const options = JSON.stringify({ keyFile, issuer, audience });
  const started = await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['-e', script, options])));
  expect(new Set(started.map(({ stdout }) => stdout.trim())).size).toBe(1);
  expect(await readdir(join(folder, 'data'))).toEqual(['keys.json']);
});

it('refuses a key file that others may read', async () => {
  await createIssuer({ keyFile, issuer, audience });
  await chmod(keyFile, 0o644);
  await expect(createIssuer({ keyFile, issuer, audience })).rejects.toThrow('0600');
});

it('refuses a file that is not its own', async () => {
  await createIssuer({ keyFile, issuer, audience });
  await writeFile(keyFile, 'not json');
  await expect(createIssuer({ keyFile, issuer, audience })).rejects.toThrow('Remove it');
});

it('publishes public members only', async () => {
  const { jwks } = await createIssuer({ keyFile, issuer, audience });
  expect(jwks().keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use'], ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
  expect(JSON.parse(await readFile(keyFile, 'utf8')).keys).toHaveLength(2);
});

it('says in its discovery document where the keys are', async () => {
  const { discovery } = await createIssuer({ keyFile, issuer, audience });
  expect(discovery()).toMatchObject({ issuer, jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: ['RS256', 'ES256'] });
});

it.each(['RS256', 'ES256'] as const)('signs with %s what its published key verifies', async (algorithm) => {
  const made = await createIssuer({ keyFile, issuer, audience });
  const token = made.sign({ passerelle_role: 'operator', sub: 'ada' }, 60, algorithm);
  const [head = '', body = '', signature = ''] = token.split('.');
  const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string; alg: string };
  const key = createPublicKey({ key: made.jwks().keys.find((one) => one.kid === kid) as JsonWebKey, format: 'jwk' });
  expect(alg).toBe(algorithm);
  expect(verify('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(true);
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { exp: number; iat: number };
  expect(claims).toMatchObject({ iss: issuer, aud: audience, sub: 'ada' });
  expect(claims.exp - claims.iat).toBe(60);
});

it('is verified in its own process without a single fetch', async () => {
  const embedded = await createIssuer({ keyFile, issuer, audience });
  const verifier = createVerifier({ issuers: [], audience, embedded, fetch: () => Promise.reject(new Error('no network')) });
  await expect(verifier.authenticate(`Bearer ${embedded.sign({ passerelle_role: 'system', structure: '350099911' }, 60)}`)).resolves.toEqual({ kind: 'system', structure: '1350099911' });
});
