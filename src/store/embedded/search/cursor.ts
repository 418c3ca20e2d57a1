/** The position of a page as text. It says nothing by itself; the layer above seals it. */
import { fail } from '../../../fhir/failure.js';
import type { Position } from './order.js';
import type { Bound } from './sql.js';

export interface Cursor {
  /** Without a sort: type (its name), main date and rid of the last match. */
  readonly plain?: { readonly type: string; readonly sd: number; readonly rid: number };
  /** With a sort: its last values. */
  readonly sorted?: Required<Position>;
  /** Page one left the total out because it was not cheap. */
  readonly uncounted: boolean;
}

/** JSON has no infinity, but numbers too large for it are read as one. */
const boundText = (value: Bound): string => (value === Infinity ? '1e999' : value === -Infinity ? '-1e999' : JSON.stringify(value));

export function writeCursor({ plain, sorted, uncounted }: Cursor): string {
  const tail = uncounted ? 1 : 0;
  if (plain) return JSON.stringify(['p', tail, plain.type, plain.sd, plain.rid]);
  return `["s",${tail},${JSON.stringify(sorted?.id)},${sorted?.type},[${sorted?.keys.map(boundText).join(',')}]]`;
}

/** @throws Failure `bad-cursor` when it is not one that {@link writeCursor} wrote for such a search */
export function readCursor(text: string | undefined, keys: number): Cursor {
  if (text === undefined) return { uncounted: false };
  const read = parsed(text);
  const [form, tail, one, other, rest] = read;
  const uncounted = tail === 1;
  if (form === 'p' && keys === 0 && typeof one === 'string' && typeof other === 'number' && typeof rest === 'number') {
    return { plain: { type: one, sd: other, rid: rest }, uncounted };
  }
  if (form === 's' && keys > 0 && typeof one === 'string' && typeof other === 'number' && isBounds(rest) && rest.length === keys) {
    return { sorted: { id: one, type: other, keys: rest }, uncounted };
  }
  throw malformed();
}

/** @throws Failure `bad-cursor` */
export function readSnapshot(asOf: string | undefined): number | undefined {
  if (asOf === undefined) return undefined;
  if (!/^\d{1,16}$/.test(asOf)) throw malformed();
  return Number(asOf);
}

const malformed = () => fail('bad-cursor', { reason: 'its position is not one of this search' });
function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    throw malformed();
  }
}
const isBounds = (value: unknown): value is Bound[] =>
  Array.isArray(value) && value.every((each) => each === null || typeof each === 'string' || typeof each === 'number');
