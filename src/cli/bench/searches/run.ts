/**
 * Searches of generated records: each family beside queries written by hand for the same answers, on the same store in the same run;
 * then as a professional beside the operator, with very many people in the store who refuse that professional; then beside others
 * who have everything counted.
 */
import { readSettings, type Settings } from '../../../config.js';
import { CommandError } from '../../command-error.js';
import { readCast } from '../../fixtures.js';
import { signToken } from '../../token.js';
import { withProgress } from '../../upkeep/progress.js';
import type { Database } from '../database.js';
import { startTarget, type Target } from '../measuring.js';
import { families, type Family } from './families.js';
import { measurePair, type PairOptions, type Side } from './pairs.js';
import { questionNames } from './questions.js';
import { requireSame } from './same.js';
import { loadSynthea } from './synthea.js';
import { searchTable, tables, type SearchRow } from './table.js';

export interface SearchOptions extends PairOptions {
  readonly store: string;
  readonly only?: string;
  /** People who closed their record, and as many who block the professional; 0: those tables are left out. */
  readonly crowd: number;
}
interface Run {
  readonly target: Target;
  readonly people: readonly string[];
  readonly operator: string;
  readonly options: SearchOptions;
}

async function rowsOf({ options: { only = '' } }: Run, all: readonly Family[], row: (family: Family) => Promise<SearchRow>): Promise<SearchRow[]> {
  const rows: SearchRow[] = [];
  for (const family of all.filter(({ name }) => name.includes(only))) {
    process.stderr.write(`measuring ${family.name} …\n`);
    rows.push(await row(family));
  }
  return rows;
}

/** The queries by hand are warm after a second. */
const warmByHand = 1;

async function besideHand(run: Run): Promise<string> {
  const { target, operator, people, options } = run;
  const { server, bare } = target.ready;
  await requireSame(target.ready, operator, people, questionNames);
  return searchTable(tables.byHand, await rowsOf(run, families(people, operator, questionNames), async ({ name, must, server: shot, byHand }) => (
    { name, must, ...await measurePair(target, { shot, origin: server }, { shot: byHand, origin: bare, warmUp: warmByHand }, options) }
  )));
}

/** People in one request to the process that is measured. */
const portion = 2_000;

async function addCrowd({ target: { ready }, options: { crowd } }: Run, rpps: string): Promise<void> {
  await withProgress('Adding people who refuse', 2 * crowd, async (progress) => {
    for (let done = 0; done < 2 * crowd; done += portion) {
      const response = await fetch(`${ready.bare}/crowd/${Math.min(portion, 2 * crowd - done)}${done < crowd ? '' : `/${rpps}`}`);
      if (!response.ok) throw new CommandError(`The bare handler of the bench: ${await response.text()}`);
      progress.at(done + portion);
    }
  });
}

/** To sort so many people by name goes beyond SORT_BUDGET where no index is in that order. */
const askedOfMany = questionNames.filter((name) => name !== 'people-by-name');

async function asProfessional(run: Run, professional: string): Promise<string> {
  const { target, people, operator, options } = run;
  const origin = target.ready.server;
  // A record holds resources without an owner that are the operator's alone.
  await requireSame(target.ready, professional, people, askedOfMany.filter((name) => name !== 'record'));
  const others = families(people, operator, askedOfMany);
  return searchTable(tables.professional, await rowsOf(run, families(people, professional, askedOfMany), async ({ name, must, server: shot }) => (
    { name, must, ...await measurePair(target, { shot, origin }, { shot: others.find((other) => other.name === name)?.server ?? shot, origin, warmUp: warmByHand }, options) }
  )));
}

/** ms between two of them */
const betweenTotals = 250;

/** Somebody who asks for the total of everything, again and again, until it is called. */
function counting(url: string, token: string): () => Promise<void> {
  const asked: Promise<unknown>[] = [];
  const timer = setInterval(() => asked.push(fetch(url, { headers: { Authorization: `Bearer ${token}` } }).then((response) => response.arrayBuffer())), betweenTotals);
  return async () => {
    clearInterval(timer);
    await Promise.all(asked);
  };
}

async function besideTotals(run: Run): Promise<string> {
  const { target, people, operator, options } = run;
  const origin = target.ready.server;
  const besides = (total: string): NonNullable<Side['beside']> => () => counting(`${origin}/fhir/Patient?_count=1&_total=${total}`, operator);
  const asked = families(people, operator, askedOfMany).filter(({ name }) => name === 'token');
  return searchTable(tables.totals, await rowsOf(run, asked, async ({ name, server: shot }) => (
    { name, ...await measurePair(target, { shot, origin, beside: besides('accurate') }, { shot, origin, beside: besides('none'), warmUp: warmByHand }, options) }
  )));
}

const tokenOf = (settings: Settings, who: Omit<Parameters<typeof signToken>[1], 'expires'>): Promise<string> => signToken(settings, { ...who, expires: 24 * 60 * 60 });

/** @returns the tables */
export async function measureSearches(environment: NodeJS.ProcessEnv, database: Database, files: readonly string[], options: SearchOptions): Promise<string> {
  const target = await startTarget(environment, database);
  try {
    const settings = readSettings(environment);
    const rpps = readCast().professionals[0]?.rpps ?? '';
    const [operator, professional] = await Promise.all([tokenOf(settings, { as: 'operator' }), tokenOf(settings, { as: 'professional', rpps })]);
    const run: Run = { target, operator, options, people: await loadSynthea(settings.fhirBase, operator, files) };
    const { store, rounds, seconds, connections, crowd } = options;
    const head = `Store: ${store}. Searches of the records of ${run.people.length} people; median of ${rounds} rounds of ${seconds} s, ${connections} connections; token, decision and audit on.\n`;
    const first = await besideHand(run);
    if (crowd === 0) return `${head}\n${first}`;
    await addCrowd(run, rpps);
    const people = `From here on ${crowd.toLocaleString('en')} people in the store closed their records, and as many block the professional.\n`;
    return [head, first + people, await asProfessional(run, professional) + await besideTotals(run)].join('\n');
  } finally {
    await target.stop();
  }
}
