/** Rows of one table gathered and inserted many at a time, by statements that are prepared once. */
import type { Connection } from '../connection.js';
import type { SqlValue } from '../sql.js';

/** Rows of one statement, tried from the greatest. */
const sizes = [16, 4, 1] as const;

export class BulkInsert {
  private values: SqlValue[] = [];
  private readonly texts: ReadonlyMap<number, string>;

  /** @param suffix of the statement, for example ON CONFLICT DO NOTHING */
  constructor(private readonly connection: Connection, table: string, private readonly columns: readonly string[], suffix = '') {
    const row = `(${columns.map(() => '?').join(',')})`;
    this.texts = new Map(sizes.map((size) => [size, `INSERT INTO ${table}(${columns.join(',')}) VALUES ${Array.from({ length: size }, () => row).join(',')} ${suffix}`]));
  }

  /** @param row values in the order of the columns */
  add(...row: readonly SqlValue[]): void {
    this.values.push(...row);
  }

  /** One value after the other of a row: as many are to be given as there are columns. */
  cell(value: SqlValue): void {
    this.values.push(value);
  }

  flush(): void {
    if (this.values.length === 0) return;
    const { values } = this;
    this.values = [];
    let at = 0;
    for (const size of sizes) {
      const length = size * this.columns.length;
      const statement = values.length - at >= length ? this.connection.prepare(this.texts.get(size) ?? '') : undefined;
      for (; statement !== undefined && values.length - at >= length; at += length) statement.run(...values.slice(at, at + length));
    }
  }

  /** Forgets what was not inserted. */
  clear(): void {
    this.values = [];
  }
}
