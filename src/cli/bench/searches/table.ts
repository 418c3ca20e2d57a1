/** The table of a search run. */
import { aligned, atLeast, atMost, barLine, digits, type Bar } from '../report.js';

/** What one family of searches gave. */
export interface SearchRow {
  readonly name: string;
  readonly perSecond: number;
  /** milliseconds */
  readonly p50: number;
  readonly p99: number;
  readonly byHandP99: number;
  /** p99 over that of the queries written by hand, in the same round. */
  readonly p99Ratio: number;
  readonly cpuMs: number;
  readonly byHandCpuMs: number;
  /** Requests for each CPU-second of server and database. */
  readonly perCpuSecond: number;
  /** The least of them. */
  readonly must?: number;
  readonly failed: number;
}

/** Most times the p99 of a query written by hand. */
const most = 3;

const columns: readonly (readonly [string, (row: SearchRow) => string])[] = [
  ['', ({ name }) => name], ['req/s', ({ perSecond }) => digits(perSecond)], ['p50 ms', ({ p50 }) => String(p50)], ['p99 ms', ({ p99 }) => String(p99)],
  ['by hand p99', ({ byHandP99 }) => String(byHandP99)], ['ratio', ({ p99Ratio }) => p99Ratio.toFixed(2)],
  ['CPU ms/req', ({ cpuMs }) => cpuMs.toFixed(3)], ['by hand', ({ byHandCpuMs }) => byHandCpuMs.toFixed(3)],
  ['req/CPU-s', ({ perCpuSecond }) => digits(perCpuSecond)], ['must', ({ must }) => (must === undefined ? '' : String(must))], ['failed', ({ failed }) => String(failed)],
];

const barsOf = ({ name, p99Ratio, perCpuSecond, must }: SearchRow): Bar[] =>
  [atMost(`${name}, p99 of the query by hand`, most, p99Ratio), ...(must === undefined ? [] : [atLeast(`${name}, per CPU-second`, must, perCpuSecond)])];

export const searchTable = (rows: readonly SearchRow[]): string => [...aligned(rows, columns), '', ...rows.flatMap(barsOf).map(barLine), ''].join('\n');
