/**
 * Conditions of MongoDB as data. Operators and field names are written in this room only; what a caller wrote stands where
 * a value stands, as a text or a number.
 */
import type { Document } from 'mongodb';
import { following } from '../../search/text-range.js';

export type Condition = Readonly<Document>;

export const always: Condition = {};
export const never: Condition = { _id: { $in: [] } };
export const isAlways = (condition: Condition): boolean => condition === always || Object.keys(condition).length === 0;
export const isNever = (condition: Condition): boolean => condition === never;

/** All of them; constants are folded. */
export function allOf(...conditions: readonly Condition[]): Condition {
  const open = conditions.filter((condition) => !isAlways(condition));
  if (open.some(isNever)) return never;
  return open.length <= 1 ? (open[0] ?? always) : { $and: open };
}

/** Any of them; constants are folded, and equalities of one field joined. */
export function anyOf(...conditions: readonly Condition[]): Condition {
  if (conditions.some(isAlways)) return always;
  const open = joinedEqualities(conditions.filter((condition) => !isNever(condition)));
  return open.length <= 1 ? (open[0] ?? never) : { $or: open };
}

export function not(condition: Condition): Condition {
  if (isNever(condition)) return always;
  return isAlways(condition) ? never : { $nor: [condition] };
}

/** The values of `{ field: value }` or `{ field: { $in: values } }`. */
function equality(condition: Condition): { readonly field: string; readonly values: readonly string[] } | undefined {
  const [[field, value] = ['', undefined], ...more] = Object.entries(condition) as [string, unknown][];
  if (more.length > 0 || value === undefined || field.startsWith('$')) return undefined;
  if (typeof value === 'string') return { field, values: [value] };
  const list = (value as { readonly $in?: unknown }).$in;
  return Array.isArray(list) && list.every((each) => typeof each === 'string') ? { field, values: list } : undefined;
}

export const oneOf = (field: string, values: readonly string[]): Condition =>
  values.length === 0 ? never : { [field]: values.length === 1 ? values[0] : { $in: values } };

function joinedEqualities(conditions: readonly Condition[]): readonly Condition[] {
  if (conditions.length < 2) return conditions;
  const byField = new Map<string, Set<string>>();
  const others: Condition[] = [];
  for (const condition of conditions) {
    const equal = equality(condition);
    if (!equal) {
      others.push(condition);
      continue;
    }
    const values = byField.get(equal.field) ?? new Set();
    byField.set(equal.field, values);
    for (const value of equal.values) values.add(value);
  }
  return [...[...byField].map(([field, values]) => oneOf(field, [...values])), ...others];
}

/** On a text: it begins with this one. */
export function starts(start: string): Condition {
  const end = following(start);
  return { $gte: start, ...(end === undefined ? {} : { $lt: end }) };
}
/** Some text of an array begins with this one. Bounds must hold for one and the same element. */
export const someStarts = (field: string, start: string): Condition => ({ [field]: { $elemMatch: starts(start) } });
