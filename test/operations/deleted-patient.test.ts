/** A Patient who is deleted keeps their INS, their id, their consents and their record (rules 2.1, 5.3). */
import { cda, ins, lina, recordTarget } from '../support/cda';
import type { Resource } from '../support/mapped';
import { readRoutes } from '../../src/interactions/read-routes';
import { writeRoutes } from '../../src/interactions/write-routes';
import { eraseRoute } from '../../src/operations/erase';
import { submitDocumentRoute } from '../../src/operations/submit-document';
import { startPushServer, type PushServer } from '../support/pushing';
import { expectStatus, operator, patient, professional, system, testIns } from '../support/server';

let server: PushServer;
beforeAll(async () => { server = await startPushServer({ routes: [...readRoutes, ...writeRoutes, submitDocumentRoute, eraseRoute] }); });
afterAll(() => server.close());

const mine = system('1010000001');
const theirs = system('1020000002');
let counter = 0;
function matricule(): string {
  const thirteen = `279035121${String(4000 + ++counter)}`;
  return thirteen + String(97 - (Number(thirteen) % 97)).padStart(2, '0');
}
const named = { use: 'official', family: 'TESTARD', given: ['LINA'] };
const person = (value: string, more: object = {}) => ({ resourceType: 'Patient', identifier: [{ use: 'official', system: testIns, value }], name: [named], birthDate: '1979-03-28', gender: 'female', ...more });
const document = (value: string, name?: string): string => cda({ person: recordTarget({ ids: ins(value), ...(name === undefined ? {} : { name }) }) });
const consent = (id: string, more: object = { provision: { type: 'deny' } }) => ({
  resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: `Patient/${id}` }, ...more,
});

interface Deleted {
  readonly value: string;
  readonly id: string;
  /** A document that was pushed before. */
  readonly document: string;
}
/** Somebody with a document, deleted by the operator after `before`. */
async function deleted(before: (id: string, value: string) => Promise<unknown> = () => Promise.resolve()): Promise<Deleted> {
  const value = matricule();
  const pushed = await server.taken(document(value), { as: mine });
  const id = pushed.resources.find((reference) => reference.startsWith('Patient/'))?.slice('Patient/'.length) ?? '';
  await before(id, value);
  expectStatus(await server.as(operator)('DELETE', `Patient/${id}`), 204);
  return { value, id, document: pushed.document };
}
const close = (id: string, value: string) => server.as(patient(value))('POST', 'Consent', { body: consent(id) });
const post = (value: string, more: object = {}, as = mine, headers: Record<string, string> = {}) => server.as(as)('POST', 'Patient', { body: person(value, more), headers });
const read = (id: string): Promise<Resource> => server.read(`Patient/${id}`);

describe('a later push about a deleted Patient', () => {
  it('revives that very id, as the person who was there', async () => {
    const { value, id, document: before } = await deleted();
    const pushed = await server.taken(document(value), { as: theirs });
    expect(pushed.resources).toContain(`Patient/${id}`);
    const stored = await read(id);
    expect([stored.meta.versionId, stored.name[0].family]).toEqual(['3', 'TESTARD']);
    expect(await server.find(`Patient?identifier=${testIns}|${value}`)).toEqual([id]);
    expect((await server.find(`DocumentReference?patient.identifier=${testIns}|${value}`, patient(value))).sort()).toEqual([before, pushed.document].sort());
  });

  it('is judged by the identity of the last version', async () => {
    const { value, id } = await deleted();
    const reply = await server.push(document(value, '<family qualifier="BR">AUTRE</family><given qualifier="BR">LINA</given>'));
    expect(reply.status).toBe(409);
    expect(await server.statusOf(`Patient/${id}`)).toBe(410);
  });

  it('is refused by a record that they closed', async () => {
    const { value, id } = await deleted(close);
    expect((await server.push(document(value), { as: theirs })).status).toBe(403);
    expect(await server.statusOf(`Patient/${id}`)).toBe(410);
  });

  it('of fifty at once, makes one next version', async () => {
    const { value, id } = await deleted();
    const replies = await Promise.all(Array.from({ length: 50 }, () => server.push(document(value))));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 201));
    expect(await server.find(`Patient?identifier=${testIns}|${value}`)).toEqual([id]);
    expect((await read(id)).meta.versionId).toBe('3');
  });
});

describe('a Patient who is created with the INS of a deleted one', () => {
  it('is they: 201, their id, the next version', async () => {
    const { value, id } = await deleted();
    const made = await post(value, { telecom: [{ system: 'phone', value: '1' }] }, theirs);
    expect([made.status, made.headers.Location, made.headers.ETag]).toEqual([201, `http://localhost:8080/fhir/Patient/${id}/_history/3`, 'W/"3"']);
    expect(await read(id)).toMatchObject({ telecom: [{ value: '1' }], identifier: [{ use: 'official', system: testIns, value }] });
    expect((await post(value, {}, theirs)).status).toBe(409);
  });

  it('is they under a condition, in a batch and in a transaction too, whose references follow', async () => {
    const condition = (value: string) => `identifier=${testIns}|${value}`;
    const one = await deleted();
    expect((await post(one.value, {}, mine, { 'If-None-Exist': condition(one.value) })).headers.Location).toContain(`Patient/${one.id}/`);
    const entries = (value: string, url: string, more: object = {}) => [
      { fullUrl: url, resource: person(value), request: { method: 'POST', url: 'Patient', ...more } },
      { fullUrl: `${url}1`, resource: person(value), request: { method: 'POST', url: 'Patient', ...more } },
      { resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: `${url}1` } }, request: { method: 'POST', url: 'Observation' } },
    ];
    const two = await deleted();
    const url = 'urn:uuid:0c3a2b1d-4e5f-4b5f-9a39-6f2a1c1e0d5';
    const body = { resourceType: 'Bundle', type: 'transaction', entry: entries(two.value, url, { ifNoneExist: condition(two.value) }) };
    const { entry } = expectStatus(await server.as(mine)('POST', '', { body }), 200).resource<Resource>();
    expect(entry.slice(0, 2).map(({ response }: Resource) => response.location)).toEqual([expect.stringContaining(`Patient/${two.id}/_history/3`), expect.stringContaining(`Patient/${two.id}/_history/3`)]);
    expect((await server.find(`Observation?subject=Patient/${two.id}`))).toHaveLength(1);
    const three = await deleted();
    const batch = { resourceType: 'Bundle', type: 'batch', entry: entries(three.value, url).slice(0, 1) };
    expect((await server.as(mine)('POST', '', { body: batch })).resource<Resource>().entry[0].response.location).toContain(`Patient/${three.id}/`);
  });

  it('keeps every INS and, from software, the identity traits as they were', async () => {
    const former = matricule();
    const { value, id } = await deleted((of, current) => server.as(operator)('PUT', `Patient/${of}`, {
      body: person(current, { id: of, identifier: [{ use: 'old', system: testIns, value: former }, { use: 'official', system: testIns, value: current }], birthDate: '1979-03' }),
    }));
    // By the former one, as a current one, more exact and with more: it is the person who was there.
    expectStatus(await post(former, { gender: 'unknown', name: [{ ...named, given: ['LINA', 'ROSE'] }] }), 201);
    expect(await read(id)).toMatchObject({
      identifier: [{ use: 'old', value: former }, { use: 'official', value }], name: [named], birthDate: '1979-03', gender: 'female',
    });
  });

  it.each([['409 when a trait contradicts', { birthDate: '1980-01-01' }, 409], ['403 with a further INS', { identifier: undefined }, 403]])('is refused to software: %s', async (_, more, status) => {
    const { value, id } = await deleted();
    const identifier = [{ use: 'official', system: testIns, value }, { use: 'old', system: testIns, value: matricule() }];
    const reply = await post(value, 'identifier' in more ? { identifier } : more);
    expect(reply.status).toBe(status);
    expect(await server.statusOf(`Patient/${id}`)).toBe(410);
  });

  it('is what the operator says they are', async () => {
    const { value, id } = await deleted();
    expectStatus(await post(value, { birthDate: '1980-01-01' }, operator), 201);
    expect(await read(id)).toMatchObject({ birthDate: '1980-01-01', identifier: [{ value }] });
  });

  it('is refused by their closed record, whatever is sent', async () => {
    const { value } = await deleted(close);
    expect((await post(value)).status).toBe(403);
    expect((await post(value, { birthDate: '1980-01-01' })).status).toBe(403);
    expect((await post(value, {}, mine, { 'If-None-Exist': `identifier=${testIns}|${value}` })).status).toBe(403);
  });

  it('cannot be two people at once', async () => {
    const [one, other] = [await deleted(), await deleted()];
    const identifier = [one, other].map(({ value }, index) => ({ use: index ? 'old' : 'official', system: testIns, value }));
    for (const actor of [mine, operator]) expect((await post('', { identifier }, actor)).status).toBe(409);
  });
});

describe('nobody else takes the INS of a deleted Patient', () => {
  it('under an id of their own, nor by a change of theirs, nor with the deletion in one step', async () => {
    const { value, id } = await deleted();
    const other = expectStatus(await post(matricule(), {}, operator), 201).resource<Resource>();
    for (const put of [person(value, { id: 'taken-by-put' }), { ...other, identifier: person(value).identifier }]) {
      const reply = await server.as(operator)('PUT', `Patient/${String(put.id)}`, { body: put });
      expect([reply.status, reply.text]).toEqual([409, expect.stringContaining('Another Patient')]);
    }
    const entry = [{ request: { method: 'DELETE', url: `Patient/${other.id}` } }, { resource: { ...person(''), identifier: other.identifier }, request: { method: 'POST', url: 'Patient' } }];
    expect((await server.as(operator)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(409);
    expect(await server.statusOf(`Patient/${id}`)).toBe(410);
  });

  it('nor does their id become somebody else’s', async () => {
    const { value, id } = await deleted();
    const others = person(matricule(), { id });
    for (const actor of [operator, mine]) expect((await server.as(actor)('PUT', `Patient/${id}`, { body: others })).status).toBeGreaterThanOrEqual(403);
    expect((await server.as(mine)('PUT', `Patient/${id}`, { body: person(value, { id, birthDate: '1980-01-01' }) })).status).toBe(409);
    // Software that names them as they were revives them.
    const { text } = await server.as(operator)('GET', `Patient/${id}/_history/1`);
    const revived = await server.as(mine)('PUT', `Patient/${id}`, { body: JSON.parse(text) as object });
    expect([revived.status, revived.headers.ETag]).toEqual([201, 'W/"3"']);
  });

  it('until they are erased for good', async () => {
    const { value, id } = await deleted();
    expectStatus(await server.as(operator)('POST', `Patient/${id}/$erase`), 200);
    const pushed = await server.taken(document(value));
    const made = pushed.resources.find((reference) => reference.startsWith('Patient/'));
    expect(made).not.toBe(`Patient/${id}`);
    expect((await read(made?.slice('Patient/'.length) ?? '')).meta.versionId).toBe('1');
  });
});

describe('the person, while their Patient is deleted', () => {
  it('reads their documents, and decides who else does', async () => {
    const { value, id, document: card } = await deleted();
    const [self, other] = [server.as(patient(value)), server.as(professional())];
    expect(await server.find('DocumentReference', patient(value))).toEqual([card]);
    expect((await self('GET', `Patient/${id}`)).status).toBe(410);
    expect((await other('GET', `DocumentReference/${card}`)).status).toBe(200);

    const mask = { provision: { type: 'deny', data: [{ meaning: 'instance', reference: { reference: `DocumentReference/${card}` } }] } };
    const masking = expectStatus(await self('POST', 'Consent', { body: consent(id, mask) }), 201).resource<Resource>();
    expect((await other('GET', `DocumentReference/${card}`)).status).toBe(404);
    expectStatus(await self('DELETE', `Consent/${masking.id}`), 204);
    expect((await other('GET', `DocumentReference/${card}`)).status).toBe(200);

    expectStatus(await self('POST', 'Consent', { body: { ...consent(id), patient: { identifier: { system: testIns, value } } } }), 201);
    expect((await other('GET', `DocumentReference/${card}`)).status).toBe(404);
    expect((await server.push(document(value))).status).toBe(403);
    const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
    for (const subject of [{ reference: `Patient/${id}` }, { identifier: { system: testIns, value } }]) {
      expect((await server.as(mine)('POST', 'Observation', { body: { ...observation, subject } })).status).toBe(403);
    }
  });

  it('takes a closed record with them through the deletion, and opens it again', async () => {
    const { value, id, document: card } = await deleted(close);
    const [closing] = await server.find('Consent', patient(value));
    expect((await server.as(professional())('GET', `DocumentReference/${card}`)).status).toBe(404);
    expectStatus(await server.as(patient(value))('DELETE', `Consent/${closing}`), 204);
    const pushed = await server.taken(document(value));
    expect(pushed.resources).toContain(`Patient/${id}`);
  });

  it('is no other person, and a stranger is told nothing', async () => {
    const { id } = await deleted();
    for (const actor of [patient(matricule()), patient(lina.value), professional()]) expect((await server.as(actor)('GET', `Patient/${id}`)).status).toBe(actor.kind === 'professional' ? 410 : 404);
    expect((await server.as(patient(matricule()))('POST', 'Consent', { body: consent(id) })).status).toBe(403);
  });
});
