/** Searches of several types at once: which ones, and what a criterion means when each of them has it. */
import { searchDefinitions } from '../definitions.js';
import { rowParameters, searchParameter } from '../parameters.js';
import type { Clause } from '../plan.js';
import { badParameter, unknownParameter, type Asking } from './asking.js';
import { readCriterion } from './criterion.js';
import { specialCriteria, type SpecialReader } from './special.js';
import type { Pair } from './form.js';

/**
 * The types of a place that `_type` chooses, in the order of the place; all of them without it.
 * @throws Failure bad-parameter for what is no type, or is not searched there
 */
export function typesAsked(all: readonly string[], pairs: readonly Pair[]): readonly string[] {
  const given = pairs.find(({ name }) => name === '_type');
  if (!given) return all;
  const names = new Set(given.value.split(',').map((name) => name.trim()).filter((name) => name !== ''));
  for (const name of names) {
    if (!searchDefinitions().resourceTypes.includes(name)) throw badParameter('_type', 'it names something that is not a resource type of FHIR R4');
    if (!all.includes(name)) throw badParameter('_type', `${name} is not searched at this address`);
  }
  if (names.size === 0) throw badParameter('_type', 'it has no value');
  return all.filter((type) => names.has(type));
}

/** Types told in an answer, a few of many. */
const someOf = (types: readonly string[]): string => (types.length > 3 ? `${types.slice(0, 3).join(', ')} and ${types.length - 3} other types` : types.join(', '));

/** Types without a parameter of this name. */
function lacking(types: readonly string[], name: string, { options: { index } }: Asking): readonly string[] {
  if (name.startsWith('_has:')) return [];
  const [code = ''] = name.split(/[.:]/, 1);
  return types.filter((type) => searchParameter(type, code, index) === undefined);
}

/** Whether it holds for a resource of a type that none of its parameters is of. */
function holdsElsewhere(clause: Clause): boolean {
  switch (clause.kind) {
    case 'not': return !holdsElsewhere(clause.of);
    case 'and': return clause.of.every(holdsElsewhere);
    case 'or': return clause.of.some(holdsElsewhere);
    case 'missing': return clause.missing;
    case 'all': return true;
    default: return false;
  }
}

/** One clause of those that the types have: of each of them, its own decides. */
function across(clauses: readonly Clause[]): Clause {
  const [first = { kind: 'none' }, ...others] = [...new Map(clauses.map((clause) => [JSON.stringify(clause), clause])).values()];
  if (others.length === 0) return first;
  return { kind: holdsElsewhere(first) ? 'and' : 'or', of: [first, ...others] };
}

/**
 * A criterion on every type searched: a parameter that one of them lacks is not one of this search.
 * @throws Failure unknown-parameter, bad-parameter, too-costly
 */
export function criterionOf(types: readonly string[], name: string, value: string, asking: Asking): Clause {
  const special = specialCriteria.get(name.split(/[.:]/, 1)[0] ?? '');
  if (special) return specially(types, special, name, value, asking);
  const [type = '', ...more] = types;
  if (more.length === 0) return readCriterion(type, name, value, asking);
  const without = lacking(types, name, asking);
  if (without.length > 0) throw unknownParameter(name, someOf(without));
  const clause = readCriterion(type, name, value, asking);
  if (rowParameters.has(name.split(/[.:]/, 1)[0] ?? '')) return clause;
  return across([clause, ...more.map((other) => asking.again(() => readCriterion(other, name, value, asking)))]);
}

/** Each type has its own reading of it. @throws Failure bad-parameter */
function specially(types: readonly string[], read: SpecialReader, name: string, value: string, asking: Asking): Clause {
  if (/[.:]/.test(name)) throw badParameter(name, 'it takes no modifier, and nothing is chained to it');
  if (value === '') throw badParameter(name, 'it has no value');
  asking.spendCriterion();
  const [type = '', ...more] = types;
  if (more.length === 0) return read(type, value, asking);
  return { kind: 'or', of: types.map((each) => ({ kind: 'and', of: [{ kind: 'of-type', type: each }, asking.again(() => read(each, value, asking))] })) };
}
