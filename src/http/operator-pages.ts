/** Addresses for the operator's tools: liveness, readiness, metrics, and the test issuer's public documents. */
import { Router, type Response } from 'express';
import type { Metrics } from './metrics.js';

export interface Readiness {
  /** Rejects with the cause when the server cannot serve. */
  check(): Promise<void>;
  /** Set once a shutdown began. */
  stopping: boolean;
}

const json = (response: Response, status: number, value: unknown): void => {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
};

/** `/health/live` answers while the process runs; `/health/ready` only while requests can be served. */
export function healthRouter(readiness: Readiness): Router {
  const router = Router();
  router.get('/live', (_request, response) => json(response, 200, { status: 'alive' }));
  router.get('/ready', async (_request, response) => {
    if (readiness.stopping) return json(response, 503, { status: 'stopping' });
    try {
      await readiness.check();
      json(response, 200, { status: 'ready' });
    } catch (error) {
      json(response, 503, { status: 'not ready', cause: error instanceof Error ? error.message : 'unknown' });
    }
  });
  return router;
}

export function metricsRouter({ registry }: Metrics): Router {
  const router = Router();
  router.get('/', async (_request, response) => {
    const text = await registry.metrics();
    response.writeHead(200, { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' });
    response.end(text);
  });
  return router;
}

/** The embedded issuer as the world sees it: discovery document and public keys. */
export function issuerRouter(issuer: { discovery(): unknown; jwks(): unknown }): Router {
  const router = Router();
  router.get('/.well-known/openid-configuration', (_request, response) => json(response, 200, issuer.discovery()));
  router.get('/jwks', (_request, response) => json(response, 200, issuer.jwks()));
  return router;
}
