/** What is offered on each resource type: CapabilityStatement.rest.resource. */
import { setImmediate } from 'node:timers/promises';
import { resourceTypes } from '../../fhir/definitions.js';
import { searchParametersOf, type SearchParameter } from '../../search/parameters.js';
import type { Route } from '../routes.js';
import type { Services } from '../services.js';

/** Codes of https://hl7.org/fhir/R4/valueset-type-restful-interaction.html */
const typeInteractions = ['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'history-type', 'create', 'search-type'];
/** Types are described in groups, between which other requests have their turn. */
const group = 8;

const serves = (route: Route, type: string): boolean => route.pattern[0] === ':type' || route.pattern[0] === type;
const offers = (rows: readonly Route[], method: Route['method'], length: number): boolean => rows.some((row) => row.method === method && row.pattern.length === length);

const operationOf = ({ interaction, operation }: Route) => ({ name: interaction.slice(1), ...operation });
/** @param rows of a type, of all types or of the system */
export function operationsOf(rows: readonly Route[]): { operation?: ReturnType<typeof operationOf>[] } {
  const byName = new Map(rows.filter((row) => row.operation !== undefined).map((row) => [row.interaction, operationOf(row)]));
  return byName.size === 0 ? {} : { operation: [...byName.values()] };
}

/** Parameters that are answered: of the operator's, those that are in every entry. */
const offeredOf = (type: string, { index }: Pick<Services, 'index'>): readonly SearchParameter[] =>
  searchParametersOf(type, index?.state).filter(({ param }) => !index?.state.job?.params?.includes(param));

/** Reference parameters by the type that they point at: what `_revinclude` can follow. */
async function backwards(services: Services): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const [index, source] of resourceTypes.entries()) {
    if (index % group === 0) await setImmediate();
    for (const { code, targets } of offeredOf(source, services)) {
      for (const target of targets) {
        const list = found.get(target);
        if (list) list.push(`${source}:${code}`);
        else found.set(target, [`${source}:${code}`]);
      }
    }
  }
  return found;
}

/** As `rest.searchParam` and `rest.resource.searchParam` tell it. */
export const searchParamOf = ({ code, url, kind }: SearchParameter) => ({ name: code, definition: url, type: kind === 'position' ? 'special' : kind });

function searchOf(type: string, revIncludes: readonly string[], services: Services) {
  const parameters = offeredOf(type, services);
  const includes = parameters.filter(({ kind }) => kind === 'reference').map(({ code }) => `${type}:${code}`);
  return {
    ...(includes.length > 0 ? { searchInclude: ['*', ...includes] } : {}),
    ...(revIncludes.length > 0 ? { searchRevInclude: ['*', ...revIncludes] } : {}),
    searchParam: parameters.map(searchParamOf),
  };
}

function resourceOf(type: string, routes: readonly Route[], services: Services, revIncludes: readonly string[]) {
  const { limits, referentialIntegrity } = services;
  const rows = routes.filter((row) => row.level !== 'system' && serves(row, type));
  const codes = new Set(rows.map(({ interaction }) => interaction));
  return {
    type,
    interaction: typeInteractions.filter((code) => codes.has(code)).map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: codes.has('vread'),
    updateCreate: codes.has('update'),
    conditionalCreate: codes.has('create'),
    conditionalRead: codes.has('read') ? 'full-support' : 'not-supported',
    conditionalUpdate: offers(rows, 'PUT', 1),
    conditionalDelete: !offers(rows, 'DELETE', 1) ? 'not-supported' : limits.conditionalDelete.value > 1 ? 'multiple' : 'single',
    referencePolicy: ['literal', 'logical', 'local', ...(referentialIntegrity ? ['enforced'] : [])],
    ...(codes.has('search-type') ? searchOf(type, revIncludes, services) : {}),
    ...operationsOf(rows.filter(({ pattern }) => pattern[0] === type)),
  };
}

/** Every type, in the order of the standard. @param routes those that are offered */
export async function describedResources(routes: readonly Route[], services: Services): Promise<ReturnType<typeof resourceOf>[]> {
  const revIncludes = await backwards(services);
  const described: ReturnType<typeof resourceOf>[] = [];
  for (const [index, type] of resourceTypes.entries()) {
    if (index % group === 0) await setImmediate();
    described.push(resourceOf(type, routes, services, revIncludes.get(type) ?? []));
  }
  return described;
}
