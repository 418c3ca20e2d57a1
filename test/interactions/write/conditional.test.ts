import type { Observation, Patient } from 'fhir/r4';
import type { Actor } from '../../../src/access/actor';
import type { Reply } from '../../support/exchange';
import { expectStatus, operator, professional, startServer, system, testIns, type TestServer } from '../../support/server';

let server: TestServer;
let multiple: TestServer;
beforeAll(async () => {
  server = await startServer();
  const { limits } = server.services;
  multiple = await startServer({ services: { limits: { ...limits, conditionalDelete: { value: 5, setting: 'CONDITIONAL_DELETE_LIMIT' } } } });
});
afterAll(async () => {
  await server.close();
  await multiple.close();
});

const mine = system('1010000001');
const theirs = system('1020000002');
const query = (value: string): string => `Observation?identifier=http://t.example|${value}`;
const tagged = (value: string, more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, identifier: [{ system: 'http://t.example', value }], ...more });
const made = async (value: string, actor: Actor = operator, more: object = {}, on = server): Promise<Observation & { id: string }> =>
  expectStatus(await on.as(actor)('POST', 'Observation', { body: tagged(value, more) }), 201).resource();
const put = (value: string, more: object = {}, actor: Actor = operator, headers: Record<string, string> = {}): Promise<Reply> => server.as(actor)('PUT', query(value), { body: tagged(value, more), headers });
const patch = (target: string, actor: Actor = operator, headers: Record<string, string> = {}): Promise<Reply> =>
  server.as(actor)('PATCH', target, { body: '[{"op":"replace","path":"/status","value":"amended"}]', headers: { 'Content-Type': 'application/json-patch+json', ...headers } });
const remove = (value: string, actor: Actor = operator, headers: Record<string, string> = {}, on = server): Promise<Reply> => on.as(actor)('DELETE', query(value), { headers });
const total = async (value: string, on = server): Promise<number> => (await on.as(operator)('GET', query(value))).resource<{ total: number }>().total;

describe('conditional update', () => {
  it('makes what the criteria do not find, under an id of the server', async () => {
    const reply = expectStatus(await put('make'), 201);
    expect(reply.resource<Observation>().id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect([reply.headers.ETag, reply.audit.interaction, await total('make')]).toEqual(['W/"1"', 'update', 1]);
  });

  it('updates what they find', async () => {
    const { id } = await made('find');
    const reply = expectStatus(await put('find', { status: 'amended' }), 200);
    expect([reply.resource<Observation>().id, reply.resource<Observation>().status, reply.headers.ETag]).toEqual([id, 'amended', 'W/"2"']);
    expect(expectStatus(await put('find', { status: 'amended' }), 200).headers.ETag).toBe('W/"2"');
    expect(expectStatus(await put('find', { id, status: 'final' }), 200).headers.ETag).toBe('W/"3"');
  });

  it('makes it under the id of the body, where that is free', async () => {
    expect(expectStatus(await put('own-id', { id: 'own-id' }), 201).resource<Observation>().id).toBe('own-id');
    expectStatus(await server.as(operator)('DELETE', 'Observation/own-id'), 204);
    expect(expectStatus(await put('own-id', { id: 'own-id' }), 201).headers.ETag).toBe('W/"3"');
  });

  it.each([
    ['another id than that of the match', 'other-id', { id: 'somebody-else' }, 400], ['the id of something that does not match', 'taken-id', { id: 'taken' }, 409], ['a national identifier as the id', 'ins-id', { id: '255017500400108' }, 422],
    ['an invalid resource', 'bad', { status: 'nonsense' }, 422],
  ])('refuses %s, and changes nothing', async (_, value, more, status) => {
    if (value === 'other-id') await made(value);
    if (value === 'taken-id') expectStatus(await server.as(operator)('PUT', 'Observation/taken', { body: tagged('taken', { id: 'taken' }) }), 201);
    const before = await total(value);
    const reply = await put(value, more);
    expect([reply.status, reply.thrown]).toEqual([status, undefined]);
    expect(await total(value)).toBe(before);
  });

  it('is refused when several match', async () => {
    await made('several');
    await made('several');
    expect((await put('several')).status).toBe(412);
  });

  it('heeds If-Match and If-None-Match before it makes anything', async () => {
    expect((await put('if-match', {}, operator, { 'If-Match': 'W/"1"' })).status).toBe(412);
    expect(await total('if-match')).toBe(0);
    expectStatus(await put('if-match', {}, operator, { 'If-None-Match': '*' }), 201);
    expect((await put('if-match', { status: 'amended' }, operator, { 'If-None-Match': '*' })).status).toBe(412);
    expect((await put('if-match', { status: 'amended' }, operator, { 'If-Match': 'W/"7"' })).status).toBe(412);
    expectStatus(await put('if-match', { status: 'amended' }, operator, { 'If-Match': 'W/"1"' }), 200);
  });

  it('50 at once, of three kinds, make one resource', async () => {
    const one = (index: number): Promise<Reply> => (index % 3 === 0 ? put('race') : index % 3 === 1
      ? server.as(operator)('POST', 'Observation', { body: tagged('race'), headers: { 'If-None-Exist': 'identifier=http://t.example|race' } })
      : server.as(operator)('PUT', 'Observation?identifier=race', { body: tagged('race', { status: 'amended' }) }));
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => one(index)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(await total('race')).toBe(1);
  });

  it.each(['Observation', 'Observation?', 'Observation?_format=json', 'Observation?nonsense=1', 'Observation?identifier=x&_count=1'])('needs criteria, and nothing but criteria: %s', async (target) => {
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      const reply = await server.as(operator)(method, target, { body: method === 'PATCH' ? '[]' : tagged('never'), headers: { 'Content-Type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json' } });
      expect([method, reply.status, reply.thrown]).toEqual([method, 400, undefined]);
    }
  });

  it('of a person: the claims of an identity hold', async () => {
    const person = (value: string) => ({ resourceType: 'Patient', identifier: [{ use: 'official', system: testIns, value }] });
    const call = (value: string, sent: string): Promise<Reply> => server.as(mine)('PUT', `Patient?identifier=${testIns}|${value}`, { body: person(sent) });
    const id = expectStatus(await call('255017500400108', '255017500400108'), 201).resource<Patient>().id;
    expect(expectStatus(await call('255017500400108', '255017500400108'), 200).resource<Patient>().id).toBe(id);
    expect((await call('255017500400208', '255017500400108')).status).toBe(409);
  });
});

describe('conditional patch', () => {
  it('changes the one that matches', async () => {
    const { id } = await made('patch');
    const reply = expectStatus(await patch(`${query('patch')}&_format=json`), 200);
    expect([reply.resource<Observation>().id, reply.resource<Observation>().status, reply.audit.interaction]).toEqual([id, 'amended', 'patch']);
  });

  it('is 404 for none, 412 for several and for another version', async () => {
    expect((await patch(query('patch-none'))).status).toBe(404);
    await made('patch-several');
    expect((await patch(query('patch-several'), operator, { 'If-Match': 'W/"2"' })).status).toBe(412);
    await made('patch-several');
    expect((await patch(query('patch-several'))).status).toBe(412);
  });
});

describe('conditional delete', () => {
  it('deletes the one that matches; none is no failure', async () => {
    const { id } = await made('delete');
    const reply = expectStatus(await remove('delete'), 204);
    expect([reply.headers.ETag, reply.audit]).toEqual(['W/"2"', { interaction: 'delete', type: 'Observation', id, patients: [] }]);
    expect((await server.as(operator)('GET', `Observation/${id}`)).status).toBe(410);
    expectStatus(await remove('delete'), 204);
    expect(expectStatus(await remove('delete', operator, { Prefer: 'return=OperationOutcome' }), 200).issues).toHaveLength(1);
  });

  it('refuses several, unless the setting allows them', async () => {
    await made('delete-several');
    await made('delete-several');
    expect((await remove('delete-several')).status).toBe(412);
    expect(await total('delete-several')).toBe(2);
  });

  it('deletes several in one step where the setting allows them, up to the limit', async () => {
    for (let index = 0; index < 5; index++) await made('many', operator, {}, multiple);
    const reply = expectStatus(await remove('many', operator, { Prefer: 'return=OperationOutcome' }, multiple), 200);
    expect(reply.issues[0]?.diagnostics).toContain('5');
    expect(await total('many', multiple)).toBe(0);
    for (let index = 0; index < 6; index++) await made('too-many', operator, {}, multiple);
    expect((await remove('too-many', operator, {}, multiple)).status).toBe(412);
    expect(await total('too-many', multiple)).toBe(6);
  });

  it('of several, deletes those that the caller sees: what is hidden is not there, and does not count', async () => {
    for (const on of [server, multiple]) {
      const own = await made('hidden-among', mine, {}, on);
      const other = await made('hidden-among', theirs, {}, on);
      expectStatus(await remove('hidden-among', mine, {}, on), 204);
      expect((await on.as(operator)('GET', `Observation/${own.id}`)).status).toBe(410);
      expect((await on.as(operator)('GET', `Observation/${other.id}`)).status).toBe(200);
    }
  });

  it('heeds If-Match', async () => {
    await made('delete-version');
    expect((await remove('delete-version', operator, { 'If-Match': 'W/"2"' })).status).toBe(412);
    expectStatus(await remove('delete-version', operator, { 'If-Match': 'W/"1"' }), 204);
  });
});

describe('who may', () => {
  it('a hidden match of an update, which would make another, is answered with the very words of several matches', async () => {
    await made('hidden', mine);
    await made('both', theirs);
    await made('both', theirs);
    const [hidden, several] = [await put('hidden', {}, theirs), await put('both', {}, theirs)];
    expect([hidden.status, hidden.text, hidden.headers]).toEqual([412, several.text, several.headers]);
  });

  it('a hidden match of a patch or delete, which make nothing, is not there', async () => {
    const inBundle = (request: object, body?: object) => server.as(theirs)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: [{ request, ...(body ? { resource: body } : {}) }] } });
    const change = { resourceType: 'Binary', contentType: 'application/json-patch+json', data: Buffer.from('[{"op":"replace","path":"/status","value":"amended"}]').toString('base64') };
    const unnamed = ({ text }: Reply) => text.replace(/"id":"[^"]+"/, '');
    const removing = (value: string) => remove(value, theirs, { Prefer: 'return=OperationOutcome' });
    for (const one of [
      (value: string) => patch(query(value), theirs), removing,
      (value: string) => inBundle({ method: 'PATCH', url: query(value) }, change), (value: string) => inBundle({ method: 'DELETE', url: query(value) }),
    ]) {
      const [hidden, nothing] = [await one('hidden'), await one('nothing-at-all')];
      expect([hidden.status, unnamed(hidden), hidden.headers]).toEqual([nothing.status, unnamed(nothing), nothing.headers]);
      expect(hidden.status).not.toBe(412);
    }
    expect((await patch(query('hidden'), theirs)).status).toBe(404);
    expect((await server.as(mine)('GET', query('hidden'))).resource<{ total: number }>().total).toBe(1);
  });

  it('a hidden id of the body is 404 and never made', async () => {
    const { id } = await made('somewhere', mine);
    expect((await put('nowhere', { id }, theirs)).status).toBe(404);
    expect(await total('nowhere')).toBe(0);
  });

  it('whoever may not write is told so before anything is looked up', async () => {
    await made('forbidden');
    for (const value of ['forbidden', 'forbidden-none']) {
      for (const reply of [await put(value, {}, professional()), await patch(query(value), professional()), await remove(value, professional())]) expect(reply.status).toBe(403);
    }
  });
});
