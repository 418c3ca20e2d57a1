/** What a campaign does its faults to. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { readSettings, type Settings } from '../../config.js';
import { withFreePort } from '../../main.js';
import { serverGrant } from '../../access/decide.js';
import { verify } from '../../maintenance/verify/verify.js';
import { openStore } from '../../store/open.js';
import { CommandError } from '../command-error.js';
import { indexOptionsOf } from '../upkeep/open-store.js';
import { signToken } from '../token.js';
import type { Door } from './client.js';
import type { Random } from './random.js';
import type { Promises } from './record.js';

export interface Subject {
  readonly promises: Promises;
  /** Any server, whether it is there or not. */
  door(random: Random): Door;
  /** Does one fault and heals it; resolves when every server is ready again. @returns its name */
  fault(random: Random): Promise<string>;
  /** What only the store itself can tell once the servers are gone: one line for each finding. */
  end(): Promise<readonly string[]>;
  /** Ends every process of it, whatever became of the campaign. */
  stop(): Promise<void>;
}

/** Longest time that a server may take to be ready, ms. */
const patience = 120_000;
const day = 86_400;

const silent = { warn: () => undefined, error: () => undefined };

/** What the consistency check finds in a store that no server serves any more. */
export async function verified(settings: Settings): Promise<string[]> {
  const { storeUrl: url, identityDomain: domain, readConcern } = settings;
  const store = await openStore({ url, identity: { domain }, log: silent, readConcern, existing: true });
  const findings: string[] = [];
  try {
    const verification = { store, grant: serverGrant(Date.now()), index: await indexOptionsOf(store, settings), domain, onRecord: () => undefined };
    for await (const { subject, text } of verify(verification)) findings.push(`verify: ${subject}: ${text}`);
    return findings;
  } finally {
    await store.close();
  }
}

/** A server in a process of its own that is killed and comes back on the same port. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private said = '';
  private constructor(readonly settings: Settings, private readonly environment: NodeJS.ProcessEnv, readonly door: Door) {}

  static async start(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const complete = await withFreePort({ PORT: '0', IDENTITY_DOMAIN: 'test', LOG_LEVEL: 'error', ...environment });
    const settings = readSettings(complete);
    const token = await signToken(settings, { as: 'operator', expires: day });
    const server = new ServerProcess(settings, { PATH: process.env.PATH, ...complete }, { base: settings.fhirBase, token });
    await server.begin();
    return server;
  }

  async begin(): Promise<void> {
    const child = spawn(process.execPath, [join(__dirname, '..', '..', 'main.js')], { env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { this.said = (this.said + text.toString()).slice(-2000); });
    this.child = child;
    await this.ready();
  }

  async ready(): Promise<void> {
    const deadline = Date.now() + patience;
    while (!(await fetch(`${this.settings.baseUrl}/health/ready`).then(({ ok }) => ok, () => false))) {
      if (this.child !== undefined && this.child.exitCode !== null) throw new CommandError(`A server did not come back: ${this.said.trim().split('\n').at(-1) ?? ''}`);
      if (Date.now() > deadline) throw new CommandError(`A server was not ready within ${patience / 1000} s: ${this.said.trim().split('\n').at(-1) ?? ''}`);
      await wait(20);
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}
