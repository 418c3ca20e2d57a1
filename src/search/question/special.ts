/** Criteria that are no search parameters of a type: `_filter`, `_list`, `_text`, `_content`, `_query` (https://hl7.org/fhir/R4/search.html). */
import { isId } from '../../fhir/id.js';
import type { Clause } from '../plan.js';
import { listedParam } from '../index/listed.js';
import { badParameter, type Asking } from './asking.js';
import { filterClause } from './filter.js';
import { fullTextClause } from './full-text.js';

export type SpecialReader = (type: string, value: string, asking: Asking) => Clause;

/** What stands in a List that the caller sees, as long as it does. @throws Failure bad-parameter */
function listClause(_type: string, value: string): Clause {
  if (value.startsWith('$')) throw badParameter('_list', 'it names a functional list, and none is kept here: it takes the id of a List');
  const id = value.startsWith('List/') ? value.slice('List/'.length) : value;
  if (!isId(id)) throw badParameter('_list', 'its value is the id of a List');
  return { kind: 'has', type: 'List', param: listedParam, where: { kind: 'ids', ids: [id], type: 'List' } };
}

function queryClause(): Clause {
  throw badParameter('_query', 'there is no named query here; the operations that search are listed in the documentation and in metadata');
}

export const specialCriteria: ReadonlyMap<string, SpecialReader> = new Map<string, SpecialReader>([
  ['_filter', filterClause],
  ['_list', listClause],
  ['_text', fullTextClause('_text')],
  ['_content', fullTextClause('_content')],
  ['_query', queryClause],
]);
