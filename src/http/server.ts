/**
 * Express on its own terms, without its cost: Express swaps the prototype of every request and response, which makes
 * V8 drop what it learned of them. Here the http server builds both from classes whose prototypes already are
 * `app.request` and `app.response`, so that the swap changes nothing.
 */
import http from 'node:http';
import type { Express } from 'express';
import type { Front } from './front.js';

/** Copies what Express adds between `from` and Node's own prototype onto the class. */
function adopt(target: object, from: object, end: object): void {
  for (let layer: object | null = from; layer && layer !== end; layer = Object.getPrototypeOf(layer) as object | null) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(layer))) {
      if (!Object.hasOwn(target, key)) Object.defineProperty(target, key, descriptor);
    }
  }
}

/** A request line may hold the whole URL (RFC 9112 3.2.2); Express looks at the path only. */
function originForm(url: string): string {
  if (!/^https?:\/\//i.test(url)) return url;
  const path = url.indexOf('/', url.indexOf('//') + 2);
  return path < 0 ? '/' : url.slice(path);
}

/** An http server for the app (not yet listening). Mount Routers on the app, never a second app: it would swap again. */
export function createServer(app: Express, options: http.ServerOptions, front: Front): http.Server {
  class Request extends http.IncomingMessage {}
  class Response extends http.ServerResponse<Request> {}
  adopt(Request.prototype, app.request, http.IncomingMessage.prototype);
  adopt(Response.prototype, app.response, http.ServerResponse.prototype);
  app.request = Request.prototype as unknown as Express['request'];
  app.response = Response.prototype as unknown as Express['response'];
  const prototypes = { IncomingMessage: Request, ServerResponse: Response } as unknown as http.ServerOptions;
  const listener = app as unknown as http.RequestListener;
  const listen: http.RequestListener = (request, response) => {
    if (request.url !== undefined && !request.url.startsWith('/')) request.url = originForm(request.url);
    if (!front.answered(request, response)) listener(request, response);
  };
  const server = http.createServer({ ...options, ...prototypes, requireHostHeader: false }, listen);
  // Whoever waits to be asked for a body is asked when it is read (`body.ts`), after everything else was judged.
  server.on('checkContinue', listen);
  server.on('checkExpectation', (request, response) => front.refuseExpectation(request, response));
  return server;
}
