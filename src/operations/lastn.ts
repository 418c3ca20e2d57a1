/** `Observation/$lastn`: the last observations of each code of a person (https://hl7.org/fhir/R4/observation-operation-lastn.html). */
import { fail } from '../fhir/failure.js';
import { isObject, parseStored } from '../fhir/json.js';
import { bundleAnswer, matchEntry, outcomeEntry, ownersOf } from '../interactions/bundle.js';
import type { Exchange } from '../interactions/exchange.js';
import { maskedAll, maskOf, subsetted } from '../interactions/mask.js';
import { createPace } from '../interactions/pace.js';
import { isStrict } from '../interactions/parameters.js';
import type { Handler, Route } from '../interactions/routes.js';
import { ask, ignoredIssue } from '../interactions/search.js';
import type { Services } from '../interactions/services.js';
import type { ParsedSearch } from '../search/query.js';
import { resultParameters } from '../search/question/results.js';
import type { StoredVersion } from '../store/port.js';
import { everyPage } from './gather.js';
import { candidateOf, lastOfEach, type Candidate } from './lastn-groups.js';
import { parametersQuery } from './parameters-body.js';

/** `max` and the search beside it. @throws Failure bad-parameter */
function split(query: string): { readonly most: number; readonly criteria: string } {
  const parts = query.split('&').filter((part) => part !== '');
  const isMax = (part: string): boolean => /^max(=|$)/.test(part);
  const [given, ...more] = parts.filter(isMax);
  if (given !== undefined && (more.length > 0 || !/^max=[1-9]\d{0,5}$/.test(given))) throw fail('bad-parameter', { parameter: 'max', reason: 'its value is a whole number from 1, given once' });
  return { most: given === undefined ? 1 : Number(given.slice('max='.length)), criteria: parts.filter((part) => !isMax(part)).join('&') };
}

/** The result has an order and an end of its own. */
const answered: ReadonlySet<string> = new Set(['_summary', '_elements', '_format', '_pretty']);

/** Whether a criterion says whose observations are asked for. */
const namesSubject = (name: string): boolean => /^(?:patient|subject)(?:$|[.:])/.test(name) && !/:(?:missing|not)$/.test(name);

/** @throws Failure bad-parameter, bad-request */
function requireFit({ honoured, summary }: ParsedSearch, { grant }: Exchange): void {
  const other = honoured.find(({ name }) => resultParameters.has(name) && !answered.has(name));
  if (other) throw fail('bad-parameter', { parameter: other.name, reason: '$lastn gives its result whole, in its own order: max says how many of each code' });
  if (summary === 'count') throw fail('bad-parameter', { parameter: '_summary', reason: '$lastn does not count' });
  if (grant.reach.kind !== 'patient' && !honoured.some(({ name }) => namesSubject(name))) throw fail('bad-request', { reason: '$lastn needs to know whose observations: give patient or subject.' });
}

/** What the search finds, with what it is grouped by. A person who names nobody asks for their own. */
async function candidatesOf({ plan }: ParsedSearch, exchange: Exchange, services: Services): Promise<{ readonly found: readonly Candidate<StoredVersion>[]; readonly lastUpdated: number }> {
  const { reach } = exchange.grant;
  const own = reach.kind === 'patient' && reach.patient !== undefined ? [{ kind: 'compartment', patient: reach.patient } as const] : [];
  const pace = createPace();
  const found: Candidate<StoredVersion>[] = [];
  let moment = 0;
  for await (const { matches, lastUpdated } of everyPage({ types: plan.types, where: { kind: 'and', of: [plan.where, ...own] }, sort: [] }, exchange, services)) {
    moment = lastUpdated;
    for (const item of matches) {
      const observation = parseStored(item.text);
      if (isObject(observation)) found.push(candidateOf(observation, { item, lastUpdated: item.lastUpdated, timeZone: services.timeZone }));
      await pace();
    }
  }
  return { found, lastUpdated: moment };
}

const lastn: Handler = async (exchange, services) => {
  const query = await parametersQuery(exchange);
  const { most, criteria } = split(query);
  const parsed = await ask({ types: ['Observation'] }, { query: criteria, strict: isStrict(exchange, services), moment: services.clock() }, exchange.grant, services);
  requireFit(parsed, exchange);
  const mask = maskOf(parsed.summary, parsed.elements ?? []);
  const { found, lastUpdated } = await candidatesOf(parsed, exchange, services);
  const last = lastOfEach(found, most);

  const self = [parsed.self, `max=${most}`].filter((part) => part !== '').join('&');
  const texts = await maskedAll(last, mask, services);
  return {
    ...bundleAnswer(
      { type: 'searchset', lastUpdated, total: last.length, links: [{ relation: 'self', url: `${services.baseUrl}/Observation/$lastn?${self}` }], ...(mask ? { tag: subsetted } : {}) },
      [...last.map((item, at) => matchEntry(services.baseUrl, item, 'match', texts[at])), ...(parsed.ignored.length > 0 ? [outcomeEntry(parsed.ignored.map(ignoredIssue))] : [])],
    ),
    audit: { interaction: '$lastn', type: 'Observation', patients: ownersOf(last) },
    asked: query,
  };
};

const row = {
  pattern: ['Observation', '$lastn'], interaction: '$lastn', level: 'type', handler: lastn,
  operation: {
    definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
    documentation: 'Parameters: max, and those of a search of Observation; patient or subject is required.',
  },
} as const satisfies Partial<Route>;

export const lastnRoutes: readonly Route[] = [{ ...row, method: 'GET' }, { ...row, method: 'POST' }];
