/** What can be known of a clause from its form. */
import type { Clause, Leaf } from '../../search/plan.js';

/** `Observation` of `Observation.code:text`. */
export const typeOfParam = (param: string): string => param.slice(0, param.indexOf('.'));

/** The clauses that must all hold. */
export function conjuncts(clause: Clause): Clause[] {
  return clause.kind === 'and' ? clause.of.flatMap(conjuncts) : [clause];
}

/** The alternatives, any of which must hold. */
export function alternatives(clause: Clause): Clause[] {
  return clause.kind === 'or' ? clause.of.flatMap(alternatives) : [clause];
}

export const entryKinds = ['token', 'reference', 'string', 'date', 'number', 'quantity', 'uri', 'composite', 'missing'] as const;
export const isEntryLeaf = (clause: Clause): clause is Extract<Leaf, { readonly param: string }> => (entryKinds as readonly string[]).includes(clause.kind);

/** Holds only for a resource that has an entry of one of these types: what satisfies it is therefore of that type. */
export function impliesType(clause: Clause, types: readonly string[]): boolean {
  switch (clause.kind) {
    case 'and': return clause.of.some((part) => impliesType(part, types));
    case 'or': return clause.of.every((part) => impliesType(part, types));
    case 'missing': return !clause.missing && types.includes(typeOfParam(clause.param));
    case 'chain': return types.includes(typeOfParam(clause.param));
    default: return isEntryLeaf(clause) && types.includes(typeOfParam(clause.param));
  }
}

/**
 * A check of it on one resource is a few look-ups, whatever the data: nothing that follows references backwards or looks
 * through a whole set.
 */
export function isBounded(clause: Clause): boolean {
  switch (clause.kind) {
    case 'and':
    case 'or': return clause.of.every(isBounded);
    case 'not': return isBounded(clause.of);
    case 'chain': return isBounded(clause.where);
    case 'has':
    case 'shared-by': return false;
    default: return true;
  }
}

/** How many clauses it is made of. */
export function clauseCount(clause: Clause): number {
  switch (clause.kind) {
    case 'and':
    case 'or': return clause.of.reduce((count, part) => count + clauseCount(part), 1);
    case 'not': return 1 + clauseCount(clause.of);
    case 'chain':
    case 'has': return 1 + clauseCount(clause.where);
    default: return 1;
  }
}
