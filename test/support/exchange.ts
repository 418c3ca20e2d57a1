/** Requests and answers without HTTP: what a handler gets, and its answer as a test looks at it. */
import { randomUUID } from 'node:crypto';
import type { FhirResource, OperationOutcome, OperationOutcomeIssue } from 'fhir/r4';
import type { Actor } from '../../src/access/actor';
import { decide, type ActorLookup } from '../../src/access/decide';
import type { Grant } from '../../src/access/grant';
import { fail, outcomeOf, toFailure } from '../../src/fhir/failure';
import type { Answer, Exchange, RequestBody } from '../../src/interactions/exchange';
import type { Lanes } from '../../src/interactions/lane';
import { createRepresent } from '../../src/interactions/represent';
import type { Router } from '../../src/interactions/routes';

export interface Call {
  readonly grant: Grant;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as FHIR JSON; text and bytes as they are. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body as a FHIR resource. @throws when it is not JSON */
  resource<T = FhirResource>(): T;
  /** The issues, when the body is an OperationOutcome; else none. */
  readonly issues: readonly OperationOutcomeIssue[];
  readonly audit: Answer['audit'];
  /** What was thrown when it was not a Failure. */
  readonly thrown?: unknown;
}

function bodyOf(sent: unknown, contentType: string): RequestBody {
  const bytes = sent === undefined ? Buffer.alloc(0)
    : sent instanceof Uint8Array ? Buffer.from(sent) : Buffer.from(typeof sent === 'string' ? sent : JSON.stringify(sent));
  const check = (limit: { bytes: number; setting: string }): void => {
    if (bytes.length > limit.bytes) throw fail('too-large', { limit: `${limit.bytes} bytes`, setting: limit.setting });
  };
  return {
    contentType,
    bytes: async (limit) => {
      check(limit);
      return bytes;
    },
    async *stream(limit) {
      check(limit);
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

/** @param target path under the FHIR base with its query: `Patient/1?_summary=true`; '' is the base itself */
export function exchangeOf(method: Exchange['method'], target: string, { grant, headers = {}, body, signal }: Call): Exchange {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const contentType = named['content-type'] ?? (body === undefined ? '' : 'application/fhir+json');
  return {
    method, query, grant, headers: named, request: randomUUID(),
    path: path.split('/').filter((part) => part !== '').map(decodeURIComponent),
    body: bodyOf(body, contentType),
    signal: signal ?? new AbortController().signal,
  };
}

async function bytesOf(body: Answer['body']): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as string);
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part as string));
  return Buffer.concat(parts);
}

async function replyOf(answer: Answer, thrown?: unknown): Promise<Reply> {
  const bytes = await bytesOf(answer.body);
  const text = bytes.toString();
  const outcome = text.startsWith('{') ? (JSON.parse(text) as OperationOutcome) : undefined;
  return {
    status: answer.status, headers: answer.headers, text, bytes, audit: answer.audit,
    resource: <T>() => JSON.parse(text) as T,
    issues: outcome?.resourceType === 'OperationOutcome' ? outcome.issue : [],
    ...(thrown ? { thrown } : {}),
  };
}

/** Every task on the main thread. */
const inline: Lanes = {
  async open(task, input) {
    const { facts, session } = task.open(input);
    return { facts, finish: async (resolution) => task.finish(session, resolution), close: () => undefined };
  },
};
const represent = createRepresent(inline);

/** Walks a request through the router as `http` does; a failure becomes its OperationOutcome. */
export async function send(router: Router, method: Exchange['method'], target: string, call: Call): Promise<Reply> {
  const exchange = exchangeOf(method, target, call);
  try {
    return await replyOf(await represent(await router.find(method, exchange.path).handle(exchange), exchange));
  } catch (error) {
    const failure = toFailure(error, 'test');
    const answer: Answer = {
      status: failure.status, headers: { 'Content-Type': 'application/fhir+json; charset=utf-8', ...failure.headers },
      body: JSON.stringify(outcomeOf(failure.issues)), audit: { interaction: 'failure', patients: [] },
    };
    return replyOf(await represent(answer, exchange), failure.failure === 'internal' ? error : undefined);
  }
}

/** Nobody is known: for actors whose keys do not matter. */
export const emptyLookup: ActorLookup = {
  patientByIns: async () => undefined, practitioner: async () => undefined, organization: async () => undefined,
};
export const grantOf = (actor: Actor, lookup: ActorLookup = emptyLookup, moment = Date.now()): Promise<Grant> => decide(actor, lookup, moment);
