/** The published CI-SIS documents go through a push; two of them bear one identifier. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPushServer, type PushServer } from '../support/pushing';
import { filesBelow, samples } from '../support/samples';

const folder = samples('cda');
const files = filesBelow(folder, '.xml');
const twin = 'n3_EXPORT-DUI_v1.1.0.xml';

(folder === undefined ? describe.skip : describe)('the published documents', () => {
  let server: PushServer;
  const limit = { value: 50_000_000, setting: 'DOCUMENT_LIMIT' };
  beforeAll(async () => {
    server = await startPushServer();
    Object.assign(server.services.limits, { document: limit });
  });
  afterAll(() => server.close());

  it.each(files.length > 0 ? files : ['none'])('%s is taken, once', async (file) => {
    const bytes = readFileSync(join(folder ?? '', file));
    const contentType = file.includes('Auto-Presentable') ? 'application/xslt+xml' : 'text/xml';
    const reply = await server.push(bytes, { contentType });
    expect([reply.status, reply.issues]).toEqual([file === twin ? 409 : 201, file === twin ? expect.anything() : []]);
    if (file === twin) return;
    const again = await server.push(bytes, { contentType });
    expect([again.status, again.text]).toEqual([200, reply.text]);
  });

  it('leave the second version of the microbiology report current, the first superseded', async () => {
    const statuses = await Promise.all(['current', 'superseded'].map((status) => server.find(`DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:1.2.250.1.213.1.1.1.55.2024.8&status=${status}`)));
    expect(statuses.map((found) => found.length)).toEqual([1, 1]);
  });
});
