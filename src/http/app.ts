/** The Express application: the operator's addresses, the test issuer's documents, and the FHIR base. */
import express, { type Express, type Request, type Response } from 'express';
import type { Issuer } from '../access/issuer.js';
import { fail } from '../fhir/failure.js';
import { asMade, type Represent } from '../interactions/represent.js';
import type { Metrics } from './metrics.js';
import { healthRouter, issuerRouter, metricsRouter, type Readiness } from './operator-pages.js';
import { requestId } from './request-id.js';
import { failureAnswer, type Responder } from './responder.js';
import { askedBy, createWalk, type WalkOptions } from './walk.js';

export type App = Express;

export interface AppOptions extends WalkOptions {
  readonly metrics: Metrics;
  /** Whether this listener serves `/metrics`. */
  readonly servesMetrics: boolean;
  readonly readiness: Readiness;
  readonly responder: Responder;
  /** The embedded test issuer, when the settings name it. */
  readonly issuer?: Issuer;
}

function bareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  return app;
}

const nothingHere = (responder: Responder, represent: Represent = asMade) => async (request: Request, response: Response): Promise<void> =>
  responder.answer(response, await represent(failureAnswer(fail('unknown-route')), askedBy(request)), requestId(request.headers['x-request-id']), request.method !== 'HEAD');

/** The application of a listener of its own for the operator's tools. */
export function createMetricsApp(metrics: Metrics, responder: Responder): Express {
  const app = bareApp();
  app.use('/metrics', metricsRouter(metrics, responder));
  app.use(nothingHere(responder));
  return app;
}

/** One Express application; only Routers are mounted on it (see `server.ts`). */
export function createApp(options: AppOptions): Express {
  const app = bareApp();
  const walk = createWalk(options);
  app.use('/fhir', (request: Request, response: Response) => walk(request, response));
  app.use('/health', healthRouter(options.readiness, options.responder));
  if (options.servesMetrics) app.use('/metrics', metricsRouter(options.metrics, options.responder));
  if (options.issuer) app.use('/auth', issuerRouter(options.issuer, options.responder));
  app.use(nothingHere(options.responder, options.represent));
  return app;
}
