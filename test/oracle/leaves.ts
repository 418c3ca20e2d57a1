/** One function for each kind of leaf, over the entries of one scope (a resource, or one resource contained in it). */
import type { Comparison, CompositeSecond, Leaf, ReferenceTarget, StringMatch } from '../../src/search/plan';
import type { CompositeEntry, IndexEntries, ReferenceEntry } from '../../src/search/entries';
import { labelsOf } from './visibility';
import { nameOf, type World, type WorldResource } from './world';

/** `contained`: the id of the contained resource that is looked at instead of the resource itself. */
export interface Scope {
  readonly resource: WorldResource;
  readonly contained?: string | undefined;
}

/** https://hl7.org/fhir/R4/search.html#prefix, over half-open intervals. */
export function compares({ prefix, lo, hi }: Comparison, value: { readonly lo: number; readonly hi: number }): boolean {
  const within = lo <= value.lo && value.hi <= hi;
  switch (prefix) {
    case 'eq': return within;
    case 'ne': return !within;
    case 'gt': return value.hi > hi;
    case 'lt': return value.lo < lo;
    case 'ge': return value.hi > hi || within;
    case 'le': return value.lo < lo || within;
    case 'sa': return value.lo >= hi;
    case 'eb': return value.hi <= lo;
    case 'ap': return value.lo < hi && value.hi > lo;
  }
}

/** Great-circle distance in metres, by the haversine formula. */
function distance(one: { readonly latitude: number; readonly longitude: number }, other: typeof one): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const hav = (angle: number) => Math.sin(angle / 2) ** 2;
  const h = hav(radians(other.latitude - one.latitude)) + Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude)) * hav(radians(other.longitude - one.longitude));
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, Math.sqrt(h)));
}

const tokenMatches = (asked: { readonly system?: string; readonly code?: string }, entry: { readonly system: string; readonly code: string }): boolean =>
  (asked.system === undefined || asked.system === entry.system) && (asked.code === undefined || asked.code === entry.code);

function textMatches(match: StringMatch, text: string, entry: { readonly folded: string; readonly exact?: string }): boolean {
  if (match === 'equals') return entry.folded === text;
  if (match === 'ends') return entry.folded.slice(-text.length) === text;
  if (match === 'exact') return entry.exact === text;
  return match === 'starts' ? entry.folded.startsWith(text) : entry.folded.includes(text);
}

function referenceMatches(target: ReferenceTarget, entry: ReferenceEntry): boolean {
  switch (target.form) {
    case 'local':
      return entry.form === 'local' && entry.id === target.id && (target.type === undefined || entry.type === target.type)
        && (target.version === undefined || entry.version === target.version);
    case 'members':
      return entry.form === 'local' && entry.type === target.type && target.ids.includes(entry.id);
    case 'absolute':
      return entry.form === 'absolute' && entry.url === target.url;
    case 'canonical':
      return entry.form === 'canonical' && entry.url === target.url && (target.version === undefined || (entry.version ?? '') === target.version
        || (target.below === true && (entry.version ?? '').startsWith(`${target.version}.`)));
    case 'logical':
      return entry.form === 'logical' && (target.system === undefined || entry.system === target.system) && (target.value === undefined || entry.value === target.value);
  }
}

/** The URL cut at each of its slashes after the host: itself, its parents with and without the slash. */
function parents(url: string): string[] {
  const all = [url];
  const schemeEnd = url.indexOf('://');
  if (schemeEnd < 0) return all;
  for (let end = url.lastIndexOf('/'); end > schemeEnd + 2; end = url.lastIndexOf('/', end - 1)) all.push(url.slice(0, end), url.slice(0, end + 1));
  return all;
}
/** `:above` and `:below` are for URLs by path; a URN is above and below itself only. */
function uriMatches(match: 'exact' | 'above' | 'below', asked: string, value: string): boolean {
  if (match === 'exact') return value === asked;
  return match === 'above' ? parents(asked).includes(value) : parents(value).includes(asked);
}

function secondMatches(asked: CompositeSecond, second: CompositeEntry['second']): boolean {
  if (asked.kind === 'quantity') return second.kind === 'quantity' && (asked.unit === undefined || asked.unit === second.unit) && compares(asked.compare, second);
  if (asked.kind === 'token') return second.kind === 'token' && tokenMatches(asked, second);
  if (asked.kind === 'string') return second.kind === 'string' && textMatches(asked.match, asked.text, { folded: second.folded, exact: second.folded });
  return second.kind === asked.kind && compares(asked.compare, second);
}

/** Resources without owner that what the patient owns refers to; the eyes see both ends. */
function sharedBy(world: World, patient: string, resource: WorldResource, visible: (other: WorldResource) => boolean): boolean {
  if (resource.access.owners.length > 0) return false;
  return world.resources.some((other) => other.access.owners.includes(patient) && visible(other)
    && other.entries.reference.some((entry) => entry.form === 'local' && entry.type === resource.type && entry.id === resource.id));
}

const valuesOf = (entries: IndexEntries, kind: keyof IndexEntries): readonly { readonly param: string; readonly contained?: string | undefined }[] => {
  const values = entries[kind];
  return typeof values === 'number' || values === undefined ? [] : values;
};

export function leafMatches(world: World, leaf: Leaf, scope: Scope, visible: (other: WorldResource) => boolean): boolean {
  const { resource, contained } = scope;
  const { entries } = resource;
  const here = (entry: { readonly param: string; readonly contained?: string | undefined }, param: string) => entry.param === param && entry.contained === contained;
  switch (leaf.kind) {
    case 'token': return entries.token.some((entry) => here(entry, leaf.param) && tokenMatches(leaf, entry));
    case 'tokens':
      return entries.token.some((entry) => here(entry, leaf.param) && leaf.groups.some(({ system, codes }) => system === entry.system && (codes === undefined || codes.includes(entry.code))));
    case 'code-starts': return entries.token.some((entry) => here(entry, leaf.param) && leaf.starts.some((start) => entry.code.startsWith(start)));
    case 'near': return (entries.position ?? []).some((entry) => here(entry, leaf.param) && distance(leaf, entry) <= leaf.metres);
    case 'reference': return entries.reference.some((entry) => here(entry, leaf.param) && referenceMatches(leaf.target, entry));
    case 'string': return entries.string.some((entry) => here(entry, leaf.param) && textMatches(leaf.match, leaf.text, entry));
    case 'date': return entries.date.some((entry) => here(entry, leaf.param) && compares(leaf.compare, entry));
    case 'number': return entries.number.some((entry) => here(entry, leaf.param) && compares(leaf.compare, entry));
    case 'quantity': return entries.quantity.some((entry) => here(entry, leaf.param) && (leaf.unit === undefined || leaf.unit === entry.unit) && compares(leaf.compare, entry));
    case 'uri': return entries.uri.some((entry) => here(entry, leaf.param) && uriMatches(leaf.match, leaf.value, entry.value));
    case 'composite':
      return entries.composite.some((entry) => here(entry, leaf.param) && tokenMatches(leaf, entry) && secondMatches(leaf.second, entry.second)
        && (leaf.third === undefined || (entry.third !== undefined && compares(leaf.third, entry.third))));
    case 'missing': return valuesOf(entries, leaf.valueKind).some((entry) => here(entry, leaf.param)) !== leaf.missing;
    case 'all': return true;
    case 'none': return false;
  }
  // What follows speaks of stored resources; a contained one is none.
  if (contained !== undefined) return false;
  switch (leaf.kind) {
    case 'ids': return leaf.ids.includes(resource.id) && (leaf.type === undefined || leaf.type === resource.type);
    case 'of-type': return resource.type === leaf.type;
    case 'lastUpdated': return compares(leaf.compare, { lo: resource.lastUpdated, hi: resource.lastUpdated + 1 });
    case 'compartment': return resource.access.owners.includes(leaf.patient) || nameOf(resource) === `Patient/${leaf.patient}`;
    case 'shared-by': return sharedBy(world, leaf.patient, resource, visible);
    case 'labelled': return resource.type !== 'DocumentReference' && labelsOf(world, resource).some((label) => leaf.labels.includes(label));
    case 'drawn-from': return resource.access.document === leaf.document && nameOf(resource) !== `DocumentReference/${leaf.document}`;
  }
}
