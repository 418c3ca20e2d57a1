/** The one place that writes a response: an Answer, or the OperationOutcome of a Failure. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { outcomeOf, type Failure } from '../fhir/failure.js';
import type { Answer } from '../interactions/exchange.js';

export const fhirJson = 'application/fhir+json; charset=utf-8';

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

/** @param constant headers of every response (see `security-headers.ts`) */
export function createResponder(constant: Readonly<Record<string, string>>): Responder {
  return {
    async answer(response, { status, headers, body }, request, withBody) {
      if (response.destroyed) return;
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
