/**
 * `Patient/[id]/$everything`: all that the caller may see of a person's record, in pages
 * (https://hl7.org/fhir/R4/patient-operation-everything.html). The Patient comes first, then what the record owns
 * and the professionals and structures that it refers to.
 */
import { bind } from '../access/grant.js';
import { resourceTypes } from '../fhir/definitions.js';
import { fail } from '../fhir/failure.js';
import { fhirJson } from '../interactions/answers.js';
import { bundleBody, fullUrl, matchEntry, ownersOf, type Link } from '../interactions/bundle.js';
import type { Exchange } from '../interactions/exchange.js';
import { askedOn, pageLinks, pageOf, type NextPage, type PageState } from '../interactions/paging.js';
import { countOf, intervalOf, readParameters } from '../interactions/parameters.js';
import { findVersion } from '../interactions/read.js';
import type { Handler, Route } from '../interactions/routes.js';
import type { Services } from '../interactions/services.js';
import type { Clause } from '../search/plan.js';
import type { SearchPage, StoredVersion } from '../store/port.js';
import { parametersQuery } from './parameters-body.js';

const known = ['_count', '_since', '_type'];
/** Without an order of its own a search goes type by type: so the Patient is met on page one. */
const recordTypes: readonly string[] = ['Patient', ...resourceTypes.filter((type) => type !== 'Patient')];

interface Question {
  readonly count: number;
  readonly types: readonly string[];
  /** ms UTC */
  readonly since?: number;
  /** The parameters in force, for the self link. */
  readonly self: string;
}

function typesOf(given: readonly string[], strict: boolean): readonly string[] {
  const names = new Set(given.flatMap((list) => list.split(',')).map((name) => name.trim()).filter((name) => name !== ''));
  const unknown = [...names].find((name) => !resourceTypes.includes(name));
  if (unknown !== undefined && strict) throw fail('bad-parameter', { parameter: '_type', reason: 'it names something that is not a resource type of FHIR R4' });
  return names.size === 0 ? recordTypes : recordTypes.filter((type) => names.has(type));
}

function questionOf({ query, strict }: PageState, services: Services): Question {
  const given = readParameters(query, known, strict);
  const since = intervalOf('_since', given.one('_since'), services.timeZone)?.lo;
  const count = countOf(given.one('_count'), services.limits);
  const self = new URLSearchParams();
  for (const name of known) for (const value of given.all(name)) self.append(name, name === '_count' ? String(count) : value);
  return { count, types: typesOf(given.all('_type'), strict), ...(since === undefined ? {} : { since }), self: self.toString() };
}

function everythingOf(patient: string, since: number | undefined): Clause {
  const record: Clause = { kind: 'or', of: [{ kind: 'compartment', patient }, { kind: 'shared-by', patient }] };
  if (since === undefined) return record;
  return { kind: 'and', of: [record, { kind: 'lastUpdated', compare: { prefix: 'ge', lo: since, hi: since + 1 } }] };
}

interface RecordPage {
  /** Without the Patient whose record it is. */
  readonly others: readonly StoredVersion[];
  readonly page: SearchPage;
}

async function recordPage(patient: string, question: Question, state: PageState, exchange: Exchange, { store }: Services, count = question.count): Promise<RecordPage> {
  const { start: { after }, asOf } = state;
  const page = await store.search(bind(exchange.grant, {
    types: question.types, where: everythingOf(patient, question.since), sort: [], includes: [], total: count === 0 ? 'accurate' : 'if-cheap',
    page: { count, ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) },
  }), exchange.signal);
  return { page, others: page.matches.filter(({ type, id }) => type !== 'Patient' || id !== patient) };
}

interface Found {
  readonly matches: readonly StoredVersion[];
  readonly page: SearchPage;
  /** Position of the next page; absent on the last. */
  readonly next?: NextPage;
}
const nextOf = ({ next, asOf }: SearchPage): Pick<Found, 'next'> => (next === undefined ? {} : { next: { start: { after: next, given: 0 }, asOf } });

/** Page one: the Patient, then what fits beside them. */
async function firstPage(patient: StoredVersion, question: Question, state: PageState, exchange: Exchange, services: Services): Promise<Found> {
  const { others, page } = await recordPage(patient.id, question, state, exchange, services);
  if (others.length < question.count) return { matches: [patient, ...others], page, ...nextOf(page) };
  // The Patient was not met among so many, so that one of them has to wait.
  if (question.count === 1) return { matches: [patient], page, next: { start: { given: 0 }, asOf: page.asOf } };
  const fewer = await recordPage(patient.id, question, state, exchange, services, question.count - 1);
  return { matches: [patient, ...fewer.others], page: fewer.page, ...nextOf(fewer.page) };
}

/** A later page, or one without the Patient. Where the search meets the Patient, who was given first, it goes on. */
async function laterPage(patient: string, question: Question, start: PageState, exchange: Exchange, services: Services): Promise<Found> {
  for (let state = start; ;) {
    const { others, page } = await recordPage(patient, question, state, exchange, services);
    const { next } = nextOf(page);
    if (others.length > 0 || next === undefined || question.count === 0) return { matches: others, page, ...(next && question.count > 0 ? { next } : {}) };
    state = { ...state, ...next };
  }
}

const everything: Handler = async (sent, services) => {
  const exchange = sent.method === 'POST' ? { ...sent, query: await parametersQuery(sent) } : sent;
  const { path: [type = '', id = ''], grant } = exchange;
  const address = `${type}/${id}/$everything`;
  const { state, first } = await pageOf(exchange, services, address);
  const question = questionOf(state, services);
  // On every page: whoever may no longer see the Patient turns no page.
  const patient = await findVersion({ grant, path: [type, id] }, services);

  const wanted = question.types.includes('Patient') && (question.since === undefined || patient.lastUpdated >= question.since);
  const { matches, page, next } = first && wanted && question.count > 0
    ? await firstPage(patient, question, state, exchange, services)
    : await laterPage(id, question, state, exchange, services);

  const self: Link = { relation: 'self', url: `${fullUrl(services.baseUrl, patient)}/$everything${question.self === '' ? '' : `?${question.self}`}` };
  const links = [self, ...await pageLinks(services, grant, state, next)];
  const head = { type: 'searchset', lastUpdated: page.lastUpdated, links, ...(page.total === undefined ? {} : { total: page.total }) } as const;
  return {
    status: 200,
    headers: { 'Content-Type': fhirJson },
    body: bundleBody(head, matches.map((found) => matchEntry(services.baseUrl, found, 'match'))),
    audit: { interaction: '$everything', type, id, patients: ownersOf([patient], matches) },
    asked: askedOn(exchange, state),
  };
};

const row = {
  pattern: ['Patient', ':id', '$everything'], interaction: '$everything', level: 'instance', handler: everything,
  operation: {
    definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
    documentation: 'Parameters: _count, _since, _type. In pages; bytes of documents are left to Binary.',
  },
} as const satisfies Partial<Route>;

export const everythingRoutes: readonly Route[] = [{ ...row, method: 'GET' }, { ...row, method: 'POST' }];
