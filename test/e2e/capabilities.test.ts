/**
 * The CapabilityStatement is what is served: every interaction, parameter, include and operation that it announces is called through
 * a whole server, and what it does not announce is refused. https://hl7.org/fhir/R4/capabilitystatement.html
 */
import { validate } from '../../src/fhir/validate';
import { searchParameter } from '../../src/search/parameters';
import { startTestServer, type Call, type Json, type Reply, type TestServer } from '../support/http-server';
import { brokenInvariants } from '../support/invariants';

let server: TestServer;
let token = '';
let statement: Json;
beforeAll(async () => {
  server = await startTestServer({ MAX_IN_FLIGHT: '200', CONDITIONAL_DELETE: 'single' });
  token = await server.token({ as: 'operator' });
  statement = (await server.call('metadata')).body;
});
afterAll(() => server.stop());

const call = (path: string, how: Call = {}): Promise<Reply> => server.call(path, { token, ...how });
/** A few at a time. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  }));
}
const rest = (): Json => statement.rest[0] as Json;
const resources = (): Json[] => rest().resource as Json[];
const said = ({ status, text }: Reply): string => `${status} ${text.slice(0, 300)}`;
const inGroups = <T>(all: readonly T[], size: number): T[][] => Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

/** What each interaction is called by, and the answers that only the interaction itself gives. */
const interactions: Readonly<Record<string, (type: string) => readonly [path: string, how: Call, answers: RegExp]>> = {
  read: (type) => [`${type}/none`, {}, new RegExp(`^404 .*${type}/none is not here`)],
  vread: (type) => [`${type}/none/_history/1`, {}, new RegExp(`^404 .*${type}/none/_history/1 is not here`)],
  'history-instance': (type) => [`${type}/none/_history`, {}, new RegExp(`^404 .*${type}/none is not here`)],
  'history-type': (type) => [`${type}/_history`, {}, /^200 .*"type":"history"/],
  'search-type': (type) => [type, {}, /^200 .*"type":"searchset"/],
  // Most types lack mandatory elements: that is known once the body was read as one of that type.
  create: (type) => [type, { method: 'POST', body: { resourceType: type } }, /^(201|422) /],
  update: (type) => [`${type}/made`, { method: 'PUT', body: { resourceType: type, id: 'made' } }, /^(201|422) /],
  patch: (type) => [`${type}/none`, { method: 'PATCH', headers: { 'Content-Type': 'application/json-patch+json' }, body: '[{"op":"remove","path":"/x"}]' }, new RegExp(`^404 .*${type}/none is not here`)],
  delete: (type) => [`${type}/none`, { method: 'DELETE' }, /^204 /],
};

test('parts of it are asked for as those of any resource, without a token, and tagged as such', async () => {
  const whole = Object.keys(statement);
  const always = ['resourceType', 'meta', 'status', 'date', 'kind', 'fhirVersion', 'format'];
  const parts: [string, string[], string[]][] = [
    ['_summary=text', always, ['rest', 'software']], ['_summary=data', whole, []], ['_elements=software', [...always, 'software'], ['rest', 'implementation']],
    ['_elements=CapabilityStatement.software,Patient.name', [...always, 'software'], ['rest']], ['mode=terminology&_elements=software', ['resourceType', 'meta', 'status', 'date', 'kind', 'software'], ['implementation']],
  ];
  for (const [query, kept, left] of parts) {
    for (const how of [{}, { method: 'HEAD' }]) expect([query, (await server.call(`metadata?${query}`, how)).status]).toEqual([query, 200]);
    const { body } = await server.call(`metadata?${query}`);
    expect([query, Object.keys(body)]).toEqual([query, expect.arrayContaining(kept)]);
    for (const name of left) expect([query, body[name]]).toEqual([query, undefined]);
    expect(body.meta.tag).toEqual([{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }]);
    // Once more: what is remembered is the same.
    expect((await server.call(`metadata?${query}`)).body).toEqual(body);
  }
  const summary = (await server.call('metadata?_summary=true')).body;
  expect([summary.rest[0].mode, summary.rest[0].documentation, summary.rest[0].resource]).toEqual(['server', undefined, expect.arrayContaining([expect.objectContaining({ type: 'Patient' })])]);
  for (const query of ['_summary=count', '_summary=x', '_summary=true&_elements=software']) expect([query, (await server.call(`metadata?${query}`)).status]).toEqual([query, 400]);
});

test('it is a valid CapabilityStatement, by the definitions and by the invariants of the standard', () => {
  expect(validate(statement as never)).toEqual([]);
  expect(brokenInvariants(statement as never)).toEqual([]);
});

test('every interaction of every type answers', async () => {
  await each(resources(), async ({ type, interaction }) => {
    for (const { code } of interaction as { code: string }[]) {
      const [path, how, answers] = interactions[code]?.(type as string) ?? ['', {}, /^$/];
      expect([type, code, said(await call(path, how))]).toEqual([type, code, expect.stringMatching(answers)]);
    }
  });
});

/** A value that a parameter of that kind can have. */
function valueOf(kind: string, target = 'Patient'): string {
  return { token: 'a', reference: `${target}/1`, date: '2020', string: 'a', number: '1', quantity: '1', uri: 'urn:a', position: '48|2|1|km' }[kind] ?? 'a';
}
function asked(type: string, name: string): string {
  const parameter = searchParameter(type, name);
  const value = parameter?.components ? parameter.components.map(({ kind }) => valueOf(kind)).join('$') : valueOf(parameter?.kind ?? '', parameter?.targets[0]);
  return `${name}=${encodeURIComponent(value)}`;
}

test('every search parameter of every type is read, and told with a definition', async () => {
  await each(resources(), async ({ type, searchParam }) => {
    for (const { name, definition, type: kind } of searchParam as { name: string; definition: string; type: string }[]) {
      expect([type, name, definition, kind]).toEqual([type, name, expect.stringMatching(/^(https?:|urn:)/), expect.stringMatching(/^(number|date|string|token|reference|composite|quantity|uri|special)$/)]);
    }
    for (const names of inGroups((searchParam as { name: string }[]).map(({ name }) => name), 12)) {
      const query = names.map((name) => asked(type as string, name)).join('&');
      expect([type, query, said(await call(`${type as string}?${query}`))]).toEqual([type, query, expect.stringMatching(/^200 /)]);
    }
  });
});

test('every include, forward and backward, is read', async () => {
  await each(resources(), async ({ type, searchInclude = [], searchRevInclude = [] }) => {
    for (const [name, values] of [['_include', searchInclude], ['_revinclude', searchRevInclude]] as const) {
      for (const some of inGroups(values as string[], 20)) {
        const query = `_id=none&${some.map((value) => `${name}=${value}`).join('&')}`;
        expect([type, query, said(await call(`${type as string}?${query}`))]).toEqual([type, query, expect.stringMatching(/^200 /)]);
      }
    }
  });
});

test('conditions are served as announced', async () => {
  const [described] = resources().filter(({ type }) => type === 'Basic');
  expect(described).toMatchObject({ versioning: 'versioned', readHistory: true, updateCreate: true, conditionalCreate: true, conditionalRead: 'full-support', conditionalUpdate: true, conditionalDelete: 'single' });
  const basic = (text: string) => ({ resourceType: 'Basic', identifier: [{ value: 'c' }], code: { text } });
  const identified = 'Basic?identifier=c';
  const first = await call('Basic', { body: basic('one'), headers: { 'If-None-Exist': 'identifier=c' } });
  expect(first.status).toBe(201);
  expect((await call('Basic', { body: basic('two'), headers: { 'If-None-Exist': 'identifier=c' } })).status).toBe(200);
  const { id } = first.body as { id: string };
  const tag = first.headers.get('etag') ?? '';
  expect((await call(`Basic/${id}`, { headers: { 'If-None-Match': tag } })).status).toBe(304);
  expect((await call(`Basic/${id}`, { headers: { 'If-Modified-Since': first.headers.get('last-modified') ?? '' } })).status).toBe(304);
  expect((await call(identified, { method: 'PUT', body: basic('three') })).status).toBe(200);
  expect((await call(`Basic/${id}/_history/1`)).body).toMatchObject({ code: { text: 'one' } });
  expect((await call(identified, { method: 'DELETE' })).status).toBe(204);
  expect((await call('Basic/free', { method: 'PUT', body: { ...basic('four'), id: 'free' } })).status).toBe(201);
});

test('every format and every patch format is taken and given', async () => {
  for (const format of statement.format as string[]) {
    const reply = await call(`Basic?_format=${encodeURIComponent(format)}`);
    expect([format, reply.status, reply.headers.get('content-type')]).toEqual([format, 200, expect.stringContaining(format.includes('xml') ? 'xml' : 'json')]);
  }
  for (const type of statement.patchFormat as string[]) {
    expect([type, (await call('Basic/none', { method: 'PATCH', headers: { 'Content-Type': type }, body: '' })).status]).not.toEqual([type, 415]);
  }
  expect((await call('Basic?_format=ttl')).status).toBe(406);
});

test('every interaction of the system, its parameters and its compartments answer', async () => {
  const bundle = (type: string) => ({ body: { resourceType: 'Bundle', type, entry: [{ request: { method: 'GET', url: 'Basic/none-at-all?_summary=true' } }] } });
  const calls: Readonly<Record<string, () => Promise<Reply>>> = {
    batch: () => call('', bundle('batch')), transaction: () => call('', { body: { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'GET', url: 'Basic?_id=none' } }] } }),
    'history-system': () => call('_history'), 'search-system': () => call('?_id=none'),
  };
  const codes = (rest().interaction as { code: string }[]).map(({ code }) => code);
  expect(codes.sort()).toEqual(Object.keys(calls).sort());
  for (const code of codes) expect([code, said(await (calls[code] as () => Promise<Reply>)())]).toEqual([code, expect.stringMatching(/^200 .*"resourceType":"Bundle"/)]);
  const special: Readonly<Record<string, string>> = { _filter: '_filter=_id eq none', _list: '_list=none', _text: '_text=word' };
  const named = (rest().searchParam as { name: string }[]).map(({ name }) => name);
  expect(named).toEqual(expect.arrayContaining(Object.keys(special)));
  for (const name of named) {
    const query = special[name] ?? asked('Basic', name);
    expect([query, said(await call(`?${query}`))]).toEqual([query, expect.stringMatching(/^200 /)]);
  }
  for (const url of rest().compartment as string[]) {
    const name = url.split('/').at(-1) ?? '';
    const reply = await call(`${name.charAt(0).toUpperCase()}${name.slice(1)}/none/*`);
    expect([url, reply.status]).not.toEqual([url, 405]);
    expect([url, said(reply)]).not.toEqual([url, expect.stringContaining('nothing at this address')]);
  }
});

test('every operation has an address and a definition', async () => {
  const told = [
    ...(rest().operation as Json[] ?? []).map((operation) => ({ operation, places: ['', 'Basic/', 'Basic/none/', 'Basic/none/_history/1/'] })),
    ...resources().flatMap(({ type, operation = [] }) => (operation as Json[]).map((one) => ({ operation: one, places: [`${type as string}/`, `${type as string}/none/`] }))),
  ];
  expect(told.length).toBeGreaterThan(4);
  for (const { operation: { name, definition }, places } of told) {
    expect(definition).toMatch(/^(https?|urn):/);
    const replies: string[] = [];
    for (const place of places) for (const method of ['GET', 'POST']) replies.push(said(await call(`${place}$${name as string}`, method === 'GET' ? {} : { method, body: { resourceType: 'Parameters' } })));
    const served = replies.filter((reply) => !reply.startsWith('405') && !reply.includes('nothing at this address'));
    expect([name, served.length > 0]).toEqual([name, true]);
  }
});

test.each([
  ['GET', 'Unheard', 404], ['GET', 'Unheard/1', 404], ['GET', 'Patient/x/_history/1/y', 404], ['GET', 'Patient/$unheard', 404], ['POST', '$unheard', 404], ['GET', 'Basic?unheard=1', 400], ['GET', 'Basic?_include=Basic:unheard', 400],
  ['POST', 'Basic/x', 405], ['PATCH', '', 405], ['DELETE', '', 405], ['PUT', '', 405], ['PUT', 'metadata', 405], ['DELETE', 'Basic/_history', 405], ['DELETE', 'Basic/x/_history', 405], ['POST', 'Basic/x/_history', 405],
  ['GET', 'metadata?mode=unheard', 400], ['GET', 'metadata?_count=1', 400],
])('what is not announced is refused: %s %s', async (method, path, status) => {
  const reply = await call(path, { method, ...(method === 'GET' || method === 'DELETE' ? {} : { body: { resourceType: 'Basic' } }) });
  expect([reply.status, reply.body.resourceType]).toEqual([status, 'OperationOutcome']);
});
