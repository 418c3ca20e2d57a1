/** The Express application: the operator's addresses, the test issuer's documents, and the FHIR base. */
import express, { type Express, type Request, type Response } from 'express';
import type { Issuer } from '../access/issuer.js';
import { fail } from '../fhir/failure.js';
import { newId } from '../fhir/id.js';
import type { Metrics } from './metrics.js';
import { healthRouter, issuerRouter, metricsRouter, type Readiness } from './operator-pages.js';
import { failureAnswer, type Responder } from './responder.js';
import { createWalk, type WalkOptions } from './walk.js';

export interface AppOptions extends WalkOptions {
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly responder: Responder;
  /** The embedded test issuer, when the settings name it. */
  readonly issuer?: Issuer;
}

/** One Express application; only Routers are mounted on it (see `server.ts`). */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const walk = createWalk(options);
  app.use('/fhir', (request: Request, response: Response) => walk(request, response));
  app.use('/health', healthRouter(options.readiness));
  app.use('/metrics', metricsRouter(options.metrics));
  if (options.issuer) app.use('/auth', issuerRouter(options.issuer));
  app.use((_request: Request, response: Response) => options.responder.answer(response, failureAnswer(fail('unknown-route')), newId(), true));
  return app;
}
