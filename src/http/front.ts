/** What is judged before the walk, from the request line and a few headers alone: nothing of it costs a usual request anything. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fail } from '../fhir/failure.js';
import type { Cors } from './cors.js';
import { requestId } from './request-id.js';
import { failureAnswer, type Reply, type Responder } from './responder.js';

export interface FrontOptions {
  readonly responder: Responder;
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

export function createFront({ responder, cors, urlLimit }: FrontOptions): Front {
  const answer = (request: IncomingMessage, response: ServerResponse, reply: Reply): true => {
    void responder.answer(response, reply, requestId(request.headers['x-request-id']), request.method !== 'HEAD').catch(() => response.destroy());
    return true;
  };
  return {
    answered(request, response) {
      if ((request.url as string).length > urlLimit) return answer(request, response, failureAnswer(fail('url-too-long', { limit: urlLimit, setting: 'URL_LIMIT' })));
      const preflight = request.method === 'OPTIONS' ? cors?.preflight(request) : undefined;
      return preflight !== undefined && answer(request, response, { status: 204, headers: preflight });
    },
    refuseExpectation(request, response) {
      answer(request, response, failureAnswer(fail('expectation-failed', {}, { headers: { Connection: 'close' } })));
    },
  };
}
