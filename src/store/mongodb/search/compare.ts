/**
 * The prefixes of an ordered search over the fields `lo` and `hi` of an entry (`hi` exclusive).
 * https://hl7.org/fhir/R4/search.html#prefix
 */
import type { Comparison } from '../../../search/plan.js';
import { narrowDate } from '../entry-texts.js';
import type { Condition } from './conditions.js';

export type Ordered = 'date' | 'number';
export type Width = 'narrow' | 'wide';

/** Where intervals that end after `x` begin, at least. */
const since: Readonly<Record<Width, Readonly<Record<Ordered, (x: number) => number>>>> = {
  narrow: { date: (x) => x - narrowDate, number: (x) => x },
  wide: { date: () => -Infinity, number: () => -Infinity },
};

type Rule = (asked: Comparison, since: (x: number) => number) => Condition;
/** Each bounds `lo` as far as it can: that is what an index goes by. `ge` and `le` are "beyond the question, or held by it". */
const rules: Readonly<Record<Comparison['prefix'], Rule>> = {
  eq: ({ lo, hi }) => ({ lo: { $gte: lo, $lte: hi }, hi: { $lte: hi } }),
  ne: ({ lo, hi }) => ({ $or: [{ lo: { $lt: lo } }, { hi: { $gt: hi } }] }),
  gt: ({ hi }, from) => ({ lo: { $gte: from(hi) }, hi: { $gt: hi } }),
  lt: ({ lo }) => ({ lo: { $lt: lo } }),
  ge: ({ lo, hi }, from) => ({ lo: { $gte: Math.min(lo, from(hi)) }, $or: [{ hi: { $gt: hi } }, { lo: { $gte: lo } }] }),
  le: ({ lo, hi }) => ({ lo: { $lte: Math.max(lo, hi) }, $or: [{ lo: { $lt: lo } }, { hi: { $lte: hi } }] }),
  sa: ({ hi }) => ({ lo: { $gte: hi } }),
  eb: ({ lo }) => ({ lo: { $lte: lo }, hi: { $lte: lo } }),
  ap: ({ lo, hi }, from) => ({ lo: { $gte: from(lo), $lt: hi }, hi: { $gt: lo } }),
};

/** On the fields of one element, whose interval is of that width. */
export const compares = (asked: Comparison, kind: Ordered, width: Width): Condition => rules[asked.prefix](asked, since[width][kind]);

type InstantRule = (asked: Comparison) => Condition;
/** The same for an instant `x`, one millisecond wide: `lo` = x, `hi` = x + 1, held in one field of whole numbers. */
const instantRules: Readonly<Record<Comparison['prefix'], (field: string) => InstantRule>> = {
  eq: (field) => ({ lo, hi }) => ({ [field]: { $gte: lo, $lte: hi - 1 } }),
  ne: (field) => ({ lo, hi }) => ({ $or: [{ [field]: { $lt: lo } }, { [field]: { $gt: hi - 1 } }] }),
  gt: (field) => ({ hi }) => ({ [field]: { $gt: hi - 1 } }),
  lt: (field) => ({ lo }) => ({ [field]: { $lt: lo } }),
  ge: (field) => ({ lo, hi }) => ({ [field]: { $gte: Math.min(lo, hi) } }),
  le: (field) => ({ lo, hi }) => ({ [field]: { $lte: Math.max(lo - 1, hi - 1) } }),
  sa: (field) => ({ hi }) => ({ [field]: { $gte: hi } }),
  eb: (field) => ({ lo }) => ({ [field]: { $lte: lo - 1 } }),
  ap: (field) => ({ lo, hi }) => ({ [field]: { $gt: lo - 1, $lt: hi } }),
};
export const comparesInstant = (field: string, asked: Comparison): Condition => instantRules[asked.prefix](field)(asked);
