/** Server processes side by side on one MongoDB database, as behind one address. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../src/config';
import { signToken } from '../../src/cli/token';
import { send, type Call, type Reply, type TokenOptions } from './http-server';
import { startServerProcess, type ServerProcess } from './process';
import { testDatabase } from './stores';

export interface Fleet {
  /** The FHIR base that every one of them names in its links. */
  readonly base: string;
  /** One request to each of them: `ask[1]('Patient')` is answered by the second. */
  readonly ask: readonly ((path: string, call?: Call) => Promise<Reply>)[];
  token(options: TokenOptions): Promise<string>;
  stop(): Promise<void>;
}

const shifted = (ahead: number): readonly string[] => (ahead === 0 ? [] : ['--require', join(__dirname, 'shifted-clock.cjs')]);

/** @param clocks of the processes, ms ahead of the machine's: one process for each */
export async function startFleet(clocks: readonly number[]): Promise<Fleet> {
  const [folder, database] = await Promise.all([mkdtemp(join(tmpdir(), 'passerelle-fleet-')), testDatabase()]);
  const shared = { STORE_URL: database.url, DATA_DIR: folder, LOG_LEVEL: 'error' };
  const start = (ahead: number, more: Record<string, string> = {}) => startServerProcess({ ...shared, ...more, CLOCK_AHEAD: String(ahead) }, shifted(ahead));
  const members: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(({ end }) => end('SIGTERM')));
    database.release();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // The first makes the key of the test issuer.
    members.push(await start(clocks[0] ?? 0));
    const settings = members[0]?.settings as Settings;
    members.push(...await Promise.all(clocks.slice(1).map((ahead) => start(ahead, { BASE_URL: settings.baseUrl }))));
    const sendTo = ({ settings: { host, port } }: ServerProcess) => (path: string, call?: Call): Promise<Reply> =>
      send(`http://${host}:${port}/fhir/${path.startsWith(settings.fhirBase) ? path.slice(settings.fhirBase.length + 1) : path}`, call);
    return { base: settings.fhirBase, ask: members.map(sendTo), token: ({ expires = 600, ...options }) => signToken(settings, { ...options, expires }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
