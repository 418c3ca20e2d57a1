/** An entry that is served through the route table, under the grant of the whole Bundle. */
import { isResourceType } from '../../fhir/definitions.js';
import { fail } from '../../fhir/failure.js';
import { fhirJson, httpDate } from '../answers.js';
import type { Answer, Exchange, RequestBody } from '../exchange.js';
import { createRouter, type Router } from '../routes.js';
import type { Services } from '../services.js';
import type { EntryFacts } from './bundle-task.js';
import type { EntryTarget } from './entry-request.js';

const routers = new WeakMap<Services, Router>();
/** Made once for each set of services, on first use: the route table holds the Bundle's own route too. */
function routerOf(services: Services): Router {
  const router = routers.get(services) ?? createRouter(services.routes, services, isResourceType);
  routers.set(services, router);
  return router;
}

function bodyOf(text: string): RequestBody {
  const bytes = Buffer.from(text);
  return {
    contentType: text === '' ? '' : 'application/fhir+json',
    bytes: async () => bytes,
    async *stream() { yield bytes; },
  };
}

function headersOf(entry: EntryFacts, outer: Exchange): Exchange['headers'] {
  return {
    accept: 'application/fhir+json', prefer: outer.headers['prefer'],
    'if-match': entry.ifMatch, 'if-none-match': entry.ifNoneMatch, 'if-modified-since': entry.ifModifiedSince === undefined ? undefined : httpDate(Date.parse(entry.ifModifiedSince)), 'if-none-exist': entry.ifNoneExist,
  };
}

/** Whether the entry only asks: GET, unless it has its answer stored (`$document`), and search by POST. */
export const onlyAsks = ({ method, path, query }: EntryTarget): boolean => (method === 'GET' && !/(?:^|&)persist=true(?:&|$)/.test(query)) || method === 'HEAD' || (method === 'POST' && path.at(-1) === '_search');

/** A search by POST has its parameters in the URL of the entry; HEAD is a GET whose answer stays without a body. */
const byGet = ({ method, path, query }: EntryTarget): EntryTarget => {
  const search = method === 'POST' && path.at(-1) === '_search';
  return { kind: 'other', method: search || method === 'HEAD' ? 'GET' : method, path: search ? path.slice(0, -1) : path, query };
};

export interface InnerAnswer extends Omit<Answer, 'body'> {
  /** FHIR JSON, '' when there is none. */
  readonly text: string;
}

/** @throws Failure too-costly when the answer is larger than a body may be */
async function textOfAnswer({ body, headers }: Answer, { limits }: Services): Promise<string> {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  if (!(headers['Content-Type'] ?? '').startsWith(fhirJson.split(';')[0] as string)) throw fail('too-costly', { reason: 'This answer is not FHIR JSON, so it has no place in a Bundle. Ask for it alone.' });
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const parts: string[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > limits.body.value) throw fail('too-costly', { reason: `This answer is larger than a body may be (${limits.body.setting}). Ask for it alone.` });
    parts.push(typeof part === 'string' ? part : Buffer.from(part).toString());
  }
  return parts.join('');
}

/** Refuses what the route table does not offer, before anything is done. @throws Failure unknown-route, unknown-type, method-not-allowed */
export function requireRoute(target: EntryTarget, services: Services): void {
  const { method, path } = byGet(target);
  routerOf(services).find(method, path);
}

/** Serves one entry. @param text of its resource, for an operation */
export async function serve(entry: EntryFacts, target: EntryTarget, outer: Exchange, services: Services, text = ''): Promise<InnerAnswer> {
  const { method, path, query } = byGet(target);
  const exchange: Exchange = { ...outer, method, path, query, headers: headersOf(entry, outer), body: bodyOf(text) };
  const answer = await routerOf(services).find(method, path).handle(exchange);
  const { status, headers, audit, of } = answer;
  return { status, headers, audit, ...(of ? { of } : {}), text: target.method === 'HEAD' ? '' : await textOfAnswer(answer, services) };
}
