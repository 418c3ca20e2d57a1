import type { Bundle, DocumentReference, FhirResource, Observation, Patient, Provenance } from 'fhir/r4';
import { createHash } from 'node:crypto';
import type { Actor } from '../../../src/access/actor';
import { expectStatus, operator, professional, startServer, system, testIns, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());
const mine = system('1010000001');
const theirs = system('1020000002');
const base = 'http://localhost:8080/fhir';

type Entry = { fullUrl?: string; resource?: object; request: Record<string, string> };
const bundle = (type: 'batch' | 'transaction', entry: readonly Entry[]) => ({ resourceType: 'Bundle', type, entry });
const post = (resource: object, fullUrl?: string, more: Record<string, string> = {}): Entry => ({ ...(fullUrl ? { fullUrl } : {}), resource, request: { method: 'POST', url: (resource as { resourceType: string }).resourceType, ...more } });
const put = (resource: { resourceType: string; id: string }, more: Record<string, string> = {}): Entry => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...more } });
const remove = (url: string, more: Record<string, string> = {}): Entry => ({ request: { method: 'DELETE', url, ...more } });
const get = (url: string, more: Record<string, string> = {}): Entry => ({ request: { method: 'GET', url, ...more } });
const send = (type: 'batch' | 'transaction', entry: readonly Entry[], actor: Actor = operator, headers: Record<string, string> = {}) => server.as(actor)('POST', '', { body: bundle(type, entry), headers });
async function done(type: 'batch' | 'transaction', entry: readonly Entry[], actor: Actor = operator, headers: Record<string, string> = {}) {
  const answer = expectStatus(await send(type, entry, actor, headers), 200).resource<Bundle>();
  expect(answer.type).toBe(`${type}-response`);
  expect(answer.entry).toHaveLength(entry.length);
  return (answer.entry ?? []).map(({ resource, response }) => ({ resource, ...response, key: (response?.location ?? '').replace(`${base}/`, '').replace(/\/_history.*/, '') }));
}
const read = async <T = FhirResource>(url: string, actor: Actor = operator): Promise<T> => expectStatus(await server.as(actor)('GET', url), 200).resource<T>();
const total = async (url: string): Promise<number> => (await read<Bundle>(`${url}&_summary=count`)).total ?? -1;

const observation = (subject?: string, more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...(subject ? { subject: { reference: subject } } : {}), ...more });
const tagged = (value: string, subject?: string) => observation(subject, { identifier: [{ system: 'http://t.example', value }] });
const person = (value?: string) => ({ resourceType: 'Patient', ...(value ? { identifier: [{ use: 'official', system: testIns, value }] } : {}) });

describe('transaction', () => {
  it('makes resources that refer to each other', async () => {
    const [patient, obs] = await done('transaction', [
      post(person(), 'urn:uuid:0b7c1c9e-8f5c-4f0e-9a35-6f4de8a6f001'),
      post(observation('urn:uuid:0b7c1c9e-8f5c-4f0e-9a35-6f4de8a6f001', { note: [{ text: 'urn:uuid:elsewhere' }] }), 'urn:uuid:2'),
    ]);
    expect(patient).toMatchObject({ status: '201 Created', etag: 'W/"1"' });
    expect(patient?.location).toBe(`${base}/${patient?.key}/_history/1`);
    expect(Number.isNaN(Date.parse(patient?.lastModified ?? ''))).toBe(false);
    const stored = await read<Observation>(obs?.key ?? '');
    expect(stored.subject?.reference).toBe(patient?.key);
    expect(stored.note?.[0]?.text).toBe('urn:uuid:elsewhere');
  });

  it('answers in the order of the request, whatever the order of processing', async () => {
    const [old] = await done('transaction', [put({ ...observation(), id: 'order-old' } as never)]);
    const answers = await done('transaction', [get('Observation/order-put'), put({ ...tagged('order'), id: 'order-put' } as never), post(tagged('order')), remove('Observation/order-old'), get('Observation?identifier=http://t.example|order')]);
    expect(old?.status).toBe('201 Created');
    expect(answers.map(({ status }) => status)).toEqual(['200 OK', '201 Created', '201 Created', '204 No Content', '200 OK']);
    expect(answers[0]?.resource).toMatchObject({ resourceType: 'Observation', id: 'order-put' });
    expect((answers[4]?.resource as Bundle).total).toBe(2);
  });

  it('writes all or nothing', async () => {
    const before = await send('transaction', [put({ ...observation(), id: 'atomic' } as never)]);
    expect(before.status).toBe(200);
    for (const last of [
      put({ ...observation(), id: 'atomic' } as never, { ifMatch: 'W/"9"' }), post({ resourceType: 'Observation' }), get('Observation/unknown-to-all'), get('Observation?nonsense=1'),
      post(observation('Patient?identifier=nobody|x')), remove('Observation/atomic', { ifMatch: 'W/"9"' }), { request: { method: 'PUT', url: 'Patient?nonsense=x' }, resource: person() },
      { request: { method: 'POST', url: 'Observation/$lastn' }, resource: { resourceType: 'Parameters' } },
    ] as Entry[]) {
      const reply = await send('transaction', [post(tagged('atomic')), last]);
      expect([last.request, reply.status >= 400 && reply.status < 500]).toEqual([last.request, true]);
      expect(reply.issues[0]?.expression?.[0]).toMatch(/^Bundle\.entry\[1\]/);
    }
    expect(await total('Observation?identifier=http://t.example|atomic')).toBe(0);
    expect((await server.as(operator)('GET', 'Observation/atomic')).headers.ETag).toBe('W/"1"');
  });

  it('names every faulty entry with the place of each fault', async () => {
    const reply = await send('transaction', [post(observation()), post({ ...observation(), status: 'wrong' }), post({ resourceType: 'Patient', name: [{ familly: 'x' }] })]);
    expect(reply.status).toBe(422);
    expect(reply.issues.flatMap(({ expression }) => expression ?? [])).toEqual(['Bundle.entry[1].resource.status', 'Bundle.entry[2].resource.name[0].familly']);
  });

  it.each<[string, readonly Entry[]]>([
    ['two updates of one resource', [put({ ...observation(), id: 'dup' } as never), put({ ...observation(), id: 'dup' } as never)]],
    ['an update and a deletion of one resource', [put({ ...observation(), id: 'dup' } as never), remove('Observation/dup')]],
    ['one full URL for two entries', [post(person(), 'urn:uuid:same'), post(person(), 'urn:uuid:same')]],
    ['a transaction inside', [{ request: { method: 'POST', url: '/' }, resource: bundle('transaction', []) }]],
  ])('refuses %s', async (_, entry) => expect((await send('transaction', entry)).status).toBe(400));

  it('refuses a URN that no entry bears', async () => {
    const reply = await send('transaction', [post(observation('urn:uuid:nobody'))]);
    expect([reply.status, reply.issues[0]?.expression]).toEqual([422, ['Bundle.entry[0]']]);
  });

  it('creates under a condition once, and lets others refer to what was there', async () => {
    const organization = { resourceType: 'Organization', name: 'A', identifier: [{ system: 'http://org.example', value: 'one' }] };
    const entries = (tag: string) => [post(organization, 'urn:uuid:org', { ifNoneExist: 'identifier=http://org.example|one' }), post({ ...tagged(tag), performer: [{ reference: 'urn:uuid:org' }] })];
    const [made] = await done('transaction', entries('first'));
    const [found, obs] = await done('transaction', entries('second'));
    expect([made?.status, found?.status, found?.key]).toEqual(['201 Created', '200 OK', made?.key]);
    expect((await read<Observation>(obs?.key ?? '')).performer?.[0]?.reference).toBe(made?.key);
    const [one, two] = await done('transaction', [post({ ...organization, identifier: [{ system: 'http://org.example', value: 'two' }] }, 'urn:uuid:a', { ifNoneExist: 'identifier=http://org.example|two' }), post({ ...organization, identifier: [{ system: 'http://org.example', value: 'two' }] }, 'urn:uuid:b', { ifNoneExist: 'identifier=http://org.example|two' })]);
    expect([one?.status, two?.status, two?.key]).toEqual(['201 Created', '200 OK', one?.key]);
  });

  it('of twenty at once under one condition, one creates', async () => {
    const entry = [post({ resourceType: 'Organization', name: 'R', identifier: [{ system: 'http://org.example', value: 'race' }] }, 'urn:uuid:o', { ifNoneExist: 'identifier=http://org.example|race' }), post(observation())];
    const all = await Promise.all(Array.from({ length: 20 }, () => done('transaction', entry)));
    expect(all.filter(([first]) => first?.status === '201 Created')).toHaveLength(1);
    expect(new Set(all.map(([first]) => first?.key)).size).toBe(1);
  });

  it('resolves conditional references', async () => {
    const value = '255017500200108';
    const [known] = await done('transaction', [post(person(value))], mine);
    const [obs] = await done('transaction', [post(observation(`Patient?identifier=${testIns}|${value}`))], mine);
    expect((await read<Observation>(obs?.key ?? '')).subject?.reference).toBe(known?.key);
  });

  it('knows the owners of what it is about to make', async () => {
    const [patient, document, provenance, binary, logical] = await done('transaction', [
      post(person('255017500300108'), 'urn:uuid:p'),
      post({ resourceType: 'DocumentReference', status: 'current', subject: { reference: 'urn:uuid:p' }, content: [{ attachment: { url: 'urn:uuid:b', contentType: 'text/plain' } }] }, 'urn:uuid:d'),
      post({ resourceType: 'Provenance', recorded: '2026-01-01T00:00:00Z', target: [{ reference: 'urn:uuid:d' }], agent: [{ who: { display: 'x' } }] }),
      post({ resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=' }, 'urn:uuid:b'),
      post({ ...observation(), subject: { identifier: { system: testIns, value: '255017500300108' } } }),
    ], mine);
    const doctor = professional();
    expect((await read<DocumentReference>(document?.key ?? '', doctor)).content[0]?.attachment.url).toBe(binary?.key);
    expect((await read<Provenance>(provenance?.key ?? '', doctor)).target[0]?.reference).toBe(document?.key);
    expect((await server.as(doctor)('GET', binary?.key ?? '', { headers: { Accept: 'text/plain' } })).text).toBe('hello');
    for (const each of [patient, document, provenance, binary, logical]) expect((await server.as(doctor)('GET', each?.key ?? '')).audit.patients).toEqual([patient?.key.replace('Patient/', '')]);
  });

  it('changes nothing of what stays the same', async () => {
    await done('transaction', [put({ ...observation(), id: 'same-in-bundle' } as never)]);
    const [again, other] = await done('transaction', [put({ ...observation(), id: 'same-in-bundle' } as never), post(observation())]);
    expect([again?.status, again?.etag, other?.status]).toEqual(['200 OK', 'W/"1"', '201 Created']);
    expect((await done('transaction', [put({ ...observation(), id: 'same-in-bundle' } as never)]))[0]?.etag).toBe('W/"1"');
  });

  it('lets an identity move from one Patient to another in one step', async () => {
    const value = '255017500400108';
    const [from] = await done('transaction', [post(person(value))]);
    const id = (from?.key ?? '').replace('Patient/', '');
    const [, to] = await done('transaction', [put({ ...person(), id } as never), post(person(value))]);
    expect((await read<Bundle>(`Patient?identifier=${testIns}|${value}`)).entry?.map(({ resource }) => `Patient/${resource?.id ?? ''}`)).toEqual([to?.key]);
  });

  it('sends resources back only where that is asked for', async () => {
    const entry = [post(observation())];
    expect((await done('transaction', entry))[0]?.resource).toBeUndefined();
    expect((await done('transaction', entry, operator, { Prefer: 'return=representation' }))[0]?.resource).toMatchObject({ resourceType: 'Observation', meta: { versionId: '1' } });
  });

  it('does nothing for nobody', async () => {
    expect((await server.as(operator)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction' } })).resource<Bundle>()).toMatchObject({ type: 'transaction-response' });
  });

  it('names what a hidden resource is by the words for what is not here', async () => {
    const [hidden] = await done('transaction', [post(observation())], theirs);
    const reply = await send('transaction', [post(observation()), put({ ...observation(), id: (hidden?.key ?? '').replace('Observation/', '') } as never)], mine);
    expect([reply.status, reply.issues[0]?.expression]).toEqual([404, ['Bundle.entry[1]']]);
  });

  it('of thousands of entries lets the event loop turn all along, and stores them all', async () => {
    const count = 5000;
    let turns = 0;
    let over = false;
    const turn = (): void => {
      turns++;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const entries = [post(person(), 'urn:uuid:many'), ...Array.from({ length: count }, (_, index) => post(tagged('many', 'urn:uuid:many'), `urn:uuid:o${index}`))];
    const answers = await done('transaction', entries, mine).finally(() => { over = true; });
    // Read, rendered, placed and answered in slices: were any of these done at one go, the turns would be a handful.
    expect(turns).toBeGreaterThan(count / 20);
    expect(answers.every(({ status }) => status === '201 Created')).toBe(true);
    expect(await total('Observation?identifier=http://t.example|many')).toBe(count);
    expect((await read<Observation>(answers[count]?.key ?? '')).subject?.reference).toBe(answers[0]?.key);
  });
});

describe('batch', () => {
  it('does each entry on its own', async () => {
    const answers = await done('batch', [post(observation()), post({ resourceType: 'Observation' }), get('Observation/unknown'), put({ ...observation(), id: 'in-batch' } as never), remove('Observation/unknown'), get('Patiant/1'), { request: { method: 'PATCH', url: 'Patient/1' } }, get('metadata-of-nothing')]);
    expect(answers.map(({ status }) => Number(status?.slice(0, 3)))).toEqual([201, 422, 404, 201, 204, 404, 400, 404]);
    expect(answers[1]?.outcome).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ expression: ['Bundle.entry[1].resource.status'] }, { expression: ['Bundle.entry[1].resource.code'] }] });
    expect(answers[0]?.outcome).toBeUndefined();
  });

  it('answers reads and searches, conditional ones too', async () => {
    await done('batch', [put({ ...tagged('asked'), id: 'asked' } as never)]);
    const [one, same, many, posted] = await done('batch', [get('Observation/asked'), get('Observation/asked', { ifNoneMatch: 'W/"1"' }), get('Observation?identifier=http://t.example|asked'), { request: { method: 'POST', url: 'Observation/_search?identifier=http://t.example|asked' } }]);
    expect(one).toMatchObject({ status: '200 OK', etag: 'W/"1"', resource: { id: 'asked' } });
    expect([same?.status, same?.resource]).toEqual(['304 Not Modified', undefined]);
    expect([(many?.resource as Bundle).total, (posted?.resource as Bundle).total]).toEqual([1, 1]);
  });

  it('holds no more answers at once than a body may be long', async () => {
    await done('batch', [put({ ...tagged('room'), id: 'room', note: [{ text: 'x'.repeat(300_000) }] } as never)]);
    const answers = await done('batch', Array.from({ length: 60 }, () => get('Observation/room')));
    const refused = answers.filter(({ status }) => status?.startsWith('422'));
    expect(refused.length).toBeGreaterThan(30);
    expect(refused.length).toBeLessThan(60);
    expect(refused[0]?.outcome).toMatchObject({ issue: [{ code: 'too-costly', diagnostics: expect.stringContaining('BODY_LIMIT') as string }] });
    const reply = await send('transaction', [post(tagged('room-not')), ...Array.from({ length: 60 }, () => get('Observation/room'))]);
    expect([reply.status, await total('Observation?identifier=http://t.example|room-not')]).toEqual([422, 0]);
  });

  it('is decided under the rights of its caller', async () => {
    const [stored] = await done('batch', [post(observation())], theirs);
    const answers = await done('batch', [get(stored?.key ?? ''), remove(stored?.key ?? ''), { resource: { resourceType: 'Consent' }, request: { method: 'POST', url: 'Consent' } }], mine);
    expect(answers.map(({ status }) => Number(status?.slice(0, 3)))).toEqual([404, 404, 403]);
  });

  it('tells whose data it touched', async () => {
    const [patient] = await done('transaction', [post(person('255017500500108'))]);
    const reply = await send('batch', [post(observation(patient?.key)), get(`Observation?patient=${patient?.key ?? ''}`)]);
    expect(reply.audit).toEqual({ interaction: 'batch', patients: [(patient?.key ?? '').replace('Patient/', '')] });
  });
});

describe('a Bundle that is refused', () => {
  it.each([
    ['another resource', { resourceType: 'Patient' }, 400], ['a collection', { resourceType: 'Bundle', type: 'collection' }, 422], ['a Bundle without type', { resourceType: 'Bundle' }, 422],
    ['too many entries', bundle('batch', Array.from({ length: 6001 }, () => get('Patient/1'))), 413], ['an entry without request', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: person() }] }, 422],
  ])('%s', async (_, body, status) => {
    const reply = await server.as(operator)('POST', '', { body });
    expect([reply.status, reply.issues.length > 0]).toEqual([status, true]);
  });

  it('XML with a DTD', async () => {
    expect((await server.as(operator)('POST', '', { body: '<!DOCTYPE a><Bundle xmlns="http://hl7.org/fhir"/>', headers: { 'Content-Type': 'application/fhir+xml' } })).status).toBe(400);
  });

  it('is taken as XML when it is well', async () => {
    const body = '<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/><entry><resource><Patient><active value="true"/></Patient></resource><request><method value="POST"/><url value="Patient"/></request></entry></Bundle>';
    const reply = expectStatus(await server.as(operator)('POST', '', { body, headers: { 'Content-Type': 'application/fhir+xml' } }), 200);
    expect(reply.resource<Bundle>().entry?.[0]?.response?.status).toBe('201 Created');
  });

  it('keeps every digit and byte on a parse thread', async () => {
    const data = Buffer.alloc(300_000, 7);
    const [obs, binary] = await done('transaction', [{ resource: observation(), request: { method: 'POST', url: 'Observation' } }, post({ resourceType: 'Binary', contentType: 'application/x', data: data.toString('base64') })]);
    expect(obs?.status).toBe('201 Created');
    const bytes = (await server.as(operator)('GET', binary?.key ?? '', { headers: { Accept: 'application/x' } })).bytes;
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(createHash('sha256').update(data).digest('hex'));
    expect((await read<Patient>(obs?.key ?? '')).meta?.versionId).toBe('1');
  });
});
