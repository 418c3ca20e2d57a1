/** The tables of a search run: each row is one load beside another. */
import { aligned, atLeast, atMost, barLine, digits, type Bar } from '../report.js';
import type { Pair } from './pairs.js';

export interface SearchRow extends Pair {
  readonly name: string;
  /** Least requests for each CPU-second of server and database. */
  readonly must?: number | undefined;
}
interface Table {
  readonly title: string;
  /** What the other load is. */
  readonly beside: string;
  /** Most times its p99. */
  readonly most: number;
}

export const tables = {
  byHand: { title: 'As the operator, beside queries written by hand for the same answers on the same store.', beside: 'by hand', most: 3 },
  professional: { title: 'As a professional, beside the operator.', beside: 'operator', most: 1.5 },
  totals: { title: 'As the operator, while others ask for _total=accurate, beside the same while they ask for none.', beside: 'none', most: 1.5 },
} as const satisfies Readonly<Record<string, Table>>;

const columnsOf = (beside: string): readonly (readonly [string, (row: SearchRow) => string])[] => [
  ['', ({ name }) => name], ['req/s', ({ one }) => digits(one.perSecond)], ['p50 ms', ({ one }) => String(one.p50)],
  ['p99 ms', ({ one }) => String(one.p99)], [`${beside} p99`, ({ other }) => String(other.p99)], ['ratio', ({ p99Ratio }) => p99Ratio.toFixed(2)],
  ['CPU ms/req', ({ one }) => one.cpuMs.toFixed(3)], [`${beside} CPU`, ({ other }) => other.cpuMs.toFixed(3)], ['ratio', ({ cpuRatio }) => cpuRatio.toFixed(2)],
  ['req/CPU-s', ({ one }) => digits(one.perCpuSecond)], ['must', ({ must }) => (must === undefined ? '' : String(must))], ['failed', ({ one, other }) => String(one.failed + other.failed)],
];

const barsOf = ({ beside, most }: Table, { name, p99Ratio, one, must }: SearchRow): Bar[] =>
  [atMost(`${name}, p99 over ${beside}`, most, p99Ratio), ...(must === undefined ? [] : [atLeast(`${name}, per CPU-second`, must, one.perCpuSecond)])];

export const searchTable = (table: Table, rows: readonly SearchRow[]): string =>
  (rows.length === 0 ? '' : [table.title, '', ...aligned(rows, columnsOf(table.beside)), '', ...rows.flatMap((row) => barsOf(table, row)).map(barLine), '', ''].join('\n'));
