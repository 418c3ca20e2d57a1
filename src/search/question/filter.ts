/** `_filter` as a clause: its tests are criteria, read as any other (https://hl7.org/fhir/R4/search_filter.html). */
import { Failure } from '../../fhir/failure.js';
import type { Clause } from '../plan.js';
import { badParameter, type Asking } from './asking.js';
import { readCriterion, type OperatorTest } from './criterion.js';
import { FilterSyntax, parseFilter, type Filter, type FilterTest } from './filter-syntax.js';

/** @throws Failure bad-parameter, too-costly (FILTER_LIMIT) */
export function filterClause(type: string, value: string, asking: Asking): Clause {
  try {
    let spent = 0;
    return clauseOf(type, parseFilter(value, () => asking.check('filter', ++spent)), asking);
  } catch (thrown) {
    if (thrown instanceof FilterSyntax) throw badParameter('_filter', thrown.message);
    // A name that is not known is never passed over: without it a filter would mean something else.
    if (thrown instanceof Failure && thrown.failure === 'unknown-parameter') throw badParameter('_filter', thrown.issues[0]?.diagnostics ?? thrown.message);
    throw thrown;
  }
}

function clauseOf(type: string, filter: Filter, asking: Asking): Clause {
  if (filter.kind === 'test') return testClause(type, filter, asking);
  if (filter.kind === 'not') return { kind: 'not', of: clauseOf(type, filter.of, asking) };
  return { kind: filter.kind, of: filter.of.map((part) => clauseOf(type, part, asking)) };
}

function testClause(type: string, { path, operator, value }: FilterTest, asking: Asking): Clause {
  const last = path.at(-1);
  if (last?.inside) throw badParameter('_filter', `${last.name} is followed by a bracket, and not by a dot and what is compared`);
  const test: OperatorTest = {
    operator, value,
    inside: path.slice(0, -1).map(({ inside }) => inside && ((target: string) => clauseOf(target, inside, asking))),
  };
  return asking.again(() => readCriterion(type, path.map(({ name }) => name).join('.'), test, asking));
}
