/** Each kind of parameter by modifier and prefix, from the query string through the index and the store: the tables of `tables/`. */
import { bind } from '../../src/access/grant';
import { bodyHalves } from '../../src/fhir/body';
import { Failure } from '../../src/fhir/failure';
import { parseJson, type JsonObject } from '../../src/fhir/json';
import { libraryOf } from '../../src/interactions/library';
import { indexEntries } from '../../src/search/indexer';
import { readSearch } from '../../src/search/query';
import type { Store } from '../../src/store/port';
import { open, operator, put, written } from '../contract/support';
import { openTestStore } from '../support/stores';
import { tables } from './tables';
import { base, now, timeZone } from './tables/table';

const bases = [base];
const limits = { expansion: { value: 100, setting: 'EXPANSION_LIMIT' }, hierarchy: { value: 50, setting: 'HIERARCHY_LIMIT' } };

async function fill(store: Store, resources: readonly (object | string)[]): Promise<void> {
  await written(store, ...resources.map((given) => {
    const resource = parseJson(typeof given === 'string' ? given : JSON.stringify(given)) as JsonObject & { resourceType: string; id: string };
    return put(resource.resourceType, resource.id, { body: bodyHalves(resource), entries: indexEntries(resource, { bases, timeZone, fullText: 'content' }), access: open });
  }));
}

async function answer(store: Store, type: string, query: string): Promise<readonly string[]> {
  const library = libraryOf({ store, baseUrls: bases, timeZone, limits }, operator);
  const { plan } = await readSearch(type, query, { handling: 'strict', fullText: 'content', bases, timeZone, now, page: { default: 100, max: 100 } }, library);
  return (await store.search(bind(operator, plan))).matches.map(({ id }) => id);
}
const sorted = (ids: string): string => ids.split(' ').filter((id) => id !== '').sort().join(' ');

describe.each(tables)('$title', ({ resources, rows, ordered = [], refused = [] }) => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
    await fill(store, resources);
  });
  afterAll(() => store.close());

  it.each(rows)('%s?%s -> %s', async (type, query, ids) => expect([...await answer(store, type, query)].sort().join(' ')).toBe(sorted(ids)));

  if (ordered.length > 0) it.each(ordered)('%s?%s -> %s, in this order', async (type, query, ids) => expect((await answer(store, type, query)).join(' ')).toBe(ids));

  it.each(refused)('%s?%s is refused: %s', async (type, query, says) => {
    const thrown: unknown = await answer(store, type, query).then(() => undefined, (failure: unknown) => failure);
    expect(thrown).toBeInstanceOf(Failure);
    expect((thrown as Failure).issues[0]?.diagnostics).toMatch(says);
  });
});
