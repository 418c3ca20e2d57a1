import type { Consent, Patient } from 'fhir/r4';
import type { Actor } from '../../../src/access/actor';
import { expectStatus, operator, patient, professional, startServer, system, testIns, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());
const as = (actor: Actor) => server.as(actor);
const mine = system('1010000001');
const theirs = system('1020000002');

let counter = 0;
/** A matricule of the right shape that nobody bears yet. */
const newMatricule = (): string => `2550175${String(++counter).padStart(6, '0')}08`;
const person = (value: string, more: object = {}) => ({
  resourceType: 'Patient', identifier: [{ use: 'official', system: testIns, value }], name: [{ use: 'official', family: 'Durand', given: ['Anne'] }], birthDate: '1955-01-02', gender: 'female', ...more,
});
const observation = (subject: string | undefined, more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...(subject ? { subject: { reference: subject } } : {}), ...more });
const consent = (patientId: string, provision: object = { type: 'deny' }) => ({
  resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: `Patient/${patientId}` }, provision,
});
async function made<T extends object>(actor: Actor, body: { resourceType: string }): Promise<T & { id: string }> {
  return expectStatus(await as(actor)('POST', body.resourceType, { body }), 201).resource<T & { id: string }>();
}

describe('a professional', () => {
  it('writes nothing, and is told so whatever the target', async () => {
    const stored = await made(operator, observation(undefined));
    const call = as(professional());
    for (const [method, target] of [['POST', 'Observation'], ['PUT', `Observation/${stored.id}`], ['PUT', 'Observation/unknown'], ['DELETE', `Observation/${stored.id}`], ['DELETE', 'Observation/unknown']] as const) {
      expect([method, target, (await call(method, target, { body: observation(undefined) })).status]).toEqual([method, target, 403]);
    }
    const entry = { resource: observation(undefined), request: { method: 'POST', url: 'Observation' } };
    expect((await call('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: [entry] } })).status).toBe(403);
    const batch = await call('POST', '', { body: { resourceType: 'Bundle', type: 'batch', entry: [entry, { resource: { resourceType: 'Observation' }, request: { method: 'POST', url: 'Observation' } }] } });
    expect(batch.resource()).toMatchObject({ entry: [{ response: { status: '403 Forbidden' } }, { response: { status: '403 Forbidden' } }] });
  });
});

describe('a patient', () => {
  it('writes their own Consent, changes it, and takes it back', async () => {
    const value = newMatricule();
    const { id } = await made<Patient>(operator, person(value));
    const own = await made<Consent>(patient(value), consent(id));
    expectStatus(await as(patient(value))('PUT', `Consent/${own.id}`, { body: { ...own, status: 'inactive' } }), 200);
    expectStatus(await as(patient(value))('DELETE', `Consent/${own.id}`), 204);
  });

  it.each(['draft', 'proposed', 'rejected', 'entered-in-error', 'inactive'])('keeps a Consent that is %s and could not be enforced, and never makes it active as it is', async (status) => {
    const value = newMatricule();
    const { id } = await made<Patient>(operator, person(value));
    const call = as(patient(value));
    const kept = await made<Consent>(patient(value), { ...consent(id, { type: 'deny', class: [{ code: 'x' }] }), status } as { resourceType: string });
    const patch = [{ op: 'replace', path: '/status', value: 'active' }];
    const active = [
      await call('PUT', `Consent/${kept.id}`, { body: { ...kept, status: 'active' } }),
      await call('PATCH', `Consent/${kept.id}`, { headers: { 'content-type': 'application/json-patch+json' }, body: patch }),
      await call('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: { ...kept, status: 'active' }, request: { method: 'PUT', url: `Consent/${kept.id}` } }] } }),
    ];
    for (const reply of active) {
      expectStatus(reply, 422);
      expect(reply.resource<{ issue: { expression: string[] }[] }>().issue[0]?.expression[0]).toMatch(/\.provision\.class$/);
    }
    expect((await call('GET', `Consent/${kept.id}`)).resource()).toMatchObject({ status, meta: { versionId: '1' } });
    expectStatus(await call('PUT', `Consent/${kept.id}`, { body: { ...consent(id), id: kept.id } }), 200);
  });

  it('writes nobody else’s, and nothing else', async () => {
    const [value, other] = [newMatricule(), newMatricule()];
    const { id } = await made<Patient>(operator, person(value));
    const { id: otherId } = await made<Patient>(operator, person(other));
    const theirConsent = await made<Consent>(patient(other), consent(otherId));
    const call = as(patient(value));
    expect((await call('POST', 'Consent', { body: consent(otherId) })).status).toBeGreaterThanOrEqual(403);
    expect((await call('PUT', `Consent/${theirConsent.id}`, { body: { ...theirConsent, patient: { reference: `Patient/${id}` } } })).status).toBe(404);
    expect((await call('DELETE', `Consent/${theirConsent.id}`)).status).toBe(404);
    expect((await call('POST', 'Observation', { body: observation(`Patient/${id}`) })).status).toBe(403);
    expect((await call('PUT', `Patient/${id}`, { body: person(value, { id }) })).status).toBe(403);
    expect((await as(operator)('GET', `Consent/${theirConsent.id}`)).resource<Consent>().patient?.reference).toBe(`Patient/${otherId}`);
  });

  it('cannot answer for somebody while nobody here bears their INS', async () => {
    const { id } = await made<Patient>(operator, person(newMatricule()));
    const reply = await as(patient(newMatricule()))('POST', 'Consent', { body: consent(id) });
    expect([403, 422]).toContain(reply.status);
  });
});

describe('a system', () => {
  it('writes no Consent', async () => {
    const { id } = await made<Patient>(mine, person(newMatricule()));
    expect((await as(mine)('POST', 'Consent', { body: consent(id) })).status).toBe(403);
  });

  it('changes and deletes what it wrote, and what others wrote is not there for it', async () => {
    const { id } = await made<Patient>(mine, person(newMatricule()));
    const stored = await made<{ id: string }>(mine, observation(`Patient/${id}`));
    expect((await as(theirs)('PUT', `Observation/${stored.id}`, { body: { ...stored, status: 'amended' } })).status).toBe(404);
    expect((await as(theirs)('DELETE', `Observation/${stored.id}`)).status).toBe(404);
    expect((await as(theirs)('PUT', `Observation/${stored.id}`, { body: { ...stored, status: 'amended' }, headers: { 'If-Match': 'W/"1"' } })).status).toBe(404);
    expect((await as(operator)('GET', `Observation/${stored.id}`)).headers.ETag).toBe('W/"1"');
    expect((await as(mine)('PUT', `Observation/${stored.id}`, { body: { ...stored, status: 'amended' } })).status).toBe(200);
    expect((await as(mine)('DELETE', `Observation/${stored.id}`)).status).toBe(204);
    expect((await as(theirs)('PUT', `Observation/${stored.id}`, { body: stored })).status).toBe(404);
    expect((await as(mine)('PUT', `Observation/${stored.id}`, { body: stored })).status).toBe(201);
  });

  it('is refused by a closed record, and told no more', async () => {
    const value = newMatricule();
    const { id } = await made<Patient>(mine, person(value));
    const stored = await made<{ id: string }>(mine, observation(`Patient/${id}`));
    const closing = await made<Consent>(patient(value), consent(id));
    expect((await as(mine)('POST', 'Observation', { body: observation(`Patient/${id}`) })).status).toBe(403);
    expect((await as(mine)('POST', 'Observation', { body: { ...observation(undefined), subject: { identifier: { system: testIns, value } } } })).status).toBe(403);
    expect((await as(mine)('PUT', `Observation/${stored.id}`, { body: { ...stored, status: 'amended' } })).status).toBe(404);
    const entry = [{ resource: observation(undefined), request: { method: 'POST', url: 'Observation' } }, { resource: observation(`Patient/${id}`), request: { method: 'POST', url: 'Observation' } }];
    const refused = await as(mine)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    expect([refused.status, refused.issues[0]?.expression]).toEqual([403, ['Bundle.entry[1]']]);
    expect((await as(operator)('POST', 'Observation', { body: observation(`Patient/${id}`) })).status).toBe(201);
    expectStatus(await as(patient(value))('DELETE', `Consent/${closing.id}`), 204);
    expect((await as(mine)('POST', 'Observation', { body: observation(`Patient/${id}`) })).status).toBe(201);
  });
});

describe('conditions', () => {
  const identified = (value: string, subject?: string) => observation(subject, { identifier: [{ system: 'http://lab.example', value }] });
  const conditional = (actor: Actor, value: string) => as(actor)('POST', 'Observation', { body: identified(value), headers: { 'If-None-Exist': `identifier=http://lab.example|${value}` } });

  it('whose match is hidden are answered with the very words of several matches', async () => {
    await made(mine, identified('hidden'));
    await made(theirs, identified('several'));
    await made(theirs, identified('several'));
    const [hidden, several] = [await conditional(theirs, 'hidden'), await conditional(theirs, 'several')];
    expect([hidden.status, hidden.text, hidden.headers]).toEqual([several.status, several.text, several.headers]);
    expect(hidden.status).toBe(412);
    expect((await conditional(mine, 'hidden')).status).toBe(200);
  });

  it('in references find what the caller may see, and nothing else', async () => {
    const value = newMatricule();
    await made<Patient>(mine, person(value));
    const body = { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: observation(`Patient?identifier=${testIns}|${value}`), request: { method: 'POST', url: 'Observation' } }] };
    expect((await as(mine)('POST', '', { body })).status).toBe(200);
    const hidden = await as(theirs)('POST', '', { body });
    const nobody = await as(theirs)('POST', '', { body: { ...body, entry: [{ ...body.entry[0], resource: observation(`Patient?identifier=${testIns}|${newMatricule()}`) }] } });
    expect([hidden.status, hidden.text]).toEqual([412, nobody.text]);
  });
});

describe('identity', () => {
  it('is unique on every path', async () => {
    const value = newMatricule();
    const first = await made<Patient>(mine, person(value));
    const second = await made<Patient>(mine, { resourceType: 'Patient' } as { resourceType: string });
    const claiming = person(value);
    expect((await as(mine)('POST', 'Patient', { body: claiming })).status).toBe(409);
    expect((await as(theirs)('POST', 'Patient', { body: claiming })).status).toBe(409);
    expect((await as(mine)('PUT', 'Patient/by-put', { body: { ...claiming, id: 'by-put' } })).status).toBe(409);
    expect((await as(mine)('PUT', `Patient/${second.id}`, { body: { ...claiming, id: second.id } })).status).toBe(409);
    const entry = (resource: object) => ({ resource, request: { method: 'POST', url: 'Patient' } });
    const refused = await as(mine)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: [entry({ resourceType: 'Patient' }), entry(claiming)] } });
    expect([refused.status, refused.issues[0]?.expression]).toEqual([409, ['Bundle.entry[1]']]);
    const fresh = person(newMatricule());
    const twice = await as(mine)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: [entry(fresh), entry(fresh)] } });
    expect([twice.status, twice.issues[0]?.expression]).toEqual([409, ['Bundle.entry[1]']]);
    expect((await as(operator)('GET', `Patient?identifier=${testIns}|${value}`)).resource()).toMatchObject({ total: 1, entry: [{ resource: { id: first.id } }] });
  });

  it('of a hundred first writers at once makes one Patient', async () => {
    const value = newMatricule();
    const replies = await Promise.all(Array.from({ length: 100 }, (_, index) => as(index % 2 ? mine : theirs)('POST', 'Patient', { body: person(value) })));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(99);
  });

  it('keeps its id when the INS changes, and is found by the former one', async () => {
    const [former, current] = [newMatricule(), newMatricule()];
    const first = await made<Patient>(mine, person(former));
    const identifier = [{ use: 'old', system: testIns, value: former }, { use: 'official', system: testIns, value: current }];
    expect((await as(mine)('PUT', `Patient/${first.id}`, { body: { ...first, identifier } })).status).toBe(403);
    expectStatus(await as(operator)('PUT', `Patient/${first.id}`, { body: { ...first, identifier } }), 200);
    for (const value of [former, current]) expect((await as(mine)('GET', `Patient?identifier=${testIns}|${value}`)).resource()).toMatchObject({ entry: [{ resource: { id: first.id } }] });
    expect((await as(theirs)('POST', 'Patient', { body: person(former) })).status).toBe(409);
  });

  it('is corrected by the operator only', async () => {
    const value = newMatricule();
    const first = await made<Patient>(mine, person(value));
    const corrected = { ...first, birthDate: '1956-01-02' };
    const refused = await as(mine)('PUT', `Patient/${first.id}`, { body: corrected });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('birth date');
    expect(refused.text).not.toMatch(/195[56]/);
    expect((await as(mine)('PUT', `Patient/${first.id}`, { body: { ...first, telecom: [{ system: 'phone', value: '1' }] } })).status).toBe(200);
    expect((await as(mine)('PUT', `Patient/${first.id}`, { body: { ...first, identifier: undefined } })).status).toBe(403);
    expect((await as(mine)('DELETE', `Patient/${first.id}`)).status).toBe(403);
    expectStatus(await as(operator)('PUT', `Patient/${first.id}`, { body: corrected }), 200);
    expectStatus(await as(operator)('DELETE', `Patient/${first.id}`), 204);
    // Deleted or not, it is the same person.
    expect((await as(theirs)('POST', 'Patient', { body: person(value) })).status).toBe(409);
    expect((await as(theirs)('POST', 'Patient', { body: person(value, { birthDate: '1956-01-02' }) })).status).toBe(201);
  });

  it('of test is refused in production', async () => {
    const production = await startServer({ services: { identityDomain: 'production' } });
    try {
      expect((await production.as(operator)('POST', 'Patient', { body: person(newMatricule()) })).status).toBe(422);
    } finally {
      await production.close();
    }
  });
});
