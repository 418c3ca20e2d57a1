/** A server that takes documents, and what a test asks of it. */
import type { Parameters } from 'fhir/r4';
import type { Actor } from '../../src/access/actor';
import { readRoutes } from '../../src/interactions/read-routes';
import { writeRoutes } from '../../src/interactions/write-routes';
import { submitDocumentRoute } from '../../src/operations/submit-document';
import type { Reply } from './exchange';
import type { Resource } from './mapped';
import { expectStatus, operator, startServer, system, type ServerOptions, type TestServer } from './server';

export interface Pushed {
  readonly reply: Reply;
  readonly status: number;
  /** Id of the DocumentReference. */
  readonly document: string;
  readonly resources: readonly string[];
  readonly outcome: readonly { severity: string; diagnostics?: string }[];
}
export interface PushOptions {
  readonly as?: Actor;
  readonly contentType?: string;
  readonly query?: string;
}

export interface PushServer extends TestServer {
  push(document: string | Uint8Array, options?: PushOptions): Promise<Reply>;
  /** A push that is taken. */
  taken(document: string | Uint8Array, options?: PushOptions): Promise<Pushed>;
  /** As the operator. @throws unless it is there */
  read(reference: string): Promise<Resource>;
  statusOf(reference: string): Promise<number>;
  /** Ids of what a search finds, as the operator. */
  find(query: string, as?: Actor): Promise<string[]>;
  /** How many resources of each type there are, and how many versions of the given ones. */
  count(...types: string[]): Promise<number[]>;
}

export async function startPushServer(options: ServerOptions = {}): Promise<PushServer> {
  const server = await startServer({ routes: [...readRoutes, ...writeRoutes, submitDocumentRoute], ...options });
  const push = (document: string | Uint8Array, { as = system(), contentType = 'text/xml', query = '' }: PushOptions = {}): Promise<Reply> =>
    server.as(as)('POST', `DocumentReference/$submit-document${query}`, { body: document, headers: { 'Content-Type': contentType } });
  const ask = (path: string, as: Actor = operator): Promise<Reply> => server.as(as)('GET', path);
  return {
    ...server, push,
    async taken(document, how) {
      const reply = await push(document, how);
      if (reply.status !== 201 && reply.status !== 200) expectStatus(reply, 201);
      const parts = reply.resource<Parameters>().parameter ?? [];
      const references = (name: string): string[] => parts.filter((part) => part.name === name).map((part) => part.valueReference?.reference ?? '');
      const outcome = parts.find(({ name }) => name === 'outcome')?.resource;
      return {
        reply, status: reply.status, document: references('document')[0]?.slice('DocumentReference/'.length) ?? '', resources: references('resource'),
        outcome: outcome !== undefined && 'issue' in outcome ? (outcome.issue as Pushed['outcome']) : [],
      };
    },
    read: async (reference) => expectStatus(await ask(reference), 200).resource<Resource>(),
    statusOf: async (reference) => (await ask(reference)).status,
    async find(query, as) {
      const bundle = expectStatus(await ask(query, as), 200).resource<Resource>();
      return (bundle.entry ?? []).map(({ resource }: Resource) => resource.id);
    },
    async count(...types) {
      const counts: number[] = [];
      for (const type of types) counts.push(expectStatus(await ask(`${type}?_summary=count`), 200).resource<Resource>().total);
      return counts;
    },
  };
}
