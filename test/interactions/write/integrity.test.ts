import { expectStatus, operator, professional, startServer, system, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer({ services: { referentialIntegrity: true } }); });
afterAll(() => server.close());
const call: ReturnType<TestServer['as']> = (...request) => server.as(operator)(...request);
const observation = (subject: string, more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: subject }, ...more });
const newPatient = async (actor = operator): Promise<string> => expectStatus(await server.as(actor)('POST', 'Patient', { body: { resourceType: 'Patient', active: true } }), 201).resource<{ id: string }>().id;
const transaction = (entry: unknown[], actor = operator) => server.as(actor)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } });

describe('REFERENTIAL_INTEGRITY=on', () => {
  it('refuses to refer to what is not here', async () => {
    const reply = await call('POST', 'Observation', { body: observation('Patient/unknown') });
    expect(reply.status).toBe(422);
    expect(reply.text).toContain('Patient/unknown');
    const id = await newPatient();
    expectStatus(await call('DELETE', `Patient/${id}`), 204);
    expect((await call('POST', 'Observation', { body: observation(`Patient/${id}`) })).status).toBe(422);
  });

  it('knows nothing of what the caller may not see', async () => {
    const hidden = await newPatient(system('1020000002'));
    const [there, unknown] = [await server.as(system())('POST', 'Observation', { body: observation(`Patient/${hidden}`) }), await server.as(system())('POST', 'Observation', { body: observation('Patient/unknown') })];
    expect([there.status, there.text.replace(hidden, 'unknown')]).toEqual([422, unknown.text]);
  });

  it('refuses to delete what others refer to, and names them', async () => {
    const id = await newPatient();
    const { id: referrer } = expectStatus(await call('POST', 'Observation', { body: observation(`Patient/${id}`) }), 201).resource<{ id: string }>();
    const refused = await call('DELETE', `Patient/${id}`);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain(`Observation/${referrer}`);
    expectStatus(await call('DELETE', `Observation/${referrer}`), 204);
    expectStatus(await call('DELETE', `Patient/${id}`), 204);
  });

  it('names no referrer that the caller may not see', async () => {
    const id = await newPatient(system());
    const { id: referrer } = expectStatus(await call('POST', 'Observation', { body: observation(`Patient/${id}`) }), 201).resource<{ id: string }>();
    const refused = await server.as(system())('DELETE', `Patient/${id}`);
    expect(refused.status).toBe(409);
    expect(refused.text).not.toContain(referrer);
    expect((await server.as(professional())('DELETE', `Patient/${id}`)).status).toBe(403);
  });

  it('counts what one transaction does as done together', async () => {
    const made = await transaction([
      { fullUrl: 'urn:uuid:p', resource: { resourceType: 'Patient', active: true }, request: { method: 'POST', url: 'Patient' } },
      { resource: { ...observation('urn:uuid:p'), id: 'together' }, request: { method: 'PUT', url: 'Observation/together' } },
    ]);
    const key = /Patient\/[\w-]+/.exec(expectStatus(made, 200).text)?.[0] ?? '';
    const remove = (url: string) => ({ request: { method: 'DELETE', url } });
    expect((await transaction([remove(key)])).status).toBe(409);
    expect((await transaction([remove(key), { resource: { ...observation(key, { status: 'amended' }), id: 'together' }, request: { method: 'PUT', url: 'Observation/together' } }])).status).toBeGreaterThanOrEqual(409);
    expectStatus(await transaction([remove(key), { resource: { resourceType: 'Observation', id: 'together', status: 'final', code: { text: 'x' } }, request: { method: 'PUT', url: 'Observation/together' } }]), 200);
    expect((await call('GET', key)).status).toBe(410);
  });

  it('leaves nothing that refers to what is gone, whoever comes first', async () => {
    for (let round = 0; round < 12; round++) {
      const id = await newPatient();
      const target = `Patient/${id}`;
      const writes = [
        call('POST', 'Observation', { body: observation(target) }), call('DELETE', target), call('PUT', `Observation/round-${round}`, { body: { ...observation(target), id: `round-${round}` } }),
        transaction([{ resource: observation(target), request: { method: 'POST', url: 'Observation' } }]),
      ];
      const statuses = (await Promise.all(round % 2 === 0 ? writes : writes.reverse())).map(({ status }) => status).sort();
      const there = (await call('GET', target)).status;
      const referring = expectStatus(await call('GET', `Observation?subject=${target}&_summary=count`), 200).resource<{ total: number }>().total;
      // Deleted with nobody left who refers to it, or kept.
      expect([round, statuses, there, referring > 0]).toEqual(there === 410 ? [round, [204, 422, 422, 422], 410, false] : [round, expect.arrayContaining([409, 201]), 200, true]);
    }
  });
});
