/** The server without HTTP: a real store, the routes, and a grant for each kind of caller. */
import { join } from 'node:path';
import type { Actor } from '../../src/access/actor';
import { decide, serverGrant } from '../../src/access/decide';
import { isResourceType } from '../../src/fhir/definitions';
import { documentDeleteCascade } from '../../src/documents/delete-cascade';
import { actorLookup } from '../../src/identity/actor-lookup';
import { createCursors } from '../../src/interactions/cursors';
import type { Exchange } from '../../src/interactions/exchange';
import { createLanes } from '../../src/interactions/lanes';
import { readRoutes } from '../../src/interactions/read-routes';
import { createRouter, type Route } from '../../src/interactions/routes';
import type { Services } from '../../src/interactions/services';
import { writeRoutes } from '../../src/interactions/write-routes';
import type { Store } from '../../src/store/port';
import { send, type Reply } from './exchange';
import { openTestStore } from './stores';

export const testIns = 'urn:oid:1.2.250.1.213.1.4.10';
/** Callers, by their kind. */
export const operator: Actor = { kind: 'operator', name: 'test' };
export const system = (structure = '1010000001'): Actor => ({ kind: 'system', structure });
export const professional = (idNatPs = '810000000001', structure?: string): Actor => ({ kind: 'professional', professional: idNatPs, ...(structure ? { structure } : {}) });
export const patient = (value: string): Actor => ({ kind: 'patient', ins: { system: testIns, value } });

export interface TestServer {
  readonly store: Store;
  readonly services: Services;
  /** One request, decided anew as every request is. */
  as(actor: Actor): (method: Exchange['method'], target: string, call?: { headers?: Record<string, string>; body?: unknown }) => Promise<Reply>;
  close(): Promise<void>;
}

const limit = (value: number, setting: string) => ({ value, setting });

export interface ServerOptions {
  readonly services?: Partial<Services>;
  readonly routes?: readonly Route[];
  /** Bytes over which bodies go to a parse thread. */
  readonly threshold?: number;
}

export async function startServer({ services: given = {}, routes = [...readRoutes, ...writeRoutes], threshold }: ServerOptions = {}): Promise<TestServer> {
  const domain = given.identityDomain ?? 'test';
  const store = await openTestStore(domain);
  const lanes = createLanes({ registry: join(__dirname, 'registry.cjs'), threads: 1, ...(threshold === undefined ? {} : { threshold }) });
  const clock = () => Date.now();
  const services: Services = {
    store, lanes, routes, clock,
    limits: {
      body: limit(4 * 1024 * 1024, 'BODY_LIMIT'), document: limit(1024 * 1024, 'DOCUMENT_LIMIT'), binary: limit(4 * 1024 * 1024, 'BINARY_LIMIT'),
      entries: limit(6000, 'ENTRIES_LIMIT'), conditionalDelete: limit(1, 'CONDITIONAL_DELETE_LIMIT'), expansion: limit(5_000, 'EXPANSION_LIMIT'), hierarchy: limit(1_000, 'HIERARCHY_LIMIT'), filter: limit(50, 'FILTER_LIMIT'), sort: limit(10_000, 'SORT_BUDGET'), history: limit(1000, 'HISTORY_BUDGET'), pageDefault: limit(20, 'PAGE_DEFAULT'), pageMax: limit(1000, 'PAGE_MAX'), included: limit(1000, 'INCLUDE_LIMIT'), includeLevels: limit(10, 'INCLUDE_DEPTH'), operation: limit(5000, 'OPERATION_LIMIT'),
    },
    baseUrl: 'http://localhost:8080/fhir', baseUrls: ['http://localhost:8080/fhir'], timeZone: 'Europe/Paris', nearDistance: 10_000, fullText: 'text', identityDomain: domain,
    searchHandling: 'strict', referentialIntegrity: false, demo: false, version: '0', serverGrant: () => serverGrant(clock()),
    cursors: createCursors(store, clock), deleteCascades: { DocumentReference: documentDeleteCascade },
    ...given,
  };
  const router = createRouter(routes, services, isResourceType);
  return {
    store, services,
    as: (actor) => async (method, target, call = {}) => send(router, method, target, { ...call, grant: await decide(actor, actorLookup(store), Date.now()) }),
    async close() {
      await lanes.close();
      await store.close();
    },
  };
}

/** What came back when no Failure explains it. */
export function expectStatus(reply: Reply, status: number): Reply {
  if (reply.status !== status) throw new Error(`status ${reply.status} instead of ${status}: ${reply.thrown instanceof Error ? reply.thrown.stack : reply.text}`);
  return reply;
}
