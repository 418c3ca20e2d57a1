/** Bundles assembled from stored texts, which are never parsed: https://hl7.org/fhir/R4/bundle.html */
import { instantText } from '../fhir/date.js';
import { newId } from '../fhir/id.js';
import type { Issue } from '../fhir/failure.js';
import { outcomeOf } from '../fhir/failure.js';
import { writeJson, type JsonObject } from '../fhir/json.js';
import type { StoredVersion } from '../store/port.js';
import { etag, fhirJson } from './answers.js';
import type { Answer } from './exchange.js';
import { ResourceParts } from './parts.js';

export interface Link {
  readonly relation: 'self' | 'first' | 'previous' | 'next';
  readonly url: string;
}

export interface BundleHead {
  readonly type: 'searchset' | 'history';
  /** ms UTC: a safe next `_since`. */
  readonly lastUpdated: number;
  readonly total?: number;
  readonly links: readonly Link[];
  /** A tag of `Bundle.meta` (`SUBSETTED`). */
  readonly tag?: JsonObject;
}

/** Larger Bundles are handed over entry by entry instead of as one text. */
const wholeUpTo = 1024 * 1024;

export const fullUrl = (baseUrl: string, { type, id }: { readonly type: string; readonly id: string }): string => `${baseUrl}/${type}/${id}`;

export function matchEntry(baseUrl: string, found: StoredVersion, mode: 'match' | 'include', text = found.text, score?: number): string {
  return `{"fullUrl":${JSON.stringify(fullUrl(baseUrl, found))},"resource":${text},"search":{"mode":"${mode}"${score === undefined ? '' : `,"score":${Number(score.toFixed(4))}`}}}`;
}

/** What the search has to say beside its matches (parameters that were ignored, for example). */
export function outcomeEntry(issues: readonly Issue[]): string {
  return `{"fullUrl":"urn:uuid:${newId()}","resource":${JSON.stringify(outcomeOf(issues))},"search":{"mode":"outcome"}}`;
}

/** Ids that the server gives are UUIDs of version 7: a first version under such an id was made by POST. */
const givenByServer = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function requestOf({ type, id, version, deleted }: StoredVersion): { method: string; url: string; status: string } {
  if (deleted) return { method: 'DELETE', url: `${type}/${id}`, status: '204' };
  if (version === 1 && givenByServer.test(id)) return { method: 'POST', url: type, status: '201' };
  return { method: 'PUT', url: `${type}/${id}`, status: version === 1 ? '201' : '200' };
}

export function historyEntry(baseUrl: string, found: StoredVersion, text = found.text): string {
  const { method, url, status } = requestOf(found);
  const resource = found.deleted ? '' : `"resource":${text},`;
  return `{"fullUrl":${JSON.stringify(fullUrl(baseUrl, found))},${resource}"request":{"method":"${method}","url":"${url}"},`
    + `"response":{"status":"${status}","etag":${JSON.stringify(etag(found.version))},"lastModified":"${instantText(found.lastUpdated)}"}}`;
}

function headText({ type, lastUpdated, total, links, tag }: BundleHead): string {
  const meta = `{"lastUpdated":"${instantText(lastUpdated)}"${tag ? `,"tag":[${writeJson(tag)}]` : ''}}`;
  const count = total === undefined ? '' : `"total":${total},`;
  return `{"resourceType":"Bundle","meta":${meta},"type":"${type}",${count}"link":${JSON.stringify(links)}`;
}

/** A Bundle that was asked for. @param entries from {@link matchEntry}, {@link outcomeEntry} or {@link historyEntry} */
export const bundleAnswer = (head: BundleHead, entries: readonly string[]): Pick<Answer, 'status' | 'headers' | 'body'> => ({
  status: 200, headers: { 'Content-Type': fhirJson }, body: bundleBody(head, entries),
});

function bundleBody(head: BundleHead, entries: readonly string[]): NonNullable<Answer['body']> {
  const start = headText(head);
  if (entries.length === 0) return `${start}}`;
  const length = entries.reduce((sum, entry) => sum + entry.length, 0);
  return length <= wholeUpTo ? `${start},"entry":[${entries.join(',')}]}` : new ResourceParts({ head: start, element: 'entry', parts: entries });
}

/** Every Patient whose data are among these, once. */
export function ownersOf(...lists: readonly (readonly StoredVersion[])[]): readonly string[] {
  const owners = new Set<string>();
  for (const list of lists) for (const found of list) for (const owner of found.owners) owners.add(owner);
  return [...owners];
}
