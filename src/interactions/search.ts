/** Search of one type, by GET or by POST `_search`: https://hl7.org/fhir/R4/search.html. Pages are made of stored texts. */
import { bind } from '../access/grant.js';
import { fail, type Issue } from '../fhir/failure.js';
import { parseSearch, type ParsedSearch } from '../search/query.js';
import type { SearchPlan } from '../search/plan.js';
import type { SearchPage } from '../store/port.js';
import { fhirJson } from './answers.js';
import { bundleBody, matchEntry, outcomeEntry, ownersOf, type Link } from './bundle.js';
import type { Exchange } from './exchange.js';
import { maskedAll, maskOf, subsetted, type Mask } from './mask.js';
import { mediaType } from './negotiate.js';
import { pageLink, pageOf, type PageState } from './paging.js';
import type { Handler } from './routes.js';
import type { Services } from './services.js';

/** A form holds criteria, not data. */
const formLimit = { bytes: 256 * 1024, setting: 'search form' } as const;
const formType = 'application/x-www-form-urlencoded';

/** The criteria of the URL and, for POST, of the form. @throws Failure unsupported-type, too-large */
async function criteriaOf({ method, query, body }: Exchange): Promise<string> {
  if (method !== 'POST') return query;
  const form = (await body.bytes(formLimit)).toString();
  if (form === '') return query;
  if (mediaType(body.contentType) !== formType) throw fail('unsupported-type', { type: body.contentType.slice(0, 100), accepted: formType });
  return query === '' ? form : `${query}&${form}`;
}

function ask(type: string, state: PageState, { limits, baseUrls, timeZone }: Services): ParsedSearch {
  return parseSearch(type, state.query, {
    handling: state.strict ? 'strict' : 'lenient', now: state.moment, bases: baseUrls, timeZone,
    page: { default: limits.pageDefault.value, max: limits.pageMax.value },
  });
}

function planOf({ plan }: ParsedSearch, { after, asOf }: PageState): SearchPlan {
  return { ...plan, page: { count: plan.page.count, ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) } };
}

/** The criteria that were honoured, without any identifier of a person; `_count` as it was cut. */
function selfUrl(baseUrl: string, type: string, { self, plan }: ParsedSearch): string {
  const query = self.replace(/(^|&)_count=\d+/, `$1_count=${plan.page.count}`);
  return `${baseUrl}/${type}${query === '' ? '' : `?${query}`}`;
}

const ignoredIssue = (parameter: string): Issue => ({
  severity: 'warning', code: 'not-supported', diagnostics: `The search parameter "${parameter}" was ignored.`,
});

/** `_elements` names elements of what is searched, so what is included stays whole; `_summary` is for all. */
async function entriesOf({ matches, included }: SearchPage, ignored: readonly string[], mask: Mask | undefined, services: Services): Promise<string[]> {
  const ofMatches = await maskedAll(matches, mask, services);
  const ofIncluded = await maskedAll(included, mask?.kind === 'elements' ? undefined : mask, services);
  return [
    ...matches.map((found, at) => matchEntry(services.baseUrl, found, 'match', ofMatches[at])),
    ...included.map((found, at) => matchEntry(services.baseUrl, found, 'include', ofIncluded[at])),
    ...(ignored.length > 0 ? [outcomeEntry(ignored.map(ignoredIssue))] : []),
  ];
}

export const searchType: Handler = async (sent, services) => {
  const { path: [type = ''], grant, signal } = sent;
  const exchange = { ...sent, query: await criteriaOf(sent) };
  const { state } = await pageOf(exchange, services, type);
  const parsed = ask(type, state, services);
  const mask = parsed.summary === 'count' ? undefined : maskOf(parsed.summary, parsed.elements ?? []);
  const page = await services.store.search(bind(grant, planOf(parsed, state)), signal);

  const links: Link[] = [{ relation: 'self', url: selfUrl(services.baseUrl, type, parsed) }];
  if (page.next !== undefined) links.push({ relation: 'next', url: await pageLink(services, grant, { ...state, after: page.next, asOf: page.asOf }) });
  const head = {
    type: 'searchset', lastUpdated: page.lastUpdated, links,
    ...(page.total === undefined ? {} : { total: page.total }), ...(mask ? { tag: subsetted } : {}),
  } as const;
  return {
    status: 200,
    headers: { 'Content-Type': fhirJson },
    body: bundleBody(head, await entriesOf(page, parsed.ignored, mask, services)),
    audit: { interaction: 'search-type', type, patients: ownersOf(page.matches, page.included) },
  };
};
