#!/usr/bin/env node
/**
 * Finds a mongod and starts a replica set of it on loopback, in a temporary folder that goes when it ends.
 *
 *   node scripts/mongod.mjs [--members 1] [--port 0] [--cache 0.25] [--for-tests] [--alone] [--authenticated] [--parent PID]
 *       prints its URL, serves until SIGTERM or SIGINT, or until the process PID is gone
 *   node scripts/mongod.mjs --find                                    prints the path of the binary
 *
 * Looked for, in this order: MONGOD_BINARY, mongod on the path, a download cached by mongodb-memory-server-core.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';

const version = '7.0.14';
/** Longest time that a server may take to listen, and a set to have a primary, ms. */
const patience = 90_000;
/** Fail points; and what waits for the journal alone (a linearizable read, an index) waits 10 ms of it, not 100. */
const forTests = ['--setParameter', 'enableTestCommands=1', '--journalCommitInterval', '10'];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a mongod. Rejects, saying why, when none can be had. */
export async function findMongod(environment = process.env) {
  const named = environment.MONGOD_BINARY;
  if (named) {
    const path = resolve(named);
    if (!isExecutable(path)) throw new Error(`MONGOD_BINARY (${named}) cannot be run`);
    return path;
  }
  const onPath = (environment.PATH ?? '').split(delimiter).map((folder) => join(folder, 'mongod')).find(isExecutable);
  if (onPath) return onPath;
  const { MongoBinary } = await import('mongodb-memory-server-core');
  return MongoBinary.getPath({ version });
}

async function freePort() {
  const probe = createServer();
  await new Promise((done, failed) => probe.once('error', failed).listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** @param key by which the members of a set know each other; with one they ask for credentials */
function startMember({ binary, folder, port, cache, set, more, key }) {
  const dbpath = mkdtempSync(join(folder, 'member-'));
  const keyFile = join(dbpath, 'key');
  if (key !== undefined) writeFileSync(keyFile, key, { mode: 0o400 });
  const replica = set === undefined ? [] : ['--replSet', set, '--oplogSize', '256'];
  const args = ['--dbpath', dbpath, '--port', String(port), '--bind_ip', '127.0.0.1', '--wiredTigerCacheSizeGB', String(cache), ...replica, ...(key === undefined ? [] : ['--keyFile', keyFile]), ...more];
  const member = { port, dbpath, output: '', process: undefined, start };
  function start() {
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { member.output = (member.output + text).slice(-4000); });
    member.process = child;
  }
  start();
  return member;
}

async function admin(port, work) {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: 1000 });
  try {
    return await work(client.db('admin'));
  } finally {
    await client.close();
  }
}

async function until(what, members, attempt) {
  const deadline = Date.now() + patience;
  for (;;) {
    const ended = members.find(({ process: child }) => child.exitCode !== null);
    if (ended) throw new Error(`mongod has ended: ${ended.output.trim().split('\n').slice(-3).join(' ')}`);
    try {
      if (await attempt()) return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`mongod is not ${what} after ${patience / 1000} s`, { cause: error });
    }
    if (Date.now() > deadline) throw new Error(`mongod is not ${what} after ${patience / 1000} s`);
    await wait(100);
  }
}

/**
 * Starts a replica set, or with `replicaSet: false` one server that stands alone.
 * @param more further arguments of each mongod
 * @param authenticated members ask for credentials; user root, password secret, may do everything
 * @returns its URL, its members (`process`, `start()` to begin again after a kill) and `stop()`
 */
export async function startReplicaSet({ members: count = 1, port = 0, cache = 0.25, electionTimeout = 2000, binary, more = [], replicaSet = true, authenticated = false } = {}) {
  const path = binary ?? await findMongod();
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-mongod-'));
  chmodSync(folder, 0o755);
  const set = replicaSet ? 'passerelle' : undefined;
  const members = [];
  const key = authenticated ? randomBytes(256).toString('base64') : undefined;
  for (let index = 0; index < count; index++) {
    members.push(startMember({ binary: path, folder, port: port === 0 ? await freePort() : port + index, cache, set, more, key }));
  }
  const stop = async () => {
    const living = members.filter(({ process: child }) => child.exitCode === null && child.signalCode === null);
    await Promise.all(living.map(({ process: child }) => new Promise((done) => { child.once('exit', done); child.kill('SIGKILL'); })));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    for (const { port: own } of members) await until('listening', members, () => admin(own, (db) => db.command({ ping: 1 })));
    const first = members[0].port;
    if (!replicaSet) return { url: `mongodb://127.0.0.1:${first}/`, members, folder, stop };
    const config = { _id: set, members: members.map(({ port: own }, _id) => ({ _id, host: `127.0.0.1:${own}` })), settings: { electionTimeoutMillis: electionTimeout, heartbeatIntervalMillis: 500 } };
    await admin(first, (db) => db.command({ replSetInitiate: config }));
    await until('primary', members, () => admin(first, async (db) => {
      const { isWritablePrimary, primary } = await db.command({ hello: 1 });
      return count === 1 ? isWritablePrimary : primary !== undefined;
    }));
    if (authenticated) await admin(first, (db) => db.command({ createUser: 'root', pwd: 'secret', roles: ['root'] }));
    const url = `mongodb://${members.map(({ port: own }) => `127.0.0.1:${own}`).join(',')}/?replicaSet=${set}`;
    return { url, members, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port of the primary of a replica set, undefined while there is none. */
export async function primaryPort({ members }) {
  for (const { port, process: child } of members) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    try {
      if (await admin(port, async (db) => (await db.command({ hello: 1 }, { timeoutMS: 1000 })).isWritablePrimary)) return port;
    } catch {
      // It stands still, or is on its way.
    }
  }
  return undefined;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function main() {
  const { values } = parseArgs({ options: { find: { type: 'boolean' }, members: { type: 'string', default: '1' }, port: { type: 'string', default: '0' }, cache: { type: 'string', default: '0.25' }, parent: { type: 'string' }, 'for-tests': { type: 'boolean' }, alone: { type: 'boolean' }, authenticated: { type: 'boolean' } } });
  if (values.find) return void process.stdout.write(`${await findMongod()}\n`);
  const set = await startReplicaSet({ members: Number(values.members), port: Number(values.port), cache: Number(values.cache), more: values['for-tests'] ? forTests : [], replicaSet: values.alone !== true, authenticated: values.authenticated === true });
  process.stdout.write(`${set.url}\n`);
  await new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, done);
    if (values.parent !== undefined) setInterval(() => { if (!isAlive(Number(values.parent))) done(); }, 2000).unref();
  });
  await set.stop();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error) => {
    process.stderr.write(`mongod: ${error.message}\n`);
    process.exitCode = 1;
  });
}
