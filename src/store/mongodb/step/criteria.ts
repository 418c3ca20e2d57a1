/**
 * What steps that are judged by criteria take turns by. A snapshot does not show what others write at the same time: two
 * steps whose criteria find nothing would both make it. They meet at the identifier that both ask for, however they write
 * it (`s|v` or `v`), or that one asks for and the other writes; criteria without one meet at their own form.
 */
import type { Clause } from '../../../search/plan.js';
import type { Guard, PutWrite } from '../../port.js';

const isIdentifier = (param: string): boolean => param.endsWith('.identifier');
const keyOf = (param: string, code: string): string => JSON.stringify([param, code]);

/** Identifiers that whatever satisfies the clause bears. */
function identifiersIn(clause: Clause): string[] {
  if (clause.kind === 'and') return clause.of.flatMap(identifiersIn);
  return clause.kind === 'token' && isIdentifier(clause.param) && clause.code !== undefined && clause.code !== '' ? [keyOf(clause.param, clause.code)] : [];
}

/** @returns at least one text for each guard by criteria, and the identifiers that the same step writes; none without such guards */
export function criteriaKeys(guards: readonly Guard[], puts: readonly PutWrite[]): readonly string[] {
  const keys = new Set<string>();
  const types = new Set<string>();
  for (const guard of guards) {
    if (guard.kind !== 'matches') continue;
    const { plan } = guard.plan;
    const identifiers = identifiersIn(plan.where);
    for (const key of identifiers.length > 0 ? identifiers : [JSON.stringify([plan.types, plan.where])]) keys.add(key);
    for (const type of plan.types) types.add(type);
  }
  for (const { type, entries } of puts) {
    // What is contained bears the parameters of its own type: no criterion on this one asks for its identifiers.
    const own = `${type}.identifier`;
    if (types.has(type)) for (const { param, code } of entries.token) if (param === own && code !== '') keys.add(keyOf(param, code));
  }
  return [...keys];
}
