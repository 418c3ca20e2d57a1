/** What a condition (If-None-Exist, a conditional reference) finds: https://hl7.org/fhir/R4/http.html#ccreate */
import { bind, type Grant, type GrantedPlan } from '../../access/grant.js';
import { fail } from '../../fhir/failure.js';
import type { SearchPlan } from '../../search/plan.js';
import { parseSearch } from '../../search/query.js';
import type { Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import type { Services } from '../services.js';
import type { WriteContext } from './context.js';

/** Criteria alone: neither how a result is shown nor how it is paged. */
const shaping = /^(_sort|_count|_include|_revinclude|_summary|_elements|_total|_contained|_containedType|_format|_pretty|_cursor)(:|$)/;

/** @throws Failure bad-request, and those of reading a search */
function criteriaPlan(type: string, written: string, services: Services): SearchPlan {
  const query = written.replace(/^\?/, '');
  const names = [...new URLSearchParams(query).keys()];
  if (names.some((name) => shaping.test(name))) throw fail('bad-request', { reason: 'A condition takes search criteria only, no parameter that shapes a result.' });
  const { plan } = parseSearch(type, query, {
    bases: services.baseUrls, timeZone: services.timeZone, handling: 'strict', now: services.clock(), page: { default: 2, max: 2 },
  });
  // Without a criterion everything matches, which is never what a condition means.
  if (plan.where.kind === 'all') throw fail('bad-request', { reason: 'A condition needs at least one search parameter.' });
  return { ...plan, sort: [], includes: [], page: { count: 2 }, total: 'none' };
}

/** The first match, and whether there are others: a page of long texts may hold fewer matches than there are. */
async function matches(services: Services, plan: GrantedPlan): Promise<{ readonly first?: StoredVersion; readonly several: boolean }> {
  const { matches: [first, second], next } = await services.store.search(plan);
  return { ...(first ? { first } : {}), several: second !== undefined || next !== undefined };
}

const guardOf = (plan: GrantedPlan, ids: readonly string[]): Guard => ({ kind: 'matches', plan, ids });

export type ConditionMatch =
  | { readonly kind: 'none'; /** holds that still nothing matches when the step is done */ readonly guard: Guard }
  | { readonly kind: 'one'; readonly found: StoredVersion };

/**
 * The one resource that already is what a conditional create would make. Judged over all data, so that nothing is made
 * twice; a match that the caller may not see is answered with the very words of several matches (rules 4.4).
 * @throws Failure multiple-matches, bad-request, bad-parameter, unknown-parameter
 */
export async function existing({ services, grant }: WriteContext, type: string, query: string): Promise<ConditionMatch> {
  const plan = bind(services.serverGrant(), criteriaPlan(type, query, services));
  const { first, several } = await matches(services, plan);
  if (!first) return { kind: 'none', guard: guardOf(plan, []) };
  const seen = several ? undefined : await services.store.read(grant, first);
  if (!seen || seen.deleted) throw fail('multiple-matches');
  return { kind: 'one', found: seen };
}

/**
 * The one resource that a conditional reference names; only what the caller may see can be named (rules 4.4).
 * @throws Failure multiple-matches, precondition-failed
 */
export async function referredTo({ services, grant }: { readonly services: Services; readonly grant: Grant }, type: string, query: string): Promise<{ readonly key: ResourceKey; readonly guard: Guard }> {
  const plan = bind(grant, criteriaPlan(type, query, services));
  const { first, several } = await matches(services, plan);
  if (several) throw fail('multiple-matches');
  if (!first) throw fail('precondition-failed', { reason: `A conditional reference to ${type} matches nothing.` });
  return { key: { type, id: first.id }, guard: guardOf(plan, [first.id]) };
}
