/**
 * The answer of a search told plainly: every resource is looked at, one after another. Slow and simple on purpose; the
 * stores are compared with it.
 */
import type { Grant } from '../../src/access/grant';
import type { Clause, Include, SearchPlan, SortKey } from '../../src/search/plan';
import type { ReferenceEntry } from '../../src/search/entries';
import { leafMatches, type Scope } from './leaves';
import { sees } from './visibility';
import { nameOf, type World, type WorldResource } from './world';

type Visible = (resource: WorldResource) => boolean;
const eyes = (world: World, grant: Grant): Visible => (resource) => sees(world, grant.reach, grant.moment, resource);

const typeOfParam = (param: string): string => param.slice(0, param.indexOf('.'));
/** The type of a contained resource is known by what it is found by. */
const containedIs = (resource: WorldResource, contained: string, targets: readonly string[]): boolean =>
  Object.values(resource.entries).some((entries) => Array.isArray(entries)
    && entries.some((entry) => entry.contained === contained && targets.includes(typeOfParam(entry.param))));

const find = (world: World, type: string, id: string): WorldResource | undefined =>
  world.resources.find((resource) => resource.type === type && resource.id === id);

function matches(world: World, clause: Clause, scope: Scope, visible: Visible): boolean {
  const again = (other: Clause, at: Scope = scope) => matches(world, other, at, visible);
  switch (clause.kind) {
    case 'and': return clause.of.every((part) => again(part));
    case 'or': return clause.of.some((part) => again(part));
    case 'not': return !again(clause.of);
    case 'chain':
      return scope.resource.entries.reference.some((entry) => {
        if (entry.param !== clause.param || entry.contained !== scope.contained) return false;
        if (entry.form === 'contained') return containedIs(scope.resource, entry.id, clause.targets) && again(clause.where, { resource: scope.resource, contained: entry.id });
        if (entry.form !== 'local' || !clause.targets.includes(entry.type)) return false;
        const target = find(world, entry.type, entry.id);
        return target !== undefined && visible(target) && again(clause.where, { resource: target });
      });
    case 'contains':
      return scope.contained === undefined && scope.resource.entries.reference.some((entry) => entry.form === 'contained' && containedIs(scope.resource, entry.id, clause.types) && again(clause.where, { resource: scope.resource, contained: entry.id }));
    case 'has':
      return scope.contained === undefined && world.resources.some((source) => source.type === clause.type && visible(source)
        && source.entries.reference.some((entry) => entry.param === clause.param && entry.contained === undefined && refersTo(entry, scope.resource))
        && again(clause.where, { resource: source }));
    default: return leafMatches(world, clause, scope, visible);
  }
}
const refersTo = (entry: ReferenceEntry, resource: WorldResource): boolean =>
  entry.form === 'local' && entry.type === resource.type && entry.id === resource.id;

type SortValue = string | number | undefined;
/** A contained resource has no name to sort by. */
function referenceText(entry: ReferenceEntry | undefined): string | undefined {
  switch (entry?.form) {
    case 'local': return `${entry.type}/${entry.id}`;
    case 'logical': return entry.value;
    case 'absolute':
    case 'canonical': return entry.url;
    default: return undefined;
  }
}

/** The least value when ascending, the greatest when descending (rules 6.6). */
function sortValue({ by, descending }: SortKey, resource: WorldResource): SortValue {
  const { id, lastUpdated, entries } = resource;
  if (by === '_id') return id;
  if (by === '_lastUpdated') return lastUpdated;
  if ('score' in by) return by.score.filter((leaf) => leafMatches({ resources: [] }, leaf, { resource }, () => true)).length;
  const wanted = descending ? [2, 3] : [1, 3];
  const marked = <T extends { readonly param: string; readonly contained?: string | undefined; readonly mark?: number | undefined }>(list: readonly T[]): T | undefined =>
    list.find((entry) => entry.param === by.param && entry.contained === undefined && wanted.includes(entry.mark ?? 0));
  switch (by.valueKind) {
    case 'token': return marked(entries.token)?.code;
    case 'string': return marked(entries.string)?.folded;
    case 'uri': return marked(entries.uri)?.value;
    case 'reference': return referenceText(marked(entries.reference));
    case 'date': { const entry = marked(entries.date); return entry && (Number.isFinite(entry.lo) ? entry.lo : entry.hi); }
    case 'number': return marked(entries.number)?.lo;
    case 'quantity': return marked(entries.quantity)?.lo;
    case 'composite': return marked(entries.composite)?.code;
    case 'position': return undefined;
  }
}
/** Texts are compared by code point, as every store can; UTF-16 order would differ beyond the basic plane. */
const bytewise = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
const compareValues = (one: string | number, other: string | number): number =>
  typeof one === 'string' ? bytewise(one, String(other)) : one < Number(other) ? -1 : one > Number(other) ? 1 : 0;

function compareBy(sort: readonly SortKey[]): (one: WorldResource, other: WorldResource) => number {
  return (one, other) => {
    for (const key of sort) {
      const [first, second] = [sortValue(key, one), sortValue(key, other)];
      if (first === undefined || second === undefined) {
        if (first === second) continue;
        return first === undefined ? 1 : -1;
      }
      const order = compareValues(first, second);
      if (order !== 0) return key.descending ? -order : order;
    }
    return bytewise(one.id, other.id) || bytewise(one.type, other.type);
  };
}

/** Every match, in order when the plan sorts (without a sort the order is the store's own). */
export function oracleMatches(world: World, grant: Grant, plan: SearchPlan): WorldResource[] {
  const visible = eyes(world, grant);
  const found = world.resources.filter((resource) => plan.types.includes(resource.type) && visible(resource) && matches(world, plan.where, { resource }, visible));
  return plan.sort.length > 0 ? found.sort(compareBy(plan.sort)) : found;
}

function followed(world: World, include: Include, from: WorldResource): WorldResource[] {
  const byParam = (entry: ReferenceEntry) => entry.contained === undefined && (include.param === '*' || entry.param === include.param);
  if (include.direction === 'include') {
    if (include.sourceType !== '*' && from.type !== include.sourceType) return [];
    return from.entries.reference.flatMap((entry) => {
      if (!byParam(entry)) return [];
      if (entry.form === 'canonical') return world.resources.filter((resource) => isNamed(entry, resource, include));
      if (entry.form !== 'local' || (include.targetType !== undefined && entry.type !== include.targetType)) return [];
      return find(world, entry.type, entry.id) ?? [];
    });
  }
  if (include.targetType !== undefined && from.type !== include.targetType) return [];
  return world.resources.filter((source) => (include.sourceType === '*' || source.type === include.sourceType)
    && source.entries.reference.some((entry) => byParam(entry) && (refersTo(entry, from) || isNamed(entry, from, include))));
}
/** A canonical names what bears its URL, and its version where it says one. */
function isNamed(entry: ReferenceEntry, { type, entries }: WorldResource, { definitions = [] }: Include): boolean {
  if (entry.form !== 'canonical' || !definitions.includes(type)) return false;
  const { url, version = '' } = entry;
  return entries.uri.some((own) => own.contained === undefined && own.param === `${type}.url` && own.value === url)
    && (version === '' || entries.token.some((own) => own.contained === undefined && own.param === `${type}.version` && own.code === version));
}

/** What a page brings along: names `Type/id`, none of them a match of the page. */
export function oracleIncluded(world: World, grant: Grant, plan: SearchPlan, page: readonly WorldResource[]): Set<string> {
  const visible = eyes(world, grant);
  const reached = new Map(page.map((resource) => [nameOf(resource), resource]));
  let frontier: readonly WorldResource[] = page;
  for (let level = 0; frontier.length > 0; level++) {
    const next: WorldResource[] = [];
    for (const include of plan.includes.filter(({ iterate }) => level === 0 || iterate)) {
      for (const resource of frontier.flatMap((from) => followed(world, include, from))) {
        if (!visible(resource) || reached.has(nameOf(resource))) continue;
        reached.set(nameOf(resource), resource);
        next.push(resource);
      }
    }
    frontier = next;
  }
  for (const resource of page) reached.delete(nameOf(resource));
  return new Set(reached.keys());
}
