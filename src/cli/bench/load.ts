/** Load from many connections: what one scenario gave in one round. */
import type { Server } from 'node:http';

/** What is used of autocannon, which has no types of its own. */
interface Autocannon {
  (options: {
    url: string; connections: number; amount: number; sampleInt: number; requests: readonly AutocannonRequest[]; headers?: Record<string, string>; timeout: number;
  }): Promise<{ requests: { total: number }; duration: number; latency: { p50: number; p99: number }; non2xx: number; errors: number; timeouts: number }>;
}
interface AutocannonRequest extends ShotRequest {
  headers?: Record<string, string>;
  setupRequest?: (request: Record<string, unknown>) => Record<string, unknown>;
}

export interface ShotRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From the root of the server. */
  readonly path: string;
  readonly body?: string;
}
export interface Shot {
  readonly headers: Readonly<Record<string, string>>;
  /** Asked anew for each request. */
  readonly next: () => ShotRequest;
}
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** milliseconds */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}
export interface LoadOptions {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly connections: number;
  /** Requests in all, however long they take. */
  readonly amount: number;
}

async function autocannon(): Promise<Autocannon> {
  const name = 'autocannon';
  return ((await import(name)) as { default: Autocannon }).default;
}

/** How exactly the end of a run is known, ms. */
const sampleInt = 10;

/** Sends the shot again and again. */
export async function fire(shot: Shot, { origin, connections, amount }: LoadOptions): Promise<LoadResult> {
  const run = await autocannon();
  const result = await run({
    url: origin, connections, amount, timeout: 60, sampleInt,
    // A copy of the headers: autocannon writes the length of the body into them, and would keep it for the next request.
    requests: [{ method: 'GET', path: '/', headers: { ...shot.headers }, setupRequest: (request) => ({ ...request, headers: { ...shot.headers }, ...shot.next() }) }],
  });
  return {
    requests: result.requests.total, seconds: result.duration, p50: result.latency.p50, p99: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
  };
}

/** `http://127.0.0.1:PORT` of a listening server. */
export function originOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}
