/** Many large transactions at once against a database whose cache does not hold them all: each is taken whole or refused whole. */
import { randomUUID } from 'node:crypto';
import { startTestServer, type Reply, type TestServer } from '../../support/http-server';
import { describeMongo, startServer, type MongodServer } from '../../support/mongo';

const system = 'http://bundles.example';
const length = 800;
const clients = 20;

/** One person and what was measured of them; everything bears the name of the Bundle. */
function bundle(name: string): object {
  const person = `urn:uuid:${randomUUID()}`;
  const identifier = [{ system, value: name }];
  const measured = (index: number) => ({
    resourceType: 'Observation', status: 'final', identifier, subject: { reference: person }, effectiveDateTime: `2026-02-06T08:${String(index % 60).padStart(2, '0')}:00Z`,
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] }, valueQuantity: { value: index, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  });
  const created = (resource: { readonly resourceType: string }, fullUrl = `urn:uuid:${randomUUID()}`) => ({ fullUrl, resource, request: { method: 'POST', url: resource.resourceType } });
  return {
    resourceType: 'Bundle', type: 'transaction',
    entry: [created({ resourceType: 'Patient', ...{ identifier } }, person), ...Array.from({ length: length - 1 }, (_, index) => created(measured(index)))],
  };
}

describeMongo('A database with a cache of 0.25 GB', () => {
  let database: MongodServer | undefined;
  let server: TestServer;
  let token = '';
  beforeAll(async () => {
    database = await startServer('small');
    server = await startTestServer({ STORE_URL: database.url });
    token = await server.token({ as: 'operator' });
  });
  afterAll(async () => {
    await server.stop();
    await database?.stop();
  });

  /** What is there of a Bundle: resources of it that a search finds. */
  async function there(name: string): Promise<number> {
    const counted = async (type: string) => Number((await server.call(`${type}?identifier=${encodeURIComponent(`${system}|${name}`)}&_summary=count`, { token })).body.total);
    return (await counted('Patient')) + (await counted('Observation'));
  }
  const whole = ({ status, body }: Reply): boolean => status === 200
    && (body.entry as readonly { readonly response: { readonly status: string } }[]).filter(({ response }) => response.status.startsWith('201')).length === length;
  const refused = ({ status, headers, text }: Reply): boolean => (status === 503 && headers.get('retry-after') !== null) || (status === 413 && text.includes('TRANSACTION_STORE_BYTES'));

  test('a transaction may fill a tenth of it, as metadata says', async () => {
    const { body } = await server.call('metadata');
    expect(body.rest[0].documentation).toContain(`${Math.floor(0.25 * 1024 ** 3 * 0.1)} bytes (TRANSACTION_STORE_BYTES)`);
  });

  test(`of ${clients} clients that post Bundles of ${length} entries at once none loses one, and none is half done`, async () => {
    const names = Array.from({ length: clients }, (_, index) => `b${index}`);
    const replies = await Promise.all(names.map((name) => server.call('', { token, body: bundle(name) })));
    const found = await Promise.all(names.map(there));
    expect(found).toEqual(replies.map((reply) => (whole(reply) ? length : 0)));
    expect(found).toContain(length);
    expect(replies.filter((reply) => !whole(reply) && !refused(reply)).map(({ status, text }) => [status, text.slice(0, 300)])).toEqual([]);
  });
});
