/**
 * Rows of keys that objects begin with. Each that was not there before is a hidden class of V8, at the cost of thirty values: millions of
 * different keys, or a few in ever other orders, would take seconds.
 */

/** Values from which on rows are counted: what is shorter costs little whatever it holds. */
export const longText = 100_000;
/** Seven times those of all definitions and examples of R4 together. */
export const mostRows = 100_000;

/** A row, and those that are one key longer. */
export interface KeyRow {
  readonly longer: Map<string, KeyRow>;
}

export class KeyRows {
  readonly none: KeyRow = { longer: new Map() };
  private count = 0;

  /** @param refusal of more than `most` rows */
  constructor(private readonly most: number, private readonly refusal: () => Error) {}

  /** The row with one key more. @throws what `refusal` makes */
  longer({ longer }: KeyRow, key: string): KeyRow {
    const known = longer.get(key);
    if (known) return known;
    if (++this.count > this.most) throw this.refusal();
    const row: KeyRow = { longer: new Map() };
    longer.set(key, row);
    return row;
  }
}
