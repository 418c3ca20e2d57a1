/**
 * The headers that requests are read by and that answers bear: one table, from which types are made (a header that is not here
 * can neither be read nor sent) and what apps of other origins are told (`http/cors.ts`).
 */
import type { FailureHeader } from '../fhir/failure.js';

/** Lower case, as Node tells them, and as the standards write them. Those that the client's HTTP library sets by itself are read in `http` alone. */
export const requestHeaders = {
  accept: 'Accept', authorization: 'Authorization', 'content-encoding': 'Content-Encoding', 'content-type': 'Content-Type', 'if-match': 'If-Match', 'if-modified-since': 'If-Modified-Since',
  'if-none-exist': 'If-None-Exist', 'if-none-match': 'If-None-Match', 'if-range': 'If-Range', 'if-unmodified-since': 'If-Unmodified-Since', prefer: 'Prefer', range: 'Range',
  'x-provenance': 'X-Provenance', 'x-request-id': 'X-Request-Id', 'x-security-context': 'X-Security-Context',
} as const;
export type RequestHeaders = Readonly<{ [name in keyof typeof requestHeaders]?: string | undefined }>;

/** Whether a script of another origin reads it only when it is exposed, and has a use for it. */
export const answerHeaders = {
  'Accept-Encoding': true, 'Accept-Patch': true, 'Accept-Ranges': true, Allow: true, 'Content-Disposition': true, 'Content-Location': true, 'Content-Range': true, ETag: true, 'Last-Modified': true,
  Location: true, 'Preference-Applied': true, 'Repr-Digest': true, 'Retry-After': true, 'WWW-Authenticate': true, 'X-Request-Id': true,
  // Always readable (https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name), or for connections, caches and browsers.
  'Cache-Control': false, Connection: false, 'Content-Length': false, 'Content-Security-Policy': false, 'Content-Type': false, Vary: false, 'X-Content-Type-Options': false,
} as const satisfies Readonly<Record<FailureHeader, boolean>> & Readonly<Record<string, boolean>>;
type AnswerHeader = keyof typeof answerHeaders;
export type AnswerHeaders = Readonly<{ [name in AnswerHeader]?: string }>;

/** What a preflight lets apps send. */
export const sentByApps: readonly string[] = Object.values(requestHeaders);
/** What apps may read. */
export const readByApps: readonly string[] = (Object.keys(answerHeaders) as AnswerHeader[]).filter((name) => answerHeaders[name]);
