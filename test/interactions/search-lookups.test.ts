/** Value sets, code systems, hierarchies and definitions that a search looks up: by whom they are seen, and how far it goes. Through the routes. */
import type { JsonObject } from '../../src/fhir/json';
import { linkOf, named, operator, professional, reading, type Put, type Reading } from './reading';

let server: Reading;
const shared: Put = { exposure: 'public', owners: [] };
const hidden: Put = { exposure: 'private', owners: [] };
const system = 'http://example.org/organs';
const limit = (value: number, setting: string) => ({ value, setting });

const coded = (id: string, code: string): JsonObject => ({ resourceType: 'Observation', id, status: 'final', subject: { reference: 'Patient/a' }, code: { coding: [{ system, code }] } });
const valueSet = (id: string, ...codes: string[]): JsonObject => ({ resourceType: 'ValueSet', id, status: 'active', url: `http://example.org/vs/${id}`, compose: { include: [{ system, concept: codes.map((code) => ({ code })) }] } });
const organization = (id: string, partOf?: string): JsonObject => ({ resourceType: 'Organization', id, ...(partOf === undefined ? {} : { partOf: { reference: `Organization/${partOf}` } }) });

beforeAll(async () => {
  server = await reading();
  Object.assign(server.services, { limits: { ...server.services.limits, expansion: limit(3, 'EXPANSION_LIMIT'), hierarchy: limit(3, 'HIERARCHY_LIMIT') } });
  await server.put({ resourceType: 'Patient', id: 'a' });
  for (const [id, code] of [['heart', 'heart'], ['lung', 'lung']] as const) await server.put(coded(id, code));
  await server.put(valueSet('open', 'heart'), shared);
  await server.put(valueSet('private', 'heart'), hidden);
  await server.put(valueSet('pair', 'heart', 'lung'), shared);
  await server.put(valueSet('many', 'heart', 'b', 'c', 'd'), shared);
  await server.put({ resourceType: 'CodeSystem', id: 'cs', status: 'active', url: system, content: 'complete', concept: [{ code: 'organ', concept: ['heart', 'lung', 'eye', 'ear'].map((code) => ({ code })) }] }, shared);
  for (const [id, partOf] of [['top', undefined], ['one', 'top'], ['two', 'one'], ['three', 'two'], ['left', undefined], ['right', 'left']] as const) await server.put(organization(id, partOf), shared);
  await server.put(organization('secret', 'right'), hidden);
  await server.put({ resourceType: 'Encounter', id: 'e', status: 'finished', class: { code: 'AMB' }, subject: { reference: 'Patient/a' }, serviceProvider: { reference: 'Organization/secret' } });
  await server.put({ resourceType: 'Location', id: 'l', status: 'active', position: { latitude: 48.85, longitude: 2.35 } }, shared);
});
afterAll(() => server.close());

const found = async (target: string, actor = professional): Promise<string[]> => {
  const reply = await server.get(target, actor);
  expect([target, reply.status, reply.issues]).toEqual([target, 200, []]);
  return named(reply).sort();
};

test.each([
  ['/Observation?code:in=http://example.org/vs/open', ['Observation/heart']],
  ['/Observation?code:in=ValueSet/open', ['Observation/heart']],
  ['/Observation?code:not-in=ValueSet/open', ['Observation/lung']],
  [`/Observation?code:below=${system}|heart`, ['Observation/heart']],
  ['/Encounter?service-provider:below=Organization/secret', ['Encounter/e']],
  ['/Location?near=48.85|2.36|1|km', ['Location/l']],
  ['/Patient/a/Observation?code:in=ValueSet/open', ['Observation/heart']],
  ['?_type=Observation,Condition&code:in=ValueSet/open', ['Observation/heart']],
])('%s', async (target, names) => expect(await found(target)).toEqual(names));

test('what the caller may not see does not exist: a value set is not here, a hierarchy ends', async () => {
  for (const target of ['/Observation?code:in=http://example.org/vs/private', '/Observation?code:in=ValueSet/private', '/Observation?code:in=ValueSet/nobody']) {
    const { status, issues } = await server.get(target, professional);
    expect([target, status, JSON.stringify(issues)]).toEqual([target, 400, expect.stringMatching(/is not here/)]);
  }
  expect(await found('/Observation?code:in=ValueSet/private', operator)).toEqual(['Observation/heart']);
  expect(await found('/Encounter?service-provider:below=Organization/left')).toEqual([]);
  expect(await found('/Encounter?service-provider:below=Organization/left', operator)).toEqual(['Encounter/e']);
});

test.each([
  ['/Observation?code:in=ValueSet/many', 'EXPANSION_LIMIT'], [`/Observation?code:below=${system}|organ`, 'EXPANSION_LIMIT'], ['/Encounter?service-provider:below=Organization/top', 'HIERARCHY_LIMIT'], ['/Encounter?service-provider:above=Organization/three', 'HIERARCHY_LIMIT'],
])('%s ends at its limit by name', async (target, setting) => {
  const { status, issues } = await server.get(target, professional);
  expect([status, JSON.stringify(issues)]).toEqual([422, expect.stringContaining(setting)]);
});

test('pages of such a search are turned: its values are looked up again', async () => {
  const first = await server.get('/Observation?code:in=ValueSet/pair&_count=1&_sort=_id', professional);
  expect(named(first)).toEqual(['Observation/heart']);
  await server.put(valueSet('pair', 'heart', 'lung'), shared);
  expect(await found(linkOf(first, 'next') ?? '')).toEqual(['Observation/lung']);
});
