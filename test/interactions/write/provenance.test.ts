/** X-Provenance: where a write comes from, stored with it (https://hl7.org/fhir/R4/provenance.html#header). */
import type { Bundle, Observation, Patient, Provenance } from 'fhir/r4';
import type { Reply } from '../../support/exchange';
import { expectStatus, operator, patient, professional, startServer, system, testIns, type TestServer } from '../../support/server';

let server: TestServer;
let person = '';
const ins = '279035121518989';
beforeAll(async () => {
  server = await startServer();
  person = expectStatus(await call('POST', 'Patient', { body: { resourceType: 'Patient', identifier: [{ system: testIns, value: ins }] } }), 201).resource<Patient>().id as string;
});
afterAll(() => server.close());
const call: ReturnType<TestServer['as']> = (...request) => server.as(operator)(...request);

const note = (more: object = {}): string => JSON.stringify({ resourceType: 'Provenance', id: 'not-read', recorded: '2026-01-01T10:00:00Z', agent: [{ who: { display: 'Lab \u00e9' } }], ...more });
const header = (value = note()): Record<string, string> => ({ 'X-Provenance': value });
const observation = (more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${person}` }, ...more });
const provenances = async (target: string, as = operator): Promise<Provenance[]> =>
  ((await server.as(as)('GET', `Provenance?target=${target}&_count=100`)).resource<Bundle<Provenance>>().entry ?? []).map(({ resource }) => resource as Provenance);
const targetsOf = (found: readonly Provenance[]): string[] => found.flatMap(({ target }) => target.map(({ reference }) => reference ?? '')).sort();
const idOf = (reply: Reply): string => reply.resource<Observation>().id as string;
const count = async (): Promise<number> => (await call('GET', 'Provenance?_total=accurate&_count=0')).resource<Bundle>().total as number;

describe('the versions that were written are its targets', () => {
  it('create, update, patch, delete and revival', async () => {
    const id = idOf(expectStatus(await call('POST', 'Observation', { body: observation(), headers: header() }), 201));
    const target = `Observation/${id}`;
    expectStatus(await call('PUT', target, { body: observation({ id, issued: '2026-01-01T00:00:00Z' }), headers: header() }), 200);
    expectStatus(await call('PATCH', target, { body: [{ op: 'remove', path: '/issued' }], headers: { 'Content-Type': 'application/json-patch+json', ...header() } }), 200);
    expectStatus(await call('DELETE', target, { headers: header() }), 204);
    expectStatus(await call('PUT', target, { body: observation({ id }), headers: header() }), 201);
    const found = await provenances(target);
    expect(targetsOf(found)).toEqual([1, 2, 3, 4, 5].map((version) => `${target}/_history/${version}`));
    expect(found[0]).toMatchObject({ recorded: '2026-01-01T10:00:00Z', agent: [{ who: { display: 'Lab é' } }], meta: { versionId: '1' } });
    expect(found.some((one) => one.id === 'not-read')).toBe(false);
  });

  it('conditional ones', async () => {
    const at = (value: string): object => ({ identifier: [{ system: 'urn:noted', value }] });
    const id = idOf(expectStatus(await call('POST', 'Observation', { body: observation(at('1')), headers: { ...header(), 'If-None-Exist': 'identifier=urn:noted|1' } }), 201));
    expectStatus(await call('PUT', 'Observation?identifier=urn:noted|1', { body: observation({ ...at('1'), status: 'amended' }), headers: header() }), 200);
    expectStatus(await call('DELETE', 'Observation?identifier=urn:noted|1', { headers: header() }), 204);
    expect(targetsOf(await provenances(`Observation/${id}`))).toEqual([1, 2, 3].map((version) => `Observation/${id}/_history/${version}`));
  });

  it('none where nothing is written', async () => {
    const value = observation({ identifier: [{ system: 'urn:noted', value: '2' }] });
    const id = idOf(expectStatus(await call('POST', 'Observation', { body: value }), 201));
    const before = await count();
    expectStatus(await call('POST', 'Observation', { body: value, headers: { ...header(), 'If-None-Exist': 'identifier=urn:noted|2' } }), 200);
    expectStatus(await call('PUT', `Observation/${id}`, { body: { ...value, id }, headers: header() }), 200);
    expectStatus(await call('DELETE', 'Observation/never-there', { headers: header() }), 204);
    expect((await call('PUT', `Observation/${id}`, { body: observation({ id }), headers: { ...header(), 'If-Match': 'W/"9"' } })).status).toBe(412);
    expect(await count()).toBe(before);
  });

  it('all of a transaction, in one Provenance that may name its entries', async () => {
    const kept = idOf(expectStatus(await call('POST', 'Observation', { body: observation() }), 201));
    const gone = idOf(expectStatus(await call('POST', 'Observation', { body: observation() }), 201));
    const entry = [
      { fullUrl: 'urn:uuid:0f7bb7a1-2a1d-4d0e-8a70-0d2a0b3c4d5e', resource: { resourceType: 'Device', deviceName: [{ name: 'd', type: 'model-name' }] }, request: { method: 'POST', url: 'Device' } },
      { resource: observation({ id: kept, status: 'amended' }), request: { method: 'PUT', url: `Observation/${kept}` } }, { request: { method: 'DELETE', url: `Observation/${gone}` } },
      { request: { method: 'GET', url: `Observation/${kept}` } },
    ];
    const value = note({ agent: [{ who: { reference: 'urn:uuid:0f7bb7a1-2a1d-4d0e-8a70-0d2a0b3c4d5e' } }] });
    const reply = expectStatus(await call('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry }, headers: header(value) }), 200);
    const device = /Device\/[^/]+/.exec(reply.resource<Bundle>().entry?.[0]?.response?.location ?? '')?.[0] ?? '';
    const [found, ...more] = await provenances(`Observation/${kept}`);
    expect(more).toEqual([]);
    expect([targetsOf(found ? [found] : []), found?.agent[0]?.who.reference]).toEqual([[`${device}/_history/1`, `Observation/${kept}/_history/2`, `Observation/${gone}/_history/2`].sort(), device]);
  });

  it('20 updates at once each have their own', async () => {
    const id = idOf(expectStatus(await call('POST', 'Observation', { body: observation() }), 201));
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => call('PUT', `Observation/${id}`, { body: observation({ id, note: [{ text: `${index}` }] }), headers: header() })));
    const versions = replies.filter(({ status }) => status === 200).map((reply) => reply.resource<Observation>().meta?.versionId ?? '');
    expect(targetsOf(await provenances(`Observation/${id}`))).toEqual(versions.map((version) => `Observation/${id}/_history/${version}`).sort());
  });
});

describe('it is as visible as what it is about', () => {
  it('to the person, to professionals, and to nobody else', async () => {
    const id = idOf(expectStatus(await server.as(system())('POST', 'Observation', { body: observation(), headers: header() }), 201));
    for (const [actor, seen] of [[operator, 1], [system(), 1], [patient(ins), 1], [professional(), 1], [patient('160112A00402124'), 0], [system('1010000009'), 0]] as const) {
      expect((await provenances(`Observation/${id}`, actor)).length).toBe(seen);
    }
  });
});

describe('what cannot be stored is refused, and nothing is written', () => {
  it.each<[string, string, number, string]>([
    ['no JSON', '{resourceType', 400, 'X-Provenance'], ['two headers', `${note()}, ${note()}`, 400, 'X-Provenance'], ['a list', '[]', 400, 'X-Provenance'], ['a duplicate key', '{"resourceType":"Provenance","resourceType":"Provenance"}', 400, 'X-Provenance'],
    ['another type', JSON.stringify(observation()), 422, 'Provenance'], ['no type', '{}', 422, 'Provenance'], ['a target', note({ target: [{ reference: 'Patient/x' }] }), 422, 'target'],
    ['no agent', note({ agent: undefined }), 422, 'Provenance.agent'], ['no time', note({ recorded: undefined }), 422, 'Provenance.recorded'], ['an unknown element', note({ shoe: 1 }), 422, 'shoe'],
    ['a part', note({ meta: { tag: [{ code: 'SUBSETTED' }] } }), 422, 'SUBSETTED'],
  ])('%s', async (_name, value, status, named) => {
    const id = idOf(expectStatus(await call('POST', 'Observation', { body: observation() }), 201));
    const before = await count();
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'DELETE', url: `Observation/${id}` } }] };
    for (const reply of [
      await call('PUT', `Observation/${id}`, { body: observation({ id, status: 'amended' }), headers: header(value) }), await call('DELETE', `Observation/${id}`, { headers: header(value) }),
      await call('POST', '', { body: bundle, headers: header(value) }),
    ]) {
      expect([reply.status, reply.text]).toEqual([status, expect.stringContaining(named)]);
    }
    expect((await call('GET', `Observation/${id}`)).headers.ETag).toBe('W/"1"');
    expect(await count()).toBe(before);
  });

  it('also where it would be lost', async () => {
    const bundle = { resourceType: 'Bundle', type: 'batch', entry: [{ resource: observation(), request: { method: 'POST', url: 'Observation' } }] };
    expect((await call('POST', '', { body: bundle, headers: header() })).status).toBe(400);
  });

  it('by a caller who writes no Provenance', async () => {
    const consent = {
      resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: `Patient/${person}` }, provision: { type: 'deny' },
    };
    expect((await server.as(patient(ins))('POST', 'Consent', { body: consent, headers: header() })).status).toBe(403);
    expect((await call('GET', `Consent?patient=${person}`)).resource<Bundle>().total).toBe(0);
  });

  it('bytes of the header are UTF-8, or latin1', async () => {
    for (const bytes of [Buffer.from(note()), Buffer.from(note(), 'latin1')]) {
      const id = idOf(expectStatus(await call('POST', 'Observation', { body: observation(), headers: header(bytes.toString('latin1')) }), 201));
      expect((await provenances(`Observation/${id}`))[0]?.agent[0]?.who.display).toBe('Lab é');
    }
  });
});
