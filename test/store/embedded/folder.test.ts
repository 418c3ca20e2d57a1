/** Opening and leaving a store: one process owns a folder, a store keeps its domain, newer ones are refused. */
import Database from 'libsql';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded, StoreRefused } from '../../../src/store/embedded/open';
import { bytesOf, keyOf, listOf, operator, owned, person, put, remove, written } from '../../contract/support';

const log = { warn: () => undefined, error: () => undefined };
const options = (directory: string, more: { clock?: () => number; domain?: 'test' | 'production' } = {}) =>
  ({ directory, identity: { domain: more.domain ?? 'test' } as const, log, ...(more.clock ? { clock: more.clock } : {}) });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'passerelle-folder-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function madeAndClosed(): Promise<void> {
  const store = await openEmbedded(options(directory));
  await written(store, put('Basic', 'a'));
  await store.close();
}
function change(sql: string): void {
  const database = new Database(join(directory, 'passerelle.db'));
  database.exec(sql);
  database.close();
}

describe('One process owns a folder', () => {
  test('a second store in this process is refused in one line, and the first goes on', async () => {
    const store = await openEmbedded(options(directory));
    const refusal = await openEmbedded(options(directory)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreRefused);
    expect((refusal as Error).message).toBe(`The store in ${directory} is in use by another process.`);
    await written(store, put('Basic', 'a'));
    await store.close();
    await (await openEmbedded(options(directory))).close();
  });

  test('so is one in another process, until the first is killed', async () => {
    const child: ChildProcess = spawn(process.execPath, [join(__dirname, 'crash-child.cjs'), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await expect(openEmbedded(options(directory))).rejects.toThrow(StoreRefused);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    await (await openEmbedded(options(directory))).close();
  });
});

describe('A store keeps what it was made with', () => {
  test.each([['test', 'production'], ['production', 'test']] as const)('made for %s it does not open for %s', async (made, asked) => {
    await (await openEmbedded(options(directory, { domain: made }))).close();
    const refusal = await openEmbedded(options(directory, { domain: asked })).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreRefused);
    expect((refusal as Error).message).toMatch(/^The store in .* holds the identity domain .* \(IDENTITY_DOMAIN\)\.$/);
    await (await openEmbedded(options(directory, { domain: made }))).close();
  });

  test.each([['schema', 'newer version'], ['indexer', 'newer version']])('of a newer %s it is refused and left as it is', async (key, words) => {
    await madeAndClosed();
    change(`UPDATE meta SET value = value + 98 WHERE key = '${key}'`);
    const refusal = await openEmbedded(options(directory)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreRefused);
    expect((refusal as Error).message).toContain(words);
    expect((refusal as Error).message).not.toContain('\n');
    change(`UPDATE meta SET value = value - 98 WHERE key = '${key}'`);
    const store = await openEmbedded(options(directory));
    expect(await store.read(operator, keyOf('Basic', 'a'))).toBeDefined();
    await store.close();
  });

  /** Without what histories are read from, without places, and without what later schemas find faster by. */
  const schema3 = `DROP INDEX qty_wide; DROP INDEX doc_labels; DROP INDEX res_gone; DROP INDEX res_shared; DROP INDEX past_lu; DROP INDEX past_shared;
    ALTER TABLE past DROP COLUMN type; ALTER TABLE past DROP COLUMN shared; DROP TABLE pos; UPDATE meta SET value = 3 WHERE key = 'schema';`;

  test('of schema 3 it is lifted, and what was there before is in the history of its type', async () => {
    const made = await openEmbedded(options(directory));
    for (const write of [put('Basic', 'a'), put('Basic', 'a'), put('Observation', 'o', { access: owned('p') }), put('Observation', 'o', { access: owned('p') })]) await written(made, write);
    await made.close();
    change(schema3);
    const store = await openEmbedded(options(directory));
    const told = async (grant: typeof operator) => (await store.history(grant, {}, { count: 9 }))?.versions.map(({ type, version }) => `${type} ${version}`);
    expect(await told(operator)).toEqual(['Observation 2', 'Observation 1', 'Basic 2', 'Basic 1']);
    expect(await told(person('p'))).toEqual(['Observation 2', 'Observation 1', 'Basic 2', 'Basic 1']);
    expect(await told(person('q'))).toEqual(['Basic 2', 'Basic 1']);
    await store.close();
  });

  test('of schema 2 it is lifted', async () => {
    await madeAndClosed();
    change(`${schema3} ALTER TABLE past DROP COLUMN apart; UPDATE meta SET value = 2 WHERE key = 'schema'`);
    const store = await openEmbedded(options(directory));
    await store.commit({ writes: [put('Basic', 'a')], guards: [] });
    expect((await store.history(operator, keyOf('Basic', 'a'), { count: 5 }))?.versions.map(({ version }) => version)).toEqual([2, 1]);
    await store.close();
  });

  test('of an older schema that cannot be lifted it is refused', async () => {
    await madeAndClosed();
    change("UPDATE meta SET value = 0 WHERE key = 'schema'");
    await expect(openEmbedded(options(directory))).rejects.toThrow(StoreRefused);
  });

  test('of an older indexer, entries are to be made anew, which a second start goes on with', async () => {
    await madeAndClosed();
    change("UPDATE meta SET value = 0 WHERE key = 'indexer'");
    for (let opened = 0; opened < 2; opened++) {
      const store = await openEmbedded(options(directory));
      expect(await store.index.state()).toMatchObject({ generation: 1, definitions: [], job: { done: 0 } });
      expect((await store.index.state()).job).not.toHaveProperty('params');
      await store.close();
    }
  });

  test.each([['text', 'content', true], ['text', 'text', false], ['content', 'off', true], ['content', undefined, false]] as const)('with the words of %s, opened for those of %s, entries are to be made anew: %s', async (first, then, anew) => {
    await (await openEmbedded({ ...options(directory), identity: { domain: 'test', fullText: first } })).close();
    for (let opened = 0; opened < 2; opened++) {
      const store = await openEmbedded({ ...options(directory), identity: { domain: 'test', ...(then ? { fullText: then } : {}) } });
      expect(await store.index.state()).toMatchObject({ generation: anew ? 1 : 0 });
      await store.close();
    }
  });

  test('of schema 1, whose texts bear no hash, it is lifted, and what is written from then on bears one', async () => {
    await madeAndClosed();
    change(`${schema3} ALTER TABLE body DROP COLUMN h; ALTER TABLE past DROP COLUMN h; ALTER TABLE past DROP COLUMN apart; UPDATE meta SET value = 1 WHERE key = 'schema'`);
    const store = await openEmbedded(options(directory));
    await written(store, put('Basic', 'a'), put('Basic', 'b'));
    expect((await store.vread(operator, keyOf('Basic', 'a'), 1))?.text).toContain('"versionId":"1"');
    const hashes = (await listOf(store.dump())).flatMap((record) => (record.kind === 'past' || record.kind === 'resource' ? [[record.id, record.version, record.hash !== undefined]] : []));
    expect(hashes).toEqual([['a', 1, false], ['a', 2, true], ['b', 1, true]]);
    await store.close();
  });

  test('what is no database is refused and not touched', async () => {
    const text = 'not a database, but long enough to be looked at as one. '.repeat(20);
    writeFileSync(join(directory, 'passerelle.db'), text);
    await expect(openEmbedded(options(directory))).rejects.toThrow(StoreRefused);
    expect(readFileSync(join(directory, 'passerelle.db'), 'utf8')).toBe(text);
  });
});

describe('Closing', () => {
  test('leaves everything in the database file', async () => {
    await madeAndClosed();
    const log = join(directory, 'passerelle.db-wal');
    expect(existsSync(log) ? statSync(log).size : 0).toBe(0);
  });

  test('twice is once', async () => {
    const store = await openEmbedded(options(directory));
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });

  test('a store in memory leaves no folder behind, and clears away those whose process was killed', () => {
    for (const [name, age] of [['passerelle-memory-old', 3_600_000], ['passerelle-memory-new', 0]] as const) {
      mkdirSync(join(directory, name));
      utimesSync(join(directory, name), new Date(Date.now() - age), new Date(Date.now() - age));
    }
    const printed = execFileSync(process.execPath, [join(__dirname, 'memory-child.cjs')], { encoding: 'utf8', env: { ...process.env, TMPDIR: directory } });
    const meanwhile = JSON.parse(printed) as string[];
    expect(meanwhile).toHaveLength(2);
    expect(meanwhile).toContain('passerelle-memory-new');
    expect(readdirSync(directory)).toEqual(['passerelle-memory-new']);
  });
});

describe('Staged bytes', () => {
  test('that nothing names are swept after an hour, and those that are named stay', async () => {
    let now = Date.now();
    const store = await openEmbedded(options(directory, { clock: () => now }));
    const named = await store.stage(bytesOf('named'), 'text/plain');
    const loose = await store.stage(bytesOf('loose'), 'text/plain');
    await written(store, put('Binary', 'b', { content: named }));
    now += 59 * 60 * 1000;
    await store.sweep();
    await written(store, put('Binary', 'c', { content: loose }));
    await written(store, put('Binary', 'c'), remove('Binary', 'b'));
    const second = await store.stage(bytesOf('second'), 'text/plain');
    now += 2 * 60 * 60 * 1000;
    await store.sweep();
    await expect(written(store, put('Binary', 'd', { content: second }))).rejects.toThrow();
    for (const [id, text] of [['b', 'named'], ['c', 'loose']] as const) {
      const found = await store.vread(operator, keyOf('Binary', id), 1);
      const pieces = found === undefined ? [] : await listOf(store.openContent(found));
      expect(Buffer.concat(pieces).toString()).toBe(text);
    }
    await store.close();
  });
});

describe('Secrets', () => {
  test('are rotated daily; the one before stays', async () => {
    let now = Date.now();
    const store = await openEmbedded(options(directory, { clock: () => now }));
    const ids: string[] = [];
    for (let day = 0; day < 3; day++) {
      const secrets = await store.secrets('cursor');
      ids.unshift(secrets[0]?.id ?? '');
      expect(secrets.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      now += 23 * 60 * 60 * 1000;
      expect((await store.secrets('cursor'))[0]?.id).toBe(ids[0]);
      now += 60 * 60 * 1000;
    }
    await store.close();
  });
});

describe('The audit log after a crash', () => {
  const record = (request: string) => ({ at: 1, actor: { kind: 'operator' }, interaction: 'read', patients: [], status: 200, request });
  const segment = () => join(directory, 'audit', readdirSync(join(directory, 'audit')).sort().at(-1) ?? '');

  test.each([['half a record', '{"at":1,"actor":{"ki'], ['a lone brace', '{']])('%s at its end is cut, the rest stays', async (_, torn) => {
    const first = await openEmbedded(options(directory));
    await first.appendAudit(record('one'));
    await first.close();
    appendFileSync(segment(), torn);
    const second = await openEmbedded(options(directory));
    await second.appendAudit(record('two'));
    expect((await listOf(second.readAudit(operator, { limit: 9 }))).map(({ request }) => request)).toEqual(['one', 'two']);
    await second.close();
  });

  test('a log that could not be written is told by readiness until it can be', async () => {
    const store = await openEmbedded(options(directory));
    rmSync(join(directory, 'audit'), { recursive: true });
    await expect(store.appendAudit(record('one'))).rejects.toThrow();
    await expect(store.ready()).rejects.toMatchObject({ failure: 'unavailable', message: expect.not.stringContaining(directory) });
    mkdirSync(join(directory, 'audit'));
    await store.ready();
    await store.appendAudit(record('two'));
    await store.close();
  });

  test('a file of half a record only is emptied', async () => {
    mkdirSync(join(directory, 'audit'));
    writeFileSync(join(directory, 'audit', '2020-01-01-000001.jsonl'), '{"at"');
    const store = await openEmbedded(options(directory));
    expect(await listOf(store.readAudit(operator, { limit: 9 }))).toEqual([]);
    await store.close();
  });
});

/** `ulimit -f` makes every file end at a size, as a full disk does. */
const limited = process.platform === 'linux' ? test : test.skip;
limited('A full disk is told as unavailable, loses nothing acknowledged, and the audit log rejects without growing', async () => {
  const child = join(__dirname, 'full-disk-child.cjs');
  const printed = execFileSync('bash', ['-c', 'ulimit -f 3000; exec "$0" "$1" "$2"', process.execPath, child, directory], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const { acknowledged, failures, audit, grown } = JSON.parse(printed) as { acknowledged: string[]; failures: string[]; audit: string; grown: number };
  expect(new Set(failures)).toEqual(new Set(['unavailable']));
  expect([audit, grown]).toEqual(['rejected', 0]);
  const store = await openEmbedded(options(directory));
  for (const id of acknowledged) expect(await store.read(operator, keyOf('Basic', id))).toBeDefined();
  await written(store, put('Basic', 'afterwards'));
  await store.close();
}, 60_000);
