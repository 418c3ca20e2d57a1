/** Tokens signed by hand, so that the verifier is judged by another signer than its own library. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength });
export const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });

export function jwt(header: Record<string, unknown>, payload: Record<string, unknown>, key: KeyObject): string {
  const text = `${part(header)}.${part(payload)}`;
  const signature = sign('sha256', Buffer.from(text), key.asymmetricKeyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' } : key);
  return `${text}.${signature.toString('base64url')}`;
}

export function hmacJwt(header: Record<string, unknown>, payload: Record<string, unknown>, secret: string | Buffer): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export const published = (key: KeyObject, more: Record<string, unknown>) => ({ ...key.export({ format: 'jwk' }), ...more });
