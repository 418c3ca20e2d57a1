/** A short round of the campaign: every promise is kept while what serves a store is killed again and again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { campaign } from '../../../src/cli/faults/campaign';
import { embeddedSubject } from '../../../src/cli/faults/embedded';
import { mongodbSubject } from '../../../src/cli/faults/mongodb';
import type { Subject } from '../../../src/cli/faults/subject';
import { describeMongo } from '../../support/mongo';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'passerelle-campaign-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function round(open: (folder: string) => Promise<Subject>, seconds: number, calm: { readonly least: number; readonly most: number }): Promise<void> {
  const report = await campaign(await open(folder), { milliseconds: seconds * 1000, seed: 20260101, clients: 6, calm, onSecond: () => undefined });
  expect(report.violations).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(20);
  expect(Object.keys(report.faults).length).toBeGreaterThan(0);
}

test('the embedded store, killed by kill -9', () => round(embeddedSubject, 8, { least: 300, most: 1500 }), 120_000);

describeMongo('the MongoDB store', () => {
  test('with its primary and its servers killed, and members that stand still', () => round(mongodbSubject, 20, { least: 500, most: 2000 }), 300_000);
});
