/** A whole server of its own for a test: real routes, real tokens, an empty store of the kind under test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { signToken } from '../../src/cli/token';
import { readSettings } from '../../src/config';
import { startServer, type Running } from '../../src/main';
import { freePort } from './ports';
import { onMongo, testDatabase } from './stores';

export type TokenOptions = Omit<Parameters<typeof signToken>[1], 'expires'> & { readonly expires?: number };
/** Answers of any shape; a test looks into them by name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire is what the test is about
export type Json = Record<string, any>;
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
}
export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer> | object;
}

export interface TestServer {
  readonly running: Running;
  /** The FHIR base. */
  readonly base: string;
  readonly folder: string;
  /** Everything that was logged, one JSON text a line. */
  readonly log: readonly string[];
  token(options: TokenOptions): Promise<string>;
  /** @param path after the FHIR base, or a whole URL */
  call(path: string, call?: Call): Promise<Reply>;
  stop(): Promise<void>;
}

const isBytes = (body: unknown): body is string | Uint8Array<ArrayBuffer> => typeof body === 'string' || body instanceof Uint8Array;

/** One exchange; the body is read as JSON where it is JSON. */
export async function send(url: string, { method, token, headers = {}, body }: Call = {}): Promise<Reply> {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body !== undefined && !isBytes(body) ? { 'Content-Type': 'application/fhir+json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: isBytes(body) ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = (response.headers.get('content-type') ?? '').includes('json') && text !== '' ? JSON.parse(text) as Json : {};
  return { status: response.status, headers: response.headers, text, body: parsed };
}

export async function startTestServer(environment: Record<string, string> = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-test-'));
  const log: string[] = [];
  const database = onMongo ? await testDatabase() : undefined;
  const store = database === undefined ? {} : { STORE_URL: database.url };
  const settings = readSettings({ PORT: await freePort(), DATA_DIR: folder, IDENTITY_DOMAIN: 'test', ...store, ...environment });
  const running = await startServer(settings, pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }));
  return {
    running, folder, log, base: settings.fhirBase,
    token: ({ expires = 600, ...options }) => signToken(settings, { ...options, expires }),
    call: (path, call) => send(path.startsWith('http') ? path : `${settings.fhirBase}/${path}`, call),
    async stop() {
      await running.stop();
      database?.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
