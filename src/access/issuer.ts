/**
 * The embedded test issuer: signs access tokens on machines that have no issuer of their own, and publishes what a
 * verifier needs. Its keys lie in one file that only its owner may read.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, randomUUID, type JsonWebKey, type KeyObject } from 'node:crypto';
import { link, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { sign } from 'jsonwebtoken';
import { makeFolder } from '../make-folder.js';

export type SigningAlgorithm = 'RS256' | 'ES256';

/** A public key as a JWKS gives it (RFC 7517). */
export interface PublishedKey extends JsonWebKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

export interface Issuer {
  /** The value of `iss`. */
  readonly issuer: string;
  /**
   * A signed token for the audience of this issuer.
   * @param seconds how long it is valid from now
   * @param algorithm RS256 unless told otherwise
   */
  sign(claims: Readonly<Record<string, unknown>>, seconds: number, algorithm?: SigningAlgorithm): string;
  /** The discovery document (OpenID Connect Discovery 1.0, section 3), without the endpoints that a test issuer lacks. */
  discovery(): Readonly<Record<string, unknown>>;
  jwks(): { readonly keys: readonly PublishedKey[] };
}

interface SigningKey {
  readonly algorithm: SigningAlgorithm;
  readonly key: KeyObject;
  readonly published: PublishedKey;
}

const generate = promisify(generateKeyPair);
/** The members that make a key's thumbprint, in the order of RFC 7638. */
const thumbprintMembers: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = { RSA: ['e', 'kty', 'n'], EC: ['crv', 'kty', 'x', 'y'] };
const algorithmOf: Readonly<Record<string, SigningAlgorithm>> = { RSA: 'RS256', EC: 'ES256' };

function thumbprint(key: JsonWebKey): string {
  const members = (thumbprintMembers[key.kty ?? ''] ?? []).map((name) => [name, key[name]] as const);
  return createHash('sha256').update(JSON.stringify(Object.fromEntries(members))).digest('base64url');
}

function signingKey(jwk: JsonWebKey): SigningKey {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const open = createPublicKey(key).export({ format: 'jwk' });
  const algorithm = algorithmOf[open.kty ?? ''];
  if (algorithm === undefined) throw new Error(`a key of type ${open.kty} cannot sign`);
  return { algorithm, key, published: { ...open, kid: thumbprint(open), alg: algorithm, use: 'sig' } };
}

async function newKeyFile(): Promise<string> {
  const [rsa, ec] = await Promise.all([generate('rsa', { modulusLength: 2048 }), generate('ec', { namedCurve: 'P-256' })]);
  return JSON.stringify({ keys: [rsa, ec].map(({ privateKey }) => privateKey.export({ format: 'jwk' })) });
}

const hasCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException | undefined)?.code === code;

/** Makes the file whole or not at all: of two processes that start at once one makes it, and both read the same keys. */
async function createKeyFile(path: string): Promise<void> {
  makeFolder(dirname(path));
  const draft = `${path}.${process.pid}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(await newKeyFile());
    await file.sync();
    await link(draft, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await file.close();
    await unlink(draft);
  }
}

async function readKeys(path: string): Promise<readonly SigningKey[]> {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new Error(`${path} holds the keys of the test issuer, but others may read it. Make it 0600, or remove it to have new keys.`);
  try {
    const { keys } = JSON.parse(await readFile(path, 'utf8')) as { keys: readonly JsonWebKey[] };
    return keys.map(signingKey);
  } catch (cause) {
    throw new Error(`${path} does not hold the keys of the test issuer. Remove it to have new keys.`, { cause });
  }
}

async function loadKeys(path: string): Promise<readonly SigningKey[]> {
  try {
    return await readKeys(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await createKeyFile(path);
  return readKeys(path);
}

/**
 * Opens the issuer, making its keys on first use.
 * @param options.keyFile made with mode 0600 when absent
 * @param options.issuer the value of `iss`: `{BASE_URL}/auth`
 * @param options.audience the value of `aud`
 * @throws Error when the file cannot be made, is not a key file, or others may read it
 */
export async function createIssuer({ keyFile, issuer, audience }: { readonly keyFile: string; readonly issuer: string; readonly audience: string }): Promise<Issuer> {
  const keys = await loadKeys(keyFile);
  const jwks = { keys: keys.map(({ published }) => published) };
  return {
    issuer,
    sign(claims, seconds, algorithm = 'RS256') {
      const found = keys.find((key) => key.algorithm === algorithm);
      if (!found) throw new Error(`the test issuer has no ${algorithm} key`);
      return sign({ ...claims }, found.key, { algorithm, keyid: found.published.kid, issuer, audience, expiresIn: seconds, jwtid: randomUUID() });
    },
    discovery: () => ({
      issuer,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: [],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: keys.map((key) => key.algorithm),
    }),
    jwks: () => jwks,
  };
}
