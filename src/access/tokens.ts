/**
 * Access tokens: signed JWTs of a known issuer (RFC 7519, RFC 8725), taken as bearer tokens (RFC 6750). Only the keys that
 * an issuer publishes count: `jku`, `x5u`, `x5c` and `jwk` in a token's header are never looked at.
 */
import { hash } from 'node:crypto';
import { decode, verify, JsonWebTokenError, NotBeforeError, TokenExpiredError, type Jwt, type JwtPayload } from 'jsonwebtoken';
import { fail, Failure } from '../fhir/failure.js';
import type { Actor } from './actor.js';
import { actorOfClaims } from './caller.js';
import type { Issuer } from './issuer.js';
import { localKeys, remoteKeys, sameIssuer, type IssuerKeys, type VerificationKey } from './issuer-keys.js';
import type { Fetch } from './remote-json.js';

export interface VerifierOptions {
  /** URLs of the issuers whose tokens are taken. */
  readonly issuers: readonly string[];
  /** What `aud` must name. */
  readonly audience: string;
  /** The issuer in this very process, verified without HTTP. */
  readonly embedded?: Pick<Issuer, 'issuer' | 'jwks'>;
  /** ms UTC */
  readonly clock?: () => number;
  readonly fetch?: Fetch;
  /** Told of every failed fetch of an issuer's keys, for the operator's log. */
  readonly onIssuerFailure?: (issuer: string, cause: unknown) => void;
}
export interface Verifier {
  /**
   * @param authorization the Authorization header
   * @throws Failure no-token, bad-token, token-expired (with WWW-Authenticate), unavailable
   */
  authenticate(authorization: string | undefined): Promise<Actor>;
}

interface Trusted {
  readonly keys: IssuerKeys;
  /** Seconds that the issuer's clock may be away from ours. */
  readonly leeway: number;
}
interface Accepted {
  readonly actor: Actor;
  /** ms UTC, exclusive */
  readonly until: number;
}

/** A verified token is believed for this long (ms), and never beyond its `exp`. */
const believed = 60_000;
const maxBelieved = 10_000;
/** Headers that are known again without a look at the token in them. */
const maxRecent = 256;
const maxTokenLength = 8192;
const bearer = /^Bearer +([\w~+/.-]+=*) *$/i;

const challenge = 'Bearer realm="passerelle"';
/** RFC 6750 section 3: the description is plain ASCII without quotes. */
const invalidToken = (description: string): string => `${challenge}, error="invalid_token", error_description="${description.replace(/[^\x20-\x7e]|["\\]/g, ' ')}"`;

const refused = (reason: string): Failure => fail('bad-token', { reason });
/** Every refusal bears its challenge, wherever it was found. */
const challenged = (failure: Failure): Failure =>
  failure.status === 401 ? new Failure(failure.failure, failure.status, failure.issues, { 'WWW-Authenticate': failure.failure === 'no-token' ? challenge : invalidToken(failure.message) }) : failure;

/** @throws Failure no-token, bad-token */
function readBearer(authorization: string | undefined): string {
  if (authorization === undefined || authorization.trim() === '') throw fail('no-token');
  if (authorization.length > maxTokenLength) throw refused(`it is longer than ${maxTokenLength} characters`);
  const token = bearer.exec(authorization)?.[1];
  if (token === undefined) throw refused('the Authorization header is not written "Bearer" and a token');
  return token;
}

/** The parts of a token, unverified. @throws Failure bad-token */
function readParts(token: string): { readonly header: Jwt['header']; readonly payload: JwtPayload } {
  let parts: Jwt | null;
  try {
    parts = decode(token, { complete: true });
  } catch {
    // A header or a body that is no JSON.
    parts = null;
  }
  if (!parts || typeof parts.payload !== 'object' || parts.payload === null) throw refused('it is not a signed JWT');
  return { header: parts.header, payload: parts.payload };
}

const messages: readonly (readonly [start: string, reason: (audience: string) => string])[] = [
  ['invalid signature', () => 'its signature is not that of the key that it names'],
  ['jwt signature is required', () => 'it is not signed'],
  ['jwt audience invalid', (audience) => `it is for another audience; aud must name ${audience}`],
];

/** What jsonwebtoken found, in our words. */
function verificationFailure(error: unknown, audience: string): Failure {
  if (error instanceof TokenExpiredError) return fail('token-expired');
  if (error instanceof NotBeforeError) return refused('it is not valid yet (nbf)');
  // A signature of the wrong length is a TypeError there.
  const found = error instanceof JsonWebTokenError ? messages.find(([start]) => error.message.startsWith(start)) : undefined;
  return refused(found ? found[1](audience) : 'it is not a valid signed JWT');
}

class TokenVerifier implements Verifier {
  private readonly accepted = new Map<string, Accepted>();
  /** By the whole header. */
  private readonly recent = new Map<string, Accepted>();
  constructor(private readonly trusted: ReadonlyMap<string, Trusted>, private readonly audience: string, private readonly clock: () => number) {}

  async authenticate(authorization: string | undefined): Promise<Actor> {
    const recent = authorization === undefined ? undefined : this.recent.get(authorization);
    if (recent !== undefined && this.clock() < recent.until) return recent.actor;
    try {
      const accepted = await this.acceptedBy(readBearer(authorization));
      if (this.recent.size >= maxRecent) this.recent.clear();
      this.recent.set(authorization as string, accepted);
      return accepted.actor;
    } catch (error) {
      throw error instanceof Failure ? challenged(error) : error;
    }
  }

  private async acceptedBy(token: string): Promise<Accepted> {
    const digest = hash('sha256', token, 'base64');
    const known = this.accepted.get(digest);
    if (known && this.clock() < known.until) return known;
    const claims = await this.verified(token);
    const accepted = { actor: actorOfClaims(claims), until: Math.min(this.clock() + believed, claims.exp * 1000) };
    this.keep(digest, accepted);
    return accepted;
  }

  private async verified(token: string): Promise<JwtPayload & { readonly exp: number }> {
    const { header, payload } = readParts(token);
    const trusted = typeof payload.iss === 'string' ? this.trusted.get(sameIssuer(payload.iss)) : undefined;
    if (!trusted) throw refused('its issuer (iss) is not one that this server knows');
    const { key, algorithm } = await this.keyOf(trusted.keys, header);
    try {
      verify(token, key, { algorithms: [algorithm], audience: this.audience, clockTimestamp: Math.floor(this.clock() / 1000), clockTolerance: trusted.leeway });
    } catch (error) {
      throw verificationFailure(error, this.audience);
    }
    if (typeof payload.exp !== 'number') throw refused('it does not say when it expires (exp)');
    return { ...payload, exp: payload.exp };
  }

  private async keyOf(keys: IssuerKeys, header: Jwt['header']): Promise<VerificationKey> {
    if (header.alg !== 'RS256' && header.alg !== 'ES256') throw refused('its algorithm (alg) must be RS256 or ES256');
    // RFC 7515 4.1.11: extensions that must be understood, and none is.
    if ('crit' in header) throw refused('its header has extensions (crit) that are not understood');
    if (typeof header.kid !== 'string' || header.kid === '') throw refused('its header names no key (kid)');
    const found = await keys.find(header.kid);
    if (!found) throw refused('its issuer has no key of that name (kid)');
    if (found.algorithm !== header.alg) throw refused('its algorithm (alg) is not that of the key that it names');
    return found;
  }

  /** Bounded: the oldest goes first, which at worst is verified again. */
  private keep(digest: string, accepted: Accepted): void {
    this.accepted.delete(digest);
    this.accepted.set(digest, accepted);
    if (this.accepted.size <= maxBelieved) return;
    const [oldest] = this.accepted.keys();
    if (oldest !== undefined) this.accepted.delete(oldest);
  }
}

/** Seconds: the clocks of two machines differ a little, that of the embedded issuer is ours. */
const remoteLeeway = 5;

export function createVerifier({ issuers, audience, embedded, clock = Date.now, fetch = globalThis.fetch, onIssuerFailure = () => undefined }: VerifierOptions): Verifier {
  const trusted = new Map<string, Trusted>();
  for (const issuer of issuers) trusted.set(sameIssuer(issuer), { keys: remoteKeys(issuer, fetch, clock, onIssuerFailure), leeway: remoteLeeway });
  if (embedded) trusted.set(sameIssuer(embedded.issuer), { keys: localKeys(embedded.jwks()), leeway: 0 });
  return new TokenVerifier(trusted, audience, clock);
}
