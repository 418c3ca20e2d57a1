import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoTokens, loadFixtures, loadedDocuments, tourFacts } from '../../src/cli/demo';
import { readCast } from '../../src/cli/fixtures';
import { tourSteps, type TourFacts } from '../../src/cli/tour';
import { startTestServer, type TestServer } from '../support/http-server';

const run = promisify(execFile);
let server: TestServer;
let folder = '';

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'passerelle-tour-'));
}, 60_000);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const paste = async (command: string) => (await run('bash', ['-c', command], { cwd: folder, maxBuffer: 64 * 1024 * 1024 })).stdout;

describe('the tour of the demonstration', () => {
  it('works command by command as it is pasted, on a server that holds the fixtures', async () => {
    const cast = readCast();
    const tokens = await demoTokens(server.running.settings, cast);
    const loaded: string[] = [];
    await loadFixtures(server.base, tokens.system, loadedDocuments(cast), (_done, name) => loaded.push(name));
    expect(loaded).toEqual(loadedDocuments(cast));
    const headers = Object.fromEntries(await Promise.all((['professional', 'patient', 'system'] as const).map(async (kind) => {
      const file = join(folder, `${kind}.header`);
      await writeFile(file, `Authorization: Bearer ${tokens[kind]}\n`);
      return [kind, file];
    }))) as TourFacts['headers'];
    const steps = tourSteps(await tourFacts(server.base, tokens, cast, headers));
    const outputs: string[] = [];
    for (const { command } of steps) outputs.push(await paste(command));
    const [push, find, newest, bytes, record, refuse, refused, none, lifted] = outputs as [string, string, string, string, string, string, string, string, string];
    expect(JSON.parse(push).resourceType).toBe('Parameters');
    expect(JSON.parse(find).total).toBe(2);
    expect(JSON.parse(newest).entry).toHaveLength(1);
    expect(bytes).toContain('<ClinicalDocument');
    expect(JSON.parse(record).entry.length).toBeGreaterThan(10);
    expect(JSON.parse(record).link).not.toContainEqual(expect.objectContaining({ relation: 'next' }));
    // ppc-1 of FHIR R4: a policy, or a policyRule.
    expect(JSON.parse(refuse)).toMatchObject({ resourceType: 'Consent', policy: [{ uri: expect.any(String) }] });
    expect(JSON.parse(refused).issue[0].code).toBe('not-found');
    expect(JSON.parse(none).total).toBe(0);
    expect(lifted).toBe('');
    expect(JSON.parse(await paste(steps[1]!.command)).total).toBe(2);
  }, 60_000);
});
