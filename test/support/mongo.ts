/** One mongod for a whole run of the tests, started by the first file that needs it; each file has a database of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { openMongo, type MongoOptions } from '../../src/store/mongodb/open';
import type { MongoStore } from '../../src/store/mongodb/store';
import type { Store } from '../../src/store/port';
import type { Subject } from '../contract/support';

const script = join(__dirname, '../../scripts/mongod.mjs');
/** What the test files of this run agree by. */
export const runFolder = (): string => {
  const path = process.env.PASSERELLE_TEST_MONGO;
  if (path === undefined) throw new Error('jest.config.cjs names the set-up of the MongoDB tests');
  return path;
};

/** Why no mongod can be had; undefined when one can. Asked once in a run. */
export function missing(): string | undefined {
  if (process.env.STORES !== undefined && !process.env.STORES.split(',').includes('mongodb')) return 'STORES leaves MongoDB out.';
  const [found, none] = [join(runFolder(), 'found'), join(runFolder(), 'none')];
  if (existsSync(found)) return undefined;
  if (existsSync(none)) return readFileSync(none, 'utf8');
  try {
    execFileSync(process.execPath, [script, '--find'], { encoding: 'utf8', timeout: 300_000, stdio: ['ignore', 'pipe', 'pipe'] });
    writeFileSync(found, '');
    return undefined;
  } catch (thrown) {
    const reason = String((thrown as { stderr?: unknown }).stderr ?? thrown);
    writeFileSync(none, reason);
    return reason;
  }
}

/** `describe` for tests that need a mongod: skipped, loudly, where none can be had; a failure in CI. */
export function describeMongo(name: string, tests: () => void): void {
  const reason = missing();
  if (reason === undefined) return describe(name, tests);
  if (process.env.CI === 'true') return describe(name, () => { test('needs a mongod', () => { throw new Error(reason); }); });
  describe.skip(name, tests);
}

/** The URL of the replica set of this run, without a database. */
export async function mongoUrl(): Promise<string> {
  const file = join(runFolder(), 'url');
  if (isFirst()) start();
  for (let waited = 0; waited < 1200; waited++) {
    const url = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (url !== '') return url;
    if (existsSync(join(runFolder(), 'ended'))) throw new Error(`mongod did not start: ${readFileSync(join(runFolder(), 'log'), 'utf8')}`);
    await wait(100);
  }
  throw new Error('mongod did not start');
}

function isFirst(): boolean {
  try {
    mkdirSync(join(runFolder(), 'starting'));
    return true;
  } catch {
    return false;
  }
}

function start(): void {
  const log = openSync(join(runFolder(), 'log'), 'a');
  const out = openSync(join(runFolder(), 'out'), 'w');
  const child = spawn(process.execPath, [script, '--for-tests', '--cache', '0.75', '--parent', process.env.PASSERELLE_TEST_RUN ?? ''], { detached: true, stdio: ['ignore', out, log] });
  writeFileSync(join(runFolder(), 'pid'), String(child.pid));
  child.once('exit', () => writeFileSync(join(runFolder(), 'ended'), ''));
  const look = setInterval(() => {
    const url = readFileSync(join(runFolder(), 'out'), 'utf8');
    if (!url.endsWith('\n')) return;
    clearInterval(look);
    writeFileSync(join(runFolder(), 'url.new'), url);
    renameSync(join(runFolder(), 'url.new'), join(runFolder(), 'url'));
  }, 100);
  look.unref();
  child.unref();
}

/** The URL of a database in it. */
export const inDatabase = (url: string, database: string): string => url.replace('/?', `/${database}?`);
export const newDatabase = (): string => `test-${randomBytes(5).toString('hex')}`;

export const quiet = { warn: () => undefined, error: () => undefined };
export const testDomain = { domain: 'test' } as const;

/** The stores of one test file: one database, emptied before each of them is opened. */
export class MongoSubjects {
  private client: MongoClient | undefined;
  private readonly database = newDatabase();

  /** @param appName what the stores call themselves, for fail points that are meant for them */
  constructor(private readonly options: Partial<MongoOptions> = {}, private readonly appName = 'tests') {}

  async url(): Promise<string> {
    return `${inDatabase(await mongoUrl(), this.database)}&appName=${this.appName}`;
  }

  async open(): Promise<Store> {
    return openMongo({ url: await this.url(), identity: testDomain, log: quiet, ...this.options });
  }

  /** An empty store. */
  readonly subject = async (): Promise<Subject> => {
    await this.empty();
    const subject: Subject = {
      store: await this.open(),
      reopen: async () => {
        await subject.store.close();
        subject.store = await this.open();
      },
      end: () => subject.store.close(),
    };
    return subject;
  };

  /** An empty store, as the commands on a whole store see it. */
  async wholeStore(more: Partial<MongoOptions> = {}): Promise<MongoStore> {
    await this.empty();
    return openMongo({ url: await this.url(), identity: testDomain, log: quiet, ...this.options, ...more });
  }

  /** Collections and indexes stay: making them costs more than a test. */
  private async empty(): Promise<void> {
    this.client ??= new MongoClient(await mongoUrl());
    const database = this.client.db(this.database);
    const collections = await database.listCollections({}, { nameOnly: true }).toArray();
    await Promise.all(collections.filter(({ name }) => name !== 'meta' && name !== 'clock').map(({ name }) => database.collection(name).deleteMany({})));
    await database.collection<{ _id: string }>('meta').deleteMany({ _id: { $in: ['restore', 'index'] } });
    await database.collection('clock').updateMany({}, { $unset: { generation: '' } });
  }

  async end(): Promise<void> {
    await this.client?.db(this.database).dropDatabase();
    await this.client?.close();
  }
}

/** A server of its own, for what the shared one cannot show. */
export interface MongodServer {
  readonly url: string;
  stop(): Promise<void>;
}
/** @param kind `alone`: no replica set; `authenticated`: asks for credentials, root with the password `secret` is there; `small`: a cache of 0.25 GB */
export async function startServer(kind: 'alone' | 'authenticated' | 'small'): Promise<MongodServer> {
  const child = spawn(process.execPath, [script, '--for-tests', ...(kind === 'small' ? ['--cache', '0.25'] : [`--${kind}`]), '--parent', String(process.pid)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
  let url = '';
  for await (const piece of child.stdout) {
    url += String(piece);
    if (url.endsWith('\n')) break;
  }
  if (url === '') throw new Error('mongod did not start');
  return {
    url: url.trim(),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
