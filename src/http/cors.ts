/**
 * Browser apps of other origins (https://fetch.spec.whatwg.org/#http-cors-protocol). A token stands in a header that the
 * app sets itself: no cookie exists, so that `Access-Control-Allow-Credentials` is never sent.
 */
import type { IncomingMessage } from 'node:http';
import { readByApps, sentByApps } from '../interactions/headers.js';
import { addVary, type Head } from './head.js';

export interface Cors {
  /** Adds to the head of any answer what its origin is owed. */
  allow(head: Head, origin: string | undefined): void;
  /** Headers of the answer (204) to a preflight; undefined when it is none. */
  preflight(request: Pick<IncomingMessage, 'method' | 'headers'>): Readonly<Record<string, string>> | undefined;
}

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** What clients of the web often send beside; nothing is read from it. */
const passedOver = 'X-Requested-With';
const taken = [...sentByApps, passedOver].join(', ');
const exposed = readByApps.join(', ');
/** Seconds that a browser remembers a preflight: no browser keeps it longer. */
const maxAge = '7200';

/** @param origins `scheme://host[:port]` each, or `*` alone; none: the server does without */
export function createCors(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  const listed = new Set(origins);
  const anybody = listed.has('*');
  const allow: Cors['allow'] = (head, origin) => {
    if (!anybody) addVary(head, 'Origin');
    if (origin === undefined || !(anybody || listed.has(origin))) return;
    head['Access-Control-Allow-Origin'] = anybody ? '*' : origin;
    head['Access-Control-Expose-Headers'] = exposed;
  };
  return {
    allow,
    preflight({ method, headers }) {
      if (method !== 'OPTIONS' || headers.origin === undefined || headers['access-control-request-method'] === undefined) return undefined;
      if (!anybody && !listed.has(headers.origin)) return {};
      return { 'Access-Control-Allow-Methods': methods, 'Access-Control-Allow-Headers': taken, 'Access-Control-Max-Age': maxAge };
    },
  };
}
