/**
 * The route table: one row for each interaction or operation. `http` asks {@link createRouter} which row serves a
 * request; `metadata` is built from the same rows, so that it never promises more than there is.
 *
 * FHIR R4 RESTful API: https://hl7.org/fhir/R4/http.html
 */
import { fail } from '../fhir/failure.js';
import { applied, preferOf } from './answers.js';
import type { Answer, Exchange } from './exchange.js';
import { representationOf } from './negotiate.js';
import { isStrict } from './parameters.js';
import type { Services } from './services.js';

export type Method = Exchange['method'];
export type Handler = (exchange: Exchange, services: Services) => Promise<Answer>;

/**
 * A segment of a pattern: `:type`, `:id` and `:version` stand for any resource type, id and version; anything else for
 * itself ('_history', '$everything', 'DocumentReference').
 */
export type Segment = ':type' | ':id' | ':version' | (string & {});

export interface Route {
  readonly method: Exclude<Method, 'HEAD'>;
  readonly pattern: readonly Segment[];
  /** FHIR interaction code (https://hl7.org/fhir/R4/valueset-restful-interaction.html) or `$name` of an operation. */
  readonly interaction: string;
  readonly level: 'system' | 'type' | 'instance';
  readonly handler: Handler;
  /** Served without a token. */
  readonly public?: boolean;
  /** `any`: the handler chooses its media type itself (Binary); otherwise FHIR is what there is to accept. */
  readonly produces?: 'fhir' | 'any';
  /** Only where a setting offers it. */
  readonly offeredBy?: { readonly setting: string; readonly isOn: (services: Services) => boolean };
  /** Only on an operation: canonical URL of its definition and a word of documentation, told in metadata. */
  readonly operation?: { readonly definition: string; readonly documentation?: string };
}

export interface FoundRoute {
  readonly interaction: string;
  readonly public: boolean;
  readonly handle: (exchange: Exchange) => Promise<Answer>;
}

export interface Router {
  /** HEAD is served by the row of GET. @throws Failure unknown-type, unknown-route, method-not-allowed (with Allow) */
  find(method: Method, path: readonly string[]): FoundRoute;
}

export const isOffered = ({ offeredBy }: Route, services: Services): boolean => offeredBy === undefined || offeredBy.isOn(services);

const variables = new Set<Segment>([':type', ':id', ':version']);
const typeName = /^[A-Z][A-Za-z]*$/;

function fits(segment: Segment, given: string): boolean {
  if (segment === ':type') return typeName.test(given);
  if (segment === ':id' || segment === ':version') return !given.startsWith('$') && !given.startsWith('_');
  return segment === given;
}
const matches = ({ pattern }: Route, path: readonly string[]): boolean => pattern.every((segment, at) => fits(segment, path[at] ?? ''));
const literals = (route: Route): number => route.pattern.filter((segment) => !variables.has(segment)).length;

/** Whoever said how to handle unknown parameters learns that it was heeded. */
async function preferring(answering: Promise<Answer>, exchange: Exchange): Promise<Answer> {
  const answer = await answering;
  const { handling } = preferOf(exchange);
  return handling === undefined ? answer : { ...answer, headers: applied(answer.headers, `handling=${handling}`) };
}

/** Fails early when two rows claim the same requests. */
function refuseTwins(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const { method, pattern } of routes) {
    const key = `${method} ${pattern.join('/')}`;
    if (seen.has(key)) throw new TypeError(`Two routes for ${key}`);
    seen.add(key);
  }
}

/**
 * @param routes every row; the order does not matter, the row with the most literal segments wins
 * @param isType whether a name is a resource type of R4
 */
export function createRouter(
  routes: readonly Route[],
  services: Services,
  isType: (name: string) => boolean,
): Router {
  refuseTwins(routes);
  const byLength = new Map<number, Route[]>();
  for (const route of [...routes].sort((a, b) => literals(b) - literals(a))) {
    const rows = byLength.get(route.pattern.length) ?? [];
    rows.push(route);
    byLength.set(route.pattern.length, rows);
  }
  const found = new Map<Route, FoundRoute>(
    routes.map((route) => [route, {
      interaction: route.interaction,
      public: route.public ?? false,
      handle: (exchange) => {
        // Before anything is done: whoever takes no format of ours must not have written.
        if (route.produces !== 'any') representationOf(exchange, isStrict(exchange, services));
        return exchange.headers['prefer'] === undefined ? route.handler(exchange, services) : preferring(route.handler(exchange, services), exchange);
      },
    }]),
  );

  function refuse(method: Method, path: readonly string[], rows: readonly Route[]): never {
    const type = path[0];
    if (type !== undefined && typeName.test(type) && !isType(type)) throw fail('unknown-type', { type: type.slice(0, 64) });
    if (rows.length === 0) throw fail('unknown-route');
    const offered = new Set<string>(rows.filter((row) => isOffered(row, services)).map((row) => row.method));
    if (offered.has('GET')) offered.add('HEAD');
    const allowed = [...offered].sort().join(', ');
    const setting = rows.find((row) => row.method === method)?.offeredBy?.setting;
    if (setting !== undefined) throw fail('not-switched-on', { method, setting, allowed }, { headers: { Allow: allowed } });
    throw fail('method-not-allowed', { method, allowed }, { headers: { Allow: allowed } });
  }

  return {
    find(method, path) {
      if (path.some((segment) => segment.includes('\0'))) throw fail('bad-request', { reason: 'The path of the URL holds the character U+0000.' });
      const rows = byLength.get(path.length) ?? [];
      const asked = method === 'HEAD' ? 'GET' : method;
      const route = rows.find((row) => row.method === asked && matches(row, path));
      const typed = route?.pattern[0] === ':type';
      if (!route || !isOffered(route, services) || (typed && !isType(path[0] ?? ''))) refuse(method, path, rows.filter((row) => matches(row, path)));
      return found.get(route) as FoundRoute;
    },
  };
}
