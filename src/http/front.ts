/** What is judged before the walk, from the request line and a few headers alone: nothing of it costs a usual request anything. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fail, type Failure } from '../fhir/failure.js';
import { asMade, type Represent } from '../interactions/represent.js';
import type { Cors } from './cors.js';
import { requestId } from './request-id.js';
import { failureAnswer, type Reply, type Responder } from './responder.js';
import { askedBy } from './walk.js';

export interface FrontOptions {
  readonly responder: Responder;
  /** Gives a refusal the form that the caller asked for; without it, it is JSON. */
  readonly represent?: Represent;
  readonly cors?: Cors;
  /** Most characters of a request target. */
  readonly urlLimit: number;
}

export interface Front {
  /** True where it was answered. */
  answered(request: IncomingMessage, response: ServerResponse): boolean;
  /** An `Expect` that is not `100-continue`. */
  refuseExpectation(request: IncomingMessage, response: ServerResponse): void;
}

export function createFront({ responder, represent = asMade, cors, urlLimit }: FrontOptions): Front {
  async function give(request: IncomingMessage, response: ServerResponse, reply: Reply | Promise<Reply>): Promise<void> {
    await responder.answer(response, await reply, requestId(request.headers['x-request-id']), request.method !== 'HEAD');
  }
  const answer = (request: IncomingMessage, response: ServerResponse, reply: Reply | Promise<Reply>): true => {
    void give(request, response, reply).catch(() => response.destroy());
    return true;
  };
  const inForm = async (request: IncomingMessage, failure: Failure): Promise<Reply> => represent(failureAnswer(failure), askedBy(request));
  const refuse = (request: IncomingMessage, response: ServerResponse, failure: Failure): true => answer(request, response, inForm(request, failure));
  return {
    answered(request, response) {
      if ((request.url as string).length > urlLimit) return refuse(request, response, fail('url-too-long', { limit: urlLimit, setting: 'URL_LIMIT' }));
      // Node would refuse it without a word (RFC 9112 3.2).
      if (request.headers.host === undefined && request.httpVersion === '1.1') return refuse(request, response, fail('bad-request', { reason: 'A request of HTTP/1.1 has a Host header.' }, { headers: { Connection: 'close' } }));
      const preflight = request.method === 'OPTIONS' ? cors?.preflight(request) : undefined;
      return preflight !== undefined && answer(request, response, { status: 204, headers: preflight });
    },
    refuseExpectation(request, response) {
      refuse(request, response, fail('expectation-failed', {}, { headers: { Connection: 'close' } }));
    },
  };
}
