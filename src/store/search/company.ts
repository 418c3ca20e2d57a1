/** How much a page brings along: where it would be too much, the page is made shorter; where one match brings too much, the answer says so. */
import type { SearchPlan } from '../../search/plan.js';
import type { Cut } from '../port.js';
import { budgets } from './budgets.js';

export type Company = NonNullable<SearchPlan['company']>;
export const companyOf = ({ company }: SearchPlan): Company => company ?? { most: budgets.included, levels: budgets.levels };

/** What some matches bring along, and in what it is not whole. */
export interface Along<T> {
  readonly found: readonly T[];
  readonly cut: readonly Cut[];
}
/** Fewer matches would help. */
export const isTooMuch = ({ cut }: Along<unknown>): boolean => cut.includes('included') || cut.includes('text');
/** Matches to try next. */
export const fewer = (matches: number): number => Math.ceil(matches / 2);
