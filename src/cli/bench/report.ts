/** The table of a bench run. */
export interface Row {
  readonly name: string;
  readonly perSecond: number;
  /** milliseconds */
  readonly p50: number;
  readonly p99: number;
  readonly cpuMsPerRequest: number;
  readonly perCpuSecond: number;
  /** Requests per second, and per CPU-second, over those of the bare handler in the same round. CPU is that of the server and its database. */
  readonly ratio: number;
  readonly cpuRatio: number;
  readonly bare: { readonly perSecond: number; readonly perCpuSecond: number };
  /** Requests that were refused or failed: must be 0. */
  readonly failed: number;
  readonly bars: readonly Bar[];
}
export interface Bar {
  readonly what: string;
  readonly least?: number;
  readonly most?: number;
  readonly measured: number;
  readonly met: boolean;
}
export interface Report {
  readonly at: string;
  readonly store: string;
  readonly node: string;
  readonly cpus: number;
  /** Fixed work done by one core in one second: to compare machines. */
  readonly calibration: { readonly sha256MBPerSecond: number; readonly jsonParseMBPerSecond: number };
  readonly rounds: number;
  readonly seconds: number;
  /** Seconds of the same load before the first round, uncounted. */
  readonly warmUp: number;
  readonly connections: number;
  readonly rows: readonly Row[];
  readonly bars: readonly Bar[];
}

export const atLeast = (what: string, least: number, measured: number): Bar => ({ what, least, measured, met: measured >= least });
export const atMost = (what: string, most: number, measured: number): Bar => ({ what, most, measured, met: measured <= most });

export const digits = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));
const columns: readonly (readonly [string, (row: Row) => string])[] = [
  ['', ({ name }) => name],
  ['req/s', ({ perSecond }) => digits(perSecond)],
  ['p50 ms', ({ p50 }) => String(p50)],
  ['p99 ms', ({ p99 }) => String(p99)],
  ['CPU ms/req', ({ cpuMsPerRequest }) => cpuMsPerRequest.toFixed(3)],
  ['req/CPU-s', ({ perCpuSecond }) => digits(perCpuSecond)],
  ['bare req/s', ({ bare }) => digits(bare.perSecond)],
  ['ratio', ({ ratio }) => ratio.toFixed(2)],
  ['CPU ratio', ({ cpuRatio }) => cpuRatio.toFixed(2)],
  ['failed', ({ failed }) => String(failed)],
];

export function barLine({ what, least, most, measured, met }: Bar): string {
  const bar = least === undefined ? `at most ${digits(most ?? 0)}` : `at least ${digits(least)}`;
  return `${met ? 'met   ' : 'MISSED'}  ${what}: ${digits(measured)} (bar: ${bar})`;
}

/** Lines of a table, the first one its titles. */
export const aligned = <R>(rows: readonly R[], shown: readonly (readonly [string, (row: R) => string])[]): string[] => {
  const cells = [shown.map(([title]) => title), ...rows.map((row) => shown.map(([, cell]) => cell(row)))];
  const widths = shown.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '));
};

export function tableText(report: Report): string {
  const lines = aligned(report.rows, columns);
  const { calibration } = report;
  return [
    `Store: ${report.store}. Median of ${report.rounds} rounds of ${report.seconds} s after ${report.warmUp} s of warming up, ${report.connections} connections; token, decision, checks and audit on.`,
    `This machine: ${report.cpus} cores, Node ${report.node}, sha256 ${digits(calibration.sha256MBPerSecond)} MB/s, JSON.parse ${digits(calibration.jsonParseMBPerSecond)} MB/s.`,
    '', ...lines, '', ...[...report.rows.flatMap(({ bars }) => bars), ...report.bars].map(barLine), '',
  ].join('\n');
}
