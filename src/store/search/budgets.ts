/** How far one search may go. A search that would go further is refused by name, never cut. */
import { fail, type Failure } from '../../fhir/failure.js';

export const budgets = {
  /** Candidates that are sorted in memory, where a plan does not say (SORT_BUDGET). */
  sort: 10_000,
  /** Rows that a search may be long before long ranges are looked through for the few rows that fit. */
  look: 20_000,
  /** Rows up to which a total is estimated. */
  estimate: 10_000,
  /** Rows of an index that are walked for one page. */
  walk: 100_000,
  /** Keys of a range that are looked through for candidates (`contains`, open comparisons). */
  scan: 200_000,
  /** Rows counted for an accurate total. */
  count: 1_000_000,
  /** Rows counted for a total that is given when it is cheap. */
  cheapCount: 1_000,
  /** Targets of a chain that are found first; when there are more, each resource is asked for its own. */
  targets: 200,
  /** Resources found first for what refers from them (`_has`); when there are more, each resource is asked who refers to it. */
  sources: 10_000,
  /** Resources and levels that includes may bring to one page. */
  included: 1_000,
  levels: 10,
  /** Characters of the texts of one page: a page of longer texts holds fewer matches than were asked for. */
  text: 64 * 1024 * 1024,
  /** Seconds that one search may take. */
  seconds: 30,
} as const;

/** Counted while a search runs on the event loop: past them it moves to a reader thread. */
export const inlineBudgets = { rows: 1_800, checks: 18_000, statements: 60, page: 100, clauses: 40 } as const;

const texts = {
  walk: `More than ${budgets.walk} resources would have to be looked at for one page. Add a criterion that few resources meet.`,
  scan: `More than ${budgets.scan} index entries would have to be looked at. Add a criterion that few resources meet.`,
  count: `More than ${budgets.count} resources would have to be counted. Ask for _total=none, or make the search narrower.`,
  targets: `A chained criterion reaches too many resources. Make it narrower.`,
  statement: `The criteria are too many within each other for one query of the database. Ask for less at once.`,
  time: `The search took longer than ${budgets.seconds} seconds. Make it narrower.`,
} as const;

/** An order that no index has, of more than so many resources. */
export const tooManyToSort = (most: number): Failure =>
  fail('too-costly', { reason: `More than ${most} resources would have to be sorted (SORT_BUDGET). Make the search narrower, or sort by _lastUpdated, _id or the main date.` });

/** The failure that names the limit. */
export const tooCostly = (limit: keyof typeof texts): Failure => fail('too-costly', { reason: texts[limit] });
