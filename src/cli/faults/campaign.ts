/** A campaign: clients at work, faults among them, then the question whether every promise was kept. */
import { setTimeout as wait } from 'node:timers/promises';
import { CommandError } from '../command-error.js';
import { check } from './check.js';
import { ask, type Answer } from './client.js';
import { random, type Random } from './random.js';
import type { FinalState, Operation, Version } from './record.js';
import type { Subject } from './subject.js';
import { entriesOf, searchFor, versionsOf, Workload } from './workload.js';

export interface CampaignOptions {
  readonly milliseconds: number;
  /** Goes on beyond its time until there were so many of each. */
  readonly least?: { readonly faults: number; readonly acknowledged: number };
  readonly seed: number;
  readonly clients: number;
  /** Time between two faults, ms. */
  readonly calm: { readonly least: number; readonly most: number };
  readonly onSecond: (report: Progress) => void;
}
export interface Progress {
  readonly passed: number;
  readonly operations: number;
  readonly faults: number;
}
export interface CampaignReport {
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  /** By name. */
  readonly faults: Readonly<Record<string, number>>;
  /** One line each; none = every promise was kept. */
  readonly violations: readonly string[];
}

export async function campaign(subject: Subject, { milliseconds, least = { faults: 0, acknowledged: 0 }, seed, clients, calm, onSecond }: CampaignOptions): Promise<CampaignReport> {
  const begun = performance.now();
  const passed = (): number => performance.now() - begun;
  const dice = random(seed);
  const work = new Workload(random(seed + 1), () => subject.door(dice));
  const faults: Record<string, number> = {};
  const total = (): number => Object.values(faults).reduce((sum, count) => sum + count, 0);
  const ticker = setInterval(() => onSecond({ passed: passed(), operations: work.operations.length, faults: total() }), 1000);
  let broken = false;
  const isEnough = (): boolean => total() >= least.faults && counted(work.operations).acknowledged >= least.acknowledged;
  const goesOn = (): boolean => !broken && (passed() < milliseconds || !isEnough());
  const client = async (): Promise<void> => {
    // A server that is gone is asked again a little later.
    while (goesOn()) if (!(await work.step())) await wait(20);
  };
  const saboteur = async (): Promise<void> => {
    for (await wait(dice.between(calm.least, calm.most)); goesOn(); await wait(dice.between(calm.least, calm.most))) {
      const name = await subject.fault(dice);
      faults[name] = (faults[name] ?? 0) + 1;
    }
  };
  try {
    await Promise.all([saboteur(), ...Array.from({ length: clients }, client)]);
    const state = await finalState(work, () => subject.door(dice));
    const violations = [...check(work.operations, state, subject.promises), ...(await subject.end())];
    return { ...counted(work.operations), faults, violations };
  } finally {
    broken = true;
    clearInterval(ticker);
    await subject.stop();
  }
}

function counted(operations: readonly Operation[]) {
  const outcomes = operations.map((operation) => (operation.kind === 'write' || operation.kind === 'making' ? operation.outcome : undefined));
  return { operations: operations.length, acknowledged: outcomes.filter((outcome) => outcome === 'done').length, unknown: outcomes.filter((outcome) => outcome === 'unknown').length };
}

/** Asked until it is answered: nothing is at fault any more. @throws CommandError */
async function answered(door: () => ReturnType<Subject['door']>, path: string, accepted: readonly number[]): Promise<Answer> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await ask(door(), { method: 'GET', path });
    if (accepted.includes(answer.status)) return answer;
    await wait(200);
  }
  throw new CommandError(`The servers do not answer after the campaign (${path.split('?')[0] ?? ''}).`);
}

async function finalState(work: Workload, door: () => ReturnType<Subject['door']>): Promise<FinalState> {
  const registers = new Map<string, readonly Version[]>();
  for (const id of work.registerIds) {
    const answer = await answered(door, `Basic/${id}/_history?_count=1000`, [200, 404]);
    registers.set(id, answer.status === 404 ? [] : versionsOf(answer.body));
  }
  const made = new Map<string, readonly string[]>();
  for (const name of new Set(work.operations.flatMap((operation) => (operation.kind === 'making' ? [operation.name] : [])))) {
    const { body } = await answered(door, searchFor(name), [200]);
    made.set(name, entriesOf(body).map(({ resource }) => `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`));
  }
  return { registers, made };
}

export type { Random };
