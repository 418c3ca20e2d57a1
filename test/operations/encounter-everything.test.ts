/** https://hl7.org/fhir/R4/encounter-operation-everything.html */
import type { JsonObject } from '../../src/fhir/json';
import { readRoutes } from '../../src/interactions/read-routes';
import { encounterEverythingRoutes } from '../../src/operations/encounter-everything';
import { base, blocks, closes, consent, entriesOf, linkOf, named, operator, person, professional, reading, type Reading } from '../interactions/reading';

let server: Reading;
const shared = { exposure: 'public', owners: [] } as const;
const ref = (reference: string): JsonObject => ({ reference });
beforeEach(async () => {
  server = await reading({ routes: [...readRoutes, ...encounterEverythingRoutes] });
  await server.put({ resourceType: 'Patient', id: 'a' });
  await server.put({ resourceType: 'Practitioner', id: 'pr' }, shared);
  await server.put({ resourceType: 'Practitioner', id: 'other' }, shared);
  await server.put({ resourceType: 'Location', id: 'l' }, shared);
  await server.put({ resourceType: 'Encounter', id: 'e', status: 'finished', subject: ref('Patient/a'), participant: [{ individual: ref('Practitioner/pr') }], location: [{ location: ref('Location/l') }] });
  await server.put({ resourceType: 'Encounter', id: 'e2', status: 'finished', subject: ref('Patient/a'), partOf: ref('Encounter/e') });
  for (const id of ['o1', 'o2']) await server.put({ resourceType: 'Observation', id, status: 'final', subject: ref('Patient/a'), encounter: ref('Encounter/e') });
  await server.put({ resourceType: 'Observation', id: 'else', status: 'final', subject: ref('Patient/a'), encounter: ref('Encounter/e2'), performer: [ref('Practitioner/other')] });
  await server.put({ resourceType: 'Condition', id: 'c1', encounter: ref('Encounter/e'), asserter: ref('Practitioner/pr') });
});
afterEach(() => server.close());

const matches = ['Condition/c1', 'Encounter/e', 'Observation/o1', 'Observation/o2'];
const support = ['Location/l', 'Patient/a', 'Practitioner/pr'];
const of = (mode: string, reply: Awaited<ReturnType<Reading['get']>>) => entriesOf(reply).filter(({ search }) => search.mode === mode).map(({ fullUrl }) => fullUrl.slice(base.length + 1)).sort();

test('gives the encounter first, what stands in its compartment, and what that refers to', async () => {
  const reply = await server.get('Encounter/e/$everything');
  expect(reply.json).toMatchObject({ type: 'searchset', total: 4 });
  expect(named(reply)[0]).toBe('Encounter/e');
  expect([of('match', reply), of('include', reply)]).toEqual([matches, support]);
  expect(reply.audit).toEqual({ interaction: '$everything', type: 'Encounter', id: 'e', patients: ['a'] });
});

test.each([1, 2, 3])('in pages of %d: every match once, its company with it', async (count) => {
  const seen: string[] = [];
  const along = new Set<string>();
  for (let next: string | undefined = `Encounter/e/$everything?_count=${count}`; next !== undefined;) {
    const reply = await server.get(next);
    seen.push(...of('match', reply));
    for (const name of of('include', reply)) along.add(name);
    next = linkOf(reply, 'next');
  }
  expect(seen.sort()).toEqual(matches);
  expect(support.every((name) => along.has(name))).toBe(true);
});

test('_type chooses among both', async () => {
  expect(named(await server.get('Encounter/e/$everything?_type=Condition')).sort()).toEqual(['Condition/c1']);
  expect(named(await server.get('Encounter/e/$everything?_type=Observation,Practitioner')).sort()).toEqual(['Observation/o1', 'Observation/o2', 'Practitioner/pr']);
});

test('the total is left out where _type names what can only come along: how much of it there is, no count tells', async () => {
  const totalOf = async (type: string) => ((await server.get(`Encounter/e/$everything?_type=${type}`)).json as { readonly total?: number }).total;
  expect([await totalOf('Condition'), await totalOf('Observation,Condition')]).toEqual([1, 3]);
  expect([await totalOf('Observation,Practitioner'), await totalOf('Practitioner'), await totalOf('Location,Patient')]).toEqual([undefined, undefined, undefined]);
});

test('_since leaves out what did not change', async () => {
  const { lastUpdated } = await server.put({ resourceType: 'Observation', id: 'o3', status: 'final', encounter: ref('Encounter/e'), subject: ref('Patient/a') });
  expect(named(await server.get(`Encounter/e/$everything?_since=${new Date(lastUpdated).toISOString()}`))).toEqual(['Observation/o3']);
});

test('POST takes Parameters, in XML too', async () => {
  const xml = '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="_type"/><valueCode value="Condition"/></parameter></Parameters>';
  for (const call of [{ body: { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'Condition' }] } }, { body: xml, headers: { 'Content-Type': 'application/fhir+xml' } }]) {
    expect(named(await server.ask('POST', 'Encounter/e/$everything', professional, call))).toEqual(['Condition/c1']);
  }
});

test('404 for what is not there or is hidden, in the same words; 400 by name', async () => {
  expect((await server.get('Encounter/e/$everything?start=2026')).status).toBe(400);
  await server.put(consent, blocks('810000000001'));
  const hidden = await server.get('Encounter/e/$everything');
  expect(hidden.status).toBe(404);
  expect(hidden.text).toBe((await server.get('Encounter/none/$everything')).text.replace('none', 'e'));
  await server.put(consent, closes());
  expect((await server.get('Encounter/e/$everything', person('b'))).status).toBe(404);
  expect(of('match', await server.get('Encounter/e/$everything', operator))).toEqual(matches);
});

test('what is masked in it is neither given, nor counted, nor brought along', async () => {
  await server.put({ resourceType: 'DocumentReference', id: 'd', status: 'current', content: [{ attachment: {} }] }, { documentFacts: { chainKeys: ['k'], labels: ['MASQUE_PS'], authors: [] } });
  await server.put({ resourceType: 'Observation', id: 'm', status: 'final', encounter: ref('Encounter/e'), performer: [ref('Practitioner/other')] }, { document: 'd' });
  const reply = await server.get('Encounter/e/$everything');
  expect(reply.json).toMatchObject({ total: 4 });
  expect([of('match', reply), of('include', reply)]).toEqual([matches, support]);
  expect((await server.get('Encounter/e/$everything?_count=0')).json).toMatchObject({ total: 4 });
});
