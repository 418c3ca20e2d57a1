/** The one place that writes a response: an Answer, or the OperationOutcome of a Failure. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { outcomeOf, type Failure } from '../fhir/failure.js';
import { fhirJson } from '../interactions/answers.js';
import type { Answer } from '../interactions/exchange.js';

export interface Responder {
  /** Resolves when the last byte was handed over, or the client hung up. */
  answer(response: ServerResponse, answer: Answer, request: string, withBody: boolean): Promise<void>;
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

/** @param constant headers of every response (see `security-headers.ts`) */
export function createResponder(constant: Readonly<Record<string, string>>): Responder {
  return {
    async answer(response, { status, headers, body: given }, request, withBody) {
      if (response.destroyed) return;
      const body = typeof given === 'string' && given.length > longText ? piecesOf(given) : given;
      const head: Record<string, string | number> = { ...constant, 'X-Request-Id': request, ...headers };
      if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
        const bytes = body === undefined ? 0 : Buffer.byteLength(body);
        if (status !== 304 && status !== 204) head['Content-Length'] ??= bytes;
        response.writeHead(status, head);
        response.end(withBody && bytes > 0 ? body : undefined);
        return;
      }
      response.writeHead(status, head);
      if (!withBody) {
        response.end();
        return;
      }
      await pipeline(Readable.from(body, { objectMode: false }), response);
    },
  };
}
