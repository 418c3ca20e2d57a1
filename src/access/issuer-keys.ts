/** The public keys of one issuer: found through its discovery document, kept, and refreshed when a token names a new one. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { fail } from '../fhir/failure.js';
import type { SigningAlgorithm } from './issuer.js';
import { fetchJson, type Fetch } from './remote-json.js';

export interface VerificationKey {
  readonly key: KeyObject;
  /** The one algorithm that a key of this type verifies. */
  readonly algorithm: SigningAlgorithm;
}
export interface IssuerKeys {
  /** @throws Failure unavailable when the issuer's keys cannot be had */
  find(kid: string): Promise<VerificationKey | undefined>;
}

const fresh = 10 * 60_000;
/** Beyond this age keys are no longer believed when the issuer cannot be asked. */
const stale = 60 * 60_000;
const leastWait = 30_000;
const longestWait = 5 * 60_000;
const maxKeys = 100;

/** @returns undefined for a key that signs nothing we take: another type, curve, use or algorithm, or too short */
function verificationKey(jwk: JsonWebKey & { readonly use?: unknown; readonly alg?: unknown }): VerificationKey | undefined {
  const algorithm = jwk.kty === 'RSA' ? 'RS256' : jwk.kty === 'EC' && jwk.crv === 'P-256' ? 'ES256' : undefined;
  if (algorithm === undefined || (jwk.use ?? 'sig') !== 'sig' || (jwk.alg ?? algorithm) !== algorithm) return undefined;
  try {
    // Public members only: whatever else a key set publishes is not looked at.
    const { kty, n, e, crv, x, y } = jwk;
    const key = createPublicKey({ key: (kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }) as JsonWebKey, format: 'jwk' });
    const tooShort = algorithm === 'RS256' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048;
    return tooShort ? undefined : { key, algorithm };
  } catch {
    // One malformed key does not spoil the others.
    return undefined;
  }
}

/** The usable keys of a JWKS by `kid`. A kid given twice names neither. */
export function readKeySet(keys: unknown): ReadonlyMap<string, VerificationKey> {
  const found = new Map<string, VerificationKey>();
  const twice = new Set<string>();
  for (const jwk of Array.isArray(keys) ? keys.slice(0, maxKeys) : []) {
    const { kid } = (jwk ?? {}) as { readonly kid?: unknown };
    const key = typeof kid === 'string' ? verificationKey(jwk as JsonWebKey) : undefined;
    if (key === undefined) continue;
    if (found.has(kid as string)) twice.add(kid as string);
    found.set(kid as string, key);
  }
  for (const kid of twice) found.delete(kid);
  return found;
}

/** `iss` and AUTH_ISSUERS may differ by a slash at the end. */
export const sameIssuer = (issuer: string): string => issuer.replace(/\/+$/, '');

async function fetchKeys(fetch: Fetch, issuer: string): Promise<ReadonlyMap<string, VerificationKey>> {
  const discovery = await fetchJson(fetch, `${sameIssuer(issuer)}/.well-known/openid-configuration`);
  if (typeof discovery.issuer !== 'string' || sameIssuer(discovery.issuer) !== sameIssuer(issuer)) throw new Error('the discovery document is of another issuer');
  if (typeof discovery.jwks_uri !== 'string') throw new Error('the discovery document has no jwks_uri');
  return readKeySet((await fetchJson(fetch, discovery.jwks_uri)).keys);
}

/**
 * Keys over HTTP. One fetch at a time; a failed one, and one for a kid that stays unknown, is not repeated for 30 s,
 * doubling up to 5 min while the issuer fails.
 * @param clock ms UTC
 * @param onFailure told of every failed fetch, for the operator's log
 */
export function remoteKeys(issuer: string, fetch: Fetch, clock: () => number, onFailure: (issuer: string, cause: unknown) => void): IssuerKeys {
  let keys: ReadonlyMap<string, VerificationKey> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let notBefore = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let running: Promise<void> | undefined;

  async function load(): Promise<void> {
    try {
      keys = await fetchKeys(fetch, issuer);
      fetchedAt = clock();
      failures = 0;
    } catch (cause) {
      // find() tells the caller, once keys are missing or too old.
      failures++;
      onFailure(issuer, cause);
    }
    notBefore = clock() + Math.min(leastWait * 2 ** Math.max(0, failures - 1), longestWait);
  }
  function refresh(): Promise<void> {
    if (running) return running;
    if (clock() < notBefore) return Promise.resolve();
    running = load().finally(() => (running = undefined));
    return running;
  }

  return {
    async find(kid) {
      const age = clock() - fetchedAt;
      if (age > stale || !keys.has(kid)) await refresh();
      else if (age > fresh) void refresh();
      if (clock() - fetchedAt > stale) {
        throw fail('unavailable', { reason: 'The keys of the token issuer cannot be fetched. Try again later.' }, { headers: { 'Retry-After': '30' } });
      }
      return keys.get(kid);
    },
  };
}

/** Keys at hand: those of the embedded issuer. */
export function localKeys(jwks: { readonly keys: readonly JsonWebKey[] }): IssuerKeys {
  const keys = readKeySet(jwks.keys);
  return { find: (kid) => Promise.resolve(keys.get(kid)) };
}
