/** `passerelle stats` */
import type { Command } from 'commander';
import type { StoreStatistics } from '../../store/upkeep.js';
import { withStore } from './open-store.js';

const cells = (row: readonly (string | number)[]): string[] => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell));

/** Columns as wide as their widest cell; the first to the left, numbers to the right. */
function table(rows: readonly (readonly (string | number)[])[]): string {
  const lines = rows.map(cells);
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()).join('\n');
}

const instant = (ms: number | undefined): string => (ms === undefined ? '-' : new Date(ms).toISOString());

export function statisticsText({ types, entries, contents, claims, rules, audit, oldest, newest, size }: StoreStatistics): string {
  const sum = (of: 'live' | 'deleted' | 'versions' | 'bytes'): number => types.reduce((total, each) => total + each[of], 0);
  return [
    table([
      ['Type', 'live', 'deleted', 'versions', 'bytes'],
      ...types.map(({ type, live, deleted, versions, bytes }) => [type, live, deleted, versions, bytes]),
      ['All', sum('live'), sum('deleted'), sum('versions'), sum('bytes')],
    ]),
    table([
      ['Index entries', Object.values(entries).reduce((total, count) => total + count, 0)], ...Object.entries(entries).map(([kind, count]) => [`  ${kind}`, count]),
      ['Contents', contents.count], ['  chunks', contents.chunks], ['  bytes', contents.bytes], ['Claims', claims], ['Consent rules', rules],
      ['Audit log, bytes', audit.bytes], ['  files or records', audit.parts], ['Oldest version', instant(oldest)], ['Newest version', instant(newest)], ['Store, bytes', size],
    ]),
  ].join('\n\n');
}

function stats({ json }: { readonly json?: boolean }): Promise<void> {
  return withStore({ importing: false }, async (store) => {
    const statistics = await store.statistics();
    process.stdout.write(`${json === true ? JSON.stringify(statistics, null, 2) : statisticsText(statistics)}\n`);
  });
}

export function addStats(program: Command): void {
  program.command('stats')
    .description('Count what is in the store of DATA_DIR or STORE_URL: resources by type, versions, entries, bytes, audit log. No server may run on an embedded store.')
    .option('--json', 'as JSON')
    .action(stats);
}
