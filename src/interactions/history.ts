/** history of a resource, of a type, of the whole system; newest first, tombstones included: https://hl7.org/fhir/R4/http.html#history */
import { fail } from '../fhir/failure.js';
import type { HistoryQuery } from '../store/port.js';
import { bundleAnswer, historyEntry, ownersOf, type Link } from './bundle.js';
import type { Answer } from './exchange.js';
import { maskedAll, maskIn, maskParameters, ofParts } from './mask.js';
import { askedOn, pageLinks, pageOf } from './paging.js';
import { countOf, intervalOf, readParameters, type Parameters } from './parameters.js';
import { notFound } from './read.js';
import type { Handler } from './routes.js';
import type { Services } from './services.js';

const known = ['_count', '_since', '_at', '_sort', ...maskParameters];

/** R4 asks for the newest first, so that this is the one order. @throws Failure bad-parameter */
function requireNewestFirst(sort: string | undefined): void {
  if (sort !== undefined && sort !== '-_lastUpdated') throw fail('bad-parameter', { parameter: '_sort', reason: 'a history is sorted by -_lastUpdated (the oldest version last)' });
}

/** `_summary=count` asks for the total alone, as `_count=0` does. */
const onlyCounts = (given: Parameters): boolean => given.one('_summary') === 'count';

/** @throws Failure bad-parameter */
function asked(given: Parameters, { timeZone, limits }: Services): HistoryQuery {
  const since = intervalOf('_since', given.one('_since'), timeZone);
  const at = intervalOf('_at', given.one('_at'), timeZone);
  if (since && at) throw fail('bad-parameter', { parameter: '_at', reason: 'it cannot stand beside _since' });
  requireNewestFirst(given.one('_sort'));
  return { count: onlyCounts(given) ? 0 : countOf(given.one('_count'), limits), budget: limits.history.value, ...(since ? { since: since.lo } : {}), ...(at ? { at } : {}) };
}

const history = (interaction: 'history-instance' | 'history-type' | 'history-system'): Handler => async (exchange, services): Promise<Answer> => {
  const { grant, path, signal } = exchange;
  const [type, id] = path.slice(0, -1);
  const scope = { ...(type === undefined ? {} : { type }), ...(id === undefined ? {} : { id }) };
  const address = path.join('/');
  const { state } = await pageOf(exchange, services, address);
  const given = readParameters(state.query, known, state.strict);
  const query = asked(given, services);
  const mask = onlyCounts(given) ? undefined : maskIn(given);
  const { asOf, start: { after, given: before } } = state;
  const page = await services.store.history(grant, scope, { ...query, ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) }, signal);
  if (!page) throw notFound(type ?? '', id ?? '');
  const self: Link = { relation: 'self', url: `${services.baseUrl}/${address}${selfQuery(given, query.count)}` };
  const next = page.next === undefined ? undefined : { asOf: page.asOf, start: { after: page.next, given: before + page.versions.length } };
  const around = await pageLinks(services, grant, state, next);
  const head = { type: 'history', lastUpdated: page.lastUpdated, links: [self, ...around], ...(page.total === undefined ? {} : { total: page.total }), ...ofParts(mask) } as const;
  const texts = await maskedAll(page.versions, mask, services);
  return {
    ...bundleAnswer(head, page.versions.map((version, at) => historyEntry(services.baseUrl, version, texts[at]))),
    audit: { interaction, ...scope, patients: ownersOf(page.versions) },
    asked: askedOn(exchange, state),
  };
};

export const historyInstance = history('history-instance');
export const historyType = history('history-type');
export const historySystem = history('history-system');

/** The parameters in force, `_count` as it was cut. */
function selfQuery(given: Parameters, count: number): string {
  const self = new URLSearchParams();
  for (const name of known) {
    for (const value of given.all(name)) self.append(name, name === '_count' ? String(count) : value);
  }
  const text = self.toString();
  return text === '' ? '' : `?${text}`;
}
