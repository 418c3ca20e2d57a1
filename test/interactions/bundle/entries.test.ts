import type { Bundle, FhirResource, Observation } from 'fhir/r4';
import type { Actor } from '../../../src/access/actor';
import type { Reply } from '../../support/exchange';
import { expectStatus, operator, startServer, system, type TestServer } from '../../support/server';

let server: TestServer;
let multiple: TestServer;
beforeAll(async () => {
  server = await startServer();
  multiple = await startServer({ services: { limits: { ...server.services.limits, conditionalDelete: { value: 5, setting: 'CONDITIONAL_DELETE_LIMIT' } } } });
});
afterAll(async () => {
  await server.close();
  await multiple.close();
});

type Entry = { fullUrl?: string; resource?: object; request: Record<string, string> };
const kinds = ['batch', 'transaction'] as const;
type Kind = (typeof kinds)[number];
const base = 'http://localhost:8080/fhir';
const tagged = (value: string, more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, identifier: [{ system: 'http://t.example', value }], ...more });
const query = (value: string): string => `Observation?identifier=http://t.example|${value}`;
const write = (method: string, url: string, resource?: object, more: Record<string, string> = {}): Entry => ({ ...(resource ? { resource } : {}), request: { method, url, ...more } });
const binary = (contentType: string, text: string) => ({ resourceType: 'Binary', contentType, data: Buffer.from(text).toString('base64') });
const jsonPatch = (...operations: object[]) => binary('application/json-patch+json', JSON.stringify(operations));
const amend = jsonPatch({ op: 'replace', path: '/status', value: 'amended' });
const operation = (...part: object[]) => ({ resourceType: 'Parameters', parameter: [{ name: 'operation', part }] });

const send = (type: Kind, entry: readonly Entry[], actor: Actor = operator, on = server): Promise<Reply> => on.as(actor)('POST', '', { body: { resourceType: 'Bundle', type, entry } });
async function done(type: Kind, entry: readonly Entry[], actor?: Actor, on?: TestServer) {
  const answer = expectStatus(await send(type, entry, actor, on), 200).resource<Bundle>();
  return (answer.entry ?? []).map(({ response }) => ({ ...response, status: Number(response?.status.slice(0, 3)), key: (response?.location ?? '').replace(`${base}/`, '').replace(/\/_history.*/, '') }));
}
const made = async (value: string, more: object = {}, actor: Actor = operator, on = server): Promise<Observation & { id: string }> => expectStatus(await on.as(actor)('POST', 'Observation', { body: tagged(value, more) }), 201).resource();
const read = async <T = FhirResource>(url: string): Promise<T> => expectStatus(await server.as(operator)('GET', url), 200).resource<T>();
const total = async (value: string, on = server): Promise<number> => (await on.as(operator)('GET', query(value))).resource<{ total: number }>().total;

describe.each(kinds)('in a %s', (kind) => {
  it('an entry patches, by each kind of patch', async () => {
    const xml = `<diff xmlns:f="http://hl7.org/fhir"><replace sel="f:Observation/f:status/@value">amended</replace></diff>`;
    const path = operation({ name: 'type', valueCode: 'replace' }, { name: 'path', valueString: 'Observation.status' }, { name: 'value', valueCode: 'amended' });
    const stored = await Promise.all([0, 1, 2].map(() => made(`${kind}-kinds`)));
    const patches = [amend, binary('application/xml-patch+xml', xml), path];
    const answers = await done(kind, stored.map(({ id }, index) => write('PATCH', `Observation/${id}`, patches[index])));
    expect(answers.map(({ status, etag }) => [status, etag])).toEqual(Array(3).fill([200, 'W/"2"']));
    for (const { id } of stored) expect((await read<Observation>(`Observation/${id}`)).status).toBe('amended');
  });

  it('histories are read: of a resource, of a type, of the system, with their parameters', async () => {
    const { id } = await made(`${kind}-history`);
    const urls = [`Observation/${id}/_history`, 'Observation/_history?_count=1', '_history?_count=1', `${base}/Observation/${id}/_history?_summary=count`];
    const { entry } = expectStatus(await send(kind, urls.map((url) => write('GET', url))), 200).resource<Bundle>();
    const bundles = entry?.map(({ resource }) => resource as Bundle);
    expect(bundles?.map(({ type, entry: versions }) => [type, versions?.length, versions?.[0]?.request?.method])).toEqual([...Array<unknown>(3).fill(['history', 1, 'POST']), ['history', undefined, undefined]]);
    expect(bundles?.map((bundle) => bundle.entry?.[0]?.resource?.id)).toEqual([id, id, id, undefined]);
    expect([bundles?.[0]?.total, bundles?.[3]?.total]).toEqual([1, 1]);
    const [missing, bad] = kind === 'batch' ? (await done(kind, [write('GET', 'Observation/never-there/_history'), write('GET', '_history?_count=x')])).map(({ status }) => status)
      : await Promise.all(['Observation/never-there/_history', '_history?_count=x'].map(async (url) => (await send(kind, [write('GET', url)])).status));
    expect([missing, bad]).toEqual([404, 400]);
  });

  it('a patch that changes nothing makes no version, and ifMatch is heeded', async () => {
    const { id } = await made(`${kind}-same`);
    const [same] = await done(kind, [write('PATCH', `Observation/${id}`, jsonPatch())]);
    expect(same).toMatchObject({ status: 200, etag: 'W/"1"' });
    const entry = write('PATCH', `Observation/${id}`, amend, { ifMatch: 'W/"4"' });
    expect(kind === 'batch' ? (await done(kind, [entry]))[0]?.status : (await send(kind, [entry])).status).toBe(412);
  });

  it.each([
    ['no patch', undefined, 400], ['another resource', { resourceType: 'Patient' }, 400], ['a patch that is not one', binary('application/json-patch+json', '{}'), 400], ['another type of patch', binary('text/plain', 'x'), 415],
    ['a patch that finds nothing', jsonPatch({ op: 'remove', path: '/note' }), 422], ['a patch that leaves no valid resource', jsonPatch({ op: 'remove', path: '/status' }), 422], ['another id', jsonPatch({ op: 'replace', path: '/id', value: 'x' }), 422],
  ])('%s is refused by the name of its entry', async (_, resource, status) => {
    const { id } = await made(`${kind}-refused`);
    const reply = await send(kind, [write('POST', 'Observation', tagged(`${kind}-beside`)), write('PATCH', `Observation/${id}`, resource)]);
    const outcome = kind === 'transaction' ? reply.resource<FhirResource>() : reply.resource<Bundle>().entry?.[1]?.response?.outcome;
    expect(kind === 'transaction' ? reply.status : Number(reply.resource<Bundle>().entry?.[1]?.response?.status.slice(0, 3))).toBe(status);
    expect(JSON.stringify(outcome)).toContain('Bundle.entry[1]');
    if (kind === 'transaction') expect(await total('transaction-beside')).toBe(0);
    expect((await read<Observation>(`Observation/${id}`)).meta?.versionId).toBe('1');
  });

  it('criteria find what is updated, patched and deleted', async () => {
    await Promise.all(['update', 'patch', 'delete'].map((value) => made(`${kind}-${value}`)));
    const answers = await done(kind, [
      write('PUT', query(`${kind}-update`), tagged(`${kind}-update`, { status: 'amended' })), write('PUT', query(`${kind}-new`), tagged(`${kind}-new`)),
      write('PATCH', query(`${kind}-patch`), amend), write('DELETE', query(`${kind}-delete`)), write('DELETE', query(`${kind}-none`)),
    ]);
    expect(answers.map(({ status, etag }) => [status, etag])).toEqual([[200, 'W/"2"'], [201, 'W/"1"'], [200, 'W/"2"'], [204, 'W/"2"'], [204, undefined]]);
    expect(await Promise.all(['update', 'new', 'patch', 'delete'].map((value) => total(`${kind}-${value}`)))).toEqual([1, 1, 1, 0]);
  });

  it('criteria delete several where the setting allows it', async () => {
    await Promise.all([0, 1, 2].map(() => made(`${kind}-many`, {}, operator, multiple)));
    expect((await done(kind, [write('DELETE', query(`${kind}-many`))], operator, multiple))[0]?.status).toBe(204);
    expect(await total(`${kind}-many`, multiple)).toBe(0);
  });

  it('criteria that find several are 412, an update by what is hidden in the same words; a patch of what is hidden is 404 like one of nothing, a deletion 204', async () => {
    const theirs = system('1020000002');
    await made(`${kind}-hidden`, {}, system('1010000001'));
    await Promise.all([0, 1].map(() => made(`${kind}-twice`, {}, theirs)));
    const outcomeOf = async (entry: Entry): Promise<[number, unknown]> => {
      const reply = await send(kind, [entry], theirs);
      const response = kind === 'batch' ? reply.resource<Bundle>().entry?.[0]?.response : undefined;
      return response ? [Number(response.status.slice(0, 3)), response.outcome] : [reply.status, reply.resource()];
    };
    const update = (value: string): Entry => write('PUT', query(value), tagged(value));
    const patch = (value: string): Entry => write('PATCH', query(value), amend);
    const remove = (value: string): Entry => write('DELETE', query(value));
    const several = await outcomeOf(update(`${kind}-twice`));
    expect([several[0], await outcomeOf(update(`${kind}-hidden`))]).toEqual([412, several]);
    for (const entry of [patch, remove]) expect((await outcomeOf(entry(`${kind}-twice`)))[0]).toBe(412);
    const [nothing, hidden] = [await outcomeOf(patch(`${kind}-nothing`)), await outcomeOf(patch(`${kind}-hidden`))];
    expect([nothing[0], hidden]).toEqual([404, nothing]);
    for (const value of ['nothing', 'hidden']) expect((await done(kind, [remove(`${kind}-${value}`)], theirs))[0]?.status).toBe(204);
    expect(await total(`${kind}-hidden`)).toBe(1);
    expect((await outcomeOf(write('DELETE', 'Observation')))[0]).toBe(400);
  });
});

describe('a transaction', () => {
  it('writes what is patched and what criteria make with the rest, or not at all', async () => {
    const { id } = await made('all-or-nothing');
    const entries = [write('PATCH', `Observation/${id}`, amend), write('PUT', query('none-yet'), tagged('none-yet')), write('DELETE', 'Observation/unknown', undefined, { ifMatch: 'W/"1"' })];
    expect((await send('transaction', entries)).status).toBe(412);
    expect([(await read<Observation>(`Observation/${id}`)).status, await total('none-yet')]).toEqual(['final', 0]);
  });

  it('refers to what criteria find or make, by its full URL', async () => {
    const found = expectStatus(await server.as(operator)('POST', 'Patient', { body: { resourceType: 'Patient', identifier: [{ system: 'http://t.example', value: 'found' }] } }), 201).resource<{ id: string }>();
    const person = (value: string) => ({ resourceType: 'Patient', active: true, identifier: [{ system: 'http://t.example', value }] });
    const answers = await done('transaction', [
      { fullUrl: 'urn:uuid:found', ...write('PUT', 'Patient?identifier=http://t.example|found', person('found')) }, { fullUrl: 'http://elsewhere.example/Patient/made', ...write('PUT', 'Patient?identifier=http://t.example|made', person('made')) },
      write('POST', 'Observation', tagged('refers', { subject: { reference: 'urn:uuid:found' } })),
      { fullUrl: 'http://elsewhere.example/Observation/1', ...write('POST', 'Observation', tagged('refers', { subject: { reference: 'Patient/made' } })) },
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 201, 201]);
    expect(answers[0]?.key).toBe(`Patient/${found.id}`);
    const subjects = await Promise.all(answers.slice(2).map(async ({ key }) => (await read<Observation>(key)).subject?.reference));
    expect(subjects).toEqual([answers[0]?.key, answers[1]?.key]);
  });

  it.each([
    ['JSON Patch, in an object', (url: string) => jsonPatch({ op: 'add', path: '/subject', value: { reference: url } })],
    ['JSON Patch, as a text', (url: string) => jsonPatch({ op: 'add', path: '/subject', value: {} }, { op: 'add', path: '/subject/reference', value: url })],
    ['FHIRPath Patch', (url: string) => operation({ name: 'type', valueCode: 'add' }, { name: 'path', valueString: 'Observation' }, { name: 'name', valueString: 'subject' }, { name: 'value', valueReference: { reference: url } })],
    ['XML Patch', (url: string) => binary('application/xml-patch+xml', `<diff xmlns="http://hl7.org/fhir"><add sel="Observation"><subject><reference value="${url}"/></subject></add></diff>`)],
  ])('refers from what it patches to what it makes: %s', async (_, patch) => {
    const { id } = await made('patched-reference');
    const answers = await done('transaction', [{ fullUrl: 'urn:uuid:5', ...write('POST', 'Patient', { resourceType: 'Patient' }) }, write('PATCH', `Observation/${id}`, patch('urn:uuid:5'))]);
    expect((await read<Observation>(`Observation/${id}`)).subject?.reference).toBe(answers[0]?.key);
  });

  it('resolves a conditional reference that a patch brings', async () => {
    const { id } = await made('patched-condition');
    const patient = expectStatus(await server.as(operator)('POST', 'Patient', { body: { resourceType: 'Patient', identifier: [{ value: 'named' }] } }), 201).resource<{ id: string }>();
    await done('transaction', [write('PATCH', `Observation/${id}`, jsonPatch({ op: 'add', path: '/subject', value: { reference: 'Patient?identifier=named' } }))]);
    expect((await read<Observation>(`Observation/${id}`)).subject?.reference).toBe(`Patient/${patient.id}`);
  });

  it.each([
    ['an update and a patch of one resource', (id: string) => [write('PUT', `Observation/${id}`, tagged('overlap', { id })), write('PATCH', `Observation/${id}`, amend)]],
    ['a patch and criteria that find the same', (id: string) => [write('PATCH', `Observation/${id}`, amend), write('PUT', query('overlap'), tagged('overlap'))]],
    ['two deletions of one resource', (id: string) => [write('DELETE', `Observation/${id}`), write('DELETE', query('overlap'))]],
    ['criteria that would make it twice', () => [write('PUT', query('overlap-new'), tagged('overlap-new')), write('PUT', query('overlap-new'), tagged('overlap-new'))]],
    ['criteria that would make it in two ways', () => [write('PUT', query('overlap-new'), tagged('overlap-new')), write('POST', 'Observation', tagged('overlap-new'), { ifNoneExist: 'identifier=http://t.example|overlap-new' })]],
  ])('refuses %s', async (_, entries) => {
    const { id } = (await read<Bundle>(query('overlap'))).entry?.[0]?.resource ?? await made('overlap');
    const reply = await send('transaction', entries(id as string));
    expect([reply.status, reply.issues[0]?.expression?.at(-1)]).toEqual([400, expect.stringMatching(/^Bundle\.entry\[1\]/)]);
    expect([await total('overlap'), await total('overlap-new')]).toEqual([1, 0]);
  });

  it('50 at once with the same criteria make one resource', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => send('transaction', [write('PUT', query('race'), tagged('race', { status: index % 2 === 0 ? 'final' : 'amended' })), write('POST', 'Observation', tagged('race-beside'))])));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect([await total('race'), await total('race-beside')]).toEqual([1, 50]);
  });

  it('reads beside what criteria write', async () => {
    await made('read-beside');
    expect((await done('transaction', [write('DELETE', query('read-beside')), write('GET', query('read-beside'))])).map(({ status }) => status)).toEqual([204, 200]);
  });
});
