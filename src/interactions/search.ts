/** Search of a type, of all types, or of a compartment, by GET or by POST `_search`: https://hl7.org/fhir/R4/search.html. Pages are made of stored texts. */
import { bind, type Grant } from '../access/grant.js';
import { fail, type Issue } from '../fhir/failure.js';
import { readSearch, type ParsedSearch, type SearchPlace } from '../search/query.js';
import type { SearchPlan } from '../search/plan.js';
import type { Cut, SearchPage } from '../store/port.js';
import { bundleAnswer, matchEntry, outcomeEntry, ownersOf, type Link } from './bundle.js';
import type { Exchange } from './exchange.js';
import { containedEntries } from './contained.js';
import { explainAsked, explanation } from './explain.js';
import { libraryOf } from './library.js';
import { maskedAll, maskOf, subsetted, type Mask } from './mask.js';
import { mediaType } from './negotiate.js';
import { askedOn, pageLinks, pageOf, type NextPage, type PageState } from './paging.js';
import type { Handler } from './routes.js';
import { ofCompartment, ofSystem, ofType, type PlaceOf } from './search-places.js';
import { indexOf, type Services } from './services.js';

/** A form holds criteria, not data. */
const formLimit = { bytes: 256 * 1024, setting: 'search form' } as const;
const formType = 'application/x-www-form-urlencoded';

function refuseForm(type: string): never {
  throw fail('unsupported-type', { type: type.slice(0, 100), accepted: formType });
}

/** The criteria of the URL and, for POST, of the form. @throws Failure unsupported-type, too-large */
async function criteriaOf({ method, query, body }: Exchange): Promise<string> {
  if (method !== 'POST') return query;
  // Without a body there is nothing whose type could be wrong.
  if (body.contentType === '') return (await body.bytes(formLimit)).length === 0 ? query : refuseForm('');
  if (mediaType(body.contentType) !== formType) return refuseForm(body.contentType);
  const form = (await body.bytes(formLimit)).toString();
  if (form === '') return query;
  return query === '' ? form : `${query}&${form}`;
}

/** Reads criteria as a search of that place. @throws Failure unknown-parameter, bad-parameter, too-costly */
export async function ask(place: SearchPlace, state: Pick<PageState, 'query' | 'strict' | 'moment'>, grant: Grant, services: Services): Promise<ParsedSearch> {
  const { limits, baseUrls, timeZone, nearDistance, fullText } = services;
  return readSearch(place, state.query, {
    handling: state.strict ? 'strict' : 'lenient', now: state.moment, bases: baseUrls, timeZone, nearDistance, fullText, budget: { filter: limits.filter.value },
    page: { default: limits.pageDefault.value, max: limits.pageMax.value },
    ...await indexOf(services),
  }, libraryOf(services, grant));
}

/** `_maxresults` may leave less than a page. */
const countOf = ({ plan: { page: { count } }, most = Infinity }: ParsedSearch, { start: { given } }: PageState): number => Math.min(count, most - given);

/** What a page may bring along. */
export const companyIn = ({ included, includeLevels }: Services['limits']): NonNullable<SearchPlan['company']> => ({ most: included.value, levels: includeLevels.value });

function planOf(parsed: ParsedSearch, state: PageState, { limits }: Services): SearchPlan {
  const { start: { after }, asOf } = state;
  return { ...parsed.plan, company: companyIn(limits), sortable: limits.sort.value, page: { count: countOf(parsed, state), ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) } };
}

/** @returns undefined where nothing follows, or no more was asked for */
function nextOf({ most = Infinity }: ParsedSearch, { start }: PageState, { next, asOf, matches }: SearchPage): NextPage | undefined {
  const given = start.given + matches.length;
  return next === undefined || given >= most ? undefined : { start: { after: next, given }, asOf };
}

/** The criteria that were honoured, without any identifier of a person; `_count` as it was cut. */
function selfUrl(baseUrl: string, address: string, { self, plan }: ParsedSearch): string {
  const query = self.replace(/(^|&)_count=\d+/, `$1_count=${plan.page.count}`);
  return `${baseUrl}${address === '' ? '' : `/${address}`}${query === '' ? '' : `?${query}`}`;
}

export const ignoredIssue = (parameter: string): Issue => ({
  severity: 'warning', code: 'not-supported', diagnostics: `The search parameter "${parameter}" was ignored.`,
});

const cuts: Readonly<Record<Cut, (limits: Services['limits']) => string>> = {
  included: ({ included: { value, setting } }) => `One match brings more than ${value} resources along (${setting}): not all of them are here.`,
  levels: ({ includeLevels: { value, setting } }) => `The included resources go deeper than ${value} levels (${setting}): what lies deeper is not here.`,
  text: () => 'What one match brings along is too long for one page: not all of it is here.',
};
/** What is not whole in the company of a page. */
export const cutIssues = ({ cut = [] }: SearchPage, { limits }: Services): readonly Issue[] => cut.map((kind) => ({ severity: 'warning', code: 'too-costly', diagnostics: cuts[kind](limits) }));

/** `_elements` names elements of what is searched, so what is included stays whole; `_summary` is for all. */
async function entriesOf(page: SearchPage, { ignored, inner }: ParsedSearch, mask: Mask | undefined, services: Services): Promise<string[]> {
  const { matches, included } = page;
  const issues = [...ignored.map(ignoredIssue), ...cutIssues(page, services)];
  const ofMatches = await maskedAll(matches, mask, services);
  const ofIncluded = await maskedAll(included, mask?.kind === 'elements' ? undefined : mask, services);
  return [
    ...matches.flatMap((found, at) => {
      const whole = () => matchEntry(services.baseUrl, found, 'match', ofMatches[at], page.scores?.[at]);
      if (!inner) return [whole()];
      const { entries, itself } = containedEntries(found, inner, services);
      return itself ? [whole(), ...entries] : entries;
    }),
    ...included.map((found, at) => matchEntry(services.baseUrl, found, 'include', ofIncluded[at])),
    ...(issues.length > 0 ? [outcomeEntry(issues)] : []),
  ];
}

const searcher = (placeOf: PlaceOf): Handler => async (sent, services) => {
  const { grant, signal } = sent;
  const { explains, query } = explainAsked(await criteriaOf(sent), grant);
  const exchange = { ...sent, query };
  const place = await placeOf(exchange, services);
  const { state } = await pageOf(exchange, services, place.address);
  const parsed = await ask(place, state, grant, services);
  if (explains) return explanation(exchange, planOf(parsed, state, services), services);
  const mask = parsed.summary === 'count' ? undefined : maskOf(parsed.summary, parsed.elements ?? []);
  const page = await services.store.search(bind(grant, planOf(parsed, state, services)), signal);

  const self: Link = { relation: 'self', url: selfUrl(services.baseUrl, place.address, parsed) };
  const head = {
    type: 'searchset', lastUpdated: page.lastUpdated, links: [self, ...await pageLinks(services, grant, state, nextOf(parsed, state, page))],
    ...(page.total === undefined || parsed.inner ? {} : { total: page.total }), ...(mask ? { tag: subsetted } : {}),
  } as const;
  return {
    ...bundleAnswer(head, await entriesOf(page, parsed, mask, services)),
    audit: { ...place.audit, patients: [...new Set([...place.owners, ...ownersOf(page.matches, page.included)])] },
    asked: askedOn(exchange, state),
  };
};

export const searchType = searcher(ofType);
export const searchSystem = searcher(ofSystem);
export const searchCompartment = searcher(ofCompartment);
