/** Where a search looks: one type, the whole system, or a compartment (https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/compartmentdefinition.html). */
import { isResourceType, resourceTypes } from '../fhir/definitions.js';
import { fail } from '../fhir/failure.js';
import { compartmentOf } from '../search/parameters.js';
import type { Clause } from '../search/plan.js';
import type { SearchPlace } from '../search/query.js';
import type { AuditFacts, Exchange } from './exchange.js';
import { findVersion } from './read.js';
import type { Services } from './services.js';

export interface Place extends SearchPlace {
  /** Relative to the FHIR base, without `_search`. */
  readonly address: string;
  readonly audit: Pick<AuditFacts, 'interaction' | 'type' | 'id'>;
  /** Whose data the answer tells by its very address. */
  readonly owners: readonly string[];
}
/** @throws Failure unknown-type, unknown-route, not-found, gone: decided on every page */
export type PlaceOf = (exchange: Exchange, services: Services) => Promise<Place>;

export const ofType: PlaceOf = async ({ path: [type = ''] }) => ({ address: type, types: [type], audit: { interaction: 'search-type', type }, owners: [] });

export const ofSystem: PlaceOf = async () => ({ address: '', types: resourceTypes, audit: { interaction: 'search-system' }, owners: [] });

/** Those of the types whose resources may be in a compartment of the owner; none where it has none. */
export const compartmentMembers = (owner: string, types: readonly string[]): readonly string[] => types.filter((type) => compartmentOf(owner)?.has(type));

/** Some parameter that says so refers to the owner; what a compartment is named after is in it too. @param types of {@link compartmentMembers} */
export function compartmentClause(owner: string, id: string, types: readonly string[]): Clause {
  const members = compartmentOf(owner) ?? new Map<string, readonly string[]>();
  const of = types.flatMap((type) => (members.get(type) ?? []).map((code): Clause => ({ kind: 'reference', param: `${type}.${code}`, target: { form: 'local', type: owner, id } })));
  const itself: Clause = { kind: 'ids', ids: [id], type: owner };
  return { kind: 'or', of: types.includes(owner) ? [...of, itself] : of };
}

export const ofCompartment: PlaceOf = async (exchange, services) => {
  const { path: [owner = '', id = '', wanted = ''] } = exchange;
  if (!compartmentOf(owner)) throw fail('unknown-route');
  if (wanted !== '*' && !isResourceType(wanted)) throw fail('unknown-type', { type: wanted.slice(0, 64) });
  const types = compartmentMembers(owner, wanted === '*' ? resourceTypes : [wanted]);
  if (types.length === 0) throw fail('outside-compartment', { type: wanted, compartment: owner });
  const found = await findVersion({ grant: exchange.grant, path: [owner, id] }, services);
  return {
    address: `${owner}/${id}/${wanted}`, types, within: compartmentClause(owner, id, types),
    audit: { interaction: 'search-compartment', type: owner, id }, owners: found.owners,
  };
};
