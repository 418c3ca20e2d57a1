/** A process that is killed while it writes: what was acknowledged is whole, nothing is half there. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bind } from '../../../src/access/grant';
import { openEmbedded } from '../../../src/store/embedded/open';
import type { Store } from '../../../src/store/port';
import { contentOf, keyOf, listOf, operator } from '../../contract/support';

const log = { warn: () => undefined, error: () => undefined };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'passerelle-crash-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Numbers of the sets that the child was told are durable before it was killed. */
async function killedAfter(count: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(__dirname, 'crash-child.cjs'), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  return acknowledged;
}

/** How many parts of a set are there, each looked at by every way to it. */
async function partsOf(store: Store, number: string): Promise<number> {
  let parts = 0;
  for (let part = 0; part < 5; part++) {
    const id = `${number}-${part}`;
    const found = await store.read(operator, keyOf('Basic', id));
    const plan = { types: ['Basic'], where: { kind: 'token', param: 'Basic.identifier', system: 's', code: id }, sort: [], includes: [], page: { count: 5 }, total: 'none' } as const;
    const { matches } = await store.search(bind(operator, plan));
    expect(matches).toHaveLength(found === undefined ? 0 : 1);
    if (found === undefined) continue;
    expect(JSON.parse(found.text)).toMatchObject({ id, text: id.repeat(200) });
    if (part === 0) expect((await contentOf(store, found)).toString()).toBe(number.repeat(1000));
    parts++;
  }
  const [holder] = await store.claimed(operator, [{ kind: 'document', system: 's', value: number }]);
  expect(holder?.id).toBe(parts === 0 ? undefined : `${number}-0`);
  return parts;
}

test('everything acknowledged is whole, everything else whole or absent, three times over', async () => {
  const acknowledged: string[] = [];
  for (const count of [1, 40, 150]) {
    acknowledged.push(...(await killedAfter(count)));
    const store = await openEmbedded({ directory, identity: { domain: 'test' }, log });
    try {
      const audited = new Set((await listOf(store.readAudit(operator, { limit: 100_000 }))).map(({ request }) => request));
      for (const number of acknowledged) {
        expect([number, await partsOf(store, number), audited.has(number)]).toEqual([number, 5, true]);
      }
      const process = acknowledged.at(-1)?.split('-')[0] ?? '';
      const last = Math.max(...acknowledged.filter((number) => number.startsWith(process)).map((number) => Number(number.split('-')[1])));
      for (let number = 0; number <= last + 20; number++) expect([0, 5]).toContain(await partsOf(store, `${process}-${number}`));
    } finally {
      await store.close();
    }
  }
}, 120_000);
