/**
 * A walk along index ranges that are in the order of a search, with everything else checked on each row. It is resumed
 * where it stood, so that a search can look at twice as many rows each time.
 */
import { compareBound, type Bound } from '../../search/positions.js';
import { filterOf, kept, type Job } from './gather.js';
import { allOf, always, isAlways, type Condition } from './conditions.js';
import { growth, type Row, type SearchContext } from './context.js';
import { hintOf, scan, type Range } from './ranges.js';
import type { Columns } from './order.js';

export interface Track {
  readonly ranges: readonly Range[];
  readonly columns: Columns;
  readonly descending: boolean;
  /** On the columns: what the walk keeps to. */
  readonly bound?: Condition;
  /** Values of the first columns at which it starts, inclusive. */
  readonly start?: readonly Bound[];
}

const valuesOf = (row: Row, columns: Columns): Bound[] => columns.map((column) => row[column]);

/** Rows at a position and beyond. */
function onward({ columns: [first, second], descending }: Track, [key = null, tie]: readonly Bound[]): Condition {
  const [inclusive, exclusive] = descending ? ['$lte', '$lt'] as const : ['$gte', '$gt'] as const;
  const from = { [first]: { [inclusive]: key } };
  return second === undefined || tie === undefined ? from : { ...from, $or: [{ [first]: { [exclusive]: key } }, { [second]: { [inclusive]: tie } }] };
}

/** One range of a track. Each reading begins with the row at which the last one ended: no two keys need to differ. */
class Branch {
  exhausted = false;
  position: readonly Bound[] | undefined;
  /** Rows read in vain because so many bear the same key. */
  private ties = 1;
  /** Grows with each reading that was full: where many share a date, a few rows at a time would never end. */
  private times = 1;

  constructor(private readonly context: SearchContext, private readonly job: Job, private readonly range: Range, private readonly track: Track) {
    this.position = track.start;
  }

  /** Looks at `rows` rows, or, where each row that is looked at will do, gives `want` of them. @returns rows looked at, and those that may be hits */
  async next(rows: number, want: number): Promise<{ readonly walked: number; readonly found: Row[] }> {
    const { context, job, range, track } = this;
    const filter = filterOf(context, job);
    if (!range.ordered) {
      this.exhausted = true;
      const found = await scan(context, range, { from: track.bound ?? always, filter });
      return { walked: found.length, found };
    }
    const reading = { from: this.from(), sort: this.sort(), filter, want: want * this.times + this.ties };
    if (this.anyRowWillDo()) {
      const found = await scan(context, range, reading);
      if (found.length < reading.want) this.exhausted = true;
      else this.moveTo(found.at(-1), found.length);
      return { walked: found.length, found };
    }
    const window = rows + this.ties;
    const found = await scan(context, range, { ...reading, rows: window });
    const full = found.length === reading.want;
    if (full) this.times *= growth;
    this.moveTo(full ? found.at(-1) : await this.endOf(window), window);
    return { walked: window, found };
  }

  /** Nothing is checked that a live resource could fail. */
  private anyRowWillDo(): boolean {
    const { compiled, extra } = this.job;
    return isAlways(compiled.condition) && isAlways(extra) && this.context.grant.reach.kind === 'everything';
  }

  private moveTo(row: Row | undefined, looked: number): void {
    const { position } = this;
    this.position = row && valuesOf(row, this.track.columns);
    this.exhausted = row === undefined;
    const stands = this.position !== undefined && position?.length === this.position.length && this.position.every((value, at) => value === position[at]);
    this.ties = stands ? this.ties + looked : 1;
  }
  /** The last row of a window; undefined when the range ends before. */
  private async endOf(window: number): Promise<Row | undefined> {
    const { columns } = this.track;
    const project = Object.fromEntries(columns.map((column) => [column, 1]));
    const [end] = await this.context.rows([
      { $match: allOf(this.range.condition, this.from()) }, { $sort: this.sort() }, { $skip: window - 1 }, { $limit: 1 }, { $project: project },
    ], hintOf(this.range));
    return end;
  }
  private from(): Condition {
    return allOf(this.track.bound ?? always, this.position ? onward(this.track, this.position) : always);
  }
  private sort(): Record<string, 1 | -1> {
    return Object.fromEntries(this.track.columns.map((column) => [column, this.track.descending ? -1 : 1]));
  }
}

export class Walker {
  /** Rows of the indexes looked at, at most. */
  walked = 0;
  private readonly branches: readonly Branch[];
  private readonly rows = new Map<string, Row>();

  /** @param aligned how many columns of the track the order of the search begins with */
  constructor(private readonly context: SearchContext, private readonly job: Job, private readonly track: Track, private readonly aligned: number) {
    this.branches = track.ranges.map((range) => new Branch(context, job, range, track));
  }

  get exhausted(): boolean {
    return this.branches.every((branch) => branch.exhausted);
  }

  /** Resources found so far. */
  get found(): number {
    return this.rows.size;
  }

  /** Takes the branch that is least advanced further; at first every one. */
  async advance(rows: number, want: number): Promise<void> {
    const open = this.branches.filter((branch) => !branch.exhausted);
    const least = open.reduce<Branch | undefined>((one, other) => (one && this.compare(one.position, other.position) <= 0 ? one : other), undefined);
    const chosen = this.walked === 0 ? open : least ? [least] : [];
    for (const { walked, found } of await this.context.together(chosen.map((branch) => () => branch.next(rows, want)))) {
      this.walked += walked;
      this.context.keys += walked;
      for (const row of await kept(this.context, this.job, found)) this.rows.set(row._id, row);
    }
    if (chosen.length > 0 && this.walked === 0) this.walked = 1;
  }

  /** Resources that no branch can come before any more. */
  settled(): Row[] {
    const open = this.branches.filter((branch) => !branch.exhausted);
    return [...this.rows.values()].filter((row) => open.every(({ position }) => position !== undefined && this.compare(valuesOf(row, this.track.columns), position) < 0));
  }

  private compare(one: readonly Bound[] | undefined, other: readonly Bound[] | undefined): number {
    if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? -1 : 1;
    for (let at = 0; at < Math.min(this.aligned, this.track.columns.length); at++) {
      const order = compareBound(one[at] ?? null, other[at] ?? null, this.track.descending);
      if (order !== 0) return order;
    }
    return 0;
  }
}
