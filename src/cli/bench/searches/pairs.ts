/** Two loads one right after the other, round by round, so that both met the same moment of the machine. */
import { fire, type LoadOptions, type LoadResult, type Shot } from '../load.js';
import { measure, median, perCpuSecond, perSecond, warm, type LoadManner, type Measured, type Target } from '../measuring.js';

export interface PairOptions extends LoadManner {
  readonly rounds: number;
  readonly seconds: number;
}
export interface Side {
  readonly shot: Shot;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Seconds of it before what counts, where they are fewer than the others'. */
  readonly warmUp?: number;
  /** Goes on beside each of its rounds; ends when it is called. */
  readonly beside?: () => () => Promise<void>;
}

/** Medians of the rounds of one side. */
export interface Figures {
  readonly perSecond: number;
  /** milliseconds */
  readonly p50: number;
  readonly p99: number;
  /** Of server and database, for each request. */
  readonly cpuMs: number;
  readonly perCpuSecond: number;
  readonly failed: number;
}
export interface Pair {
  readonly one: Figures;
  readonly other: Figures;
  /** p99 of the one over that of the other in the same round; CPU likewise. */
  readonly p99Ratio: number;
  readonly cpuRatio: number;
}

/** Requests of one round, once it is warm. */
async function loadOf({ shot, origin, warmUp }: Side, options: PairOptions): Promise<LoadOptions> {
  const { connections, seconds } = options;
  const rate = await warm(shot, origin, { connections, warmUp: Math.min(options.warmUp, warmUp ?? Infinity) });
  return { origin, connections, amount: Math.max(Math.round(seconds * rate), connections) };
}

async function roundOf({ shot, beside }: Side, load: LoadOptions): Promise<LoadResult> {
  const end = beside?.();
  const result = await fire(shot, load);
  await end?.();
  return result;
}

const figuresOf = (rounds: readonly Measured[]): Figures => ({
  perSecond: median(rounds.map(perSecond)), p50: median(rounds.map(({ load }) => load.p50)), p99: median(rounds.map(({ load }) => load.p99)),
  cpuMs: 1000 / median(rounds.map(perCpuSecond)), perCpuSecond: median(rounds.map(perCpuSecond)), failed: rounds.reduce((sum, { load }) => sum + load.failed, 0),
});

export async function measurePair(target: Target, one: Side, other: Side, options: PairOptions): Promise<Pair> {
  const loads = [await loadOf(one, options), await loadOf(other, options)] as const;
  const rounds: { readonly one: Measured; readonly other: Measured }[] = [];
  for (let round = 0; round < options.rounds; round++) {
    rounds.push({ one: await measure(target, () => roundOf(one, loads[0])), other: await measure(target, () => roundOf(other, loads[1])) });
  }
  return {
    one: figuresOf(rounds.map((round) => round.one)), other: figuresOf(rounds.map((round) => round.other)),
    p99Ratio: median(rounds.map((round) => round.one.load.p99 / Math.max(round.other.load.p99, 1))),
    cpuRatio: median(rounds.map((round) => perCpuSecond(round.other) / perCpuSecond(round.one))),
  };
}
