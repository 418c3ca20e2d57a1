import { resourceTypes } from '../../src/fhir/definitions';
import { capabilitiesRoute } from '../../src/interactions/capabilities';
import { readRoutes } from '../../src/interactions/read-routes';
import { createRouter, type Route } from '../../src/interactions/routes';
import { eraseRoute } from '../../src/operations/erase';
import { everythingRoutes } from '../../src/operations/everything';
import { validate } from '../../src/fhir/validate';
import type { JsonObject } from '../../src/fhir/json';
import { routes as everyRoute } from '../../src/routes';
import { searchParametersOf } from '../../src/search/parameters';
import { base, operator, professional, reading } from './reading';

interface Described {
  readonly type: string;
  readonly interaction: readonly { code: string }[];
  readonly searchParam?: readonly { name: string; type: string; definition: string }[];
  readonly searchInclude?: readonly string[];
  readonly searchRevInclude?: readonly string[];
  readonly operation?: readonly { name: string; definition: string }[];
  readonly [flag: string]: unknown;
}
interface Metadata {
  readonly rest: readonly { readonly resource: readonly Described[]; readonly interaction?: readonly { code: string }[]; readonly operation?: readonly { name: string }[]; readonly security: { description: string; service?: unknown } }[];
  readonly [name: string]: unknown;
}
async function metadata(routes?: readonly Route[], services = {}): Promise<Metadata> {
  const server = await reading({ ...(routes ? { routes } : {}), services });
  const { json } = await server.get('metadata');
  await server.close();
  return json as Metadata;
}
const typesOf = ({ rest }: Metadata) => new Map(rest[0]?.resource.map((described) => [described.type, described]));

/** What each interaction is at: https://hl7.org/fhir/R4/http.html#summary */
const addresses: Readonly<Record<string, readonly [string, (type: string) => string]>> = {
  read: ['GET', (type) => `${type}/1`], vread: ['GET', (type) => `${type}/1/_history/1`], 'history-instance': ['GET', (type) => `${type}/1/_history`],
  'history-type': ['GET', (type) => `${type}/_history`], 'search-type': ['GET', (type) => type], create: ['POST', (type) => type],
  update: ['PUT', (type) => `${type}/1`], patch: ['PATCH', (type) => `${type}/1`], delete: ['DELETE', (type) => `${type}/1`],
};

const nothing: Route['handler'] = async () => ({ status: 200, headers: {}, audit: { interaction: 'x', patients: [] } });
const row = (method: Route['method'], pattern: string[], interaction: string, level: Route['level'], more: Partial<Route> = {}): Route => ({ method, pattern, interaction, level, handler: nothing, ...more });

const tables: readonly [string, readonly Route[]][] = [
  ['of the server', everyRoute],
  ['with rows for one type only', [...readRoutes, capabilitiesRoute, row('POST', [':type'], 'create', 'type'), row('PUT', ['Basic', ':id'], 'update', 'instance')]],
];
test.each(tables)('route table %s: every advertised interaction has a route, and every other one has none', async (_, routes) => {
  const server = await reading({ routes });
  const described = typesOf((await server.get('metadata')).json as Metadata);
  expect([...described.keys()]).toEqual(resourceTypes);
  const router = createRouter(routes, server.services, (name) => resourceTypes.includes(name));
  const offered = new Set(routes.map(({ interaction }) => interaction));
  for (const [type, { interaction }] of described) {
    const advertised = interaction.map(({ code }) => code);
    for (const [code, [method, address]] of Object.entries(addresses)) {
      const found = () => router.find(method as 'GET', address(type).split('/')).interaction;
      if (advertised.includes(code)) expect(found()).toBe(code);
      else expect(found).toThrow();
      if (advertised.includes(code)) expect(offered).toContain(code);
    }
  }
  await server.close();
});

test('every operation of the route table is advertised with its definition', async () => {
  const { rest } = await metadata(everyRoute);
  const told = [...rest[0]?.operation ?? [], ...rest[0]?.resource.flatMap(({ operation }) => operation ?? []) ?? []].map(({ name }) => `$${name}`);
  expect([...new Set(told)].sort()).toEqual([...new Set(everyRoute.map(({ interaction }) => interaction).filter((name) => name.startsWith('$')))].sort());
});

test('flags follow the routes', async () => {
  const none = typesOf(await metadata()).get('Patient');
  expect(none).toMatchObject({ versioning: 'versioned', readHistory: true, updateCreate: false, conditionalCreate: false, conditionalRead: 'full-support', conditionalUpdate: false, conditionalDelete: 'not-supported' });
  const some = typesOf(await metadata([
    ...readRoutes, capabilitiesRoute, row('POST', [':type'], 'create', 'type'), row('PUT', [':type', ':id'], 'update', 'instance'), row('PUT', [':type'], 'update', 'type'),
  ])).get('Patient');
  expect(some).toMatchObject({ updateCreate: true, conditionalCreate: true, conditionalUpdate: true, conditionalDelete: 'not-supported' });
});

test('patches and conditions are told as they are served', async () => {
  const told = await metadata(everyRoute);
  expect(told.patchFormat).toEqual(['application/json-patch+json', 'application/xml-patch+xml', 'application/fhir+json', 'application/fhir+xml']);
  const described = typesOf(told).get('Observation');
  expect(described).toMatchObject({ conditionalCreate: true, conditionalUpdate: true, conditionalDelete: 'single' });
  expect(described?.interaction.map(({ code }) => code)).toContain('patch');
  const server = await reading({});
  const { limits } = server.services;
  await server.close();
  const several = await metadata(everyRoute, { limits: { ...limits, conditionalDelete: { value: 5, setting: 'CONDITIONAL_DELETE_LIMIT' } } });
  expect(typesOf(several).get('Observation')).toMatchObject({ conditionalDelete: 'multiple' });
  expect((await metadata(readRoutes.concat(capabilitiesRoute))).patchFormat).toBeUndefined();
});

test('search parameters are those that a search takes, and includes follow references', async () => {
  const described = typesOf(await metadata());
  for (const type of ['Patient', 'Observation', 'DocumentReference', 'Basic']) {
    expect(described.get(type)?.searchParam?.map(({ name }) => name)).toEqual(searchParametersOf(type).map(({ code }) => code));
  }
  const observation = described.get('Observation');
  expect(observation?.searchParam).toContainEqual({ name: 'code', type: 'token', definition: 'http://hl7.org/fhir/SearchParameter/clinical-code' });
  expect(observation?.searchInclude).toEqual(expect.arrayContaining(['Observation:subject', 'Observation:has-member']));
  expect(observation?.searchInclude).not.toContain('Observation:code');
  expect(described.get('Patient')?.searchRevInclude).toEqual(expect.arrayContaining(['Observation:subject', 'DocumentReference:patient']));
  expect(described.get('Practitioner')?.searchRevInclude).not.toContain('Observation:encounter');
});

test('without search there are no search parameters', async () => {
  const patient = typesOf(await metadata([...readRoutes.filter(({ interaction }) => interaction !== 'search-type'), capabilitiesRoute])).get('Patient');
  expect(patient).not.toHaveProperty('searchParam');
  expect(patient).not.toHaveProperty('searchInclude');
});

test('an operation is told at the type that it is for, once', async () => {
  const described = typesOf(await metadata([...readRoutes, capabilitiesRoute, ...everythingRoutes]));
  expect(described.get('Patient')?.operation).toMatchObject([{ name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' }]);
  expect(described.get('Observation')).not.toHaveProperty('operation');
});

test('an operation on every type is told once, for all of them', async () => {
  const told = await metadata([...readRoutes, capabilitiesRoute, ...everythingRoutes, eraseRoute]);
  expect(told.rest[0]?.operation).toMatchObject([{ name: 'erase' }]);
  expect(typesOf(told).get('Patient')?.operation).toMatchObject([{ name: 'everything' }]);
});

test('the address that takes Bundles promises batch and transaction', async () => {
  expect((await metadata()).rest[0]?.interaction).toEqual(['history-system', 'search-system'].map((code) => ({ code })));
  const { rest } = await metadata([capabilitiesRoute, row('POST', [], 'transaction', 'system')]);
  expect(rest[0]?.interaction?.map(({ code }) => code).sort()).toEqual(['batch', 'transaction']);
});

test('it says what it is, where, and in which format', async () => {
  expect(await metadata()).toMatchObject({
    resourceType: 'CapabilityStatement', status: 'active', kind: 'instance', fhirVersion: '4.0.1', format: expect.arrayContaining(['application/fhir+json']),
    software: { name: 'Passerelle', version: '1.2.3' }, implementation: { url: base }, date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
});

test('it says how to get in: tokens, or nothing at all', async () => {
  const token = await metadata(undefined, { authorization: { mode: 'token', issuers: ['https://issuer.example.org'] } });
  expect(token.rest[0]?.security).toMatchObject({ service: [{ coding: [{ code: 'OAuth' }] }], description: expect.stringContaining('https://issuer.example.org') });
  const open = await metadata(undefined, { demo: true, authorization: { mode: 'open', issuers: [] } });
  expect(open.rest[0]?.security).not.toHaveProperty('service');
  expect(open.rest[0]?.security.description).toMatch(/no token/);
  expect(open.implementation).toMatchObject({ description: expect.stringContaining('demonstration') });
});

test('mode=terminology says that there is no terminology service', async () => {
  const server = await reading();
  const reply = await server.get('metadata?mode=terminology');
  expect(reply).toMatchObject({ status: 200, json: { resourceType: 'TerminologyCapabilities', status: 'active', kind: 'instance', implementation: { url: base } } });
  for (const promise of ['codeSystem', 'expansion', 'validateCode', 'translation', 'closure']) expect(reply.json).not.toHaveProperty(promise);
  expect(validate(reply.json as JsonObject)).toEqual([]);
  expect(reply.headers.ETag).not.toBe((await server.get('metadata')).headers.ETag);
  await server.close();
});

test('the limits in force are told in words', async () => {
  const server = await reading();
  const { limits, store } = server.services;
  await server.close();
  const { rest: [rest] } = await metadata(undefined, {
    limits: { ...limits, entries: { value: 321, setting: 'ENTRIES_LIMIT' } },
    store: { ...store, capabilities: { name: 'x', transactions: true, maxCommitWrites: 5, maxCommitBytes: 123_456 } },
  });
  const { documentation } = rest as unknown as { documentation: string };
  for (const words of ['321 (ENTRIES_LIMIT)', '123456 bytes (TRANSACTION_STORE_BYTES)', '20 (PAGE_DEFAULT), at most 50 (PAGE_MAX)', '1 (CONDITIONAL_DELETE)', '(HISTORY_BUDGET)']) expect(documentation).toContain(words);
});

test('security, references and parameters of all types are told as they are', async () => {
  const { rest: [rest] } = await metadata(undefined, { cors: true, referentialIntegrity: true });
  expect(rest?.security).toMatchObject({ cors: true });
  expect(rest?.resource[0]).toMatchObject({ referencePolicy: ['literal', 'logical', 'local', 'enforced'] });
  const common = (rest as unknown as { searchParam: { name: string }[] }).searchParam.map(({ name }) => name);
  expect(common).toEqual(expect.arrayContaining(['_id', '_lastUpdated', '_tag', '_profile', '_security', '_source']));
  const specials = ['_filter', '_list', '_text', '_content'];
  for (const described of rest?.resource ?? []) expect(described.searchParam?.map(({ name }) => name)).toEqual(expect.arrayContaining(common.filter((name) => !specials.includes(name))));
});

test('it is public, built once, and 304 for who has it', async () => {
  const server = await reading();
  expect(capabilitiesRoute.public).toBe(true);
  const [one, other] = [await server.get('metadata', professional), await server.get('metadata', operator)];
  expect(other.text).toBe(one.text);
  expect(other.headers.ETag).toBe(one.headers.ETag);
  expect(await server.get('metadata', professional, { 'If-None-Match': one.headers.ETag ?? '' })).toMatchObject({ status: 304, text: '' });
  expect((await server.get('metadata?mode=unheard')).status).toBe(400);
  expect((await server.get('metadata?mode=full&mode=full')).status).toBe(400);
  expect((await server.get('metadata?mode=normative')).json).toMatchObject({ resourceType: 'CapabilityStatement' });
  expect((await server.get('metadata?mode=full')).status).toBe(200);
  await server.close();
});
