/**
 * The yardstick: a bare `node:http` handler that makes the same store call as the server, without routing, token,
 * decision, audit, parsing, checking or mapping. What the server does beyond this is what the ratio shows.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bind } from '../../access/grant.js';
import { bodyHalves } from '../../fhir/body.js';
import { resourceTypes } from '../../fhir/definitions.js';
import { object, textOf } from '../../fhir/elements.js';
import { newId } from '../../fhir/id.js';
import { parseJson, type JsonObject } from '../../fhir/json.js';
import type { Answer, Exchange } from '../../interactions/exchange.js';
import type { Services } from '../../interactions/services.js';
import { submitDocumentRoute } from '../../operations/submit-document.js';
import { parseSearch } from '../../search/query.js';
import { indexEntries } from '../../search/indexer.js';
import type { SearchPlan } from '../../search/plan.js';
import type { PutWrite, Store, WriteSet } from '../../store/port.js';
import { levelOne, summary } from './documents.js';

type Bare = (path: readonly string[], request: IncomingMessage) => Promise<string>;

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** The writes of pushes, made before the clock runs: the operation itself, on a store that only listens. */
async function recorded(services: Services, text: string): Promise<WriteSet> {
  let caught: WriteSet | undefined;
  const listening: Store = Object.assign(Object.create(services.store) as Store, {
    commit: (set: WriteSet) => {
      caught = set;
      return Promise.reject(new Error('recorded'));
    },
  });
  const exchange: Exchange = {
    method: 'POST', path: ['DocumentReference', '$submit-document'], query: '', headers: { 'content-type': 'text/xml' }, grant: services.serverGrant(), request: newId(), signal: new AbortController().signal,
    body: { contentType: 'text/xml', bytes: () => Promise.resolve(Buffer.from(text)), stream: () => once(Buffer.from(text)) },
  };
  await submitDocumentRoute.handler(exchange, { ...services, store: listening }).catch((error: unknown): Answer | undefined => {
    if (caught) return undefined;
    throw error;
  });
  if (!caught) throw new Error('The push that is measured was not taken.');
  return caught;
}

function createWrite(services: Services, sample: JsonObject): PutWrite {
  const id = newId();
  const resource: JsonObject = { ...sample, id };
  const patient = textOf(object(sample.subject)?.reference)?.replace('Patient/', '') ?? '';
  return {
    kind: 'put', type: String(sample.resourceType), id, expect: 'absent', body: bodyHalves(resource), claims: [],
    entries: indexEntries(resource, { bases: services.baseUrls, timeZone: services.timeZone }), access: { exposure: 'owned', owners: [patient], structures: [] },
  };
}

export function bareHandler(services: Services): RequestListener {
  const { store, serverGrant } = services;
  const prepared: Record<string, WriteSet[]> = { 'level-1': [], summary: [] };
  const sources = { 'level-1': levelOne(), summary: summary() };
  let sample: PutWrite | undefined;
  const texts = async (plan: SearchPlan) => (await store.search(bind(serverGrant(), plan))).matches.map(({ text }) => text).join(',');

  /** Nothing counts as served that was not written. */
  async function committed(set: WriteSet): Promise<string> {
    const { kind } = await store.commit(set);
    if (kind !== 'committed') throw new Error(`The write was not taken: ${kind}.`);
    return '{}';
  }

  const patientPlan = (patient: string) => parseSearch('Observation', `patient=Patient/${patient}&_count=20&_total=none`, {
    handling: 'strict', now: services.clock(), bases: services.baseUrls, timeZone: services.timeZone, page: { default: 20, max: 1000 },
  }).plan;
  const record = (patient: string): SearchPlan['where'] => ({ kind: 'or', of: [{ kind: 'compartment', patient }, { kind: 'shared-by', patient }] });

  const bares: Readonly<Record<string, Bare>> = {
    read: async ([, type = '', id = '']) => (await store.read(serverGrant(), { type, id }))?.text ?? '',
    search: ([, patient = '']) => texts(patientPlan(patient)),
    everything: ([, patient = '']) => texts({ types: resourceTypes, where: record(patient), sort: [], includes: [], page: { count: 99 }, total: 'if-cheap' }),
    async create(_path, request) {
      const bytes = await bytesOf(request);
      sample ??= createWrite(services, parseJson(bytes.toString('utf8')) as JsonObject);
      const id = newId();
      const before = sample.body.before.replace(sample.id, id);
      return committed({ writes: [{ ...sample, id, body: { ...sample.body, before } }], guards: [] });
    },
    /** Makes `count` pushes ready. */
    async prepare([, kind = '', count = '0']) {
      const document = sources[kind as keyof typeof sources];
      for (let made = 0; made < Number(count); made++) prepared[kind]?.push(await recorded(services, document.next()));
      return '{}';
    },
    async submit([, kind = ''], request) {
      const set = prepared[kind]?.pop();
      const bytes = await bytesOf(request);
      if (!set) throw new Error('No push is ready (any more).');
      await store.stage(once(bytes), 'text/xml');
      return committed(set);
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('/').filter((part) => part !== '');
    const text = await bares[path[0] ?? '']?.(path, request);
    response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': 'application/fhir+json', 'Content-Length': Buffer.byteLength(text ?? '') });
    response.end(text);
  }
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  };
}
