/**
 * `DocumentReference/$docref`: the documents of a person (http://hl7.org/fhir/uv/ipa/OperationDefinition/docref, as US Core has it).
 * Documents here stand as they were pushed: none is made on demand.
 */
import { bind } from '../access/grant.js';
import { fail } from '../fhir/failure.js';
import { isId } from '../fhir/id.js';
import { isObject, parseStored } from '../fhir/json.js';
import { bundleAnswer, matchEntry, ownersOf } from '../interactions/bundle.js';
import type { Exchange } from '../interactions/exchange.js';
import { askedOn, pageLinks, pageOf, type PageState } from '../interactions/paging.js';
import { countOf, intervalOf, readParameters, type Parameters } from '../interactions/parameters.js';
import type { Handler, Route } from '../interactions/routes.js';
import { ask } from '../interactions/search.js';
import type { Services } from '../interactions/services.js';
import type { Clause, Comparison } from '../search/plan.js';
import type { SearchPage, StoredVersion } from '../store/port.js';
import { timeOfCare } from './everything-question.js';
import { everyPage } from './gather.js';
import { conceptCodes, lastOfEach, momentOf, type Candidate } from './lastn-groups.js';
import { parametersQuery } from './parameters-body.js';

const known = ['patient', 'start', 'end', 'type', 'on-demand', '_count'];

/** @throws Failure bad-parameter */
function patientOf(given: Parameters): string {
  const id = (given.one('patient') ?? '').replace(/^Patient\//, '');
  if (!isId(id)) throw fail('bad-parameter', { parameter: 'patient', reason: 'it is required: the id of a Patient' });
  return id;
}

/** @throws Failure bad-parameter */
function onDemandOnly(given: Parameters): boolean {
  const value = given.one('on-demand');
  if (value !== undefined && value !== 'true' && value !== 'false') throw fail('bad-parameter', { parameter: 'on-demand', reason: 'its value is true or false' });
  return value === 'true';
}

/** The time of care that it is about meets the range; where it names none, the time that it was made. */
function caredFor(compares: readonly Comparison[]): Clause {
  const meets = (code: string): Clause => ({ kind: 'and', of: compares.map((compare) => ({ kind: 'date', param: `DocumentReference.${code}`, compare })) });
  const silent: Clause = { kind: 'missing', param: 'DocumentReference.period', valueKind: 'date', missing: true };
  return { kind: 'or', of: [meets('period'), { kind: 'and', of: [silent, meets('date')] }] };
}

interface Question {
  readonly where: Clause;
  /** Whether the time is limited: if not, the newest of each type is asked for. */
  readonly ranged: boolean;
  readonly count: number;
  readonly self: string;
}

async function questionOf(state: PageState, exchange: Exchange, services: Services): Promise<Question> {
  const given = readParameters(state.query, known, state.strict);
  const patient = patientOf(given);
  const compares = timeOfCare(intervalOf('start', given.one('start'), services.timeZone), intervalOf('end', given.one('end'), services.timeZone));
  const criteria = new URLSearchParams({ patient: `Patient/${patient}`, status: 'current' });
  for (const type of given.all('type')) criteria.append('type', type);
  const { plan } = await ask({ types: ['DocumentReference'] }, { ...state, query: criteria.toString() }, exchange.grant, services);
  const count = countOf(given.one('_count'), services.limits);
  const self = new URLSearchParams();
  for (const name of known) for (const value of given.all(name)) self.append(name, name === '_count' ? String(count) : value);
  const where: Clause = onDemandOnly(given) ? { kind: 'none' } : plan.where;
  return { where: compares.length === 0 ? where : { kind: 'and', of: [where, caredFor(compares)] }, ranged: compares.length > 0, count, self: self.toString() };
}

/** Without a time: the newest of each type. */
async function newestOfEach({ where }: Question, exchange: Exchange, services: Services): Promise<Pick<SearchPage, 'matches' | 'lastUpdated' | 'total'>> {
  const found: Candidate<StoredVersion>[] = [];
  let moment = 0;
  for await (const { matches, lastUpdated } of everyPage({ types: ['DocumentReference'], where, sort: [] }, exchange, services)) {
    moment = lastUpdated;
    for (const item of matches) {
      const document = parseStored(item.text);
      if (isObject(document)) found.push({ item, codes: conceptCodes(document.type), effective: momentOf(document.date, services.timeZone), lastUpdated: item.lastUpdated });
    }
  }
  const matches = lastOfEach(found, 1);
  return { matches, lastUpdated: moment, total: matches.length };
}

const docref: Handler = async (sent, services) => {
  const exchange = { ...sent, query: await parametersQuery(sent) };
  const { grant, signal } = exchange;
  const address = 'DocumentReference/$docref';
  const { state } = await pageOf(exchange, services, address);
  const question = await questionOf(state, exchange, services);
  const { start: { after }, asOf } = state;
  const page: Partial<SearchPage> & Pick<SearchPage, 'matches' | 'lastUpdated'> = !question.ranged ? await newestOfEach(question, exchange, services) : await services.store.search(bind(grant, {
    types: ['DocumentReference'], where: question.where, includes: [], sort: [], total: question.count === 0 ? 'accurate' : 'if-cheap',
    page: { count: question.count, ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) },
  }), signal);
  const next = page.next === undefined || question.count === 0 ? undefined : { start: { after: page.next, given: 0 }, ...(page.asOf === undefined ? {} : { asOf: page.asOf }) };
  const self = { relation: 'self', url: `${services.baseUrl}/${address}?${question.self}` } as const;
  const head = { type: 'searchset', lastUpdated: page.lastUpdated, links: [self, ...await pageLinks(services, grant, state, next)], ...(page.total === undefined ? {} : { total: page.total }) } as const;
  return {
    ...bundleAnswer(head, page.matches.map((found) => matchEntry(services.baseUrl, found, 'match'))),
    audit: { interaction: '$docref', type: 'DocumentReference', patients: ownersOf(page.matches) },
    asked: askedOn(exchange, state),
  };
};

const row = {
  pattern: ['DocumentReference', '$docref'], interaction: '$docref', level: 'type', handler: docref,
  operation: {
    definition: 'http://hl7.org/fhir/uv/ipa/OperationDefinition/docref',
    documentation: 'Parameters: patient, start, end, type, on-demand, _count. Current documents; without start and end the newest of each type.',
  },
} as const satisfies Partial<Route>;

export const docrefRoutes: readonly Route[] = [{ ...row, method: 'GET' }, { ...row, method: 'POST' }];
