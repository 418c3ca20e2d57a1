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

/** However slow the machine is. */
const least = { faults: 4, acknowledged: 50 };

async function round(open: (folder: string) => Promise<Subject>, seconds: number, calm: { readonly least: number; readonly most: number }): Promise<void> {
  const report = await campaign(await open(folder), { milliseconds: seconds * 1000, least, seed: 20260101, clients: 6, calm, onSecond: () => undefined });
  expect(report.violations).toEqual([]);
  expect(report.acknowledged).toBeGreaterThanOrEqual(least.acknowledged);
  expect(Object.values(report.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(least.faults);
}

test('the embedded store, killed by kill -9', () => round(embeddedSubject, 4, { least: 200, most: 1000 }), 300_000);

describeMongo('the MongoDB store', () => {
  test('with its primary and its servers killed, and members that stand still', () => round(mongodbSubject, 8, { least: 500, most: 1500 }), 600_000);
});
