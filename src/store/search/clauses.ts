/** What can be known of a clause from its form. */
import type { Clause, Leaf, SearchPlan, SortKey } from '../../search/plan.js';

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

export const entryKinds = ['token', 'tokens', 'code-starts', 'near', 'reference', 'string', 'date', 'number', 'quantity', 'uri', 'composite', 'missing'] as const;
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
    case 'contains':
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
    case 'contains':
    case 'has': return 1 + clauseCount(clause.where);
    default: return 1;
  }
}

const nothing: Clause = { kind: 'none' };
const everything: Clause = { kind: 'all' };

/** The clause as it is for resources of one type: what asks for entries of other types is settled. */
export function onType(clause: Clause, type: string): Clause {
  switch (clause.kind) {
    case 'and': {
      const parts = clause.of.map((part) => onType(part, type)).filter(({ kind }) => kind !== 'all');
      return parts.some(({ kind }) => kind === 'none') ? nothing : parts.length === 1 ? parts[0] as Clause : parts.length === 0 ? everything : { kind: 'and', of: parts };
    }
    case 'or': {
      const parts = clause.of.map((part) => onType(part, type)).filter(({ kind }) => kind !== 'none');
      return parts.some(({ kind }) => kind === 'all') ? everything : parts.length === 1 ? parts[0] as Clause : parts.length === 0 ? nothing : { kind: 'or', of: parts };
    }
    case 'not': {
      const of = onType(clause.of, type);
      return of.kind === 'none' ? everything : of.kind === 'all' ? nothing : { kind: 'not', of };
    }
    case 'missing': return typeOfParam(clause.param) === type ? clause : clause.missing ? everything : nothing;
    case 'chain': return typeOfParam(clause.param) === type ? clause : nothing;
    case 'of-type': return clause.type === type ? everything : nothing;
    case 'ids': return clause.type === undefined || clause.type === type ? clause : nothing;
    default: return isEntryLeaf(clause) && typeOfParam(clause.param) !== type ? nothing : clause;
  }
}

/** Whether it asks for entries, which are of one type each. */
function asksEntries(clause: Clause): boolean {
  switch (clause.kind) {
    case 'and':
    case 'or': return clause.of.some(asksEntries);
    case 'not': return asksEntries(clause.of);
    case 'of-type':
    case 'contains':
    case 'chain': return true;
    default: return isEntryLeaf(clause);
  }
}

/** What is asked of several types is asked of each on its own, where it is not the same for all. */
export const isTypeByType = ({ types, where, sort }: Pick<SearchPlan, 'types' | 'where' | 'sort'>): boolean =>
  types.length > 1 && (asksEntries(where) || sort.some(({ by }) => typeof by !== 'string'));

/** The sort key as this type has it. */
export function keyOn({ by, descending }: SortKey, type: string): SortKey {
  if (typeof by === 'string') return { by, descending };
  if ('score' in by) return { by: { score: by.score.filter((leaf) => 'param' in leaf && typeOfParam(leaf.param) === type) }, descending };
  const param = [by.param, ...(by.further ?? [])].find((each) => typeOfParam(each) === type) ?? by.param;
  return { by: { param, valueKind: by.valueKind }, descending };
}

/** How relevant a match is, 0 to 1: the share of what is counted for its type. @param keys its sort keys @returns undefined when it is not asked for */
export function relevanceOf({ sort }: Pick<SearchPlan, 'sort'>, type: string, keys: readonly (string | number | null)[]): number | undefined {
  const at = sort.findIndex(({ by }) => typeof by !== 'string' && 'score' in by);
  const key = sort[at];
  if (!key) return undefined;
  const { by } = keyOn(key, type);
  const counted = typeof by !== 'string' && 'score' in by ? by.score.length : 0;
  return counted === 0 ? 0 : Number(keys[at] ?? 0) / counted;
}

const narrow: ReadonlySet<Clause['kind']> = new Set(['compartment', 'shared-by', 'drawn-from', 'ids', 'reference', 'none']);
const isNarrow = (clause: Clause): boolean => narrow.has(clause.kind) || (clause.kind === 'or' && clause.of.every(isNarrow));

/** So many types that it is worth to learn first which of them are here: where no criterion points at few resources by itself. */
export const isWide = ({ types, where }: Pick<SearchPlan, 'types' | 'where'>): boolean => types.length > 8 && !conjuncts(where).some(isNarrow);
