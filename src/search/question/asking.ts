/** What is known while one search is read: its options, and the budgets that it spends. */
import { fail, type Failure } from '../../fhir/failure.js';
import { isAwaited, percentOf, type IndexJob, type IndexState } from '../index-state.js';
import { searchParameter, type SearchParameter } from '../parameters.js';
import type { FullText } from '../index/full-text.js';
import type { Leaf } from '../plan.js';
import { tellableName } from './form.js';
import type { AnswerOf, AskOf, Known, Lookup } from './lookups.js';

/** How much one search may ask. Each limit is named when it is passed. */
export interface SearchBudget {
  /** Criteria, repeats counted. */
  readonly criteria: number;
  /** Alternatives of all criteria together, one for each value and each type that a chain may lead to. */
  readonly alternatives: number;
  /** Hops of one chain, `_has` included. */
  readonly hops: number;
  /** `_include` and `_revinclude` together. */
  readonly includes: number;
  readonly sortKeys: number;
  /** Types that one hop without a type modifier may lead to. */
  readonly chainTargets: number;
  /** Tests and brackets of one `_filter` (FILTER_LIMIT). */
  readonly filter: number;
}

/** Far above what people ask, and small enough that a plan stays a plan. */
export const usualBudget: SearchBudget = { criteria: 40, alternatives: 500, hops: 4, includes: 20, sortKeys: 5, chainTargets: 12, filter: 50 };

/** A criterion on several types stands in the plan once for each: a dozen values on every type of R4. */
export const budgetOfSeveral: SearchBudget = { ...usualBudget, alternatives: 2_000 };

export interface AskingOptions {
  readonly bases: readonly string[];
  readonly timeZone: string;
  /** ms UTC, what `ap` measures the distance of a date from. */
  readonly now: number;
  readonly budget: SearchBudget;
  /** Metres that are near when no distance is given. */
  readonly nearDistance: number;
  readonly known?: Known;
  /** Parameters of the operator, and how far the index is. */
  readonly index?: IndexState;
  /** Words that are indexed here. */
  readonly fullText?: FullText;
}

export class Asking {
  private criteria = 0;
  private alternatives = 0;
  /** Set while a criterion is read: its value is an identifier of a person. */
  personal = false;

  /** What is counted for the relevance of a resource: the words that are asked for. */
  readonly relevance: Leaf[] = [];

  constructor(readonly options: AskingOptions) {}

  /**
   * The parameter of a type, if there is one.
   * @throws Failure being-indexed when it does not find everything yet
   */
  parameter(type: string, code: string): SearchParameter | undefined {
    const { index } = this.options;
    const found = searchParameter(type, code, index);
    if (found && index?.job?.params && isAwaited(index, found.param)) throw beingIndexed(`The search parameter "${code}" on ${type} is`, index.job);
    return found;
  }
  spendCriterion(): void {
    this.check('criteria', ++this.criteria);
  }
  /** The same criterion read for a further type is no further criterion. */
  again<T>(read: () => T): T {
    const { criteria } = this;
    try {
      return read();
    } finally {
      this.criteria = criteria;
    }
  }
  spendAlternative(): void {
    this.check('alternatives', ++this.alternatives);
  }
  /** Questions that wait to be looked up: what is read meanwhile is read again. */
  get open(): number {
    return this.options.known?.open ?? 0;
  }
  /** @returns undefined while it is not known: the question is read again then */
  look<L extends Lookup>(lookup: L, ask: AskOf<L>, parameter: string): AnswerOf<L> | undefined {
    if (!this.options.known) throw badParameter(parameter, 'nothing can be looked up here');
    return this.options.known.get(lookup, ask, tellableName(parameter));
  }
  /** @throws Failure too-costly that names the limit */
  check(limit: keyof SearchBudget, used: number): void {
    const allowed = this.options.budget[limit];
    if (used > allowed) throw fail('too-costly', { reason: `This search asks too much: ${texts[limit]} are limited to ${allowed}.` });
  }
}

const texts: Readonly<Record<keyof SearchBudget, string>> = {
  criteria: 'criteria',
  alternatives: 'the alternatives of all criteria together (values after commas, types that a chain leads to)',
  hops: 'the hops of a chain',
  includes: '_include and _revinclude',
  sortKeys: 'the keys of _sort',
  chainTargets: 'the types that one hop without a type (subject:Patient.name) leads to',
  filter: 'the tests and brackets of a _filter (FILTER_LIMIT)',
};

/** @param subject what is being indexed, with its verb */
export const beingIndexed = (subject: string, job: IndexJob): Failure => fail('being-indexed', { subject, percent: percentOf(job) }, { headers: { 'Retry-After': '10' } });
export const badParameter = (name: string, reason: string): Failure => fail('bad-parameter', { parameter: tellableName(name), reason });
export const unknownParameter = (name: string, type: string): Failure => fail('unknown-parameter', { parameter: tellableName(name), type });
