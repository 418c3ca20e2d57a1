/** The one place that writes a response: an Answer, or the OperationOutcome of a Failure. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { outcomeOf, type Failure } from '../fhir/failure.js';
import { fhirJson } from '../interactions/answers.js';
import type { Answer } from '../interactions/exchange.js';
import type { Compression } from './compression.js';
import type { Cors } from './cors.js';
import type { Head } from './head.js';

export type Reply = Pick<Answer, 'status' | 'headers' | 'body'>;

export interface Responder {
  /** Resolves when the last byte was handed over, or the client hung up. */
  answer(response: ServerResponse, answer: Reply, request: string, withBody: boolean): Promise<void>;
}

export interface ResponderOptions {
  /** Headers of every response (see `security-headers.ts`). */
  readonly constant: Readonly<Record<string, string>>;
  readonly compression: Compression;
  readonly cors?: Cors;
}

/** The answer that a failure makes. */
export function failureAnswer(failure: Failure): Answer {
  return {
    status: failure.status,
    headers: { 'Content-Type': fhirJson, ...failure.headers },
    body: JSON.stringify(outcomeOf(failure.issues)),
    audit: { interaction: 'failure', patients: [] },
  };
}

/** Characters of a text that are encoded at once: a longer one would hold the event loop. */
const piece = 256 * 1024;
const longText = 1024 * 1024;

/** A long text as bytes, piece by piece; no character is cut in two. */
async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(Math.min(at + piece, text.length) - 1);
    const end = at + piece - (unit >= 0xd800 && unit < 0xdc00 ? 1 : 0);
    yield Buffer.from(text.slice(at, end));
    at = end;
    await breathe();
  }
}

type Whole = string | Uint8Array;

/** How long, and for how many bytes, whoever is still sending is listened to. */
const patience = { ms: 2000, bytes: 16 * 1024 * 1024 };

/**
 * An answer to a request that is still arriving, on a connection that ends with it: were it closed at once, the reset
 * would reach the client before the answer.
 */
function endLate(response: ServerResponse, payload: Whole | undefined): void {
  const { req: request } = response;
  let left = patience.bytes;
  const end = (): void => {
    clearTimeout(timer);
    request.removeListener('data', count);
    response.end();
  };
  const count = (chunk: Uint8Array): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  const timer = setTimeout(end, patience.ms);
  response.flushHeaders();
  if (payload !== undefined) response.write(payload);
  request.once('end', end).once('close', end).on('data', count).resume();
}
const isWhole = (body: Answer['body']): body is Whole | undefined => body === undefined || typeof body === 'string' || body instanceof Uint8Array;
const byteLength = (body: Whole | undefined): number => (body === undefined ? 0 : Buffer.byteLength(body));

export function createResponder({ constant, compression, cors }: ResponderOptions): Responder {
  async function sendWhole(response: ServerResponse, status: number, head: Head, body: Whole | undefined, withBody: boolean): Promise<void> {
    const bytes = byteLength(body);
    const gzip = bytes > 0 && compression.chosen(head, bytes, response.req.headers['accept-encoding']);
    const sent = gzip && withBody ? await compression.whole(body as Whole) : body;
    if (!gzip) {
      if (status !== 304 && status !== 204) head['Content-Length'] ??= bytes;
    } else if (withBody) head['Content-Length'] = byteLength(sent);
    if (response.destroyed) return;
    response.writeHead(status, head);
    const payload = withBody && bytes > 0 ? sent : undefined;
    if (response.req.complete || response.shouldKeepAlive) response.end(payload);
    else endLate(response, payload);
  }

  async function sendStream(response: ServerResponse, status: number, head: Head, body: AsyncIterable<Uint8Array | string>, withBody: boolean): Promise<void> {
    const gzip = compression.chosen(head, Number(head['Content-Length'] ?? Infinity), response.req.headers['accept-encoding']);
    response.writeHead(status, head);
    if (!withBody) response.end();
    else if (gzip) await pipeline(Readable.from(body, { objectMode: false }), compression.stream(), response);
    else await pipeline(Readable.from(body, { objectMode: false }), response);
  }

  return {
    async answer(response, { status, headers, body }, request, withBody) {
      if (response.destroyed) return;
      const head: Head = { ...constant, 'X-Request-Id': request, ...headers };
      cors?.allow(head, response.req.headers.origin);
      if (!isWhole(body)) return sendStream(response, status, head, body, withBody);
      if (typeof body === 'string' && body.length > longText) return sendStream(response, status, head, piecesOf(body), withBody);
      return sendWhole(response, status, head, body, withBody);
    },
  };
}
