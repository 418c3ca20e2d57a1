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
import { pageLink, pageOf, type PageState } from '../interactions/paging.js';
import { countOf, intervalOf, readParameters } from '../interactions/parameters.js';
import { findVersion } from '../interactions/read.js';
import type { Handler, Route } from '../interactions/routes.js';
import type { Services } from '../interactions/services.js';
import type { Clause } from '../search/plan.js';
import type { SearchPage, StoredVersion } from '../store/port.js';
import { parametersQuery } from './parameters-body.js';

const known = ['_count', '_since', '_type'];

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
  return names.size === 0 ? resourceTypes : resourceTypes.filter((type) => names.has(type));
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
  /** Without the Patient itself. */
  readonly others: readonly StoredVersion[];
  readonly page: SearchPage;
}

/** One page of the record. The Patient, who was given first, is passed over where the order of the store meets them again. */
async function recordPage(patient: string, question: Question, count: number, state: PageState, exchange: Exchange, { store }: Services): Promise<RecordPage> {
  let { after, asOf } = state;
  for (;;) {
    const page = await store.search(bind(exchange.grant, {
      types: question.types, where: everythingOf(patient, question.since), sort: [], includes: [], total: count === 0 ? 'accurate' : 'if-cheap',
      page: { count, ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) },
    }), exchange.signal);
    const others = page.matches.filter(({ type, id }) => type !== 'Patient' || id !== patient);
    if (others.length > 0 || page.next === undefined) return { others, page };
    ({ next: after, asOf } = page);
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

  const { count } = question;
  const wanted = question.types.includes('Patient') && (question.since === undefined || patient.lastUpdated >= question.since);
  const leads = first && wanted && count > 0;
  const asked = leads ? Math.max(1, count - 1) : count;
  const { others, page } = await recordPage(id, question, asked, state, exchange, services);
  // A page of one holds the Patient alone: what was found after them is for the next page.
  const alone = leads && count === 1;
  const matches = alone ? [patient] : leads ? [patient, ...others] : others;
  const more = alone ? others.length > 0 || page.next !== undefined : page.next !== undefined && count > 0;

  const links: Link[] = [{ relation: 'self', url: `${fullUrl(services.baseUrl, patient)}/$everything${question.self === '' ? '' : `?${question.self}`}` }];
  if (more) {
    const next = { ...state, asOf: page.asOf, ...(alone || page.next === undefined ? {} : { after: page.next }) };
    links.push({ relation: 'next', url: await pageLink(services, grant, next) });
  }
  const head = { type: 'searchset', lastUpdated: page.lastUpdated, links, ...(page.total === undefined ? {} : { total: page.total }) } as const;
  return {
    status: 200,
    headers: { 'Content-Type': fhirJson },
    body: bundleBody(head, matches.map((found) => matchEntry(services.baseUrl, found, 'match'))),
    audit: { interaction: '$everything', type, id, patients: ownersOf([patient], matches) },
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
