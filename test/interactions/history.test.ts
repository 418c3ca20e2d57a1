/** The history of a type and of the whole system, as callers see it: https://hl7.org/fhir/R4/http.html#history */
import { base, closes, consent, linkOf, operator, person, professional, reading, type Reading, type Reply } from './reading';

interface Entry {
  readonly fullUrl: string;
  readonly resource?: { readonly resourceType: string; readonly id: string; readonly meta: { readonly versionId: string; readonly lastUpdated: string } };
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: string; readonly etag: string; readonly lastModified: string };
}
const entriesOf = (reply: Reply): readonly Entry[] => (reply.json as { entry?: Entry[] }).entry ?? [];
const told = (reply: Reply): string[] => entriesOf(reply).map(({ request, response }) => `${request.method} ${request.url} ${response.etag}`);

let server: Reading;
beforeEach(async () => {
  server = await reading();
});
afterEach(() => server.close());

const observation = (id: string, value = 1) => ({ resourceType: 'Observation', id, status: 'final', code: { text: `n${value}` } });

test('entries say what was asked, what came of it, and hold the version; a deletion holds none', async () => {
  const made = await server.put(observation('o1'));
  await server.put(observation('o1', 2));
  await server.remove('Observation', 'o1');
  const reply = await server.get('Observation/_history', operator);
  expect(reply).toMatchObject({ status: 200, json: { resourceType: 'Bundle', type: 'history', total: 3, link: [{ relation: 'self', url: `${base}/Observation/_history` }] } });
  const [deleted, second, first] = entriesOf(reply);
  expect(deleted).toEqual({
    fullUrl: `${base}/Observation/o1`, request: { method: 'DELETE', url: 'Observation/o1' }, response: { status: '204', etag: 'W/"3"', lastModified: expect.stringMatching(/^\d{4}-.*Z$/) },
  });
  expect(second).toMatchObject({ request: { method: 'PUT', url: 'Observation/o1' }, response: { status: '200', etag: 'W/"2"' }, resource: { meta: { versionId: '2' } } });
  expect(first).toMatchObject({ request: { method: 'PUT', url: 'Observation/o1' }, response: { status: '201', etag: 'W/"1"', lastModified: new Date(made.lastUpdated).toISOString() }, resource: JSON.parse(made.text) });
  expect(reply.audit).toEqual({ interaction: 'history-type', type: 'Observation', patients: ['a'] });
});

test('of the system: every type, newest first', async () => {
  await server.put(observation('o1'));
  await server.put({ resourceType: 'Patient', id: 'a' });
  await server.put({ resourceType: 'Practitioner', id: 'q' }, { exposure: 'public', owners: [] });
  const reply = await server.get('_history', operator);
  expect(told(reply)).toEqual(['PUT Practitioner/q W/"1"', 'PUT Patient/a W/"1"', 'PUT Observation/o1 W/"1"']);
  expect(reply.audit).toMatchObject({ interaction: 'history-system', patients: ['a'] });
  expect(told(await server.get('Encounter/_history', operator))).toEqual([]);
});

test.each(['_history', 'Observation/_history', 'Observation/o1/_history'])('%s: links lead through all pages and back again', async (address) => {
  for (let version = 1; version <= 5; version++) await server.put(observation('o1', version));
  const whole = told(await server.get(address, operator));
  expect(whole).toHaveLength(5);
  const forth: string[][] = [];
  const links: (string | undefined)[] = [];
  for (let target: string | undefined = `${address}?_count=2`; target !== undefined;) {
    const reply: Reply = await server.get(target, operator);
    forth.push(told(reply));
    links.push(target);
    expect(linkOf(reply, 'self')).toBe(`${address}?_count=2`);
    expect(linkOf(reply, 'previous') === undefined).toBe(forth.length === 1);
    expect(reply.json).toMatchObject({ total: 5 });
    target = linkOf(reply, 'next');
    // What is written meanwhile is on none of the pages.
    await server.put(observation('o1', 5 + forth.length));
  }
  expect(forth.flat()).toEqual(whole);
  const back: string[][] = [];
  for (let target: string | undefined = links.at(-1); target !== undefined;) {
    const reply: Reply = await server.get(target, operator);
    back.unshift(told(reply));
    expect(told(await server.get(linkOf(reply, 'first') ?? '', operator))).toEqual(forth[0]);
    target = linkOf(reply, 'previous');
  }
  expect(back).toEqual(forth);
});

test('a page link is for the caller and the address that it was given to', async () => {
  await server.put(observation('o1'));
  await server.put(observation('o2'));
  const next = linkOf(await server.get('Observation/_history?_count=1', operator), 'next') ?? '';
  expect((await server.get(next, operator)).status).toBe(200);
  expect((await server.get(next, person('a'))).status).toBe(400);
  expect((await server.get(next.replace('Observation/', ''), operator)).status).toBe(400);
  expect((await server.get(`${next}&_count=5`, operator)).status).toBe(400);
});

test('what a caller may not see is in no entry and no total', async () => {
  await server.put(observation('mine'));
  await server.put(observation('gone'));
  await server.remove('Observation', 'gone');
  await server.put(observation('theirs'), { owners: ['b'] });
  await server.put(consent, closes('a'));
  expect(await server.get('Observation/_history', professional)).toMatchObject({ json: { total: 1, entry: [{ fullUrl: `${base}/Observation/theirs` }] } });
  expect(told(await server.get('Observation/_history', person('a')))).toEqual(['DELETE Observation/gone W/"2"', 'PUT Observation/gone W/"1"', 'PUT Observation/mine W/"1"']);
  expect((await server.get('_history?_count=0', person('b'))).json).toMatchObject({ total: 1 });
  expect((await server.get('_history', professional)).json).toMatchObject({ total: 1 });
});

test('_since keeps what was made from an instant on, _at what was current at a time', async () => {
  const first = await server.put(observation('o1'));
  const second = await server.put(observation('o2'));
  const third = await server.put(observation('o1', 2));
  const at = (ms: number) => encodeURIComponent(new Date(ms).toISOString());
  const ask = async (query: string) => told(await server.get(`Observation/_history?${query}`, operator)).sort();
  expect(await ask(`_since=${at(second.lastUpdated)}`)).toEqual(['PUT Observation/o1 W/"2"', 'PUT Observation/o2 W/"1"']);
  expect(await ask(`_since=${at(third.lastUpdated + 1)}`)).toEqual([]);
  expect(await ask(`_at=${at(second.lastUpdated)}`)).toEqual(['PUT Observation/o1 W/"1"', 'PUT Observation/o2 W/"1"']);
  expect(await ask(`_at=${at(third.lastUpdated)}`)).toEqual(['PUT Observation/o1 W/"2"', 'PUT Observation/o2 W/"1"']);
  expect(await ask(`_at=${at(first.lastUpdated - 1)}`)).toEqual([]);
  // A year is the whole of it.
  expect(await ask(`_at=${new Date(first.lastUpdated + 12 * 3_600_000).getUTCFullYear()}`)).toHaveLength(3);
});

test('Bundle.meta.lastUpdated is the next _since: nothing is left out', async () => {
  await server.put(observation('o1'));
  const reply = await server.get('_history', operator);
  const { meta: { lastUpdated } } = reply.json as { meta: { lastUpdated: string } };
  await server.put(observation('o2'));
  expect(told(await server.get(`_history?_since=${encodeURIComponent(lastUpdated)}`, operator))).toContain('PUT Observation/o2 W/"1"');
});

test.each(['_count=x', '_since=soon', '_at=2026-02-30', '_sort=_lastUpdated', '_sort=name', 'name=x', '_since=2026&_since=2026'])('%s is refused on each history', async (query) => {
  await server.put(observation('o1'));
  for (const address of ['_history', 'Observation/_history', 'Observation/o1/_history']) expect((await server.get(`${address}?${query}`, operator)).status).toBe(400);
});

test.each(['_history', 'Observation/_history', 'Observation/o1/_history'])('%s: _summary=count asks for the total alone', async (address) => {
  for (const version of [1, 2]) await server.put(observation('o1', version));
  const { status, json } = await server.get(`${address}?_summary=count`, operator);
  expect([status, (json as { total: number }).total, (json as { entry?: unknown }).entry]).toEqual([200, 2, undefined]);
});

test('the order that R4 asks for may be named', async () => {
  await server.put(observation('o1'));
  expect(linkOf(await server.get('_history?_sort=-_lastUpdated', operator), 'self')).toBe('_history?_sort=-_lastUpdated');
});

test('whoever sees too few of many is told the setting', async () => {
  const limited = await reading({ services: { limits: { ...server.services.limits, history: { value: 10, setting: 'HISTORY_BUDGET' } } } });
  for (let at = 0; at < 15; at++) await limited.put(observation(`o${at}`), { owners: ['b'] });
  await limited.put(observation('mine'));
  await limited.put(consent, closes('b'));
  expect(await limited.get('Observation/_history', professional)).toMatchObject({ status: 422, json: { issue: [{ code: 'too-costly', diagnostics: expect.stringContaining('HISTORY_BUDGET') }] } });
  expect(told(await limited.get('_history', person('a')))).toEqual(['PUT Observation/mine W/"1"']);
  await limited.close();
});

test('there is none of what is no type, and none by other methods', async () => {
  expect((await server.get('Unheard/_history', operator)).status).toBe(404);
  expect(await server.ask('PUT', '_history', operator)).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD' } });
  expect(await server.ask('DELETE', 'Observation/_history', operator)).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD' } });
});
