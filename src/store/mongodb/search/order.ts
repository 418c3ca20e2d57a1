/**
 * The order of a search. With a sort: its keys, missing values last in either direction, ties by id (rules 6.6). Without:
 * type by type as the plan names them, each by main date, newest first.
 */
import { mainDateCode } from '../../../search/main-date.js';
import type { SortKey } from '../../../search/plan.js';
import { keyOn, typeOfParam } from '../../search/clauses.js';
import type { Bound, Direction, Position } from '../../search/positions.js';
import { farPast } from '../documents.js';
import { keyOf as resourceKey } from '../versions.js';
import type { Row } from './context.js';

/** Fields that an index goes by: the first is the key, the second tells its ties apart. */
export type Columns = readonly ['sd' | 'lu', 'n'] | readonly ['_id'];

/** A sort key for resources of one type. */
export interface Key extends Direction {
  readonly value: (row: Row) => Bound;
  /** An index is in the order of this key. */
  readonly columns?: Columns;
  /** No resource of the type has a value, or those whose main date is unknown have none. */
  readonly missing?: 'always' | 'undated';
}
export interface Order {
  readonly keys: readonly Key[];
  /** How many columns of the index the order begins with. */
  readonly aligned: 1 | 2;
}

/** Without a sort: the random number stands for the id, so that an index has the whole order. */
export const newestFirst: Order = {
  keys: [{ descending: true, value: ({ sd }) => sd, columns: ['sd', 'n'] }, { descending: true, value: ({ n }) => n }],
  aligned: 2,
};

export const orderOf = (sort: readonly SortKey[], type: string): Order => ({ keys: sort.map((key) => keyOf(keyOn(key, type), type)), aligned: 1 });

function keyOf({ by, descending }: SortKey, type: string): Key {
  if (by === '_id') return { descending, value: ({ _id }) => resourceKey(_id).id, columns: ['_id'] };
  if (by === '_lastUpdated') return { descending, value: ({ lu }) => lu, columns: ['lu', 'n'] };
  if ('score' in by) return { descending, value: ({ held = [] }) => by.score.filter((leaf) => held.includes(leaf)).length };
  const { param, valueKind } = by;
  if (typeOfParam(param) !== type) return { descending, value: () => null, missing: 'always' };
  if (valueKind === 'date' && param === `${type}.${mainDateCode(type) ?? ''}`) {
    return { descending, value: ({ sd }) => (sd === farPast ? null : sd), columns: ['sd', 'n'], missing: 'undated' };
  }
  return {
    descending,
    value({ k }) {
      const found = k?.find(({ p }) => p === param);
      return (descending ? (found?.z ?? found?.a) : found?.a) ?? null;
    },
  };
}

/** A found resource with the values of the sort keys. */
export interface Hit extends Required<Position> {
  readonly type: string;
  readonly row: Row;
}
export const hitOf = (row: Row, keys: readonly Key[]): Hit => ({ ...resourceKey(row._id), keys: keys.map(({ value }) => value(row)), row });
