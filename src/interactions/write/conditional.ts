/** What criteria find: If-None-Exist, those of a conditional update, patch or delete, a conditional reference. https://hl7.org/fhir/R4/http.html#ccreate */
import { bind, type Grant, type GrantedPlan } from '../../access/grant.js';
import { fail } from '../../fhir/failure.js';
import type { SearchPlan } from '../../search/plan.js';
import { parseSearch } from '../../search/query.js';
import type { Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import type { Services } from '../services.js';
import type { WriteContext } from './context.js';

/** Criteria alone: neither how a result is shown nor how it is paged. */
const shaping = /^(_sort|_count|_include|_revinclude|_summary|_elements|_total|_contained|_containedType|_format|_pretty|_cursor)(:|$)/;

/** How the answer to a request is written, whatever it asks for. */
const general = /^(?:_format|_pretty)(?:=|$)/;
/** The criteria of a URL, without the parameters that every request may have. */
export const criteriaIn = (query: string): string => query.split('&').filter((part) => part !== '' && !general.test(part)).join('&');

/** @param most matches that are wanted. @throws Failure bad-request, and those of reading a search */
function criteriaPlan(type: string, written: string, services: Services, most = 1): SearchPlan {
  const query = written.replace(/^\?/, '');
  const names = [...new URLSearchParams(query).keys()];
  if (names.some((name) => shaping.test(name))) throw fail('bad-request', { reason: 'A condition takes search criteria only, no parameter that shapes a result.' });
  const count = most + 1;
  const { plan } = parseSearch(type, query, {
    bases: services.baseUrls, timeZone: services.timeZone, handling: 'strict', now: services.clock(), page: { default: count, max: count },
  });
  // Without a criterion everything matches, which is never what a condition means.
  if (plan.where.kind === 'all') throw fail('bad-request', { reason: 'A condition needs at least one search parameter.' });
  return { ...plan, sort: [], includes: [], page: { count }, total: 'none' };
}

const guardOf = (plan: GrantedPlan, ids: readonly string[]): Guard => ({ kind: 'matches', plan, ids });

/** What criteria find, and what holds that they still find just that when the step is done. */
export interface Matches {
  readonly found: readonly StoredVersion[];
  readonly guard: Guard;
}

/**
 * @param by the grant that it is asked under
 * @throws Failure multiple-matches for more than `most`
 */
async function matching(services: Services, by: Grant, type: string, query: string, most: number): Promise<Matches> {
  const plan = criteriaPlan(type, query, services, most);
  const granted = bind(by, plan);
  const found: StoredVersion[] = [];
  let page = await services.store.search(granted);
  // A page of long texts may hold fewer matches than there are.
  for (found.push(...page.matches); page.next !== undefined && found.length <= most; found.push(...page.matches)) {
    page = await services.store.search(bind(by, { ...plan, page: { ...plan.page, after: page.next, asOf: page.asOf } }));
  }
  if (found.length > most) throw fail('multiple-matches');
  return { found, guard: guardOf(granted, found.map(({ id }) => id)) };
}

/**
 * Judged over all data, so that nothing is made twice and nothing is changed that is not meant; a match that the caller
 * may not see is answered with the very words of several matches (rules 4.4).
 * @throws Failure multiple-matches, bad-request, bad-parameter, unknown-parameter
 */
export async function existing({ services, grant }: WriteContext, type: string, query: string, most = 1): Promise<Matches> {
  const { found, guard } = await matching(services, services.serverGrant(), type, query, most);
  const seen = await Promise.all(found.map((one) => services.store.read(grant, one)));
  if (seen.some((one) => !one || one.deleted)) throw fail('multiple-matches');
  return { found: seen as StoredVersion[], guard };
}

/** The resource that a write is about, as its criteria find it. */
export interface Target {
  readonly key: ResourceKey;
  readonly guard: Guard;
  /** Whether anything matches. */
  readonly found: boolean;
}

/**
 * Which resource a conditional update writes: the match, else one under the id that was sent, else one under a new id.
 * https://hl7.org/fhir/R4/http.html#cond-update
 * @param sent id of the body
 * @param fresh id of the resource when it is made
 * @throws Failure as {@link existing}; id-mismatch
 */
export async function updateTarget(context: WriteContext, type: string, query: string, sent: string | undefined, fresh: string): Promise<Target> {
  const { found: [match], guard } = await existing(context, type, query);
  if (match) {
    if (sent !== undefined && sent !== match.id) throw fail('id-mismatch', {}, { expression: [`${type}.id`] });
    return { key: { type, id: match.id }, guard, found: true };
  }
  return { key: { type, id: sent ?? fresh }, guard, found: false };
}

/** The one resource that a conditional patch changes. @throws Failure as {@link existing}; no-match */
export async function patchTarget(context: WriteContext, type: string, query: string): Promise<Target> {
  const { found: [match], guard } = await existing(context, type, query);
  if (!match) throw fail('no-match', { type });
  return { key: { type, id: match.id }, guard, found: true };
}

/**
 * The one resource that a conditional reference names; only what the caller may see can be named (rules 4.4).
 * @throws Failure multiple-matches, precondition-failed
 */
export async function referredTo({ services, grant }: { readonly services: Services; readonly grant: Grant }, type: string, query: string): Promise<{ readonly key: ResourceKey; readonly guard: Guard }> {
  const { found: [match], guard } = await matching(services, grant, type, query, 1);
  if (!match) throw fail('precondition-failed', { reason: `A conditional reference to ${type} matches nothing.` });
  return { key: { type, id: match.id }, guard };
}
