/** The consistency check finds nothing in a store that has lived: documents replaced, versions erased, resources deleted and erased. */
import { demoTokens, loadFixtures } from '../../src/cli/demo';
import { verified } from '../../src/cli/faults/subject';
import { readCast } from '../../src/cli/fixtures';
import { archiveHeader, exportStore } from '../../src/maintenance/export';
import { importStore } from '../../src/maintenance/import';
import { openEmbedded } from '../../src/store/embedded/open';
import { openStore } from '../../src/store/open';
import type { StoreUpkeep } from '../../src/store/upkeep';
import { quiet } from '../support/mongo';
import { startTestServer, type TestServer } from '../support/http-server';

const ignore = (): void => undefined;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ HISTORY_DELETE: 'on' });
});
afterAll(() => server.stop());

test('a store that has lived is whole', async () => {
  const { settings } = server.running;
  const token = await server.token({ as: 'operator' });
  const cast = readCast();
  const { system } = await demoTokens(settings, cast);
  await loadFixtures(settings.fhirBase, system, cast.documents, () => undefined);
  const idsOf = async (query: string): Promise<string[]> => ((await server.call(query, { token })).body.entry as { resource: { id: string } }[]).map(({ resource }) => resource.id);

  expect(await idsOf('DocumentReference?status=superseded')).not.toEqual([]);
  const [changed = '', removed = ''] = await idsOf('Practitioner?_count=2');
  for (let version = 0; version < 3; version++) {
    const { body } = await server.call(`Practitioner/${changed}`, { token });
    expect((await server.call(`Practitioner/${changed}`, { method: 'PUT', token, body: { ...body, active: version % 2 === 0 } })).status).toBe(200);
  }
  expect((await server.call(`Practitioner/${changed}/_history/2`, { method: 'DELETE', token })).status).toBe(204);
  expect((await server.call(`Practitioner/${removed}`, { method: 'DELETE', token })).status).toBeLessThan(500);
  const location = { resourceType: 'Location', position: { latitude: 48.85, longitude: 2.35 } };
  expect((await server.call('Location', { token, body: location })).status).toBe(201);
  const made = await server.call('Patient', { token, body: { resourceType: 'Patient', name: [{ family: 'Essai' }] } });
  expect((await server.call(`Patient/${String(made.body.id)}`, { method: 'DELETE', token })).status).toBeLessThan(300);
  const [first = ''] = await idsOf('DocumentReference?status=superseded&_count=1');
  const patients = await idsOf('Patient?_count=50');
  for (const key of [`DocumentReference/${first}`, `Patient/${patients.at(-1) ?? ''}`]) expect((await server.call(`${key}/$erase`, { method: 'POST', token })).status).toBe(200);

  await server.running.stop();
  expect(await verified(settings)).toEqual([]);
  // Nor is it held for damaged by an export, which is read whole where it goes to.
  const store = await openStore({ url: settings.storeUrl, identity: { domain: 'test' }, log: quiet, existing: true, readConcern: 'majority' });
  const moved = await openEmbedded({ directory: 'memory:', identity: { domain: 'test' }, log: quiet });
  await importStore(moved, exportStore(store, await archiveHeader(store, 1000), ignore), { bases: [settings.fhirBase], timeZone: settings.timeZone }, ignore);
  const counted = async (one: StoreUpkeep) => (await one.statistics()).types.map(({ type, live, deleted, versions }) => [type, live, deleted, versions]);
  expect(await counted(moved)).toEqual(await counted(store));
  await moved.close();
  await store.close();
});
