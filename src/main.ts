/** The process: read settings, open the store, build the app, listen, stop cleanly. */
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import type { Actor } from './access/actor.js';
import { anonymousGrant, decide } from './access/decide.js';
import { createIssuer, type Issuer } from './access/issuer.js';
import { createVerifier } from './access/tokens.js';
import { readSettings, staysOnLoopback, type Settings } from './config.js';
import { isResourceType } from './fhir/definitions.js';
import { makeFolders } from './folders.js';
import { createApp } from './http/app.js';
import { bodyReader } from './http/body.js';
import { clientAddress } from './http/client-address.js';
import { createMetrics } from './http/metrics.js';
import { Traffic } from './http/traffic.js';
import { actorLookup } from './identity/actor-lookup.js';
import type { Services } from './interactions/services.js';
import { createRepresent } from './interactions/represent.js';
import { createRouter } from './interactions/routes.js';
import { loggable } from './loggable.js';
import { listenError, StartError } from './start-error.js';
import { createWeb } from './web.js';
import { routes } from './routes.js';
import { createServices } from './services.js';
import { withDoor } from './store/door.js';
import { openStore } from './store/open.js';
import type { Store } from './store/port.js';

export { StartError };

export interface Running {
  readonly server: Server;
  readonly settings: Settings;
  /** The listener of METRICS_HOST. */
  readonly metricsServer?: Server;
  /** What the handlers are given (the bench calls the same store). */
  readonly services: Services;
  /** Finishes what is under way, then closes the store. Safe to call twice. */
  stop(): Promise<void>;
}

const plain = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** PORT=0 takes a free port, and it must be known before links and tokens are made from it. @throws StartError */
export async function withFreePort(environment: Readonly<Record<string, string | undefined>>): Promise<Readonly<Record<string, string | undefined>>> {
  if (environment.PORT?.trim() !== '0') return environment;
  const probe = createTcpServer();
  const host = environment.HOST?.trim() || '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error) => reject(listenError(error, { host, port: 0, named: { host: 'HOST', port: 'PORT' } }))).listen(0, host, resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return { ...environment, PORT: String(port) };
}

async function storeOf({ storeUrl: url, identityDomain: domain, fullText, readConcern, transactionStoreBytes }: Settings, log: Logger): Promise<Store> {
  try {
    return await openStore({ url, identity: { domain, fullText }, log, readConcern, ...(transactionStoreBytes === undefined ? {} : { transactionBytes: transactionStoreBytes }) });
  } catch (error) {
    throw new StartError(`The store cannot be opened: ${plain(error)}`);
  }
}

export const issuerKeyFile = (settings: Settings): string => join(settings.dataDir, 'test-issuer.json');

function embeddedIssuer(settings: Settings): Promise<Issuer> | undefined {
  if (!settings.authIssuers.includes('embedded')) return undefined;
  return createIssuer({ keyFile: issuerKeyFile(settings), issuer: `${settings.baseUrl}/auth`, audience: settings.authAudience });
}

/** AUTH_MODE=open: everyone is the operator. */
function authenticator(settings: Settings, issuer: Issuer | undefined, log: Logger): (authorization: string | undefined) => Promise<Actor> {
  if (settings.authMode === 'open') return () => Promise.resolve({ kind: 'operator', name: 'open' });
  const verifier = createVerifier({
    issuers: settings.authIssuers.filter((url) => url !== 'embedded'), audience: settings.authAudience, ...(issuer ? { embedded: issuer } : {}),
    onIssuerFailure: (url, cause) => log.error({ issuer: url, cause: plain(cause) }, 'the keys of an issuer cannot be read'),
  });
  return (authorization) => verifier.authenticate(authorization);
}

/** Resolves once every request under way is answered and every step of one whose client hung up is over, or the time is. */
function drained(server: Server, traffic: Traffic, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => { server.closeAllConnections(); resolve(); }, seconds * 1000);
    server.close(() => void traffic.idle().then(() => { clearTimeout(deadline); resolve(); }));
    server.closeIdleConnections();
  });
}

async function serve(settings: Settings, opened: Store, log: Logger): Promise<Running> {
  const metrics = createMetrics();
  const store = withDoor(opened, ({ type }) => { metrics.doorAlarm(); log.error({ type }, 'the check at the door stopped a resource'); });
  const issuer = await embeddedIssuer(settings);
  const { services, keeper, close } = createServices(settings, store, log);
  await keeper.start();
  const router = createRouter(routes, services, isResourceType);
  const lookup = actorLookup(store);
  const traffic = new Traffic();
  const readiness = { stopping: false, check: () => store.ready() };
  const web = createWeb(settings);
  const addressOf = clientAddress(settings.trustProxy);
  const represent = createRepresent(services.lanes);
  const app = createApp({
    metrics, readiness, responder: web.responder, ...(issuer ? { issuer } : {}),
    servesMetrics: settings.metricsHost === undefined && staysOnLoopback(settings),
    bodyOf: bodyReader({ inflateRatio: settings.inflateRatio }),
    represent,
    findRoute: (method, path) => router.find(method, path),
    authenticate: authenticator(settings, issuer, log),
    decide: (actor) => decide(actor, lookup, services.clock()),
    anonymous: () => anonymousGrant(services.clock()),
    audit: (record) => store.appendAudit(record),
    owners: async (type, id) => (await store.read(services.serverGrant(), { type, id }))?.owners ?? [],
    maxInFlight: settings.maxInFlight,
    traffic,
    stopping: () => readiness.stopping,
    logFailure: (request, reference, error, interaction) => log.error({ reference, interaction, client: addressOf(request), error: loggable(error) }, 'request failed'),
  });
  const { server, metricsServer } = await web.listen(app, represent, metrics);
  const finish = async () => {
    readiness.stopping = true;
    await drained(server, traffic, settings.shutdownTimeout);
    if (metricsServer) await new Promise((resolve) => { metricsServer.close(resolve); metricsServer.closeAllConnections(); });
    await close();
    await store.close();
    log.info('stopped');
  };
  let stopped: Promise<void> | undefined;
  return { server, settings, services, ...(metricsServer ? { metricsServer } : {}), stop: () => (stopped ??= finish()) };
}

/**
 * Starts a server.
 * @throws StartError, or SettingError for a folder that cannot be used
 */
export async function startServer(settings: Settings, log: Logger = pino({ level: settings.logLevel })): Promise<Running> {
  makeFolders(settings);
  const store = await storeOf(settings, log);
  try {
    const running = await serve(settings, store, log);
    if (settings.demo || settings.authMode === 'open') log.warn({ demo: settings.demo, authMode: settings.authMode }, 'This server is a demonstration: do not give it real data.');
    log.info({ base: settings.fhirBase, domain: settings.identityDomain }, 'listening');
    return running;
  } catch (error) {
    await store.close();
    throw error instanceof StartError ? error : new StartError(plain(error));
  }
}

/** Resolves at SIGTERM or SIGINT. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

/** Serves until SIGTERM or SIGINT. @throws StartError, SettingError */
export async function runUntilSignal(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const running = await startServer(readSettings(await withFreePort(environment)));
  await untilSignal();
  await running.stop();
}

if (require.main === module) {
  runUntilSignal(process.env).catch((error: unknown) => {
    process.stderr.write(`passerelle: ${plain(error)}\n`);
    process.exitCode = 1;
  });
}
