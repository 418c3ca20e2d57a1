/** A store with two people's data, the routes that read, and callers of each kind. */
import type { Actor } from '../../src/access/actor';
import { serverGrant } from '../../src/access/decide';
import type { AccessFacts } from '../../src/access/facts';
import type { Grant } from '../../src/access/grant';
import { professionalActor } from '../../src/access/keys';
import { bodyHalves } from '../../src/fhir/body';
import { isResourceType } from '../../src/fhir/definitions';
import { parseJson, type JsonObject } from '../../src/fhir/json';
import { capabilitiesRoute } from '../../src/interactions/capabilities';
import { createCursors } from '../../src/interactions/cursors';
import type { Exchange } from '../../src/interactions/exchange';
import type { Lanes } from '../../src/interactions/lane';
import { readRoutes } from '../../src/interactions/read-routes';
import { createRouter, type Route } from '../../src/interactions/routes';
import type { Services } from '../../src/interactions/services';
import { eraseRoute } from '../../src/operations/erase';
import { everythingRoutes } from '../../src/operations/everything';
import { indexEntries } from '../../src/search/indexer';
import type { ContentRef, Store } from '../../src/store/port';
import { emptyLookup, grantOf, send, type Call, type Reply as SentReply } from '../support/exchange';
import { openTestStore } from '../support/stores';

export const base = 'https://fhir.example.org/fhir';
const timeZone = 'Europe/Paris';
const limit = (value: number, setting: string) => ({ value, setting });

export const professional: Actor = { kind: 'professional', professional: '810000000001' };
export const colleague: Actor = { kind: 'professional', professional: '810000000002' };
export const operator: Actor = { kind: 'operator', name: 'test' };
/** The person whose Patient has this id. */
export const person = (id: string): Actor => ({ kind: 'patient', ins: { system: '1.2.250.1.213.1.4.10', value: id } });
export const software = (structure: string): Actor => ({ kind: 'system', structure });

export type Put = Partial<AccessFacts> & { readonly content?: ContentRef };

/** An answer with its body as JSON; undefined when it is empty or something else. */
export interface Reply extends SentReply {
  readonly json: unknown;
}
const withJson = (reply: SentReply): Reply => ({ ...reply, json: (reply.headers['Content-Type'] ?? '').includes('fhir+json') && reply.text !== '' ? reply.resource() : undefined });

/** Every task on the main thread. */
const inline: Lanes = {
  async open(task, input) {
    const { facts, session } = task.open(input);
    return { facts, finish: async (resolution) => task.finish(session, resolution), close: () => undefined };
  },
};

export interface Reading {
  readonly store: Store;
  readonly services: Services;
  /** ms UTC, moved by tests. */
  readonly time: { ahead: number };
  /** Stores a resource; owned by Patient `a` unless told otherwise. */
  put(resource: JsonObject | string, access?: Put): Promise<{ version: number; lastUpdated: number; text: string }>;
  remove(type: string, id: string): Promise<void>;
  ask(method: Exchange['method'], target: string, actor?: Actor, call?: Partial<Call>): Promise<Reply>;
  get(target: string, actor?: Actor, headers?: Record<string, string>): Promise<Reply>;
  close(): Promise<void>;
}

export const forever = { from: Number.MIN_SAFE_INTEGER, until: Number.MAX_SAFE_INTEGER };
/** The Consent by which Patient `a` closes their record, or blocks a professional. */
export const closes = (patient = 'a'): Put => ({ exposure: 'subject', owners: [patient], rules: [{ effect: 'close', patient, ...forever }] });
export const blocks = (idNatPs: string, patient = 'a'): Put => ({ exposure: 'subject', owners: [patient], rules: [{ effect: 'block', patient, actors: [professionalActor(idNatPs)], ...forever }] });
export const consent: JsonObject = { resourceType: 'Consent', id: 'consent', status: 'active' };

export async function reading(options: { readonly routes?: readonly Route[]; readonly services?: Partial<Services> } = {}): Promise<Reading> {
  const store = await openTestStore();
  const time = { ahead: 0 };
  const clock = () => Date.now() + time.ahead;
  const routes = options.routes ?? [...readRoutes, capabilitiesRoute, ...everythingRoutes, eraseRoute];
  const services: Services = {
    store, routes, baseUrl: base, baseUrls: [base], timeZone, nearDistance: 10_000, fullText: 'text', identityDomain: 'test', searchHandling: 'strict', referentialIntegrity: false, demo: false,
    version: '1.2.3', clock, serverGrant: () => serverGrant(clock()), cursors: createCursors(store, clock), deleteCascades: {},
    lanes: inline,
    limits: {
      body: limit(1_000_000, 'BODY_LIMIT'), document: limit(1_000_000, 'DOCUMENT_LIMIT'), binary: limit(1_000_000, 'BINARY_LIMIT'), entries: limit(100, 'ENTRIES_LIMIT'), conditionalDelete: limit(1, 'CONDITIONAL_DELETE_LIMIT'),
      expansion: limit(5_000, 'EXPANSION_LIMIT'), hierarchy: limit(1_000, 'HIERARCHY_LIMIT'), filter: limit(50, 'FILTER_LIMIT'), sort: limit(10_000, 'SORT_BUDGET'), history: limit(1000, 'HISTORY_BUDGET'), pageDefault: limit(20, 'PAGE_DEFAULT'), pageMax: limit(50, 'PAGE_MAX'), included: limit(1000, 'INCLUDE_LIMIT'), includeLevels: limit(10, 'INCLUDE_DEPTH'), operation: limit(100, 'OPERATION_LIMIT'),
    },
    ...options.services,
  };
  const router = createRouter(routes, services, isResourceType);
  const lookup = { ...emptyLookup, patientByIns: async ({ value }: { value: string }) => value };
  const decided = (actor: Actor): Promise<Grant> => grantOf(actor, lookup, clock());

  const ask: Reading['ask'] = async (method, target, actor = professional, call = {}) => withJson(await send(router, method, target, { grant: await decided(actor), ...call }));
  return {
    store, services, time, ask,
    async put(given, { content, ...access } = {}) {
      const resource = (typeof given === 'string' ? parseJson(given) : given) as JsonObject & { resourceType: string; id: string };
      const outcome = await store.commit({
        writes: [{
          kind: 'put', type: resource.resourceType, id: resource.id, expect: 'any', claims: [],
          body: bodyHalves(resource), entries: indexEntries(resource, { bases: [base], timeZone }),
          access: { exposure: 'owned', owners: ['a'], structures: [], ...access }, ...(content ? { content } : {}),
        }],
        guards: [],
      });
      if (outcome.kind === 'conflict' || !outcome.versions[0]) throw new Error('not written');
      return outcome.versions[0];
    },
    async remove(type, id) {
      const outcome = await store.commit({ writes: [{ kind: 'delete', type, id, expect: 'any', claims: [] }], guards: [] });
      if (outcome.kind === 'conflict') throw new Error('not deleted');
    },
    get: (target, actor, headers = {}) => ask('GET', target, actor, { headers }),
    close: () => store.close(),
  };
}

/** The path and query of a link of a Bundle, under the base. */
export function linkOf(reply: Reply, relation: string): string | undefined {
  const links = (reply.json as { link?: { relation: string; url: string }[] }).link ?? [];
  const url = links.find((link) => link.relation === relation)?.url;
  if (url !== undefined && !/^[/?]/.test(url.slice(base.length)) || url?.startsWith(base) === false) throw new Error(`a link that is not under the base: ${url}`);
  return url?.slice(base.length).replace(/^\//, '');
}

interface Entry {
  readonly fullUrl: string;
  readonly resource: { readonly resourceType: string; readonly id: string; readonly meta: { readonly versionId: string } };
  readonly search: { readonly mode: string };
}
export const entriesOf = (reply: Reply): readonly Entry[] => (reply.json as { entry?: Entry[] } | undefined)?.entry ?? [];
/** `Type/id` of every entry, in order. */
export const named = (reply: Reply): string[] => entriesOf(reply).map(({ resource }) => `${resource.resourceType}/${resource.id}`);
