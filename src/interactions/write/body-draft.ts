/** The draft of a request: its body as a FHIR resource, or the raw bytes of a Binary. */
import { fail } from '../../fhir/failure.js';
import type { ContentRef } from '../../store/port.js';
import type { Exchange } from '../exchange.js';
import { bodyFormat, charsetOf, fhirTypes, mediaType } from '../negotiate.js';
import { resourceTask } from '../resource-task.js';
import { byteLimit, ownOf, type Services } from '../services.js';
import { weightOf } from '../weight.js';
import { stagedOnce, type Draft } from './draft.js';
import { examine, readingSettings, type Address } from './examine.js';
import { render } from './render.js';

/** What says outright that it is FHIR is a resource; anything else sent to Binary is content. */
const isRaw = (type: string, contentType: string): boolean => type === 'Binary' && !fhirTypes.has(mediaType(contentType));

const mimeType = /^[\w!#$&^.+-]{1,80}\/[\w!#$&^.+-]{1,80}(\s*;[\x20-\x7e]{0,200})?$/;

/** Bytes are staged while they arrive, and named by the commit. */
async function rawDraft(exchange: Exchange, services: Services, { id }: Address): Promise<Draft> {
  const { contentType } = exchange.body;
  if (!mimeType.test(contentType)) throw fail('unsupported-type', { type: contentType.slice(0, 100), accepted: 'any media type, for example application/pdf' });
  const context = exchange.headers['x-security-context'];
  const content: ContentRef = await services.store.stage(exchange.body.stream(byteLimit(services.limits.binary)), contentType);
  const resource = {
    resourceType: 'Binary', ...(id === undefined ? {} : { id }), contentType,
    ...(context === undefined ? {} : { securityContext: { reference: context } }),
  };
  const settings = readingSettings(services);
  const examined = { ...examine(resource, { type: 'Binary', ...(id === undefined ? {} : { id }) }, settings), sha256: content.sha256 };
  return { facts: examined.facts, render: async (request) => render(examined, { ...request, ...ownOf(services) }, settings), content: async () => content };
}

/**
 * Reads the body as a draft, gives it to `work`, and lets go of it.
 * @throws Failure unsupported-type, bad-charset, too-large, those of reading, `examine` and `work`
 */
export async function withDraft<T>(exchange: Exchange, services: Services, address: Address, work: (draft: Draft) => Promise<T>): Promise<T> {
  const { contentType } = exchange.body;
  if (isRaw(address.type, contentType)) return work(await rawDraft(exchange, services, address));
  const format = bodyFormat(contentType);
  const charset = charsetOf(contentType);
  const bytes = await exchange.body.bytes(byteLimit(services.limits.body));
  const input = { bytes, format, address, settings: readingSettings(services), ...(charset === undefined ? {} : { charset }) };
  const opened = await services.lanes.open(resourceTask, input, weightOf(bytes));
  try {
    return await work({ facts: opened.facts, render: (request) => opened.finish({ ...request, ...ownOf(services) }), content: stagedOnce(services.store) });
  } finally {
    opened.close();
  }
}
