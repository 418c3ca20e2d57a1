/**
 * `Patient/[id]/$everything`: all that the caller may see of a person's record, in pages
 * (https://hl7.org/fhir/R4/patient-operation-everything.html). The Patient comes first, then what the record owns
 * and the professionals and structures that it refers to.
 */
import { bind } from '../access/grant.js';
import { resourceTypes } from '../fhir/definitions.js';
import { fail } from '../fhir/failure.js';
import { bundleAnswer, matchEntry, ownersOf, type Link } from '../interactions/bundle.js';
import type { Exchange } from '../interactions/exchange.js';
import { maskedAll, ofParts } from '../interactions/mask.js';
import { askedOn, pageLinks, pageOf, type NextPage, type PageState } from '../interactions/paging.js';
import { findVersion } from '../interactions/read.js';
import type { Handler, Route } from '../interactions/routes.js';
import type { Services } from '../interactions/services.js';
import type { Clause } from '../search/plan.js';
import type { SearchPage, StoredVersion } from '../store/port.js';
import { allOf, questionOf, type Question } from './everything-question.js';
import { parametersQuery } from './parameters-body.js';

const known = ['_count', '_since', '_type', 'start', 'end'];
/** Without an order of its own a search goes type by type: so the Patient is met on page one. */
const recordTypes: readonly string[] = ['Patient', ...resourceTypes.filter((type) => type !== 'Patient')];

const everythingOf = (patient: string, { where }: Question): Clause => allOf({ kind: 'or', of: [{ kind: 'compartment', patient }, { kind: 'shared-by', patient }] }, where);

interface RecordPage {
  /** Without the Patient whose record it is. */
  readonly others: readonly StoredVersion[];
  readonly page: SearchPage;
}

async function recordPage(patient: string, question: Question, state: PageState, exchange: Exchange, { store }: Services, count = question.count): Promise<RecordPage> {
  const { start: { after }, asOf } = state;
  const page = await store.search(bind(exchange.grant, {
    types: question.types, where: everythingOf(patient, question), sort: [], includes: [], total: count === 0 ? 'accurate' : 'if-cheap',
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

/** Whose record: the one that the address names, or the caller's own. @throws Failure bad-request, not-found */
function patientOf({ path, grant: { reach } }: Exchange): string {
  if (path.length === 3) return path[1] ?? '';
  if (reach.kind !== 'patient') throw fail('bad-request', { reason: 'Name the person: Patient/[id]/$everything. Only a person asks for their own record without.' });
  if (reach.patient === undefined) throw fail('no-match', { type: 'Patient' });
  return reach.patient;
}

const everything: Handler = async (sent, services) => {
  const exchange = { ...sent, query: await parametersQuery(sent) };
  const { grant, path } = exchange;
  const address = path.join('/');
  const { state, first } = await pageOf(exchange, services, address);
  const question = questionOf(state, known, recordTypes, services);
  const id = patientOf(exchange);
  // On every page: whoever may no longer see the Patient turns no page.
  const patient = await findVersion({ grant, path: ['Patient', id] }, services);

  const wanted = question.types.includes('Patient') && (question.since === undefined || patient.lastUpdated >= question.since);
  const { matches, page, next } = first && wanted && question.count > 0
    ? await firstPage(patient, question, state, exchange, services)
    : await laterPage(id, question, state, exchange, services);

  const self: Link = { relation: 'self', url: `${services.baseUrl}/${address}${question.self === '' ? '' : `?${question.self}`}` };
  const links = [self, ...await pageLinks(services, grant, state, next)];
  const head = { type: 'searchset', lastUpdated: page.lastUpdated, links, ...(page.total === undefined ? {} : { total: page.total }), ...ofParts(question.mask) } as const;
  const texts = await maskedAll(matches, question.mask, services);
  return {
    ...bundleAnswer(head, matches.map((found, at) => matchEntry(services.baseUrl, found, 'match', texts[at]))),
    audit: { interaction: '$everything', type: 'Patient', id, patients: ownersOf([patient], matches) },
    asked: askedOn(exchange, state),
  };
};

const row = {
  interaction: '$everything', handler: everything,
  operation: {
    definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
    documentation: 'Parameters: start, end (main date of what has one), _since, _type, _count, _summary, _elements. In pages; bytes of documents are left to Binary. Without an id: the record of the person who asks.',
  },
} as const satisfies Partial<Route>;
const places = [{ pattern: ['Patient', ':id', '$everything'], level: 'instance' }, { pattern: ['Patient', '$everything'], level: 'type' }] as const;

export const everythingRoutes: readonly Route[] = places.flatMap((place): Route[] => [{ ...row, ...place, method: 'GET' }, { ...row, ...place, method: 'POST' }]);
