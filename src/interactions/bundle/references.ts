/**
 * References between the entries of a transaction: https://hl7.org/fhir/R4/http.html#trules, and how they are resolved
 * inside a Bundle: https://hl7.org/fhir/R4/bundle.html#references
 */
import { textOf } from '../../fhir/elements.js';
import { fail } from '../../fhir/failure.js';
import { isObject, type Json, type JsonObject } from '../../fhir/json.js';
import { parseReference, walkReferences } from '../../fhir/reference.js';

export interface FullUrls {
  /** fullUrl -> whether the entry is a POST or has criteria, so that its identity changes. */
  readonly entries: ReadonlyMap<string, { readonly created: boolean }>;
  readonly bases: readonly string[];
}

const isConditional = ({ url }: JsonObject): boolean => typeof url === 'string' && url.includes('?');

/** @throws Failure bad-request when one full URL names two entries */
export function fullUrlsOf(entries: readonly JsonObject[], bases: readonly string[]): FullUrls {
  const found = new Map<string, { created: boolean }>();
  entries.forEach((entry, index) => {
    const fullUrl = textOf(entry.fullUrl);
    if (fullUrl === undefined) return;
    if (found.has(fullUrl)) throw fail('bad-request', { reason: 'Two entries bear the same fullUrl.' }, { expression: [`Bundle.entry[${index}].fullUrl`] });
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

/** The texts of a resource's references that have to be replaced before it is stored. */
export function placeholdersOf(resource: JsonObject, { entries, bases }: FullUrls): readonly string[] {
  const found = new Set<string>();
  walkReferences(resource, ({ reference }) => {
    const form = parseReference(reference, bases)?.form;
    if (entries.has(reference) || form === 'urn' || form === 'conditional') found.add(reference);
  });
  return [...found];
}

/** Those among what a patch brings: references, and texts that are the full URL of an entry. */
export function placeholdersIn(values: readonly Json[], urls: FullUrls): readonly string[] {
  return [...new Set(values.flatMap((value) => {
    if (typeof value === 'string') return urls.entries.has(value) ? [value] : [];
    return Array.isArray(value) ? placeholdersIn(value, urls) : isObject(value) ? placeholdersOf(value, urls) : [];
  }))];
}
