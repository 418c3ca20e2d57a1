/** Where a page of a search of this store starts. */
import { badPosition, readPosition, writePosition, type Bound, type Position } from '../../search/positions.js';

export interface Cursor {
  /** Without a sort: type (its name), main date and rid of the last match. */
  readonly plain?: { readonly type: string; readonly sd: number; readonly rid: number };
  /** With a sort: its last values. */
  readonly sorted?: Required<Position>;
  /** Page one left the total out because it was not cheap. */
  readonly uncounted: boolean;
}

export function writeCursor({ plain, sorted, uncounted }: Cursor): string {
  const values: readonly Bound[] = plain ? [plain.type, plain.sd, plain.rid] : sorted ? [sorted.id, sorted.type, ...sorted.keys] : [];
  return writePosition({ sorted: plain === undefined, uncounted, values });
}

/** @throws Failure `bad-cursor` when it is not one that {@link writeCursor} wrote for such a search */
export function readCursor(text: string | undefined, keys: number): Cursor {
  if (text === undefined) return { uncounted: false };
  const { sorted, uncounted, values: [one, other, ...rest] } = readPosition(text);
  const [rid] = rest;
  if (!sorted && keys === 0 && typeof one === 'string' && typeof other === 'number' && typeof rid === 'number') return { plain: { type: one, sd: other, rid }, uncounted };
  if (sorted && keys > 0 && typeof one === 'string' && typeof other === 'number' && rest.length === keys) return { sorted: { id: one, type: other, keys: rest }, uncounted };
  throw badPosition();
}

/** @throws Failure `bad-cursor` */
export function readSnapshot(asOf: string | undefined): number | undefined {
  if (asOf === undefined) return undefined;
  if (!/^\d{1,16}$/.test(asOf)) throw badPosition();
  return Number(asOf);
}
