/**
 * Which versions are on a page of a history: several sources, each in the order of commits and read a few at a time, become one.
 * What the caller may not see is looked at and passed over, within a budget.
 */
import { cheapCount, rowsForEach, tooCostly } from './budget.js';
import { compare, type Position, type Start } from './position.js';

export interface Candidate extends Position {
  /** Whether it exists for the caller, and was current when it is asked for. */
  readonly seen: boolean;
}
export interface Source<C extends Candidate> {
  /** How many to read at first; each further reading takes twice as many. */
  readonly first: number;
  /** The next ones behind a position, newest first. */
  read(after: Position, limit: number): readonly C[] | Promise<readonly C[]>;
}

/** Rows that one reading takes at most. */
const most = 1_024;

class Reader<C extends Candidate> {
  private rows: readonly C[] = [];
  private at = 0;
  private size: number;
  private ended = false;

  constructor(private readonly source: Source<C>, private after: Position) {
    this.size = source.first;
  }

  get head(): C | undefined {
    return this.rows[this.at];
  }
  get isEmpty(): boolean {
    return this.at >= this.rows.length && !this.ended;
  }
  skip(): void {
    this.at++;
  }

  async fill(): Promise<void> {
    this.rows = await this.source.read(this.after, this.size);
    this.at = 0;
    this.ended = this.rows.length < this.size;
    this.after = this.rows.at(-1) ?? this.after;
    this.size = Math.min(this.size * 2, Math.max(most, this.source.first));
  }
}

type Ending = 'enough' | 'end' | 'budget';
interface Walked<C> {
  readonly found: readonly C[];
  readonly by: Ending;
}

function first<C extends Candidate>(readers: readonly Reader<C>[]): Reader<C> | undefined {
  let best: Reader<C> | undefined;
  for (const reader of readers) {
    if (reader.head !== undefined && (best?.head === undefined || compare(reader.head, best.head) < 0)) best = reader;
  }
  return best;
}

/** Walks the sources as one until so many are found. */
async function walk<C extends Candidate>(sources: readonly Source<C>[], after: Position, enough: number, budget: number): Promise<Walked<C>> {
  const readers = sources.map((source) => new Reader(source, after));
  const found: C[] = [];
  for (let left = budget; ; left--) {
    for (const reader of readers) if (reader.isEmpty) await reader.fill();
    const next = first(readers);
    if (next?.head === undefined) return { found, by: 'end' };
    if (left === 0) return { found, by: 'budget' };
    if (next.head.seen) found.push(next.head);
    next.skip();
    if (found.length >= enough) return { found, by: 'enough' };
  }
}

export interface Chosen<C> {
  readonly page: readonly C[];
  readonly more: boolean;
  /** Absent where it is not cheap to tell. */
  readonly total?: number;
}

/**
 * @param top before everything that the history holds
 * @param budget versions that may be looked at
 * @throws Failure `too-costly` when so few of them are seen that the page is not full
 */
export async function choose<C extends Candidate>(sources: readonly Source<C>[], top: Position, { position, uncounted }: Start, count: number, budget: number): Promise<Chosen<C>> {
  if (count === 0) {
    const all = await walk(sources, top, Infinity, budget);
    if (all.by === 'budget') throw tooCostly(budget);
    return { page: [], more: false, total: all.found.length };
  }
  const { found, by } = await walk(sources, position ?? top, count + 1, budget);
  if (by === 'budget') throw tooCostly(budget);
  const page = found.slice(0, count);
  const more = found.length > count;
  if (position === undefined && !more) return { page, more, total: found.length };
  const counted = uncounted ? undefined : await walk(sources, top, cheapCount + 1, cheapCount * rowsForEach);
  return { page, more, ...(counted?.by === 'end' ? { total: counted.found.length } : {}) };
}
