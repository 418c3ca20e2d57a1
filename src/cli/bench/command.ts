/** `passerelle bench`: the table of ARCHITECTURE.md section 4, measured on this machine in one run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { readSettings } from '../../config.js';
import { withFreePort } from '../../main.js';
import { CommandError } from '../command-error.js';
import { calibrate } from './calibrate.js';
import { inServer, startDatabase, type Database } from './database.js';
import { fire } from './load.js';
import { measure, median, perCpuSecond, perSecond, startTarget, warm, type Measured, type Target } from './measuring.js';
import { atLeast, atMost, tableText, type Report, type Row } from './report.js';
import { linearizableRead, scenarios, type Scenario, type StoreName } from './scenarios.js';
import { measureSearches } from './searches/run.js';
import { syntheaFiles } from './searches/synthea.js';
import { makeWorld } from './world.js';
import { xmlBars } from './xml.js';

interface BenchOptions {
  readonly store: StoreName;
  readonly json?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly connections: number;
  readonly only?: string;
  /** Folder of generated records: searches of them are measured, and nothing else. */
  readonly search?: string;
  readonly crowd: number;
}
/** A round of the server and the one of the bare handler right after it, so that both met the same moment of the machine. */
interface Round {
  readonly served: Measured;
  readonly bare: Measured;
}
const medianRatio = (rounds: readonly Round[], rate: (measured: Measured) => number): number => median(rounds.map(({ served, bare }) => rate(served) / rate(bare)));

function rowOf({ name, bars, resources }: Scenario, rounds: readonly Round[]): Row {
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
      ...(bars?.perCpuSecond === undefined ? [] : [atLeast(`${name}, ${resources === undefined ? '' : 'resources '}per CPU-second`, bars.perCpuSecond, cpuRate * (resources ?? 1))]),
    ],
  };
}

/** Makes so many requests ready before the clock runs: they neither run out nor are left over. */
async function prepared({ prepare }: Scenario, { ready }: Target, amount: number): Promise<number> {
  const response = await fetch(`${ready.bare}${prepare?.(amount) ?? ''}`);
  if (!response.ok) throw new CommandError(`The bare handler of the bench: ${await response.text()}`);
  return amount;
}

/** A round is so many requests, all of them answered: what is broken off would burden the round after it. */
async function measureScenario(scenario: Scenario, target: Target, options: BenchOptions): Promise<Row> {
  const { rounds: count, seconds, connections } = options;
  const { ready } = target;
  const rounds: Round[] = [];
  const amount = Math.max(Math.round(seconds * await warm(scenario.server, ready.server, options)), connections);
  const rate = scenario.prepare === undefined ? await warm(scenario.bare, ready.bare, { ...options, warmUp: 1 }) : undefined;
  for (let round = 0; round < count; round++) {
    const served = await measure(target, () => fire(scenario.server, { origin: ready.server, connections, amount }));
    const bareAmount = rate === undefined ? await prepared(scenario, target, amount) : Math.max(Math.round(rate * seconds), connections);
    rounds.push({ served, bare: await measure(target, () => fire(scenario.bare, { origin: ready.bare, connections, amount: bareAmount })) });
  }
  return rowOf(scenario, rounds);
}

type Environment = NodeJS.ProcessEnv;

async function measureAll(environment: Environment, database: Database, options: BenchOptions): Promise<Report> {
  const { store } = options;
  const target = await startTarget(environment, database);
  const rows: Row[] = [];
  const measured = async (scenario: Scenario, on: Target) => {
    if (!scenario.name.includes(options.only ?? '')) return;
    process.stderr.write(`measuring ${scenario.name} …\n`);
    rows.push(await measureScenario(scenario, on, options));
  };
  try {
    const facts = await makeWorld(readSettings(environment), target.ready.bare, store);
    const { rss } = await target.usage();
    for (const scenario of scenarios(store, facts)) await measured(scenario, target);
    if (store === 'mongodb') await beside({ ...environment, READ_CONCERN: 'linearizable' }, database, (other) => measured(linearizableRead(facts), other));
    return {
      at: new Date().toISOString(), store, node: process.versions.node, cpus: cpus().length, calibration: calibrate(),
      rounds: options.rounds, seconds: options.seconds, warmUp: options.warmUp, connections: options.connections, rows,
      bars: [
        atMost('first answer after the start, seconds', 2, target.startSeconds),
        ...xmlBars(),
        ...(store === 'embedded' ? [atMost('resident after the fixtures are loaded, MB', 200, rss / 1024 ** 2)] : []),
      ],
    };
  } finally {
    await target.stop();
  }
}

/** A second server on the same database, for which the tokens of the first are made. */
async function beside(environment: Environment, database: Database, work: (target: Target) => Promise<void>): Promise<void> {
  const { baseUrl } = readSettings(environment);
  const target = await startTarget({ ...environment, BASE_URL: baseUrl, PORT: '0' }, database);
  try {
    await work(target);
  } finally {
    await target.stop();
  }
}

async function run<T>(options: BenchOptions, work: (environment: Environment, database: Database) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-bench-'));
  const database = options.store === 'mongodb' ? await startDatabase() : inServer;
  try {
    const environment = {
      ...await withFreePort({ ...process.env, PORT: '0', HOST: '127.0.0.1', BASE_URL: '' }),
      LOG_LEVEL: 'warn', IDENTITY_DOMAIN: 'test', AUTH_MODE: 'token', AUTH_ISSUERS: 'embedded', DATA_DIR: folder, STORE_URL: database.url, READ_CONCERN: '', TRANSACTION_STORE_BYTES: '',
    };
    return await work(environment, database);
  } finally {
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 to 9999.');
  return Number(text);
}

function people(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 0 to 999999.');
  return Number(text);
}

export function addBench(program: Command): void {
  program.command('bench')
    .description('Measure this machine: each interaction beside the same store call, or the same question to the MongoDB driver, behind a bare HTTP handler. Needs the development packages.')
    .addOption(new Option('--store <name>', 'what it is measured on; mongodb needs a mongod, see scripts/mongod.mjs').choices(['embedded', 'mongodb']).default('embedded'))
    .option('--json <file>', 'also write the report as JSON')
    .option('--rounds <number>', 'rounds, the median counts', count, 3)
    .option('--seconds <number>', 'length of a round, about', count, 2)
    .option('--warm-up <number>', 'seconds of the same load before it, at least, uncounted', count, 10)
    .option('--connections <number>', 'clients at once (default: 32, of searches 30)', count)
    .option('--only <text>', 'leave out the rows whose name does not hold it')
    .option('--search <folder>', 'measure searches of the generated records (Synthea bundles) in that folder instead')
    .option('--crowd <number>', 'with --search: people who closed their records, and as many who block the professional; 0 leaves out what is asked among them', people, 100_000)
    .action(async (given: Omit<BenchOptions, 'connections'> & Partial<BenchOptions>) => {
      const options: BenchOptions = { connections: given.search === undefined ? 32 : 30, ...given };
      if (options.search !== undefined) {
        const files = syntheaFiles(options.search);
        if (!files) return void process.stderr.write(`There are no records in ${options.search}: searches were NOT measured.\n`);
        return void process.stdout.write(await run(options, (environment, database) => measureSearches(environment, database, files, options)));
      }
      const report = await run(options, (environment, database) => measureAll(environment, database, options));
      process.stdout.write(tableText(report));
      if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
      if (report.rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
    });
}
