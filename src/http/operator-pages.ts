/** Addresses for the operator's tools: liveness, readiness, metrics, and the test issuer's public documents. */
import { Router, type Response } from 'express';
import { requestId } from './request-id.js';
import type { Metrics } from './metrics.js';
import type { Reply, Responder } from './responder.js';

export interface Readiness {
  /** Rejects with the cause when the server cannot serve. */
  check(): Promise<void>;
  /** Set once a shutdown began. */
  stopping: boolean;
}

const momentary = { 'Cache-Control': 'no-store' };
/** Keys and addresses change seldom, and not without notice. */
const published = { 'Cache-Control': 'public, max-age=300' };
const json = (status: number, value: unknown, cache: Readonly<Record<string, string>> = momentary): Reply =>
  ({ status, headers: { 'Content-Type': 'application/json; charset=utf-8', ...cache }, body: JSON.stringify(value) });

/** A page for GET and HEAD. */
const page = (responder: Responder, make: () => Reply | Promise<Reply>) => async ({ method, headers }: { method: string; headers: NodeJS.Dict<string | string[]> }, response: Response): Promise<void> =>
  responder.answer(response, await make(), requestId(headers['x-request-id']), method !== 'HEAD');

/** `/health/live` answers while the process runs; `/health/ready` (and `/health`) only while requests can be served. */
export function healthRouter(readiness: Readiness, responder: Responder): Router {
  const router = Router();
  const ready = async (): Promise<Reply> => {
    if (readiness.stopping) return json(503, { status: 'stopping' });
    try {
      await readiness.check();
      return json(200, { status: 'ready' });
    } catch (error) {
      return json(503, { status: 'not ready', cause: error instanceof Error ? error.message : 'unknown' });
    }
  };
  router.get('/live', page(responder, () => json(200, { status: 'alive' })));
  router.get(['/', '/ready'], page(responder, ready));
  return router;
}

export function metricsRouter({ registry }: Metrics, responder: Responder): Router {
  const router = Router();
  router.get('/', page(responder, async () => ({ status: 200, headers: { 'Content-Type': registry.contentType, ...momentary }, body: await registry.metrics() })));
  return router;
}

/** The embedded issuer as the world sees it: discovery document and public keys. */
export function issuerRouter(issuer: { discovery(): unknown; jwks(): unknown }, responder: Responder): Router {
  const router = Router();
  router.get('/.well-known/openid-configuration', page(responder, () => json(200, issuer.discovery(), published)));
  router.get('/jwks', page(responder, () => json(200, issuer.jwks(), published)));
  return router;
}
