/** A server in a process of its own, for tests that stop or kill it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { readSettings, type Settings } from '../../src/config';
import { freePort } from './ports';

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly settings: Settings;
  readonly output: () => string;
  /** Sends the signal and resolves with the exit code (null when killed). */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const main = join(__dirname, '..', '..', 'dist', 'main.js');

/** @param flags of Node */
export function spawnServer(environment: NodeJS.ProcessEnv, flags: readonly string[] = []): { child: ChildProcess; output: () => string; exit: Promise<number | null> } {
  const child = spawn(process.execPath, [...flags, main], { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  return { child, output: () => text, exit: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
}

/** Resolves once the server is ready. */
export async function startServerProcess(environment: Record<string, string>, flags: readonly string[] = []): Promise<ServerProcess> {
  const complete = { PORT: await freePort(), IDENTITY_DOMAIN: 'test', ...environment };
  const settings = readSettings(complete);
  const { child, output, exit } = spawnServer(complete, flags);
  for (;;) {
    const ready = await fetch(`http://${settings.host}:${settings.port}/health/ready`).then((response) => response.ok, () => false);
    if (ready) break;
    if (child.exitCode !== null) throw new Error(`The server ended: ${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    child, settings, output,
    end: async (signal) => {
      child.kill(signal);
      return exit;
    },
  };
}
