import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settings } from '../src/config';
import { spawnServer, startServerProcess } from './support/process';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-start-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function failedStart(environment: Record<string, string>): Promise<{ code: number | null; lines: string[] }> {
  const { output, exit } = spawnServer({ DATA_DIR: join(folder, 'none'), LOG_LEVEL: 'silent', ...environment });
  const code = await exit;
  return { code, lines: output().trim().split('\n') };
}

describe('a start that cannot succeed', () => {
  it('is one line that names the setting and what it accepts', async () => {
    expect(await failedStart({ PORT: 'http' })).toEqual({ code: 1, lines: [expect.stringMatching(/PORT.*0 to 65535/)] });
  });

  it.each([
    ['DATA_DIR that is a file', (path: string) => ({ DATA_DIR: path }), 'DATA_DIR'],
    ['DATA_DIR below a file', (path: string) => ({ DATA_DIR: join(path, 'data') }), 'DATA_DIR'],
    ['DATA_DIR where nothing can be made', () => ({ DATA_DIR: '/proc/none/data' }), 'DATA_DIR'],
    ['STORE_URL that is a file', (path: string) => ({ STORE_URL: `file:${path}` }), 'STORE_URL'],
    ['HOST that is not of this machine', () => ({ HOST: '192.0.2.1', AUTH_ISSUERS: 'https://issuer.example' }), 'HOST'],
    ['METRICS_HOST that is not of this machine', () => ({ METRICS_HOST: '192.0.2.1' }), 'METRICS_HOST'],
  ])('is one line that names the setting and what it accepts, soon: %s', async (_, environment, name) => {
    const path = join(folder, 'a-file');
    await writeFile(path, '');
    const accepts = Object.values(settings).find((row) => row.name === name)?.accepts ?? '';
    const { code, lines } = await failedStart({ PORT: '0', ...environment(path) });
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain(`${name} is `);
    expect(lines[0]).toContain(accepts);
  });

  it('is one line when the port is taken', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const port = String((holder.address() as AddressInfo).port);
    expect(await failedStart({ PORT: port })).toEqual({ code: 1, lines: [expect.stringContaining(`PORT ${port} is taken`)] });
    holder.close();
  });

  it('is one line when another process owns the store, or the store has another identity domain', async () => {
    const data = join(folder, 'owned');
    const first = await startServerProcess({ DATA_DIR: data, LOG_LEVEL: 'silent' });
    const second = await failedStart({ DATA_DIR: data, PORT: '0', IDENTITY_DOMAIN: 'test' });
    expect([second.code, second.lines.length]).toEqual([1, 1]);
    expect(await first.end('SIGTERM')).toBe(0);
    const other = await failedStart({ DATA_DIR: data, PORT: '0', IDENTITY_DOMAIN: 'production' });
    expect([other.code, other.lines.length]).toEqual([1, 1]);
    expect(other.lines[0]).toMatch(/IDENTITY_DOMAIN|domain/);
  });
});
