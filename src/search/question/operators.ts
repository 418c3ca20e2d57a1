/**
 * The operators of `_filter` (https://hl7.org/fhir/R4/search_filter.html): each is a modifier or a prefix of the kind of its
 * parameter, so that a test means what a criterion means.
 */
import type { ValueKind } from '../plan.js';
import { badParameter } from './asking.js';

/** How an operator is asked: the modifier and the prefix that its value is given. */
export interface Operator {
  /** Of the criterion; `equals` and `ends` are those of strings in filters alone. */
  readonly modifier?: string;
  readonly prefix?: string;
  /** Something else is there, and nothing that is equal. */
  readonly unequal?: true;
}
const prefixed = (...prefixes: readonly string[]): Readonly<Record<string, Operator>> => Object.fromEntries(prefixes.map((prefix) => [prefix, { prefix }]));
const ordered = prefixed('eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb');
const equality = { eq: {}, ne: { unequal: true } } as const;

/** Kind -> operator; `pr` goes for all but composites and places. */
const operators: Readonly<Record<ValueKind, Readonly<Record<string, Operator | undefined>>>> = {
  string: { eq: { modifier: 'equals' }, ne: { modifier: 'equals', unequal: true }, co: { modifier: 'contains' }, sw: {}, ew: { modifier: 'ends' } },
  token: { ...equality, ss: { modifier: 'below' }, sb: { modifier: 'above' }, in: { modifier: 'in' }, ni: { modifier: 'not-in' } },
  reference: { ...equality, re: {}, ss: { modifier: 'below' }, sb: { modifier: 'above' } },
  uri: { ...equality, ss: { modifier: 'below' }, sb: { modifier: 'above' } },
  date: { ...ordered, po: { modifier: 'overlaps', prefix: 'eq' } },
  number: ordered,
  quantity: ordered,
  composite: { eq: {} },
  position: { eq: {} },
};
const withPresence = (kind: ValueKind): readonly string[] => [...Object.keys(operators[kind]), ...(kind === 'composite' || kind === 'position' ? [] : ['pr'])];

/** @throws Failure bad-parameter that says which operators the parameter takes */
export function operatorOf(kind: ValueKind, operator: string, path: string): Operator {
  const offered = withPresence(kind);
  if (!offered.includes(operator)) throw badParameter('_filter', `${path} does not take this operator; it takes ${offered.join(', ')}`);
  return operator === 'pr' ? { modifier: 'present' } : (operators[kind][operator] ?? {});
}
