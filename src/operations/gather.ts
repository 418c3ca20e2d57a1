/** Operations that look at everything that a search finds, within a limit. */
import { bind } from '../access/grant.js';
import { fail } from '../fhir/failure.js';
import type { Exchange } from '../interactions/exchange.js';
import type { Services } from '../interactions/services.js';
import type { SearchPlan } from '../search/plan.js';
import type { SearchPage } from '../store/port.js';

const pageSize = 200;

/**
 * The pages of a plan, all of one snapshot.
 * @throws Failure too-costly when they hold more than OPERATION_LIMIT resources, named
 */
export async function* everyPage(plan: Pick<SearchPlan, 'types' | 'where' | 'sort'>, { grant, signal }: Pick<Exchange, 'grant' | 'signal'>, { store, limits }: Pick<Services, 'store' | 'limits'>): AsyncGenerator<SearchPage> {
  const { value, setting } = limits.operation;
  let seen = 0;
  for (let after: string | undefined, asOf: string | undefined; ;) {
    const page = await store.search(bind(grant, {
      ...plan, includes: [], total: 'none', page: { count: Math.min(pageSize, value), ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) },
    }), signal);
    seen += page.matches.length;
    if (seen > value || (seen === value && page.next !== undefined)) throw fail('too-costly', { reason: `More than ${value} resources would have to be looked at (${setting}). Make it narrower.` });
    yield page;
    if (page.next === undefined) return;
    after = page.next;
    ({ asOf } = page);
  }
}
