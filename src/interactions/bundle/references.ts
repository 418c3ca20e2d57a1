/**
 * References between the entries of a transaction: https://hl7.org/fhir/R4/http.html#trules, and how they are resolved
 * inside a Bundle: https://hl7.org/fhir/R4/bundle.html#references
 */
import { textOf } from '../../fhir/elements.js';
import { fail, type Failure } from '../../fhir/failure.js';
import { isObject, type Json, type JsonObject } from '../../fhir/json.js';
import { parseReference, walkReferences, withoutFragment } from '../../fhir/reference.js';
import type { EntryTarget } from './entry-request.js';

export interface FullUrls {
  /** fullUrl -> whether the entry is a POST or has criteria, so that its identity changes. */
  readonly entries: ReadonlyMap<string, { readonly created: boolean }>;
  readonly bases: readonly string[];
}

const isConditional = ({ url }: JsonObject): boolean => typeof url === 'string' && url.includes('?');

/** @throws Failure bad-request when one full URL names two entries of a transaction */
export function fullUrlsOf(entries: readonly JsonObject[], bases: readonly string[], unique = true): FullUrls {
  const found = new Map<string, { created: boolean }>();
  entries.forEach((entry, index) => {
    const fullUrl = textOf(entry.fullUrl);
    if (fullUrl === undefined) return;
    if (unique && found.has(fullUrl)) throw fail('bad-request', { reason: 'Two entries bear the same fullUrl.' }, { expression: [`Bundle.entry[${index}].fullUrl`] });
    found.set(fullUrl, { created: isObject(entry.request) && (entry.request.method === 'POST' || isConditional(entry.request)) });
  });
  return { entries: found, bases };
}

const restful = /^(https?:\/\/.+)\/[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64}$/;

/**
 * A relative reference in an entry under a server's address means that server's resource: where that is another entry
 * whose id will change, it is written as that entry's full URL, which is a placeholder of its own.
 * @param resource is changed
 */
export function settleRelative(resource: JsonObject, fullUrl: string | undefined, { entries }: FullUrls): void {
  const base = fullUrl === undefined ? undefined : restful.exec(fullUrl)?.[1];
  if (base === undefined) return;
  walkReferences(resource, (reference) => {
    if (parseReference(reference.reference)?.form !== 'local') return;
    const absolute = `${base}/${reference.reference}`;
    if (entries.get(absolute)?.created) reference.reference = absolute;
  });
}

/** The address of an entry that a reference means, whatever version or part of it. */
export const entryMeant = (reference: string): string => (reference.startsWith('#') ? reference : withoutFragment(reference)).split('/_history/', 1)[0] as string;

/** The texts of a resource's references that have to be replaced before it is stored. */
export function placeholdersOf(resource: JsonObject, { entries, bases }: FullUrls): readonly string[] {
  const found = new Set<string>();
  walkReferences(resource, ({ reference }) => {
    const form = parseReference(reference, bases)?.form;
    if (entries.has(entryMeant(reference)) || form === 'urn' || form === 'conditional') found.add(reference);
  });
  return [...found];
}

/** In a batch nothing refers to what another entry makes: https://hl7.org/fhir/R4/http.html#brules. @throws Failure invalid */
export function requireAlone(resource: JsonObject, { entries }: FullUrls): void {
  walkReferences(resource, ({ reference }, path) => {
    if (!entries.get(entryMeant(reference))?.created) return;
    throw fail('invalid', { reason: 'In a batch an entry does not refer to what another one makes. Send a transaction.' }, { expression: [`${String(resource.resourceType)}.${path}.reference`] });
  });
}

/**
 * A fullUrl names a resource, not a version, and where it is an address on a server it ends with the resource that is written.
 * That of a POST is the address where it came from, whatever that is. https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl
 * @throws Failure bad-request
 */
export function requireFullUrl(fullUrl: string | undefined, { kind, path }: EntryTarget, index: number): void {
  const refuse = (reason: string): Failure => fail('bad-request', { reason }, { expression: [`Bundle.entry[${index}].fullUrl`] });
  if (fullUrl === undefined) return;
  if (fullUrl.includes('/_history/')) throw refuse('A fullUrl names a resource, not one version of it.');
  const changed = path.length === 2 && (kind === 'update' || kind === 'patch' || kind === 'delete');
  if (changed && restful.test(fullUrl) && !fullUrl.endsWith(`/${path.join('/')}`)) throw refuse('The fullUrl and request.url name different resources.');
}

/** Those among what a patch brings: references, and texts that are the full URL of an entry. */
export function placeholdersIn(values: readonly Json[], urls: FullUrls): readonly string[] {
  return [...new Set(values.flatMap((value) => {
    if (typeof value === 'string') return urls.entries.has(value) ? [value] : [];
    return Array.isArray(value) ? placeholdersIn(value, urls) : isObject(value) ? placeholdersOf(value, urls) : [];
  }))];
}
