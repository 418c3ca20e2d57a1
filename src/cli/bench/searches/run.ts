/** Searches of generated records: each family beside queries written by hand for the same answers, on the same store in the same run. */
import { readSettings } from '../../../config.js';
import { signToken } from '../../token.js';
import type { Database } from '../database.js';
import { fire, type LoadOptions, type Shot } from '../load.js';
import { measure, median, perCpuSecond, perSecond, startTarget, warm, type LoadManner, type Measured, type Target } from '../measuring.js';
import { families, type Family } from './families.js';
import { requireSame } from './same.js';
import { loadSynthea } from './synthea.js';
import { searchTable, type SearchRow } from './table.js';

export interface SearchOptions extends LoadManner {
  readonly store: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly only?: string;
}
/** The server and right after it the queries by hand, so that both met the same moment of the machine. */
interface Round {
  readonly served: Measured;
  readonly byHand: Measured;
}

/** Requests of one round, once it is warm. */
async function loadOf(shot: Shot, origin: string, options: SearchOptions, warmUp: number): Promise<LoadOptions> {
  const { connections, seconds } = options;
  return { origin, connections, amount: Math.max(Math.round(seconds * await warm(shot, origin, { connections, warmUp })), connections) };
}

function rowOf({ name, perCpuSecond: must }: Family, rounds: readonly Round[]): SearchRow {
  const [served, byHand] = [rounds.map((round) => round.served), rounds.map((round) => round.byHand)];
  const rate = median(served.map(perCpuSecond));
  return {
    name, perSecond: median(served.map(perSecond)), p50: median(served.map(({ load }) => load.p50)), p99: median(served.map(({ load }) => load.p99)),
    byHandP99: median(byHand.map(({ load }) => load.p99)), p99Ratio: median(rounds.map((round) => round.served.load.p99 / Math.max(round.byHand.load.p99, 1))),
    cpuMs: 1000 / rate, byHandCpuMs: 1000 / median(byHand.map(perCpuSecond)), perCpuSecond: rate, ...(must === undefined ? {} : { must }),
    failed: [...served, ...byHand].reduce((sum, { load }) => sum + load.failed, 0),
  };
}

async function measureFamily(family: Family, target: Target, options: SearchOptions): Promise<SearchRow> {
  const { server, bare } = target.ready;
  process.stderr.write(`measuring ${family.name} …\n`);
  const served = await loadOf(family.server, server, options, options.warmUp);
  const byHand = await loadOf(family.byHand, bare, options, Math.min(options.warmUp, 1));
  const rounds: Round[] = [];
  for (let round = 0; round < options.rounds; round++) {
    rounds.push({ served: await measure(target, () => fire(family.server, served)), byHand: await measure(target, () => fire(family.byHand, byHand)) });
  }
  return rowOf(family, rounds);
}

/** @returns the tables */
export async function measureSearches(environment: NodeJS.ProcessEnv, database: Database, files: readonly string[], options: SearchOptions): Promise<string> {
  const target = await startTarget(environment, database);
  try {
    const settings = readSettings(environment);
    const token = await signToken(settings, { as: 'operator', expires: 24 * 60 * 60 });
    const people = await loadSynthea(settings.fhirBase, token, files);
    await requireSame(target.ready, token, people);
    const rows: SearchRow[] = [];
    for (const family of families(people, token)) if (family.name.includes(options.only ?? '')) rows.push(await measureFamily(family, target, options));
    return [
      `Store: ${options.store}. Searches of the records of ${people.length} people; median of ${options.rounds} rounds of ${options.seconds} s, ${options.connections} connections; token, decision and audit on.`,
      '', searchTable(rows),
    ].join('\n');
  } finally {
    await target.stop();
  }
}
