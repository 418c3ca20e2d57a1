/** `_contained` and `_containedType`: resources that stand in others (https://hl7.org/fhir/R4/search.html#contained). */
import { searchDefinitions } from '../definitions.js';
import type { Clause, SearchPlan } from '../plan.js';
import { badParameter } from './asking.js';
import type { ResultWishes } from './results.js';

/** What is asked of a contained resource. */
export interface Inner {
  readonly type: string;
  readonly where: Clause;
  /** Resources that stand by themselves are asked for too. */
  readonly both: boolean;
}
export interface ContainedSearch {
  /** What may contain others. */
  readonly types: readonly string[];
  readonly where: Clause;
  readonly inner?: Inner;
}

export const allOf = (within: Clause | undefined, where: Clause): Clause => (within === undefined ? where : where.kind === 'all' ? within : { kind: 'and', of: [within, where] });

/** Other resources would have to be looked at to judge it. */
function asksOthers(clause: Clause): boolean {
  switch (clause.kind) {
    case 'and':
    case 'or': return clause.of.some(asksOthers);
    case 'not': return asksOthers(clause.of);
    case 'chain':
    case 'has': return true;
    default: return false;
  }
}

/**
 * @param within what must hold for the resource itself, whatever is asked of those in it
 * @returns undefined when contained resources are not asked for
 * @throws Failure bad-parameter
 */
export function containedSearch({ types, where, sort, page }: SearchPlan, { contained = 'false', containedType = 'container', summary, elements }: ResultWishes, within: Clause | undefined): ContainedSearch | undefined {
  if (contained === 'false') return undefined;
  const [type = '', ...more] = types;
  if (more.length > 0) throw badParameter('_contained', 'contained resources are asked for of one type at a time');
  if (sort.some(({ by }) => typeof by !== 'string')) throw badParameter('_sort', 'with _contained there is no order but _lastUpdated and _id: it is that of the resources that contain others');
  const inside: Clause = { kind: 'contains', types: [type], where };
  const both: Clause = { kind: 'or', of: [{ kind: 'and', of: [{ kind: 'of-type', type }, where] }, inside] };
  const others = searchDefinitions().resourceTypes;
  const search = contained === 'true' ? { types: others, where: allOf(within, inside) } : { types: [type, ...others.filter((other) => other !== type)], where: allOf(within, both) };
  if (containedType === 'container') return search;
  if (asksOthers(where)) throw badParameter('_containedType', 'contained resources are not given for chains and _has: ask for their containers');
  if (page.count === 0) throw badParameter('_containedType', 'contained resources are not counted: ask for their containers');
  if (summary !== undefined || elements !== undefined) throw badParameter('_containedType', 'contained resources are given whole, without _summary and _elements');
  return { ...search, inner: { type, where, both: contained === 'both' } };
}
