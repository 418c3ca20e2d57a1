/** A server that is killed while it indexes anew: it goes on at its next start, and nothing is found less, or twice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/config';
import { signToken } from '../../src/cli/token';
import { verified } from '../../src/cli/faults/subject';
import { send, type Reply } from '../support/http-server';
import { startServerProcess, type ServerProcess } from '../support/process';
import { onMongo, testDatabase, type TestDatabase } from '../support/stores';

let folder: string;
let database: TestDatabase | undefined;
let environment: Record<string, string>;
let server: ServerProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-reindexing-'));
  database = onMongo ? await testDatabase() : undefined;
  environment = { DATA_DIR: folder, LOG_LEVEL: 'silent', ...(database ? { STORE_URL: database.url } : {}) };
});
afterEach(async () => {
  await server?.end('SIGKILL');
  database?.release();
  await rm(folder, { recursive: true, force: true });
});

/** @param holdAt the job stands still once it has done so many resources: nothing depends on who is faster */
async function begin(holdAt?: number): Promise<(path: string, call?: { method?: string; body?: object }) => Promise<Reply>> {
  server = holdAt === undefined ? await startServerProcess(environment) : await startServerProcess({ ...environment, HOLD_AT: String(holdAt) }, ['--require', join(__dirname, '..', 'support', 'held-index.cjs')]);
  const { settings } = server;
  const token = await signToken(settings, { as: 'operator', expires: 600 });
  return (path, call = {}) => send(`${settings.fhirBase}/${path}`, { token, ...call });
}
const valuesOf = ({ body }: Reply): Record<string, unknown> =>
  Object.fromEntries(body.parameter.map(({ name, ...value }: { name: string }) => [name, Object.values(value)[0]]));
async function until(ask: (path: string) => Promise<Reply>, done: (values: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
  for (;;) {
    const values = valuesOf(await ask('$reindex'));
    if (done(values)) return values;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

const patients = 300;
const bundleOf = (from: number, count: number) => ({
  resourceType: 'Bundle', type: 'transaction',
  entry: Array.from({ length: count }, (_, at) => ({
    resource: { resourceType: 'Patient', id: `p${from + at}`, contact: [{ name: { family: 'Durand' } }] }, request: { method: 'PUT', url: `Patient/p${from + at}` },
  })),
});

it('goes on where it stood, twice killed, and what was written meanwhile is found too', async () => {
  let ask = await begin(1);
  expect((await ask('', { body: bundleOf(0, patients) })).status).toBe(200);
  const defined = ask('SearchParameter/family', {
    method: 'PUT', body: { resourceType: 'SearchParameter', id: 'family', url: 'http://example.org/family', name: 'f', description: 'f', status: 'active', code: 'contact-family', base: ['Patient'], type: 'string', expression: 'Patient.contact.name.family' },
  }).catch(() => undefined);
  const first = Number((await until(ask, ({ done }) => Number(done) > 0)).done);
  await server?.end('SIGKILL');
  await defined;

  ask = await begin(first + 1);
  const middle = await until(ask, ({ done }) => Number(done) > first);
  expect(middle.status).toBe('in-progress');
  expect((await ask('Patient?contact-family=durand')).status).toBe(503);
  expect((await ask('Patient/late', { method: 'PUT', body: { resourceType: 'Patient', id: 'late', contact: [{ name: { family: 'Durand' } }] } })).status).toBe(201);
  expect((await ask('Patient/p1', { method: 'PUT', body: { resourceType: 'Patient', id: 'p1', contact: [{ name: { family: 'Martin' } }] } })).status).toBe(200);
  await server?.end('SIGKILL');

  ask = await begin();
  await until(ask, ({ status }) => status === 'completed');
  const found = await ask('Patient?contact-family=durand&_summary=count');
  expect([found.status, found.body.total]).toEqual([200, patients]);
  expect((await ask('Patient/p2')).body.meta.versionId).toBe('1');
  await server?.end('SIGTERM');
  expect(await verified(readSettings({ ...environment, IDENTITY_DOMAIN: 'test' }))).toEqual([]);
}, 120_000);

it('indexes everything anew when the index is to be another one, and answers by it only when it is whole', async () => {
  let ask = await begin();
  expect((await ask('', { body: bundleOf(0, patients) })).status).toBe(200);
  expect((await ask('Patient?_content=durand')).status).toBe(400);
  await server?.end('SIGTERM');

  environment = { ...environment, FULL_TEXT: 'content' };
  ask = await begin();
  const [search, byId, read] = [await ask('Patient?gender:missing=true&_summary=count'), await ask('Patient?_id=p1'), await ask('Patient/p1')];
  expect([[search.status, byId.status, read.status], [search.body.total ?? search.body.issue[0].code]]).toEqual([[search.status === 200 ? 200 : 503, 200, 200], [search.status === 200 ? patients : 'transient']]);
  await until(ask, ({ status }) => status === 'completed');
  expect((await ask('Patient?_content=durand&_summary=count')).body.total).toBe(patients);
  await server?.end('SIGTERM');
  expect(await verified(readSettings({ ...environment, IDENTITY_DOMAIN: 'test' }))).toEqual([]);
}, 120_000);
