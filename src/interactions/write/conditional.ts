/** What criteria find: If-None-Exist, those of a conditional update, patch or delete, a conditional reference. https://hl7.org/fhir/R4/http.html#ccreate */
import { bind, bindApart, type Grant, type GrantedPlan } from '../../access/grant.js';
import { fail } from '../../fhir/failure.js';
import type { SearchPlan } from '../../search/plan.js';
import { ownLabels } from '../../search/question/followed-labels.js';
import { readSearch } from '../../search/query.js';
import type { Claim, Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import { libraryOf } from '../library.js';
import { indexOf, type Services } from '../services.js';
import type { WriteContext } from './context.js';
import { revivalOf, type Revival } from './revival.js';

/** Criteria alone: neither how a result is shown nor how it is paged. */
const shaping = /^(_sort|_count|_include|_revinclude|_summary|_elements|_total|_contained|_containedType|_format|_pretty|_cursor)(:|$)/;

/** Words are no uniqueness, and what they find beyond the caller's sight would be told piece by piece (rules 4.4). */
const words = /^_(?:text|content)(?:[:.]|$)/;

/** How the answer to a request is written, whatever it asks for. */
const general = /^(?:_format|_pretty)(?:=|$)/;
/** The criteria of a URL, without the parameters that every request may have. */
export const criteriaIn = (query: string): string => query.split('&').filter((part) => part !== '' && !general.test(part)).join('&');

/** @param by whoever asks: what the values mean is looked up as far as they see. @param most matches that are wanted. @throws Failure bad-request, and those of reading a search */
export async function criteriaPlan(type: string, written: string, by: Grant, services: Services, most = 1): Promise<SearchPlan> {
  const query = written.replace(/^\?/, '');
  const names = [...new URLSearchParams(query).keys()];
  if (names.some((name) => shaping.test(name))) throw fail('bad-request', { reason: 'A condition takes search criteria only, no parameter that shapes a result.' });
  if (names.some((name) => words.test(name))) throw fail('bad-request', { reason: 'A condition takes no words of texts (_text, _content): they are for searches alone.' });
  const count = most + 1;
  const { plan } = await readSearch(type, query, {
    bases: services.baseUrls, timeZone: services.timeZone, nearDistance: services.nearDistance, fullText: services.fullText, budget: { filter: services.limits.filter.value }, handling: 'strict', now: services.clock(), page: { default: count, max: count },
    ...await indexOf(services),
  }, libraryOf(services, by));
  // Without a criterion everything matches, which is never what a condition means.
  if (plan.where.kind === 'all') throw fail('bad-request', { reason: 'A condition needs at least one search parameter.' });
  return { ...plan, sort: [], includes: [], page: { count }, total: 'none' };
}

export type CriteriaGuard = Extract<Guard, { readonly kind: 'matches' }>;
const guardOf = (plan: GrantedPlan, ids: readonly string[]): CriteriaGuard => ({ kind: 'matches', plan, ids });

/** What criteria find, and what holds that they still find just that when the step is done. */
export interface Matches {
  readonly found: readonly StoredVersion[];
  readonly guard: CriteriaGuard;
}

type Asking = Pick<WriteContext, 'services' | 'grant'>;
/** How a plan is asked: all of it as the caller sees, or the matches over all data. */
type Binding = (context: Asking, plan: SearchPlan) => GrantedPlan;
const asSeen: Binding = ({ grant }, plan) => bind(grant, plan);
/** Only what is found is judged over all data, by what it says of itself: what criteria pass through on the way there is nothing that is made twice, and tells nothing that the caller may not see. */
const overAll: Binding = ({ services, grant }, plan) => bindApart(services.serverGrant(), grant, { ...plan, where: ownLabels(plan.where) });

/** @throws Failure multiple-matches for more than `most` */
async function matching(context: Asking, binding: Binding, type: string, query: string, most: number): Promise<Matches> {
  const { services, grant } = context;
  const plan = await criteriaPlan(type, query, grant, services, most);
  const granted = binding(context, plan);
  const found: StoredVersion[] = [];
  let page = await services.store.search(granted);
  // A page of long texts may hold fewer matches than there are.
  for (found.push(...page.matches); page.next !== undefined && found.length <= most; found.push(...page.matches)) {
    page = await services.store.search({ ...granted, plan: { ...plan, page: { ...plan.page, after: page.next, asOf: page.asOf } } });
  }
  if (found.length > most) throw fail('multiple-matches');
  return { found, guard: guardOf(granted, found.map(({ id }) => id)) };
}

/** Ids that the same step deletes first, by their type, each with the place of the entry that does. */
export type Gone = ReadonlyMap<string, ReadonlyMap<string, number>>;
/** Of those, how many may be among what criteria find; more are too many anyway. */
const mostGone = 100;
export const roomFor = (count: number): number => Math.min(count, mostGone);

/**
 * For what makes something when nothing is found. Matches are judged over all data, so that nothing is made twice; one that the
 * caller may not see is answered with the very words of several matches (rules 4.4).
 * @throws Failure multiple-matches, bad-request, bad-parameter, unknown-parameter
 */
async function existing(context: WriteContext, type: string, query: string, most: number): Promise<Matches> {
  const { services, grant } = context;
  const { found, guard } = await matching(context, overAll, type, query, most);
  const seen = await Promise.all(found.map((one) => services.store.read(grant, one)));
  if (seen.some((one) => !one || one.deleted)) throw fail('multiple-matches');
  return { found: seen as StoredVersion[], guard };
}

/**
 * For what makes nothing: it has no uniqueness to hold, and what the caller may not see is not there (rules 4.4).
 * @throws Failure as {@link matchToMake}
 */
export const seenMatches: Seeking = (context, type, query, most) => matching(context, asSeen, type, query, most);

type Seeking = (context: WriteContext, type: string, query: string, most: number) => Promise<Matches>;

/** What is found of what stays when the same step has deleted what it deletes; the guard names all that was found. */
async function remaining(seek: Seeking, context: WriteContext, type: string, query: string, gone: Gone = new Map()): Promise<Matches> {
  const leaving = gone.get(type);
  if (!leaving) return seek(context, type, query, 1);
  const { found, guard } = await seek(context, type, query, 1 + roomFor(leaving.size));
  const left = found.filter(({ id }) => !leaving.has(id));
  if (left.length > 1) throw fail('multiple-matches');
  return { found: left, guard };
}

/**
 * The one resource that is there instead of one to be made, if any stays when the same step has deleted what it deletes.
 * @throws Failure multiple-matches (a hidden one too), bad-request, bad-parameter, unknown-parameter
 */
export const matchToMake = (context: WriteContext, type: string, query: string, gone?: Gone): Promise<Matches> => remaining(existing, context, type, query, gone);
/** The one resource that is to be changed, in the same way. @throws Failure as {@link matchToMake}; what is hidden is not there */
export const matchToChange = (context: WriteContext, type: string, query: string, gone?: Gone): Promise<Matches> => remaining(seenMatches, context, type, query, gone);

/** The resource that a write is about, as its criteria find it. */
export interface Target {
  readonly key: ResourceKey;
  readonly guard: CriteriaGuard;
  /** Whether anything matches. */
  readonly found: boolean;
  /** Nothing matches, but it is a deleted Patient who lives again. */
  readonly revival?: Revival;
}

/** What an update by criteria is sent with. */
export interface Sent {
  readonly id?: string;
  readonly claims: readonly Claim[];
}

/**
 * Which resource a conditional update writes: the match, else one under the id that was sent, else one under a new id, or for a
 * Patient with the INS of one who was deleted, under that one's (rules 2.1).
 * https://hl7.org/fhir/R4/http.html#cond-update
 * @param fresh id of the resource when it is made
 * @throws Failure as {@link matchToMake}; id-mismatch, and those of `revivalOf`
 */
export async function updateTarget(context: WriteContext, type: string, query: string, { id: sent, claims }: Sent, fresh: string, gone?: Gone): Promise<Target> {
  const { found: [match], guard } = await matchToMake(context, type, query, gone);
  if (match) {
    if (sent !== undefined && sent !== match.id) throw fail('id-mismatch', {}, { expression: [`${type}.id`] });
    return { key: { type, id: match.id }, guard, found: true };
  }
  const revival = await revivalOf(context, claims);
  if (revival && (sent === undefined || sent === revival.id)) return { key: { type, id: revival.id }, guard, found: false, revival };
  return { key: { type, id: sent ?? fresh }, guard, found: false };
}

/** The one resource that a conditional patch changes. @throws Failure as {@link matchToChange}; no-match */
export async function patchTarget(context: WriteContext, type: string, query: string): Promise<Target> {
  const { found: [match], guard } = await matchToChange(context, type, query);
  if (!match) throw fail('no-match', { type });
  return { key: { type, id: match.id }, guard, found: true };
}

/**
 * What a conditional reference finds; only what the caller may see can be named (rules 4.4).
 * @throws Failure multiple-matches for more than `most`, bad-request, bad-parameter, unknown-parameter
 */
export const referredTo = (context: Asking, type: string, query: string, most: number): Promise<Matches> => matching(context, asSeen, type, query, most);
