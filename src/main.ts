/** The process: read settings, open the store, build the app, listen, stop cleanly. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { createIssuer } from './access/issuer.js';
import { createVerifier } from './access/tokens.js';
import { readSettings, SettingError, type Settings } from './config.js';
import { createApp } from './http/app.js';
import { createMetrics } from './http/metrics.js';
import { openEmbedded } from './store/embedded/open.js';
import { withDoor } from './store/door.js';
import { createServer } from './http/server.js';

/** The server cannot start; the message is one plain line that says what to mend. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface Running {
  readonly server: Server;
  readonly settings: Settings;
  /** Finishes what is under way, then closes the store. Safe to call twice. */
  stop(): Promise<void>;
}

const plain = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const cause = error.code === 'EADDRINUSE' ? `PORT ${port} is taken on ${host}: stop the other server or set PORT.` : `Cannot listen on ${host}:${port}: ${error.message}`;
      reject(new StartError(cause));
    });
    server.listen(port, host, () => resolve());
  });
}

async function openStore(settings: Settings, log: Logger) {
  const directory = settings.storeUrl === 'memory:' ? 'memory:' as const : settings.storeUrl.slice('file:'.length);
  try {
    return await openEmbedded({ directory, identity: { domain: settings.identityDomain }, log });
  } catch (error) {
    throw new StartError(`The store cannot be opened: ${plain(error)}`);
  }
}

/** Resolves once every request under way is answered, or the time is over. */
function drained(server: Server, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => { server.closeAllConnections(); resolve(); }, seconds * 1000);
    server.close(() => { clearTimeout(deadline); resolve(); });
    server.closeIdleConnections();
  });
}

/**
 * Starts a server.
 * @throws StartError, SettingError
 */
export async function startServer(settings: Settings, log: Logger = pino({ level: settings.logLevel })): Promise<Running> {
  const metrics = createMetrics();
  const store = withDoor(await openStore(settings, log), ({ type }) => { metrics.doorAlarm(); log.error({ type }, 'the check at the door stopped a resource'); });
  try {
    const issuer = settings.authIssuers.includes('embedded')
      ? await createIssuer({ keyFile: join(settings.dataDir, 'test-issuer.json'), issuer: `${settings.baseUrl}/auth`, audience: settings.authAudience })
      : undefined;
    const verifier = createVerifier({
      issuers: settings.authIssuers.filter((url) => url !== 'embedded'), audience: settings.authAudience, ...(issuer ? { embedded: issuer } : {}),
    });
    const readiness = { stopping: false, check: () => store.ready() };
    const { app, close } = createApp({ settings, store, verifier, ...(issuer ? { issuer } : {}), metrics, readiness, log });
    const server = createServer(app, { requestTimeout: settings.requestTimeout * 1000, headersTimeout: 20_000, keepAliveTimeout: 10_000 });
    await listen(server, settings);
    if (settings.demo || settings.authMode === 'open') log.warn({ demo: settings.demo, authMode: settings.authMode }, 'This server is a demonstration: do not give it real data.');
    let stopped: Promise<void> | undefined;
    const stop = () => stopped ??= (async () => {
      readiness.stopping = true;
      await drained(server, settings.shutdownTimeout);
      await close();
      await store.close();
    })();
    log.info({ base: settings.fhirBase, port: (server.address() as AddressInfo).port, domain: settings.identityDomain }, 'listening');
    return { server, settings, stop };
  } catch (error) {
    await store.close();
    throw error instanceof SettingError ? error : new StartError(plain(error));
  }
}

/** Starts and serves until SIGTERM or SIGINT; exit code 1 and one line when it cannot start. */
export async function runUntilSignal(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const settings = readSettings(environment);
  const running = await startServer(settings);
  const end = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await end;
  await running.stop();
}

if (require.main === module) {
  runUntilSignal(process.env).catch((error: unknown) => {
    process.stderr.write(`passerelle: ${plain(error)}\n`);
    process.exitCode = 1;
  });
}
