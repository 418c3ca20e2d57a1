/** `passerelle bench`: the table of ARCHITECTURE.md section 4, measured on this machine in one run. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { readSettings, type Settings } from '../../config.js';
import { withFreePort } from '../../main.js';
import { connect, allEntries, operation, patientId } from '../client.js';
import { CommandError } from '../command-error.js';
import { demoTokens, loadFixtures, loadedDocuments } from '../demo.js';
import { readCast } from '../fixtures.js';
import { calibrate } from './calibrate.js';
import { fire, type LoadResult } from './load.js';
import { atLeast, atMost, tableText, type Report, type Row } from './report.js';
import { scenarios, type Scenario, type World } from './scenarios.js';
import type { Question, Ready, Usage } from './target.js';

interface BenchOptions {
  readonly json?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly connections: number;
}
interface Target {
  readonly ready: Ready;
  /** From the start of the process to the first answer, seconds. */
  readonly startSeconds: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}
interface Measured {
  readonly load: LoadResult;
  /** CPU seconds of the measured process during the load. */
  readonly cpu: number;
}

function ask<T>(child: ChildProcess, question: Question): Promise<T> {
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as T));
    child.send(question);
  });
}

/** What `npm start` tells Node: the server is measured as it is started. */
async function startFlags(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(__dirname, '../../../package.json'), 'utf8')) as { readonly scripts: { readonly start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

async function startTarget(environment: NodeJS.ProcessEnv): Promise<Target> {
  const execArgv = await startFlags();
  const started = performance.now();
  const child = fork(join(__dirname, 'target.js'), { env: environment, execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Ready));
    child.once('exit', () => reject(new CommandError('The server of the bench did not start.')));
  });
  await fetch(`${ready.server}/fhir/metadata`).then((response) => response.text());
  return {
    ready, startSeconds: (performance.now() - started) / 1000,
    usage: () => ask<Usage>(child, 'usage'),
    stop: async () => {
      child.send('stop' satisfies Question);
      await ended;
    },
  };
}

async function world(settings: Settings): Promise<World> {
  const cast = readCast();
  const tokens = await demoTokens(settings, cast);
  await loadFixtures(settings.fhirBase, tokens.system, loadedDocuments(cast), () => undefined);
  const client = await connect({ url: settings.fhirBase, token: tokens.professional });
  const patient = await patientId(client, cast.people[0]?.ins ?? '');
  if (patient === undefined) throw new CommandError('The fixtures were not loaded.');
  const entries = await allEntries(client, await operation(client, { resourceType: 'Patient', id: patient, name: 'everything', method: 'GET' }));
  const references = entries.map((entry) => (entry as { resource: { resourceType: string; id: string } }).resource)
    .filter(({ resourceType }) => resourceType !== 'Binary').map(({ resourceType, id }) => `${resourceType}/${id}`);
  return { tokens, patientId: patient, references };
}

async function measure(target: Target, run: () => Promise<LoadResult>): Promise<Measured> {
  const before = await target.usage();
  const load = await run();
  return { load, cpu: (await target.usage()).cpu - before.cpu };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const perSecond = ({ load }: Measured) => (load.requests - load.failed) / load.seconds;
const perCpuSecond = ({ load, cpu }: Measured) => (load.requests - load.failed) / cpu;

/** A round of the server and the one of the bare handler right after it, so that both met the same moment of the machine. */
interface Round {
  readonly served: Measured;
  readonly bare: Measured;
}
const medianRatio = (rounds: readonly Round[], rate: (measured: Measured) => number): number => median(rounds.map(({ served, bare }) => rate(served) / rate(bare)));

function rowOf({ name, bars }: Scenario, rounds: readonly Round[]): Row {
  const served = rounds.map((round) => round.served);
  const bared = rounds.map((round) => round.bare);
  const rate = median(served.map(perSecond));
  const cpuRate = median(served.map(perCpuSecond));
  const bare = { perSecond: median(bared.map(perSecond)), perCpuSecond: median(bared.map(perCpuSecond)) };
  const ratio = medianRatio(rounds, perSecond);
  return {
    name, perSecond: rate, p50: median(served.map(({ load }) => load.p50)), p99: median(served.map(({ load }) => load.p99)),
    cpuMsPerRequest: 1000 / cpuRate, perCpuSecond: cpuRate, ratio, cpuRatio: medianRatio(rounds, perCpuSecond), bare,
    failed: [...served, ...bared].reduce((sum, { load }) => sum + load.failed, 0),
    bars: [
      ...(bars?.ratio === undefined ? [] : [atLeast(`${name}, of the bare handler`, bars.ratio, ratio)]),
      ...(bars?.perCpuSecond === undefined ? [] : [atLeast(`${name}, per CPU-second`, bars.perCpuSecond, cpuRate)]),
    ],
  };
}

/** As many requests as the server has just served, made ready before the clock runs: they neither run out nor are left over. */
async function preparedAmount({ prepare }: Scenario, { ready }: Target, served: number): Promise<{ readonly amount?: number }> {
  if (prepare === undefined) return {};
  const response = await fetch(`${ready.bare}${prepare(served)}`);
  if (!response.ok) throw new CommandError(`The bare handler of the bench: ${await response.text()}`);
  return { amount: served };
}

/** The server is first warmed by the same load, uncounted: what is measured is how it serves, not how it is compiled. */
async function measureScenario(scenario: Scenario, target: Target, { rounds: count, seconds, warmUp, connections }: BenchOptions): Promise<Row> {
  const { ready } = target;
  const served = (duration: number) => measure(target, () => fire(scenario.server, { origin: ready.server, connections, seconds: duration }));
  const rounds: Round[] = [];
  await served(warmUp);
  for (let round = 0; round < count; round++) {
    const ours = await served(seconds);
    const amount = await preparedAmount(scenario, target, Math.max(ours.load.requests, connections));
    rounds.push({ served: ours, bare: await measure(target, () => fire(scenario.bare, { origin: ready.bare, connections, seconds, ...amount })) });
  }
  return rowOf(scenario, rounds);
}

async function run(options: BenchOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-bench-'));
  try {
    const environment = { ...await withFreePort({ ...process.env, PORT: '0', HOST: '127.0.0.1', BASE_URL: '' }), LOG_LEVEL: 'warn', IDENTITY_DOMAIN: 'test', AUTH_MODE: 'token', AUTH_ISSUERS: 'embedded', DATA_DIR: folder, STORE_URL: '' };
    const settings = readSettings(environment);
    const target = await startTarget(environment);
    try {
      const facts = await world(settings);
      const afterLoad = await target.usage();
      const rows: Row[] = [];
      for (const scenario of scenarios(facts)) {
        process.stderr.write(`measuring ${scenario.name} …\n`);
        rows.push(await measureScenario(scenario, target, options));
      }
      return {
        at: new Date().toISOString(), node: process.versions.node, cpus: cpus().length, calibration: calibrate(),
        rounds: options.rounds, seconds: options.seconds, warmUp: options.warmUp, connections: options.connections, rows,
        bars: [atMost('first answer after the start, seconds', 2, target.startSeconds), atMost('resident after the fixtures are loaded, MB', 200, afterLoad.rss / 1024 ** 2)],
      };
    } finally {
      await target.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 to 9999.');
  return Number(text);
}

export function addBench(program: Command): void {
  program.command('bench')
    .description('Measure this machine: each interaction beside the same store call behind a bare HTTP handler. Needs the development packages.')
    .option('--json <file>', 'also write the report as JSON')
    .option('--rounds <number>', 'rounds, the median counts', count, 3)
    .option('--seconds <number>', 'length of a round', count, 2)
    .option('--warm-up <number>', 'seconds of the same load before it, uncounted', count, 10)
    .option('--connections <number>', 'clients at once', count, 32)
    .action(async (options: BenchOptions) => {
      const report = await run(options);
      process.stdout.write(tableText(report));
      if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
      if (report.rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
    });
}
