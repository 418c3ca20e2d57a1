/** The rules of transactions and batches, one by one: https://hl7.org/fhir/R4/http.html#trules, #brules, #transaction-response */
import type { Bundle, DocumentReference, FhirResource, Observation, OperationOutcome, Patient } from 'fhir/r4';
import type { Actor } from '../../../src/access/actor';
import type { Reply } from '../../support/exchange';
import { expectStatus, operator, startServer, system, testIns, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());
const mine = system('1010000001');
const base = 'http://localhost:8080/fhir';

type Entry = { fullUrl?: string; resource?: object; request: Record<string, string> };
type Kind = 'batch' | 'transaction';
const tagged = (value: string, more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, identifier: [{ system: 'http://t.example', value }], ...more });
const condition = (value: string): string => `identifier=http://t.example|${value}`;
const query = (value: string): string => `Observation?${condition(value)}`;
const person = (value?: string, more: object = {}) => ({ resourceType: 'Patient', ...(value ? { identifier: [{ use: 'official', system: testIns, value }] } : {}), ...more });
const write = (method: string, url: string, resource?: object, more: object = {}): Entry => ({ ...(resource ? { resource } : {}), request: { method, url, ...more } });
const post = (resource: object, fullUrl?: string, more: object = {}): Entry => ({ ...(fullUrl ? { fullUrl } : {}), ...write('POST', (resource as { resourceType: string }).resourceType, resource, more) });

const send = (type: Kind, entry: readonly unknown[], actor: Actor = operator, headers: Record<string, string> = {}): Promise<Reply> => server.as(actor)('POST', '', { body: { resourceType: 'Bundle', type, entry }, headers });
async function done(type: Kind, entry: readonly Entry[], actor?: Actor, headers?: Record<string, string>) {
  const answer = expectStatus(await send(type, entry, actor, headers), 200).resource<Bundle>();
  return (answer.entry ?? []).map(({ resource, response }) => ({ resource, ...response, status: Number(response?.status.slice(0, 3)), key: (response?.location ?? '').replace(`${base}/`, '').replace(/\/_history.*/, '') }));
}
const read = async <T = FhirResource>(url: string, actor: Actor = operator): Promise<T> => expectStatus(await server.as(actor)('GET', url), 200).resource<T>();
const total = async (url: string): Promise<number> => (await read<Bundle>(`${url}&_summary=count`)).total ?? -1;
const made = async (resource: { resourceType: string }, actor: Actor = operator): Promise<string> => expectStatus(await server.as(actor)('POST', resource.resourceType, { body: resource }), 201).resource<{ id: string }>().id;
/** Every order of three. */
const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

describe('the order of processing', () => {
  it('one of several that a condition finds may be deleted beside it', async () => {
    const [one, two] = [await made(tagged('one-of-two')), await made(tagged('one-of-two'))];
    expect((await send('transaction', [write('PUT', query('one-of-two'), tagged('one-of-two', { status: 'amended' }))])).status).toBe(412);
    const answers = await done('transaction', [write('PUT', query('one-of-two'), tagged('one-of-two', { status: 'amended' })), write('DELETE', `Observation/${one}`)]);
    expect(answers.map(({ status, key }) => [status, key])).toEqual([[200, `Observation/${two}`], [204, '']]);
  });

  it('does not depend on the order of the entries', async () => {
    for (const [round, order] of orders.entries()) {
      const gone = await made(tagged(`order-${round}`));
      const entries = [write('DELETE', `Observation/${gone}`), post(tagged(`order-${round}`, { subject: { reference: `Patient?${condition(`order-${round}`)}` } }), 'urn:uuid:o'), post(person(undefined, { identifier: [{ system: 'http://t.example', value: `order-${round}` }] }), 'urn:uuid:p')];
      const answers = await done('transaction', order.map((index) => entries[index] as Entry));
      const at = (index: number) => answers[order.indexOf(index)];
      expect([0, 1, 2].map((index) => at(index)?.status)).toEqual([204, 201, 201]);
      expect((await read<Observation>(at(1)?.key ?? '')).subject?.reference).toBe(at(2)?.key);
    }
  });

  it('reads last: GET, HEAD and searches see what was written', async () => {
    const answers = await done('transaction', [write('GET', query('read-last')), write('HEAD', 'Observation/read-last'), write('GET', `${query('read-last')}&_summary=count`), write('PUT', 'Observation/read-last', tagged('read-last', { id: 'read-last' }))]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 201]);
    expect((answers[0]?.resource as Bundle).total).toBe(1);
    expect((answers[2]?.resource as Bundle).total).toBe(1);
    expect([answers[1]?.resource, answers[1]?.etag]).toEqual([undefined, 'W/"1"']);
  });

  it('batches are processed in that order too', async () => {
    const gone = await made(tagged('batch-order'));
    const answers = await done('batch', [write('GET', query('batch-order')), write('PUT', query('batch-order'), tagged('batch-order', { status: 'amended' })), post(tagged('batch-order')), write('DELETE', `Observation/${gone}`)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 201, 204]);
    expect(answers[1]?.key).toBe(answers[2]?.key);
    expect((answers[0]?.resource as Bundle).total).toBe(1);
  });
});

describe('one resource stands in a transaction once', () => {
  let rounds = 0;
  it.each<[string, (value: string, id: string) => Entry[]]>([
    ['a plain creation and criteria of an update that it satisfies', (value) => [post(tagged(`${value}-new`)), write('PUT', query(`${value}-new`), tagged(`${value}-new`))]],
    ['the same, the other way round', (value) => [write('PUT', query(`${value}-new`), tagged(`${value}-new`)), post(tagged(`${value}-new`))]],
    ['a plain creation and a condition that it satisfies', (value) => [post(tagged(`${value}-new`)), post(tagged(`${value}-new`), undefined, { ifNoneExist: condition(`${value}-new`) })]],
    ['one condition written in two ways', (value) => [post(tagged(`${value}-new`), undefined, { ifNoneExist: condition(`${value}-new`) }), post(tagged(`${value}-new`), undefined, { ifNoneExist: `identifier=${value}-new` })]],
    ['a creation and a condition that finds another one', (value) => [post(tagged(value)), post(tagged(value), undefined, { ifNoneExist: condition(value) })]],
    ['a creation and criteria of a patch', (value) => [post(tagged(value)), write('PATCH', query(value), { resourceType: 'Parameters', parameter: [] })]],
    ['an update that comes to satisfy the criteria of another', (value) => [write('PUT', `Observation/${value}-other`, tagged(value, { id: `${value}-other` })), write('PUT', query(value), tagged(value))]],
    ['an update and criteria that find it', (value, id) => [write('PUT', `Observation/${id}`, tagged(value, { id })), write('PUT', query(value), tagged(value))]],
    ['a deletion and criteria of an update that find it', (value, id) => [write('DELETE', `Observation/${id}`), write('PUT', query(value), tagged(value))]],
    ['the same, the other way round', (value, id) => [write('PUT', query(value), tagged(value)), write('DELETE', `Observation/${id}`)]],
    ['a deletion by criteria and criteria of an update that find it', (value) => [write('DELETE', query(value)), write('PUT', query(value), tagged(value))]],
    ['a deletion and criteria of a patch that find it', (value, id) => [write('PATCH', query(value), { resourceType: 'Parameters', parameter: [] }), write('DELETE', `Observation/${id}`)]],
    ['a deletion and a condition that finds it', (value, id) => [post(tagged(value), undefined, { ifNoneExist: condition(value) }), write('DELETE', `Observation/${id}`)]],
    ['a deletion by criteria and a condition that finds it', (value) => [write('DELETE', query(value)), post(tagged(value), undefined, { ifNoneExist: condition(value) })]],
    ['an update and a condition that finds it', (value, id) => [post(tagged(value), undefined, { ifNoneExist: condition(value) }), write('PUT', `Observation/${id}`, tagged(value, { id, status: 'amended' }))]],
    ['an update of what no longer satisfies a condition that finds it', (value, id) => [write('PUT', `Observation/${id}`, tagged(`${value}-moved`, { id })), post(tagged(value), undefined, { ifNoneExist: condition(value) })]],
    ['a patch and a condition that finds it', (value, id) => [post(tagged(value), undefined, { ifNoneExist: condition(value) }), write('PATCH', `Observation/${id}`, { resourceType: 'Parameters', parameter: [] })]],
    ['a deletion and an update', (value, id) => [write('DELETE', query(value)), write('PUT', `Observation/${id}`, tagged(value, { id }))]],
  ])('%s: refused, and nothing is written', async (_, entries) => {
    const value = `once-${++rounds}`;
    const id = await made(tagged(value));
    const reply = await send('transaction', [post(tagged(`${value}-beside`)), ...entries(value, id)]);
    expect([reply.status, reply.thrown, reply.issues[0]?.expression?.[0]]).toEqual([400, undefined, expect.stringMatching(/^Bundle\.entry\[[12]\]/)]);
    expect(await Promise.all([total(query(value)), total(query(`${value}-new`)), total(query(`${value}-beside`))])).toEqual([1, 0, 0]);
  });

  it.each<[string, (value: string, id: string) => Entry[]]>([
    ['criteria of an update', (value, id) => [write('DELETE', `Observation/${id}`), write('PUT', query(value), tagged(value))]],
    ['criteria of a patch', (value, id) => [write('DELETE', `Observation/${id}`), write('PATCH', query(value), { resourceType: 'Parameters', parameter: [] })]],
    ['a condition', (value, id) => [write('DELETE', `Observation/${id}`), post(tagged(value), undefined, { ifNoneExist: condition(value) })]],
    ['a condition beside an update', (value, id) => [post(tagged(value), undefined, { ifNoneExist: condition(value) }), write('PUT', `Observation/${id}`, tagged(value, { id }))]],
  ])('%s: the refusal names both entries', async (_, entries) => {
    const value = `both-${++rounds}`;
    const reply = await send('transaction', [post(tagged(`${value}-beside`)), ...entries(value, await made(tagged(value)))]);
    expect([reply.status, reply.issues.map(({ expression }) => expression)]).toEqual([400, [['Bundle.entry[1]', 'Bundle.entry[2]']]]);
    expect([await total(query(value)), await total(query(`${value}-beside`))]).toEqual([1, 0]);
  });

  it('what criteria find and another entry reads or refers to is no second time', async () => {
    const id = await made(tagged('once-found'));
    const answers = await done('transaction', [post(tagged('once-found'), 'urn:uuid:f', { ifNoneExist: condition('once-found') }), post(tagged('once-other', { derivedFrom: [{ reference: 'urn:uuid:f' }] })), write('GET', `Observation/${id}`)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 200]);
    expect((await read<Observation>(answers[1]?.key ?? '')).derivedFrom?.[0]?.reference).toBe(`Observation/${id}`);
  });
});

describe('references', () => {
  it('of a circle are all resolved', async () => {
    const answers = await done('transaction', [
      post({ ...tagged('circle-a'), derivedFrom: [{ reference: 'urn:uuid:b' }] }, 'urn:uuid:a'), post({ ...tagged('circle-b'), derivedFrom: [{ reference: 'urn:oid:1.2.3' }] }, 'urn:uuid:b'),
      post({ ...tagged('circle-c'), derivedFrom: [{ reference: 'urn:uuid:a' }, { reference: 'urn:oid:1.2.3' }] }, 'urn:oid:1.2.3'),
    ]);
    const [a, b, c] = await Promise.all(answers.map(async ({ key }) => (await read<Observation>(key)).derivedFrom?.map(({ reference }) => reference)));
    expect([a, b, c]).toEqual([[answers[1]?.key], [answers[2]?.key], [answers[0]?.key, answers[2]?.key]]);
  });

  it('are replaced wherever they stand: links of the narrative, attachments, URIs, extensions, contained resources', async () => {
    const binary = 'urn:uuid:6a1f0000-0000-4000-8000-000000000001';
    const sent = {
      resourceType: 'DocumentReference', status: 'current', subject: { reference: 'urn:uuid:pat' }, content: [{ attachment: { contentType: 'text/plain', url: binary } }],
      text: { status: 'additional', div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${binary}</p><a href="${binary}">the text</a><img alt="urn:uuid:pat" src="urn:uuid:pat#photo"/></div>` },
      contained: [{ resourceType: 'Practitioner', id: 'c', extension: [{ url: 'http://x.example', valueReference: { reference: 'urn:uuid:pat' } }] }], author: [{ reference: '#c' }],
      extension: [{ url: 'http://x.example', valueUri: binary }, { url: 'http://x.example', valueUrl: binary }, { url: 'http://x.example', valueCanonical: binary }, { url: 'http://x.example', valueString: binary }],
      description: binary, identifier: [{ system: 'http://x.example', value: binary }],
    };
    const [, pat, doc] = await done('transaction', [post({ resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=' }, binary), post(person(), 'urn:uuid:pat'), post(sent)]);
    const stored = await read<DocumentReference>(doc?.key ?? '');
    const bin = stored.content[0]?.attachment.url ?? '';
    expect(bin).toMatch(/^Binary\/[0-9a-f-]{36}$/);
    expect(stored.text?.div).toBe(`<div xmlns="http://www.w3.org/1999/xhtml"><p>${binary}</p><a href="${bin}">the text</a><img alt="urn:uuid:pat" src="${pat?.key ?? ''}#photo"/></div>`);
    expect(stored).toMatchObject({
      subject: { reference: pat?.key }, contained: [{ extension: [{ valueReference: { reference: pat?.key } }] }], description: binary, identifier: [{ value: binary }],
      extension: [{ valueUri: bin }, { valueUrl: bin }, { valueCanonical: binary }, { valueString: binary }],
    });
  });

  it('to other servers’ addresses of the entries follow them; to what is no part of the Bundle they stay', async () => {
    const theirs = 'https://other.example/r4';
    const [patient, obs] = await done('transaction', [
      post(person(), `${theirs}/Patient/7`), post(tagged('foreign', { subject: { reference: `${theirs}/Patient/7` }, performer: [{ reference: 'Patient/7' }], hasMember: [{ reference: `${theirs}/Observation/8` }, { reference: 'Observation/9' }] }), `${theirs}/Observation/1`),
    ]);
    expect(await read<Observation>(obs?.key ?? '')).toMatchObject({ subject: { reference: patient?.key }, performer: [{ reference: patient?.key }], hasMember: [{ reference: `${theirs}/Observation/8` }, { reference: 'Observation/9' }] });
  });

  it('to one version stay references to one version: that which the transaction makes or finds', async () => {
    const theirs = 'https://other.example/r4';
    expectStatus(await server.as(operator)('PUT', 'Patient/versioned', { body: person(undefined, { id: 'versioned' }) }), 201);
    await made({ resourceType: 'Organization', name: 'v', identifier: [{ system: 'http://t.example', value: 'versioned' }] } as never);
    const answers = await done('transaction', [
      post(person(), `${theirs}/Patient/new`), { ...write('PUT', 'Patient/versioned', person(undefined, { id: 'versioned', active: true })), fullUrl: `${theirs}/Patient/versioned` },
      post({ resourceType: 'Organization', name: 'v' }, 'urn:uuid:org', { ifNoneExist: condition('versioned') }),
      post(tagged('versioned', { subject: { reference: `${theirs}/Patient/new/_history/44` }, performer: [{ reference: `${theirs}/Patient/versioned/_history/9` }, { reference: 'urn:uuid:org/_history/3' }] })),
    ]);
    expect(await read<Observation>(answers[3]?.key ?? '')).toMatchObject({ subject: { reference: `${answers[0]?.key ?? ''}/_history/1` }, performer: [{ reference: 'Patient/versioned/_history/2' }, { reference: `${answers[2]?.key ?? ''}/_history/1` }] });
    const [, again] = await done('transaction', [{ ...write('PUT', 'Patient/versioned', person(undefined, { id: 'versioned', active: true })), fullUrl: `${theirs}/Patient/versioned` }, post(tagged('versioned-same', { subject: { reference: `${theirs}/Patient/versioned/_history/9` } }))]);
    expect((await read<Observation>(again?.key ?? '')).subject?.reference).toBe('Patient/versioned/_history/2');
  });

  it('inside of a Bundle that is stored belong to that Bundle', async () => {
    const inner = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'urn:uuid:inner', resource: person() }, { fullUrl: 'urn:uuid:inner-2', resource: tagged('inner', { subject: { reference: 'urn:uuid:inner' }, performer: [{ reference: 'urn:uuid:outer' }] }) }] };
    const [, bundle] = await done('transaction', [post(person(), 'urn:uuid:outer'), post(inner)]);
    expect((await read<Bundle>(bundle?.key ?? '')).entry?.[1]?.resource).toMatchObject({ subject: { reference: 'urn:uuid:inner' }, performer: [{ reference: 'urn:uuid:outer' }] });
  });
});

describe('conditional references', () => {
  const named = (value: string, more: object = {}) => person(undefined, { identifier: [{ system: 'http://t.example', value }], ...more });
  const about = (value: string, reference = `Patient?${condition(value)}`) => tagged(`about-${value}`, { subject: { reference } });

  it('find what the transaction makes, by any criterion', async () => {
    const [obs, patient, by] = await done('transaction', [post(about('late')), post(named('late', { name: [{ family: 'Lateau' }], birthDate: '1970-02-03' })), post(about('late-by', 'Patient?family=latea&birthdate=1970-02'))], mine);
    for (const one of [obs, by]) expect((await read<Observation>(one?.key ?? '')).subject?.reference).toBe(patient?.key);
    expect(await total(`Observation?subject=${patient?.key ?? ''}`)).toBe(2);
  });

  it('find what is there, as it is after the transaction', async () => {
    const [stays, moves, goes] = [await made(named('after-stays')), await made(named('after-moves')), await made(named('after-goes'))];
    const [obs] = await done('transaction', [post(about('after-stays'))]);
    expect((await read<Observation>(obs?.key ?? '')).subject?.reference).toBe(`Patient/${stays}`);
    const moved = write('PUT', `Patient/${moves}`, named('after-moved', { id: moves }));
    expect((await send('transaction', [post(about('after-moves')), moved])).status).toBe(412);
    const [late] = await done('transaction', [post(about('after-moved')), moved]);
    expect((await read<Observation>(late?.key ?? '')).subject?.reference).toBe(`Patient/${moves}`);
    expect((await send('transaction', [post(about('after-goes')), write('DELETE', `Patient/${goes}`)])).status).toBe(412);
    const [renewed, , made2] = await done('transaction', [post(about('after-goes')), write('DELETE', `Patient/${goes}`), post(named('after-goes'))]);
    expect((await read<Observation>(renewed?.key ?? '')).subject?.reference).toBe(made2?.key);
  });

  it.each([['none', 'cond-none', 0], ['several', 'cond-several', 2]])('that find %s fail the transaction, by the name of the entry', async (_, value, count) => {
    for (let index = 0; index < count; index++) await made(named(value));
    const reply = await send('transaction', [post(tagged(`${value}-beside`)), post(about(value))]);
    expect([reply.status, reply.issues[0]?.expression]).toEqual([412, ['Bundle.entry[1]']]);
    expect(await total(query(`${value}-beside`))).toBe(0);
  });

  it('that find one there and one that is made fail too', async () => {
    await made(named('cond-both'));
    expect((await send('transaction', [post(about('cond-both')), post(named('cond-both'))])).status).toBe(412);
  });

  it('are judged again in the step: what another writer changes in between is not referred to', async () => {
    const { store } = server;
    const [one, two] = [await made(named('between')), await made(named('between-not'))];
    const rename = async (id: string, value: string) => expectStatus(await server.as(operator)('PUT', `Patient/${id}`, { body: named(value, { id }) }), 200);
    const meanwhile = (work: () => Promise<void>) => jest.spyOn(store, 'commit').mockImplementationOnce(async (set, signal) => {
      await work();
      return store.commit(set, signal);
    });
    try {
      meanwhile(async () => {
        await rename(one, 'between-no-more');
        await rename(two, 'between');
      });
      const [moved] = await done('transaction', [post(about('between'))]);
      expect((await read<Observation>(moved?.key ?? '')).subject?.reference).toBe(`Patient/${two}`);
      meanwhile(async () => void await rename(two, 'between-nobody'));
      expect((await send('transaction', [post(about('between'))])).status).toBe(412);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('take filters only', async () => {
    const reply = await send('transaction', [post(about('x', 'Patient?name=x&_count=1'))]);
    expect([reply.status, reply.issues[0]?.expression]).toEqual([400, ['Bundle.entry[0]']]);
  });

  it('keep the bytes of a Binary whose context they name', async () => {
    const id = await made(named('context'));
    const [, binary] = await done('transaction', [post(tagged('context-beside')), post({ resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=', securityContext: { reference: `Patient?${condition('context')}` } })]);
    expect((await server.as(operator)('GET', binary?.key ?? '', { headers: { Accept: 'text/plain' } })).text).toBe('hello');
    expect((await server.as(operator)('GET', binary?.key ?? '', { headers: { Accept: 'application/fhir+json' } })).text).toContain(`Patient/${id}`);
  });
});

describe('an identity that was deleted', () => {
  it('is revived by a conditional update, alone and in a transaction', async () => {
    const value = '255017501100108';
    const body = person(value, { name: [{ use: 'official', family: 'Revenue' }] });
    const id = await made(body);
    for (const [round, put] of [
      async () => server.as(operator)('PUT', `Patient?identifier=${testIns}|${value}`, { body }),
      async () => send('transaction', [write('PUT', `Patient?identifier=${testIns}|${value}`, { ...body, id })]),
      async () => send('batch', [write('PUT', `Patient?identifier=${value}`, body)]),
    ].entries()) {
      expectStatus(await server.as(operator)('DELETE', `Patient/${id}`), 204);
      const reply = await put();
      expect(reply.thrown).toBeUndefined();
      expect(JSON.stringify(reply.resource())).toContain(round === 0 ? `"id":"${id}"` : '201 Created');
      expect((await read<Patient>(`Patient/${id}`)).meta?.versionId).toBe(String(3 + 2 * round));
    }
    expect(await total(`Patient?identifier=${testIns}|${value}`)).toBe(1);
  });

  it('heeds preconditions while nobody bears it: If-Match finds nothing', async () => {
    const value = '255017501200108';
    const id = await made(person(value));
    expectStatus(await server.as(operator)('DELETE', `Patient/${id}`), 204);
    expect((await server.as(operator)('PUT', `Patient?identifier=${testIns}|${value}`, { body: person(value), headers: { 'If-Match': 'W/"1"' } })).status).toBe(412);
    expect((await server.as(operator)('PUT', `Patient?identifier=${testIns}|${value}`, { body: person(value, { id: 'another-one' }) })).status).toBe(409);
  });

  it('cannot be deleted and made in one transaction: the way out is told', async () => {
    const value = '255017501300108';
    const id = await made(person(value));
    const reply = await send('transaction', [post(person(value)), write('DELETE', `Patient/${id}`)]);
    expect([reply.status, reply.issues[0]?.expression, reply.issues[0]?.diagnostics]).toEqual([409, ['Bundle.entry[0]'], expect.stringContaining('PUT')]);
    expect((await read<Patient>(`Patient/${id}`)).meta?.versionId).toBe('1');
  });
});

describe.each<Kind>(['batch', 'transaction'])('an entry of a %s that cannot be read', (kind) => {
  it.each<[string, unknown, number, string]>([
    ['no request', { resource: person() }, 422, 'Bundle.entry[1].request'], ['an unknown method', { request: { method: 'FETCH', url: 'Patient' } }, 422, 'Bundle.entry[1].request.method'],
    ['no method', { request: { url: 'Patient' } }, 422, 'Bundle.entry[1].request.method'], ['no url', { request: { method: 'GET' } }, 422, 'Bundle.entry[1].request.url'],
    ['a fullUrl that is no text', { fullUrl: 7, ...write('GET', 'Patient/1') }, 422, 'Bundle.entry[1].fullUrl'],
    ['an unknown type', write('POST', 'Patiant', person()), 404, 'Bundle.entry[1]'], ['an address elsewhere', write('GET', 'https://other.example/Patient/1'), 400, 'Bundle.entry[1]'], ['no resource for POST', write('POST', 'Patient'), 400, 'Bundle.entry[1].resource'],
    ['no resource for PUT', write('PUT', 'Patient/1'), 400, 'Bundle.entry[1].resource'], ['another type than that of its url', write('POST', 'Patient', tagged('x')), 400, 'Bundle.entry[1].resource.resourceType'], ['another id than that of its url', write('PUT', 'Patient/1', person(undefined, { id: '2' })), 400, 'Bundle.entry[1].resource.id'],
    ['no id for PUT', write('PUT', 'Patient/1', person()), 400, 'Bundle.entry[1].resource.id'], ['a bad id', write('PUT', 'Patient/a_b', person(undefined, { id: 'a_b' })), 400, 'Bundle.entry[1]'], ['an invalid resource', post({ resourceType: 'Patient', birthDate: 'x' }), 422, 'Bundle.entry[1].resource.birthDate'],
    ['a fullUrl with a version', post(person(), `${base}/Patient/1/_history/1`), 400, 'Bundle.entry[1].fullUrl'], ['a fullUrl of another resource', { fullUrl: `${base}/Patient/2`, ...write('PUT', 'Patient/1', person(undefined, { id: '1' })) }, 400, 'Bundle.entry[1].fullUrl'],
    ['a Bundle inside', write('POST', '/', { resourceType: 'Bundle', type: kind }), 400, 'Bundle.entry[1]'], ['an unknown search parameter', write('GET', 'Patient?nonsense=1'), 400, 'Bundle.entry[1]'], ['an If-Match that is none', write('DELETE', 'Patient/1', undefined, { ifMatch: 'x' }), 400, 'Bundle.entry[1]'],
  ])('%s: named by its entry', async (_, entry, status, expression) => {
    const reply = await send(kind, [post(tagged(`${kind}-named`)), entry]);
    expect(reply.thrown).toBeUndefined();
    const response = kind === 'batch' ? reply.resource<Bundle>().entry?.[1]?.response : undefined;
    const issues = response ? (response.outcome as OperationOutcome).issue : reply.issues;
    expect([response ? Number(response.status.slice(0, 3)) : reply.status, issues.flatMap((issue) => issue.expression ?? [])]).toEqual([status, expect.arrayContaining([expression])]);
    if (kind === 'transaction') expect(await total(query('transaction-named'))).toBe(0);
  });
});

describe('the answer', () => {
  it('tells status, location, version and time of each entry', async () => {
    const [created, deleted] = await done('transaction', [post(tagged('told')), write('DELETE', 'Observation/never')]);
    expect(created).toMatchObject({ status: 201, etag: 'W/"1"', location: expect.stringMatching(/^http:\/\/localhost:8080\/fhir\/Observation\/[^/]+\/_history\/1$/) as string });
    expect((await read<Observation>(created?.key ?? '')).meta?.lastUpdated).toBe(created?.lastModified);
    expect(deleted).toMatchObject({ status: 204 });
  });

  it.each<Kind>(['batch', 'transaction'])('of a %s brings along what Prefer asks for', async (kind) => {
    const entries = [post(tagged(`prefer-${kind}`)), write('DELETE', query(`prefer-${kind}-none`)), write('GET', 'Observation?code=never')];
    const answers = await Promise.all(['return=minimal', 'return=representation', 'return=OperationOutcome'].map((Prefer) => done(kind, entries, operator, { Prefer })));
    expect(answers.map(([first]) => [first?.resource?.resourceType, first?.outcome?.resourceType])).toEqual([[undefined, undefined], ['Observation', undefined], [undefined, 'OperationOutcome']]);
    expect(answers.map(([, second]) => [second?.status, second?.outcome?.resourceType])).toEqual([[204, undefined], [204, undefined], [200, 'OperationOutcome']]);
    expect(answers.map(([, , third]) => third?.resource?.resourceType)).toEqual(['Bundle', 'Bundle', 'Bundle']);
  });

  it.each<Kind>(['batch', 'transaction'])('of a %s tells the very time and the address of what is read, without a version', async (kind) => {
    const id = `told-read-${kind}`;
    // Until the time is not one of whole seconds.
    let stored = expectStatus(await server.as(operator)('PUT', `Observation/${id}`, { body: tagged(id, { id }) }), 201).resource<Observation>();
    for (let round = 0; stored.meta?.lastUpdated?.endsWith('.000Z'); round++) stored = expectStatus(await server.as(operator)('PUT', `Observation/${id}`, { body: tagged(id, { id, note: [{ text: `${round}` }] }) }), 200).resource<Observation>();
    const version = stored.meta?.versionId ?? '';
    const urls = [`Observation/${id}`, `Observation/${id}/_history/${version}`, `Observation/${id}?_summary=true`];
    const entries = [...urls.map((url) => write('GET', url)), write('HEAD', `Observation/${id}`), write('GET', `Observation/${id}`, undefined, { ifNoneMatch: `W/"${version}"` }), write('GET', query(id))];
    const { entry = [] } = expectStatus(await send(kind, entries), 200).resource<Bundle>();
    expect(entry.map(({ response }) => response?.status.slice(0, 3))).toEqual(['200', '200', '200', '200', '304', '200']);
    for (const { response, fullUrl } of entry.slice(0, 5)) expect([response?.lastModified, fullUrl]).toEqual([stored.meta?.lastUpdated, `${base}/Observation/${id}`]);
    for (const { fullUrl } of entry.slice(5)) expect(fullUrl).toBeUndefined();
  });

  it('of a batch tells the same of a Binary', async () => {
    const stored = expectStatus(await server.as(operator)('POST', 'Binary', { body: { resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=' } }), 201);
    const key = (stored.headers['Location'] ?? '').replace(`${base}/`, '').replace(/\/_history.*/, '');
    const { entry = [] } = expectStatus(await send('batch', [write('GET', key)]), 200).resource<Bundle>();
    expect(entry[0]).toMatchObject({ fullUrl: `${base}/${key}`, resource: { data: 'aGVsbG8=' }, response: { lastModified: entry[0]?.resource?.meta?.lastUpdated } });
  });

  it('of nothing has no entries', async () => {
    expect(expectStatus(await send('transaction', []), 422).issues[0]?.expression).toEqual(['Bundle.entry']);
    expect(expectStatus(await server.as(operator)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction' } }), 200).resource<Bundle>().entry).toBeUndefined();
  });
});

describe('in a batch', () => {
  it('an entry does not refer to what another makes; the others go on', async () => {
    const answers = await done('batch', [post(person(), 'urn:uuid:b'), post(tagged('batch-ref', { subject: { reference: 'urn:uuid:b' } })), post(tagged('batch-ref'))]);
    expect(answers.map(({ status }) => status)).toEqual([201, 422, 201]);
    expect((answers[1]?.outcome as OperationOutcome).issue[0]?.expression).toEqual(['Bundle.entry[1].resource.subject.reference']);
  });
});
