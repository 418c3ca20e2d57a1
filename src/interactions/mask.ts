/**
 * `_summary` and `_elements`: parts of a resource instead of the whole (https://hl7.org/fhir/R4/search.html#summary).
 * The one place where a stored text is parsed to be read, so it is entered only when one of the two is asked for.
 */
import { fail } from '../fhir/failure.js';
import { isObject, parseJson, writeJson, type Json, type JsonObject } from '../fhir/json.js';
import type { StoredVersion } from '../store/port.js';
import type { Exchange } from './exchange.js';
import { isStrict, readParameters } from './parameters.js';
import type { Services } from './services.js';

export type Mask =
  /** id, meta, narrative and what is mandatory at the top. */
  | { readonly kind: 'text' }
  /** Everything but the narrative. */
  | { readonly kind: 'data' }
  /** Those that were named, and what is mandatory at the top. */
  | { readonly kind: 'elements'; readonly names: ReadonlySet<string> };

/** Says that the resource is not whole: it must not be sent back as an update. */
export const subsetted: JsonObject = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

const always: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'implicitRules']);
const deepEnough = { maxDepth: 1000 };

/**
 * The mask that `_summary` and `_elements` of a read ask for.
 * @throws Failure bad-parameter
 */
export function readMask(exchange: Pick<Exchange, 'headers' | 'query'>, services: Pick<Services, 'searchHandling'>): Mask | undefined {
  const given = readParameters(exchange.query, ['_summary', '_elements'], isStrict(exchange, services));
  return maskOf(given.one('_summary'), given.all('_elements').flatMap((names) => names.split(',')));
}

/** @throws Failure bad-parameter */
export function maskOf(summary: string | undefined, elements: readonly string[]): Mask | undefined {
  if (summary !== undefined && summary !== 'false') {
    if (elements.length > 0) throw fail('bad-parameter', { parameter: '_elements', reason: 'it cannot stand beside _summary' });
    if (summary !== 'text' && summary !== 'data') throw fail('bad-parameter', { parameter: '_summary', reason: 'its value here is text, data or false' });
    return { kind: summary };
  }
  return elements.length > 0 ? { kind: 'elements', names: new Set(elements.map((name) => name.trim().replace(/^[A-Z]\w*\./, ''))) } : undefined;
}

function keeps(mask: Mask, name: string): boolean {
  if (always.has(name)) return true;
  if (mask.kind === 'data') return name !== 'text';
  return mask.kind === 'text' ? name === 'text' : mask.names.has(name);
}

function tagged(meta: Json | undefined): JsonObject {
  const known = isObject(meta) ? meta : {};
  return { ...known, tag: [...(Array.isArray(known.tag) ? known.tag : []), subsetted] };
}

/** The text of a part of a resource, tagged as such. */
export function masked({ text }: Pick<StoredVersion, 'text'>, mask: Mask): string {
  const resource = parseJson(text, deepEnough);
  if (!isObject(resource)) throw new TypeError('A stored text is not a resource');
  const part: JsonObject = {};
  for (const name in resource) {
    const member = resource[name];
    if (member !== undefined && keeps(mask, name.replace(/^_/, ''))) part[name] = member;
  }
  return writeJson({ ...part, meta: tagged(resource.meta) });
}
