/** The operator's commands on a whole store, as processes of their own. */
import { execFile, type ExecFileException } from 'node:child_process';
import { existsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { filledStore, inDatabase, openFolder, type Filled } from '../maintenance/filled';

let filled: Filled;
beforeAll(async () => {
  filled = await filledStore();
});
afterAll(() => filled.end());

const command = join(__dirname, '..', '..', 'bin', 'passerelle.js');
interface Ended { readonly code: number; readonly out: string; readonly err: string }
function run(data: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { env: { PATH: process.env.PATH, ...filled.environment, DATA_DIR: data } }, (error: ExecFileException | null, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }));
  });
}

test('a store is exported to a file that only its owner reads, imported, verified, and counted', async () => {
  const file = join(filled.empty(), '..', 'whole.export');
  expect(await run(filled.data, 'export-store', file)).toMatchObject({ code: 0, out: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(existsSync(`${file}.partial`)).toBe(false);
  const target = filled.empty();
  expect((await run(target, 'import-store', file)).code).toBe(0);
  expect(await run(target, 'import-store', file)).toMatchObject({ code: 0, err: 'This export was imported before, whole: nothing was written.\n' });
  expect(await run(target, 'verify')).toMatchObject({ code: 0, out: '' });
  const [before, after] = await Promise.all([filled.data, target].map(async (data) => JSON.parse((await run(data, 'stats', '--json')).out) as { types: unknown[] }));
  expect(after?.types).toEqual(before?.types);
  expect((await run(target, 'stats')).out).toMatch(/^Type +live +deleted +versions +bytes\n/);

  const again = await run(filled.data, 'export-store', file);
  expect(again).toMatchObject({ code: 1, err: `passerelle: ${file} is there already. Name another file.\n` });
  truncateSync(file, statSync(file).size - 1);
  const cut = filled.empty();
  expect(await run(cut, 'import-store', file)).toMatchObject({ code: 1, err: 'passerelle: The export is cut: its end is missing.\n' });
  expect((await run(cut, 'stats', '--json')).out).toContain('"types": []');
});

test('verify prints a line for each finding and ends with code 1', async () => {
  const data = filled.copy();
  inDatabase(data, (database) => database.prepare('INSERT INTO chunk(k, b) VALUES (?, ?)').run(99 * 65_536, Buffer.from([0])));
  const { code, out, err } = await run(data, 'verify');
  expect([code, out]).toEqual([1, 'content 99: has chunks, but is not there\n']);
  expect(err).toMatch(/1 finding\.\n$/);
});

test('on a store in use each command is one line', async () => {
  const data = filled.copy();
  const store = await openFolder(data);
  const commands = [['export-store', '-'], ['import-store', join(data, 'some.export')], ['verify'], ['stats']];
  const ended = await Promise.all(commands.map((args) => run(data, ...args)));
  await store.close();
  for (const each of ended) expect(each).toEqual({ code: 1, out: '', err: `passerelle: The store in ${join(data, 'store')} is in use by another process. Stop the server first.\n` });
});

test('what is not there is told in one line', async () => {
  const nowhere = filled.empty();
  for (const args of [['export-store', '-'], ['verify'], ['stats']]) {
    expect(await run(nowhere, ...args)).toEqual({ code: 1, out: '', err: `passerelle: There is no store in ${join(nowhere, 'store')} (STORE_URL, DATA_DIR).\n` });
  }
  const { code, err } = await run(nowhere, 'import-store', join(nowhere, 'no.export'));
  expect([code, err]).toEqual([1, expect.stringMatching(/^passerelle: ENOENT: no such file or directory, .*\n$/)]);
});
