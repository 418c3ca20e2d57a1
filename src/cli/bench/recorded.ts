/** What the server would write, caught before the clock runs: the operation itself, on a store that only listens. */
import type { JsonObject } from '../../fhir/json.js';
import { bodyHalves } from '../../fhir/body.js';
import { object, textOf } from '../../fhir/elements.js';
import { newId } from '../../fhir/id.js';
import type { Answer, Exchange } from '../../interactions/exchange.js';
import type { Services } from '../../interactions/services.js';
import { submitDocumentRoute } from '../../operations/submit-document.js';
import { indexEntries } from '../../search/indexer.js';
import type { PutWrite, Store, WriteSet } from '../../store/port.js';
import { levelOne, summary, type BenchDocument } from './documents.js';

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

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

/** Pushes that are ready to be written. */
export class ReadyPushes {
  private readonly sources: { readonly 'level-1': BenchDocument; readonly summary: BenchDocument };
  private readonly sets: Readonly<Record<string, WriteSet[]>> = { 'level-1': [], summary: [] };

  /** @param people that the documents are about */
  constructor(private readonly services: Services, people = 1) {
    this.sources = { 'level-1': levelOne(people), summary: summary(people) };
  }

  async prepare(kind: string, count: number): Promise<void> {
    const document = this.sources[kind as keyof typeof this.sources];
    for (let made = 0; made < count; made++) this.sets[kind]?.push(await recorded(this.services, document.next()));
  }

  /** @throws Error when none is left */
  take(kind: string): WriteSet {
    const set = this.sets[kind]?.pop();
    if (!set) throw new Error('No push is ready (any more).');
    return set;
  }
}

export function createWrite(services: Services, sample: JsonObject): PutWrite {
  const id = newId();
  const resource: JsonObject = { ...sample, id };
  const patient = textOf(object(sample.subject)?.reference)?.replace('Patient/', '') ?? '';
  return {
    kind: 'put', type: String(sample.resourceType), id, expect: 'absent', body: bodyHalves(resource), claims: [],
    entries: indexEntries(resource, { bases: services.baseUrls, timeZone: services.timeZone, fullText: services.fullText }), access: { exposure: 'owned', owners: [patient], structures: [] },
  };
}
