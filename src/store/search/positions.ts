/** Positions in the order of a search: the values of its keys, missing ones last in either direction, then the id, then the type. */
import { fail, type Failure } from '../../fhir/failure.js';

/** A value of a sort key; null = missing. */
export type Bound = string | number | null;

/** Where a page ended; without an id the keys alone tell two rows apart. */
export interface Position {
  readonly keys: readonly Bound[];
  readonly id?: string;
  /** As the store names it: its number or its text. */
  readonly type?: string | number;
}
export interface Direction {
  readonly descending: boolean;
}

/** Texts in the order of their code points, as the databases compare them. */
function compareText(one: string, other: string): number {
  return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
}
const compareValues = (one: string | number, other: string | number): number =>
  typeof one === 'string' ? compareText(one, String(other)) : one - Number(other) || 0;

export function compareBound(one: Bound, other: Bound, descending: boolean): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  const order = compareValues(one, other);
  return descending ? -order : order;
}
export function comparePositions(keys: readonly Direction[], one: Position, other: Position): number {
  for (let at = 0; at < keys.length; at++) {
    const order = compareBound(one.keys[at] ?? null, other.keys[at] ?? null, keys[at]?.descending === true);
    if (order !== 0) return order;
  }
  return compareText(one.id ?? '', other.id ?? '') || compareValues(one.type ?? 0, other.type ?? 0);
}

/** A position as text. It says nothing by itself; the layer above seals it. */
export interface PositionText {
  /** Of a search with a sort, or without. */
  readonly sorted: boolean;
  /** Page one left the total out because it was not cheap. */
  readonly uncounted: boolean;
  readonly values: readonly Bound[];
}
/** JSON has no infinity, but numbers too large for it are read as one. */
const boundText = (value: Bound): string => (value === Infinity ? '1e999' : value === -Infinity ? '-1e999' : JSON.stringify(value));

export const writePosition = ({ sorted, uncounted, values }: PositionText): string =>
  `[${[sorted ? '"s"' : '"p"', uncounted ? 1 : 0, ...values.map(boundText)].join(',')}]`;

/** @throws Failure `bad-cursor` when {@link writePosition} did not write it */
export function readPosition(text: string): PositionText {
  const [form, uncounted, ...values] = parsed(text);
  if ((form !== 's' && form !== 'p') || (uncounted !== 0 && uncounted !== 1) || !isBounds(values)) throw badPosition();
  return { sorted: form === 's', uncounted: uncounted === 1, values };
}

export const badPosition = (): Failure => fail('bad-cursor', { reason: 'its position is not one of this search' });

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    throw badPosition();
  }
}
const isBounds = (values: readonly unknown[]): values is Bound[] => values.every((each) => each === null || typeof each === 'string' || typeof each === 'number');
