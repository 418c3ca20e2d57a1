/**
 * A query string as a search plan (https://hl7.org/fhir/R4/search.html). Repeats are joined by AND, commas by OR. No text of the
 * caller becomes a regular expression or part of a query language: values are values of the plan.
 */
import { Failure } from '../fhir/failure.js';
import type { IndexState } from './index-state.js';
import type { FullText } from './index/full-text.js';
import type { Clause, Leaf, SearchPlan, SortKey } from './plan.js';
import { Asking, badParameter, budgetOfSeveral, unknownParameter, usualBudget, type SearchBudget } from './question/asking.js';
import { allOf, containedSearch, type Inner } from './question/contained.js';
import { criterionOf, typesAsked } from './question/types.js';
import { Known, type Library } from './question/lookups.js';
import { formPairs, tellableIdentifiers, tellableName, withoutMatricule, type Pair } from './question/form.js';
import { byRelevance, refuseUnknownControl, resultParameters, type ResultWishes, type Summary } from './question/results.js';

export type { SearchBudget } from './question/asking.js';
export type { Summary } from './question/results.js';

export interface SearchOptions {
  /** strict: an unknown parameter is refused; lenient: it is ignored and named. A modifier or a value that cannot be honoured is refused in both, as FHIR asks. */
  readonly handling: 'strict' | 'lenient';
  /** FHIR bases that count as this server, without a slash at the end. */
  readonly bases: readonly string[];
  /** IANA name: how dates without a zone are read. */
  readonly timeZone: string;
  /** ms UTC */
  readonly now: number;
  /** Matches on a page: without `_count`, and at most. */
  readonly page: { readonly default: number; readonly max: number };
  readonly budget?: Partial<SearchBudget>;
  /** Metres that are near when a search does not say how far (NEAR_DISTANCE). */
  readonly nearDistance?: number;
  /** Words that are indexed (FULL_TEXT): of narratives when left out. */
  readonly fullText?: FullText;
  /** What was looked up for this question; absent: what needs it is refused. */
  readonly known?: Known;
  /** Parameters of the operator, and how far the index is. */
  readonly index?: IndexState;
}

export interface HonouredParameter {
  readonly name: string;
  readonly value: string;
  /** The value as it may stand in a link: a matricule is withheld (rules 2.5). */
  readonly shown: string;
}

export interface ParsedSearch {
  /** Page one. */
  readonly plan: SearchPlan;
  /** Names of the parameters that were ignored, as they may be told. */
  readonly ignored: readonly string[];
  readonly honoured: readonly HonouredParameter[];
  /**
   * The canonical query string of the honoured parameters, fit for a link: where a value is a matricule, `withheld` stands in
   * its place. The complete one is {@link ParsedSearch.query}.
   */
  readonly self: string;
  /** The complete canonical query string: for a sealed cursor, never for a link or a log. */
  readonly query: string;
  /** Whether `self` withholds something. */
  readonly withholds: boolean;
  readonly summary?: Summary;
  /** Of `_elements`. */
  readonly elements?: readonly string[];
  /** Contained resources are given instead of those that contain them (`_containedType=contained`): what they are asked. */
  readonly inner?: Inner;
  /** Of `_maxresults`: matches on all pages together. */
  readonly most?: number;
}

/** Where is searched: types, in the order of the result, and what holds for everything there (a compartment). */
export interface SearchPlace {
  readonly types: readonly string[];
  readonly within?: Clause;
}

/** Metres. */
const usualNearDistance = 10_000;

/**
 * The plan of a question that may name value sets, hierarchies and definitions: these are looked up as far as the caller may see them.
 * @throws Failure as {@link parseSearch}, and what the library refuses
 */
export async function readSearch(place: string | SearchPlace, query: string, options: SearchOptions, library: Library): Promise<ParsedSearch> {
  const known = new Known();
  for (;;) {
    const parsed = parseSearch(place, query, { ...options, known });
    if (known.open === 0) return parsed;
    await known.answer(library);
  }
}

/**
 * @param place a resource type of R4, or several, of which `_type` chooses
 * @param query raw query string without `?` (of a POST search: URL and form body joined with `&`)
 * @throws Failure unknown-parameter (strict only), bad-parameter, too-costly
 */
export function parseSearch(place: string | SearchPlace, query: string, options: SearchOptions): ParsedSearch {
  const { types: all, within } = typeof place === 'string' ? { types: [place] } : place;
  const pairs = formPairs(query);
  const types = typesAsked(all, pairs);
  const nearDistance = options.nearDistance ?? usualNearDistance;
  const asking = new Asking({ ...options, nearDistance, budget: { ...(types.length > 1 ? budgetOfSeveral : usualBudget), ...options.budget } });
  const wishes: ResultWishes = { sort: [], includes: [] };
  const clauses: Clause[] = within === undefined ? [] : [within];
  const honoured: HonouredParameter[] = [];
  const ignored: string[] = [];
  const once = new Set<string>();
  for (const pair of pairs) {
    try {
      const clause = readPair(types, pair, wishes, asking, once);
      if (clause) clauses.push(clause);
      honoured.push({ ...pair, shown: shownValue(pair, asking.personal) });
    } catch (thrown) {
      if (options.handling === 'strict' || !(thrown instanceof Failure) || thrown.failure !== 'unknown-parameter') throw thrown;
      ignored.push(tellableName(pair.name));
    }
  }
  const plan = planOf(types, within === undefined ? clauses : clauses.slice(1), wishes, asking, options);
  const contained = containedSearch(plan, wishes, within);
  return {
    ...(contained?.inner ? { inner: contained.inner } : {}),
    plan: contained ? { ...plan, types: contained.types, where: contained.where } : { ...plan, where: allOf(within, plan.where) },
    ignored,
    honoured,
    self: queryOf(honoured.map(({ name, shown }) => ({ name: withoutMatricule(name), value: shown }))),
    query: queryOf(honoured),
    withholds: honoured.some(({ value, shown }) => value !== shown),
    ...(wishes.summary === undefined ? {} : { summary: wishes.summary }),
    ...(wishes.elements === undefined ? {} : { elements: wishes.elements }),
    ...(wishes.most === undefined ? {} : { most: wishes.most }),
  };
}

/** @returns the clause of a criterion; undefined for a result parameter */
function readPair(types: readonly string[], { name, value }: Pair, wishes: ResultWishes, asking: Asking, once: Set<string>): Clause | undefined {
  asking.personal = false;
  const result = resultParameters.get(name);
  if (!result) {
    const [type = ''] = types;
    refuseUnknownControl(name, type);
    if (name === '') throw unknownParameter(name, type);
    return criterionOf(types, name, value, asking);
  }
  if (result.once && once.has(name)) throw badParameter(name, 'it is given more than once');
  once.add(name);
  if (value === '') throw badParameter(name, 'it has no value');
  result.read(types, value, wishes, asking, name);
  return undefined;
}

/** Known once every criterion was read. @throws Failure bad-parameter */
function relevanceKey(score: readonly Leaf[]): SortKey {
  if (score.length === 0) throw badParameter('_sort', '_score is the relevance of words: it needs _text or _content');
  return { by: { score }, descending: true };
}

function planOf(types: readonly string[], clauses: readonly Clause[], { sort, includes, count, total, summary }: ResultWishes, { relevance }: Asking, { page }: SearchOptions): SearchPlan {
  const countOnly = summary === 'count' || count === 0;
  const [only, ...more] = clauses;
  return {
    types,
    where: only === undefined ? { kind: 'all' } : more.length === 0 ? only : { kind: 'and', of: clauses },
    sort: countOnly ? [] : sort.map((key) => (key === byRelevance ? relevanceKey(relevance) : key)),
    includes: countOnly ? [] : includes,
    page: { count: countOnly ? 0 : Math.min(count ?? page.default, page.max) },
    total: countOnly ? 'accurate' : (total ?? 'if-cheap'),
  };
}

/** A matricule is shown nowhere (rules 2.5). */
const shownValue = ({ name, value }: Pair, personal: boolean): string => (personal ? tellableIdentifiers(name, value) : withoutMatricule(value));

/** `application/x-www-form-urlencoded`, a blank as %20. */
const queryOf = (pairs: readonly Pair[]): string => pairs.map(({ name, value }) => `${encode(name)}=${encode(value)}`).join('&');
/** Signs that are safe in a query and good to read stay as they are. */
const encode = (text: string): string => encodeURIComponent(text).replace(/%(?:3A|2F|2C|7C|24)/g, (escape) => (escape === '%7C' ? escape : decodeURIComponent(escape)));
