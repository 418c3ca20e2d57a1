/** Small worlds for searches: resources with entries and access facts said in one line, written through the port. */
import type { Actor } from '../../src/access/actor';
import type { AccessFacts } from '../../src/access/facts';
import { bind, makeGrant, type Grant, type Reach } from '../../src/access/grant';
import type { IndexEntries } from '../../src/search/entries';
import type { Clause, SearchPlan } from '../../src/search/plan';
import type { SearchPage, Store, Write } from '../../src/store/port';
import { nameOf, type World, type WorldResource } from '../oracle/world';

export type Draft = Omit<WorldResource, 'lastUpdated'>;

/** The main date of a resource that has none, as the indexer gives it. */
export const noMainDate = -8_640_000_000_000_000;

export const entriesOf = (some: Partial<IndexEntries>): IndexEntries => ({
  token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: noMainDate, ...some,
});
export const publicFacts: AccessFacts = { exposure: 'public', owners: [], structures: [] };
export const ownedBy = (owners: readonly string[], more: Partial<AccessFacts> = {}): AccessFacts => ({ exposure: 'owned', owners, structures: [], ...more });

export const putOf = ({ type, id, entries, access }: Draft): Write => ({
  kind: 'put', type, id, expect: 'any', claims: [], entries, access,
  body: { before: `{"resourceType":"${type}","id":"${id}","meta":{`, after: '}}' },
});

/** Writes one set and says when it was. */
export async function write(store: Store, drafts: readonly Draft[]): Promise<WorldResource[]> {
  const outcome = await store.commit({ writes: drafts.map(putOf), guards: [] });
  if (outcome.kind !== 'committed') throw new Error(`The store refused: ${JSON.stringify(outcome.conflict)}`);
  return drafts.map((draft, at) => ({ ...draft, lastUpdated: outcome.versions[at]?.lastUpdated ?? NaN }));
}
export async function writeWorld(store: Store, sets: readonly (readonly Draft[])[]): Promise<World> {
  const resources: WorldResource[] = [];
  for (const set of sets) if (set.length > 0) resources.push(...(await write(store, set)));
  return { resources };
}

const operator: Actor = { kind: 'operator', name: 'test' };
export const grantOf = (reach: Reach, moment = 1_000): Grant => makeGrant(operator, reach, moment);
export const everything = grantOf({ kind: 'everything' });

export const planOf = (types: readonly string[], where: Clause = { kind: 'all' }, more: Partial<SearchPlan> = {}): SearchPlan => ({
  types, where, sort: [], includes: [], page: { count: 50 }, total: 'none', ...more,
});

/** Every page of a plan, turned one after another. */
export async function pagesOf(store: Store, grant: Grant, plan: SearchPlan): Promise<SearchPage[]> {
  const pages: SearchPage[] = [];
  let page = plan.page;
  do {
    const found: SearchPage = await store.search(bind(grant, { ...plan, page }));
    pages.push(found);
    if (found.next === undefined) return pages;
    page = { ...plan.page, after: found.next, asOf: found.asOf };
  } while (pages.length < 200);
  throw new Error('The pages do not end');
}

export const namesOf = (list: readonly { readonly type: string; readonly id: string }[]): string[] => list.map(nameOf);
export const matchNames = (pages: readonly SearchPage[]): string[] => pages.flatMap(({ matches }) => namesOf(matches));
export async function found(store: Store, grant: Grant, plan: SearchPlan): Promise<string[]> {
  return matchNames(await pagesOf(store, grant, plan));
}
