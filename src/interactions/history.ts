/** history of one resource, newest first, tombstones included: https://hl7.org/fhir/R4/http.html#history */
import { fail } from '../fhir/failure.js';
import { bundleBody, fullUrl, historyEntry, ownersOf, type Link } from './bundle.js';
import { fhirJson } from './answers.js';
import { askedOn, pageLinks, pageOf } from './paging.js';
import { countOf, intervalOf, readParameters } from './parameters.js';
import { notFound } from './read.js';
import type { Handler } from './routes.js';

const known = ['_count', '_since', '_at'];

export const historyInstance: Handler = async (exchange, services) => {
  const { grant, path: [type = '', id = ''] } = exchange;
  const address = `${type}/${id}/_history`;
  const { state } = await pageOf(exchange, services, address);
  const given = readParameters(state.query, known, state.strict);
  const since = intervalOf('_since', given.one('_since'), services.timeZone);
  const at = intervalOf('_at', given.one('_at'), services.timeZone);
  const count = countOf(given.one('_count'), services.limits);
  if (since && at) throw fail('bad-parameter', { parameter: '_at', reason: 'it cannot stand beside _since' });

  const page = await services.store.history(grant, { type, id }, {
    count, ...(state.start.after === undefined ? {} : { after: state.start.after }), ...(since ? { since: since.lo } : {}), ...(at ? { at } : {}),
  });
  if (!page) throw notFound(type, id);
  const next = page.next !== undefined && count > 0 ? { start: { after: page.next, given: 0 } } : undefined;
  const links: Link[] = [{ relation: 'self', url: `${fullUrl(services.baseUrl, { type, id })}/_history${selfQuery(given, count)}` }, ...await pageLinks(services, grant, state, next)];
  const head = { type: 'history', lastUpdated: page.lastUpdated, links, ...(page.total === undefined ? {} : { total: page.total }) } as const;
  const versions = count === 0 ? [] : page.versions;
  return {
    status: 200,
    headers: { 'Content-Type': fhirJson },
    body: bundleBody(head, versions.map((version) => historyEntry(services.baseUrl, version))),
    audit: { interaction: 'history-instance', type, id, patients: ownersOf(page.versions) },
    asked: askedOn(exchange, state),
  };
};

/** The parameters in force, `_count` as it was cut. */
function selfQuery(given: ReturnType<typeof readParameters>, count: number): string {
  const self = new URLSearchParams();
  for (const name of known) {
    const value = given.one(name);
    if (value !== undefined) self.set(name, name === '_count' ? String(count) : value);
  }
  const text = self.toString();
  return text === '' ? '' : `?${text}`;
}
