/**
 * The walk of one FHIR request: find the interaction, learn who asks, decide, handle, write the audit record, answer.
 * Everything that is thrown on the way becomes one OperationOutcome here, and nowhere else.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Actor } from '../access/actor.js';
import type { AuditRecord } from '../access/audit-record.js';
import type { Grant } from '../access/grant.js';
import { fail, Failure, toFailure } from '../fhir/failure.js';
import { isId } from '../fhir/id.js';
import { isMatricule } from '../identity/ins.js';
import type { Answer, AuditFacts, Exchange } from '../interactions/exchange.js';
import type { Represent } from '../interactions/represent.js';
import type { FoundRoute } from '../interactions/routes.js';
import type { BodyReader } from './body.js';
import { requestId } from './request-id.js';
import type { Metrics } from './metrics.js';
import { failureAnswer, type Responder } from './responder.js';
import type { Traffic } from './traffic.js';

export interface WalkOptions {
  /** @throws Failure unknown-type, unknown-route, method-not-allowed */
  findRoute(method: Exchange['method'], path: readonly string[]): FoundRoute;
  /** @throws Failure no-token, bad-token, token-expired */
  authenticate(authorization: string | undefined): Promise<Actor>;
  decide(actor: Actor): Promise<Grant>;
  readonly bodyOf: BodyReader;
  /** For routes served to everyone. */
  anonymous(): Grant;
  audit(record: AuditRecord): Promise<void>;
  /** Ids of the Patients whom a resource belongs to, whoever may see it: for the audit record of a refusal. */
  owners(type: string, id: string): Promise<readonly string[]>;
  readonly responder: Responder;
  /** Gives an answer the form that the caller asked for. */
  readonly represent: Represent;
  readonly metrics: Metrics;
  readonly maxInFlight: number;
  readonly traffic: Traffic;
  /** Whether the server is stopping: its last answers then end their connections. */
  stopping(): boolean;
  /** @param reference what the answer names it by */
  logFailure(request: IncomingMessage, reference: string, thrown: unknown, interaction: string): void;
}

/** `/Patient/1?x=y`, as Express leaves it under the FHIR base, to decoded segments and the raw query. @throws Failure bad-request */
function readTarget(url: string): { path: string[]; query: string } {
  const mark = url.indexOf('?');
  const raw = mark < 0 ? url : url.slice(0, mark);
  try {
    const parts = raw.split('/').filter((part) => part !== '');
    return { path: raw.includes('%') ? parts.map(decodeURIComponent) : parts, query: mark < 0 ? '' : url.slice(mark + 1) };
  } catch {
    throw fail('bad-request', { reason: 'The path of the URL is not percent-encoded UTF-8.' });
  }
}

/** What an answer's form depends on: known also where nothing else of the request can be read. */
export function askedBy({ url = '', headers }: IncomingMessage): Pick<Exchange, 'headers' | 'query'> {
  const mark = url.indexOf('?');
  return { headers: headers as Exchange['headers'], query: mark < 0 ? '' : url.slice(mark + 1) };
}

/** What the store itself tells, as a sentence before others. */
const causeOf = (thrown: unknown): string => (thrown instanceof Failure && thrown.failure === 'unavailable' ? `${thrown.message} ` : '');

function auditActor(grant: Grant): AuditRecord['actor'] {
  const { actor, reach } = grant;
  if (actor.kind === 'patient') return { kind: actor.kind, ...(reach.kind === 'patient' && reach.patient ? { patient: reach.patient } : {}) };
  if (actor.kind === 'professional') return { kind: actor.kind, id: actor.professional };
  return actor.kind === 'system' ? { kind: actor.kind, id: actor.structure } : { kind: actor.kind };
}

function hangUpOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  // 'close' comes after every answer too, and an abort makes an error with its stack.
  const closed = (): void => { if (!response.writableFinished) controller.abort(); };
  if (response.closed) closed();
  else response.once('close', closed);
  return controller.signal;
}

/**
 * Its signal is made when it is asked for: most requests are answered before anybody would listen to it. A class, because V8 gives
 * every object literal with an accessor a shape of its own.
 */
class ServedExchange implements Exchange {
  private hangUp: AbortSignal | undefined;
  constructor(
    readonly method: Exchange['method'], readonly path: readonly string[], readonly query: string, readonly headers: Exchange['headers'],
    readonly body: Exchange['body'], readonly grant: Grant, readonly request: string, private readonly response: ServerResponse,
  ) {}
  get signal(): AbortSignal {
    return (this.hangUp ??= hangUpOf(this.response));
  }
}

/** Node keeps the first of several and is silent of the others; what else is on the way may go by the last. @throws Failure bad-request */
function credentialsOf({ headers: { authorization }, rawHeaders }: IncomingMessage): string | undefined {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 13 && name.toLowerCase() === 'authorization') seen++;
  }
  if (seen > 1) throw fail('bad-request', { reason: 'The request has several Authorization headers.' });
  return authorization;
}

/** A handler for everything under the FHIR base. */
export function createWalk(options: WalkOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { metrics, responder, represent, traffic } = options;

  async function exchangeOf(request: IncomingMessage, response: ServerResponse, id: string) {
    // A method that no row serves is refused by the rows of that address.
    const method = (request.method ?? '') as Exchange['method'];
    const { path, query } = readTarget(request.url ?? '/');
    const route = options.findRoute(method, path);
    const grant = route.public ? options.anonymous() : await options.decide(await options.authenticate(credentialsOf(request)));
    const exchange: Exchange = new ServedExchange(method, path, query, request.headers as Exchange['headers'], options.bodyOf(request, response), grant, id, response);
    return { route, exchange };
  }

  function failed(request: IncomingMessage, thrown: unknown, id: string, interaction: string, hungUp: boolean): Failure {
    const failure = toFailure(thrown, id);
    if (failure.status >= 500 && !hungUp) options.logFailure(request, id, thrown, interaction);
    if (failure.status === 401) metrics.refusedToken();
    return failure;
  }

  /** What a refused request was about, so that a person can be told who was refused. */
  async function refusedAudit({ path: [type = '', id = ''] }: Exchange, { concerns }: Failure): Promise<AuditFacts> {
    if (!isId(id) || isMatricule(id)) return { interaction: 'failure', patients: concerns };
    return { interaction: 'failure', type, id, patients: [...new Set([...concerns, ...(await options.owners(type, id))])] };
  }

  async function serve(request: IncomingMessage, response: ServerResponse, id: string): Promise<{ answer: Answer; interaction: string }> {
    let interaction = 'unknown';
    let exchange: Exchange | undefined;
    let answer: Answer;
    let failure: Failure | undefined;
    let decided = false;
    try {
      const found = await exchangeOf(request, response, id);
      ({ exchange } = found);
      interaction = found.route.interaction;
      decided = !found.route.public;
      answer = await represent(await found.route.handle(exchange), exchange);
      if (decided) ({ interaction } = answer.audit);
    } catch (thrown) {
      failure = failed(request, thrown, id, interaction, exchange?.signal.aborted ?? false);
      answer = await represent(failureAnswer(failure), askedBy(request));
    }
    // A request that nobody decided on (no route, no token, served to everyone) touched no data: it is counted, not audited.
    if (!exchange || !decided) return { answer, interaction };
    const { status } = answer;
    try {
      const audit = failure ? await refusedAudit(exchange, failure) : answer.audit;
      await options.audit({
        at: Date.now(), actor: auditActor(exchange.grant), interaction, patients: audit.patients, status, request: id,
        ...(audit.type ?? exchange.path[0] ? { type: audit.type ?? exchange.path[0] ?? '' } : {}),
        ...(audit.id ? { id: audit.id } : {}),
      });
    } catch (thrown) {
      options.logFailure(request, id, thrown, 'audit');
      answer = await represent(failureAnswer(fail('audit-unavailable', { reason: causeOf(thrown) }, { headers: { 'Retry-After': '5' } })), askedBy(request));
    }
    return { answer, interaction };
  }

  return async function walk(request, response) {
    const started = performance.now();
    const id = requestId(request.headers['x-request-id']);
    if (traffic.count >= options.maxInFlight) {
      const busy = fail('unavailable', { reason: 'The server is busy (MAX_IN_FLIGHT).' }, { headers: { 'Retry-After': '1' } });
      return responder.answer(response, await represent(failureAnswer(busy), askedBy(request)), id, request.method !== 'HEAD');
    }
    traffic.enter();
    metrics.inFlight.set(traffic.count);
    if (options.stopping()) response.shouldKeepAlive = false;
    try {
      const { answer, interaction } = await serve(request, response, id);
      await responder.answer(response, answer, id, request.method !== 'HEAD');
      metrics.served(interaction, answer.status, (performance.now() - started) / 1000);
    } catch (thrown) {
      // The client hung up, or the bytes failed halfway: the status is already out, so the connection is all there is to end.
      response.destroy();
      if (!request.destroyed) options.logFailure(request, id, thrown, 'response');
    } finally {
      traffic.leave();
      metrics.inFlight.set(traffic.count);
    }
  };
}
