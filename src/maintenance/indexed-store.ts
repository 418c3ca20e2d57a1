/** A store whose index is kept: what was found by entries of an earlier indexer is withheld, and written definitions are heeded. */
import type { Clause, SearchPlan } from '../search/plan.js';
import { beingIndexed } from '../search/question/asking.js';
import { isEntryLeaf } from '../store/search/clauses.js';
import type { Store } from '../store/port.js';
import type { IndexKeeper } from './index-keeper.js';

/** Whether it asks for entries, at any hop. */
function asksEntries(clause: Clause): boolean {
  switch (clause.kind) {
    case 'and':
    case 'or': return clause.of.some(asksEntries);
    case 'not': return asksEntries(clause.of);
    case 'chain':
    case 'has': return true;
    default: return isEntryLeaf(clause) || clause.kind === 'shared-by';
  }
}
const usesEntries = ({ where, sort, includes }: SearchPlan): boolean => includes.length > 0 || sort.some(({ by }) => typeof by !== 'string') || asksEntries(where);

/** @param store whose methods are its own properties, as those of `withDoor` are */
export function withIndex(store: Store, keeper: IndexKeeper): Store {
  return {
    ...store,
    async search(bound, signal) {
      const { job } = keeper.state;
      if (job && job.params === undefined && usesEntries(bound.plan)) throw beingIndexed('This store is', job);
      return store.search(bound, signal);
    },
    async commit(set, signal) {
      const defines = set.writes.some(({ type }) => type === 'SearchParameter');
      const outcome = await store.commit(set, signal);
      if (outcome.kind === 'conflict' && outcome.conflict.kind === 'index') await keeper.refresh();
      if (outcome.kind === 'committed' && defines) await keeper.reconcile();
      return outcome;
    },
    async *erase(grant, target) {
      yield* store.erase(grant, target);
      if (target.type === 'SearchParameter') await keeper.reconcile();
    },
  };
}
