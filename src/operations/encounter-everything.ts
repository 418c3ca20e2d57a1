/**
 * `Encounter/[id]/$everything`: the encounter, what stands in its compartment, and what that refers to
 * (https://hl7.org/fhir/R4/encounter-operation-everything.html). What supports the records is on the page of whatever refers to it.
 */
import { bind } from '../access/grant.js';
import { resourceTypes } from '../fhir/definitions.js';
import { bundleAnswer, matchEntry, outcomeEntry, ownersOf, type Link } from '../interactions/bundle.js';
import { maskedAll, ofParts } from '../interactions/mask.js';
import { askedOn, pageLinks, pageOf } from '../interactions/paging.js';
import { findVersion } from '../interactions/read.js';
import type { Handler, Route } from '../interactions/routes.js';
import { companyIn, cutIssues } from '../interactions/search.js';
import { compartmentClause, compartmentMembers } from '../interactions/search-places.js';
import type { StoredVersion } from '../store/port.js';
import { allOf, questionOf, type Question } from './everything-question.js';
import { parametersQuery } from './parameters-body.js';

const known = ['_count', '_since', '_type'];
const types: readonly string[] = ['Encounter', ...resourceTypes.filter((type) => type !== 'Encounter')];

/** What comes along obeys the question too. */
const isAsked = ({ since, types: chosen }: Question) => ({ type, lastUpdated }: StoredVersion): boolean => chosen.includes(type) && (since === undefined || lastUpdated >= since);

const everything: Handler = async (sent, services) => {
  const exchange = { ...sent, query: await parametersQuery(sent) };
  const { grant, path, path: [, id = ''] } = exchange;
  const address = path.join('/');
  const { state } = await pageOf(exchange, services, address);
  const question = questionOf(state, known, types, services);
  const encounter = await findVersion({ grant, path: ['Encounter', id] }, services);

  // Of a type outside of the compartment nothing matches by itself: it may only come along, with whatever refers to it.
  const members = compartmentMembers('Encounter', types);
  const alone = question.types.every((type) => members.includes(type));
  const inside = alone ? question.types : members;
  const { start: { after }, asOf } = state;
  const page = await services.store.search(bind(grant, {
    types: inside, where: allOf(compartmentClause('Encounter', id, inside), question.where), sort: [], company: companyIn(services.limits), total: question.count === 0 ? 'accurate' : 'if-cheap',
    includes: question.count === 0 ? [] : [{ direction: 'include', sourceType: '*', param: '*', iterate: false }],
    page: { count: question.count, ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) },
  }), exchange.signal);
  const issues = cutIssues(page, services);
  const asked = isAsked(question);
  const [matches, included] = [page.matches.filter(asked), page.included.filter(asked)];

  const next = page.next === undefined || question.count === 0 ? undefined : { start: { after: page.next, given: 0 }, asOf: page.asOf };
  const self: Link = { relation: 'self', url: `${services.baseUrl}/${address}${question.self === '' ? '' : `?${question.self}`}` };
  const counted = page.total === undefined || (question.chosen && !alone) ? {} : { total: page.total };
  const head = { type: 'searchset', lastUpdated: page.lastUpdated, links: [self, ...await pageLinks(services, grant, state, next)], ...counted, ...ofParts(question.mask) } as const;
  const [texts, along] = [await maskedAll(matches, question.mask, services), await maskedAll(included, question.mask, services)];
  return {
    ...bundleAnswer(head, [...matches.map((found, at) => matchEntry(services.baseUrl, found, 'match', texts[at])), ...included.map((found, at) => matchEntry(services.baseUrl, found, 'include', along[at])), ...(issues.length > 0 ? [outcomeEntry(issues)] : [])]),
    audit: { interaction: '$everything', type: 'Encounter', id, patients: ownersOf([encounter], matches, included) },
    asked: askedOn(exchange, state),
  };
};

const row = {
  pattern: ['Encounter', ':id', '$everything'], interaction: '$everything', level: 'instance', handler: everything,
  operation: {
    definition: 'http://hl7.org/fhir/OperationDefinition/Encounter-everything',
    documentation: 'Parameters: _since, _type, _count, _summary, _elements. The compartment of the encounter in pages, with what it refers to.',
  },
} as const satisfies Partial<Route>;

export const encounterEverythingRoutes: readonly Route[] = [{ ...row, method: 'GET' }, { ...row, method: 'POST' }];
