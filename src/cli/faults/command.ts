/** `passerelle faults`: a campaign of faults on a store of its own, and a checker of every promise. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { withProgress } from '../upkeep/progress.js';
import { campaign, type CampaignReport } from './campaign.js';
import { embeddedSubject } from './embedded.js';
import { mongodbSubject } from './mongodb.js';
import type { Subject } from './subject.js';

interface FaultsOptions {
  readonly minutes: number;
  readonly store: 'embedded' | 'mongodb';
  readonly seed: number;
  readonly clients: number;
}

const subjects: Readonly<Record<FaultsOptions['store'], (folder: string) => Promise<Subject>>> = { embedded: embeddedSubject, mongodb: mongodbSubject };
/** Between two faults, ms. */
const calm = { embedded: { least: 200, most: 2500 }, mongodb: { least: 1000, most: 5000 } } as const;

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Write a number greater than 0.');
  return value;
};

function reportText({ operations, acknowledged, unknown, faults, violations }: CampaignReport): string {
  const done = Object.entries(faults).map(([name, count]) => `${count} × ${name}`).join(', ');
  return [
    ...violations,
    `${operations} operations: ${acknowledged} writes acknowledged, ${unknown} without an answer. Faults: ${done || 'none'}.`,
    violations.length === 0 ? 'Every promise was kept.' : `${violations.length} violations.`, '',
  ].join('\n');
}

async function faults({ minutes, store, seed, clients }: FaultsOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-faults-'));
  const milliseconds = minutes * 60_000;
  process.stderr.write(`A campaign on the ${store} store, seed ${seed}.\n`);
  const subject = await subjects[store](folder);
  const report = await withProgress('Faults', Math.round(milliseconds / 1000), (progress) =>
    campaign(subject, { milliseconds, seed, clients, calm: calm[store], onSecond: ({ passed }) => progress.at(Math.min(Math.round(passed / 1000), Math.round(milliseconds / 1000))) }));
  process.stdout.write(reportText(report));
  if (report.violations.length === 0) return rm(folder, { recursive: true, force: true });
  process.exitCode = 1;
  process.stderr.write(`What was left is in ${folder}.\n`);
}

export function addFaults(program: Command): void {
  program.command('faults')
    .description('Load a store of its own, kill what serves it again and again, and check that every acknowledged write is there once and in order.')
    .option('--minutes <n>', 'how long', positive, 1)
    .addOption(new Option('--store <kind>', 'which store').choices(['embedded', 'mongodb']).default('embedded'))
    .option('--seed <n>', 'for the same operations again', positive, Math.floor(Math.random() * 1e6) + 1)
    .option('--clients <n>', 'clients at work at once', positive, 8)
    .action(faults);
}
