import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/cli/token';
import { documentText, structures } from '../support/cast';
import { startServerProcess, type ServerProcess } from '../support/process';
import { send } from '../support/http-server';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const template = documentText('discharge-karadec');
const withId = (id: string) => template.replace(/(<templateId [^>]*\/>\s*)<id root="[0-9A-F-]{36}"\/>/, `$1<id root="${id}"/>`);

/** One worker: pushes until the server dies or the documents are out. */
async function pushAll(server: ServerProcess, token: string, queue: string[], acknowledged: Set<string>): Promise<void> {
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const pushed = id;
    const reply = await send(`${server.settings.fhirBase}/DocumentReference/$submit-document`, { token, headers: { 'Content-Type': 'text/xml' }, body: withId(pushed) }).catch(() => undefined);
    if (!reply) return;
    if (reply.status === 201) acknowledged.add(pushed);
  }
}

describe('a server that is killed in the middle of 1,000 pushes', () => {
  it('has after its restart every acknowledged document whole, and of every other one nothing or the whole', async () => {
    const queue = Array.from({ length: 1000 }, () => randomUUID());
    const all = [...queue];
    const acknowledged = new Set<string>();
    for (const enough of [10, 60, 150]) {
      const server = await startServerProcess({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
      const token = await signToken(server.settings, { as: 'system', structure: structures[1]!.id, expires: 600 });
      const workers = Array.from({ length: 8 }, () => pushAll(server, token, queue, acknowledged));
      while (acknowledged.size < enough) await new Promise((resolve) => setTimeout(resolve, 3));
      await server.end('SIGKILL');
      await Promise.all(workers);
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(150);
    expect(queue.length).toBeGreaterThan(0);

    const server = await startServerProcess({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
    try {
      const token = await signToken(server.settings, { as: 'operator', expires: 600 });
      const get = (path: string) => send(`${server.settings.fhirBase}/${path}`, { token });
      const pushedBefore = all.filter((id) => !queue.includes(id));
      let compositions = 0;
      for (const id of pushedBefore) {
        const found = await get(`DocumentReference?identifier=urn:ietf:rfc:3986%7Curn:uuid:${id}`);
        expect([id, found.status]).toEqual([id, 200]);
        if (acknowledged.has(id)) expect([id, found.body.total]).toEqual([id, 1]);
        if (found.body.total === 0) continue;
        const document = found.body.entry[0].resource;
        compositions++;
        const binary = await get(String(document.content[0].attachment.url));
        expect(binary.text).toBe(withId(id));
        const provenance = await get(`Provenance?target=DocumentReference/${document.id}`);
        expect(provenance.body.total).toBe(1);
        for (const { reference } of provenance.body.entry[0].resource.target) expect([reference, (await get(reference)).status]).toEqual([reference, 200]);
      }
      expect((await get('Composition?_total=accurate&_count=1')).body.total).toBe(compositions);
      expect((await get('Patient?_total=accurate&_count=5')).body.total).toBe(1);
    } finally {
      expect(await server.end('SIGTERM')).toBe(0);
    }
  }, 180_000);
});

describe('SIGTERM', () => {
  it('finishes what is under way, then ends with code 0', async () => {
    const data = join(folder, 'term');
    const server = await startServerProcess({ DATA_DIR: data, LOG_LEVEL: 'silent' });
    const token = await signToken(server.settings, { as: 'system', structure: structures[1]!.id, expires: 600 });
    const pushes = Array.from({ length: 12 }, () => send(`${server.settings.fhirBase}/DocumentReference/$submit-document`, { token, headers: { 'Content-Type': 'text/xml' }, body: withId(randomUUID()) }).then(({ status }) => status, () => 'not taken'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await server.end('SIGTERM')).toBe(0);
    const outcomes = await Promise.all(pushes);
    for (const outcome of outcomes) expect([201, 'not taken']).toContain(outcome);

    const again = await startServerProcess({ DATA_DIR: data, LOG_LEVEL: 'silent' });
    const operator = await signToken(again.settings, { as: 'operator', expires: 600 });
    const found = await send(`${again.settings.fhirBase}/DocumentReference?_total=accurate`, { token: operator });
    expect(found.body.total).toBeGreaterThanOrEqual(outcomes.filter((outcome) => outcome === 201).length);
    expect(await again.end('SIGTERM')).toBe(0);
  }, 60_000);
});
