/** Contained resources as matches of their own: `_containedType=contained` (https://hl7.org/fhir/R4/search.html#contained). */
import { isObject, parseStored, writeJson, type JsonObject } from '../fhir/json.js';
import type { IndexEntries } from '../search/entries.js';
import { indexEntries } from '../search/indexer.js';
import { satisfies } from '../search/matches.js';
import type { Inner } from '../search/question/contained.js';
import type { StoredVersion } from '../store/port.js';
import { fullUrl } from './bundle.js';
import { ownOf, type Services } from './services.js';

/** Entries of one contained resource, as if it stood by itself. */
function entriesIn(entries: IndexEntries, id: string): IndexEntries {
  const own = Object.entries(entries).map(([kind, list]: [string, unknown]) =>
    [kind, Array.isArray(list) ? (list as { contained?: string }[]).filter(({ contained }) => contained === id).map((entry) => ({ ...entry, contained: undefined })) : list]);
  return Object.fromEntries(own) as unknown as IndexEntries;
}

/** Entries of a searchset for what a match contains and satisfies the question; and the match itself, where it is of the type and does so too. */
export function containedEntries(found: StoredVersion, { type, where, both }: Inner, services: Services): { readonly entries: readonly string[]; readonly itself: boolean } {
  const resource = parseStored(found.text);
  if (!isObject(resource)) return { entries: [], itself: false };
  const { baseUrls: bases, timeZone, fullText } = services;
  const index = indexEntries(resource, { bases, timeZone, fullText, ...ownOf(services) });
  const inside = Array.isArray(resource.contained) ? resource.contained.filter((each): each is JsonObject => isObject(each) && each.resourceType === type) : [];
  const matching = inside.filter(({ id }) => satisfies(where, { id: '', entries: entriesIn(index, String(id)) }) === true);
  return {
    entries: matching.map((each) => `{"fullUrl":${JSON.stringify(`${fullUrl(services.baseUrl, found)}#${String(each.id)}`)},"resource":${writeJson(each)},"search":{"mode":"match"}}`),
    // What only the store knows of it, the store has judged.
    itself: both && found.type === type && satisfies(where, { id: found.id, entries: index }) !== false,
  };
}
