/** Parts of resources on every interaction that answers them (https://hl7.org/fhir/R4/http.html#parameters). */
import type { Bundle, Resource } from 'fhir/r4';
import { readRoutes } from '../../src/interactions/read-routes';
import { writeRoutes } from '../../src/interactions/write-routes';
import { everythingRoutes } from '../../src/operations/everything';
import { expectStatus, operator, startServer, type TestServer } from '../support/server';

describe('on interactions', () => {
  let server: TestServer;
  const call: ReturnType<TestServer['as']> = (...request) => server.as(operator)(...request);
  const div = '<div xmlns="http://www.w3.org/1999/xhtml">x</div>';
  const observation = { resourceType: 'Observation', id: 'o', text: { status: 'generated', div }, status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/p' }, note: [{ text: 'n' }] };
  beforeAll(async () => {
    server = await startServer({ routes: [...readRoutes, ...writeRoutes, ...everythingRoutes] });
    expectStatus(await call('PUT', 'Patient/p', { body: { resourceType: 'Patient', id: 'p', text: { status: 'generated', div }, birthDate: '1970', photo: [{ title: 't' }] } }), 201);
    for (const status of ['preliminary', 'final']) await call('PUT', 'Observation/o', { body: { ...observation, status } });
    await call('DELETE', 'Observation/o');
    expectStatus(await call('PUT', 'Observation/o', { body: observation }), 201);
  });
  afterAll(() => server.close());

  const isPart = ({ meta }: Pick<Resource, 'meta'>): boolean => meta?.tag?.some(({ code }) => code === 'SUBSETTED') ?? false;
  const bundles = ['Observation?_id=o', 'Observation/o/_history', 'Observation/_history', '_history', 'Patient/p/$everything'];

  it.each(bundles)('%s', async (target) => {
    const ask = async (parameter: string) => expectStatus(await call('GET', `${target}${target.includes('?') ? '&' : '?'}${parameter}`), 200).resource<Bundle>();
    const whole = await ask('_summary=false');
    expect([isPart(whole), whole.entry?.some(({ resource }) => resource && isPart(resource))]).toEqual([false, false]);
    for (const [parameter, kept, gone] of [['_summary=true', 'status', 'note'], ['_summary=text', 'text', 'subject'], ['_summary=data', 'note', 'text'], ['_elements=subject', 'subject', 'note'], ['_elements=note,subject', 'note', 'text']] as const) {
      const bundle = await ask(parameter);
      expect([parameter, isPart(bundle), bundle.entry?.length]).toEqual([parameter, true, whole.entry?.length]);
      const resources = bundle.entry?.flatMap(({ resource }) => resource ?? []) ?? [];
      expect(resources.every(isPart)).toBe(true);
      const parts = resources.filter(({ resourceType }) => resourceType === 'Observation');
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) expect([parameter, kept in part, gone in part, 'status' in part && 'code' in part]).toEqual([parameter, true, false, true]);
      expect(bundle.link?.[0]?.url).toContain(parameter.replace(',', '%2C').slice(0, 12));
    }
  });

  it('$everything cannot be counted by _summary', async () => expect((await call('GET', 'Patient/p/$everything?_summary=count')).status).toBe(400));
  it.each([['Observation/o/_history', 4], ['Observation/_history', 4], ['_history', 5]] as const)('%s can', async (target, total) => {
    const bundle = expectStatus(await call('GET', `${target}?_summary=count`), 200).resource<Bundle>();
    expect([bundle.type, bundle.total, bundle.entry]).toEqual(['history', total, undefined]);
  });
  it('a search can', async () => {
    const bundle = expectStatus(await call('GET', 'Observation?_summary=count'), 200).resource<Bundle>();
    expect([bundle.total, bundle.entry]).toEqual([1, undefined]);
  });

  it.each(['_summary=maybe', '_summary=true&_elements=code', '_summary=true&_summary=data'])('%s is refused everywhere', async (parameters) => {
    for (const target of ['Observation/o', 'Observation/o/_history/1', ...bundles]) expect([target, (await call('GET', `${target}${target.includes('?') ? '&' : '?'}${parameters}`)).status]).toEqual([target, 400]);
  });

  it('a part is never taken for the whole', async () => {
    for (const target of ['Observation/o?_elements=code', 'Observation/o?_summary=data']) {
      const part = expectStatus(await call('GET', target), 200).resource<Resource>();
      for (const [method, to] of [['PUT', 'Observation/o'], ['POST', 'Observation']] as const) expect((await call(method, to, { body: part })).status).toBe(422);
      const entry = [{ resource: part, request: { method: 'PUT', url: 'Observation/o' } }];
      expect((await call('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(422);
    }
    expect((await call('GET', 'Observation/o')).headers.ETag).toBe('W/"4"');
  });
});
