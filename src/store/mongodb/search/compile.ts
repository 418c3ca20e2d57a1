/**
 * A clause as a condition on the document of a resource, or on the element of one contained in it. What a document cannot
 * say of itself (chains whose targets are many, what refers here) is left as `rest`, for {@link judge}.
 */
import type { Clause, Leaf } from '../../../search/plan.js';
import { isEntryLeaf } from '../../search/clauses.js';
import { localKey } from '../entry-texts.js';
import { allOf, always, anyOf, isAlways, isNever, never, not, oneOf, someStarts, type Condition } from './conditions.js';
import { comparesInstant } from './compare.js';
import type { SearchContext } from './context.js';
import { leafForm } from './leaves.js';
import { labelledDocuments } from './labelled.js';
import { referredTo, targetsOf } from './resolve.js';
import { sharedWith } from './shared.js';

export interface Compiled {
  /** Whatever satisfies the clause satisfies this. */
  readonly condition: Condition;
  /** What is still to be judged of whatever satisfies the condition; absent = nothing. */
  readonly rest?: Clause;
  /** Of clauses that must all hold: the condition of each. */
  readonly parts?: ReadonlyMap<Clause, Condition>;
}
/** What is left of a clause on what is known to satisfy one of those that must all hold. */
export function without({ condition, rest, parts }: Compiled, whole: Clause, settled: Clause): Compiled {
  const left = settled === whole ? always : parts && allOf(...[...parts].filter(([clause]) => clause !== settled).map(([, part]) => part));
  return { condition: left ?? condition, ...(rest ? { rest } : {}) };
}
export type Scope = 'itself' | 'inside';
type RowLeaf = Exclude<Leaf, { readonly param: string } | { readonly kind: 'all' | 'none' | 'labelled' }>;
type Chain = Extract<Clause, { readonly kind: 'chain' }>;

const exactly = (condition: Condition): Compiled => ({ condition });

/** @param types that the resource may be of */
export function compile(context: SearchContext, clause: Clause, types: readonly string[], scope: Scope = 'itself'): Promise<Compiled> {
  return context.once(clause, `compiled ${scope} ${types.join(' ')}`, () => compiled(context, clause, types, scope));
}

async function compiled(context: SearchContext, clause: Clause, types: readonly string[], scope: Scope): Promise<Compiled> {
  const eachOf = async (of: readonly Clause[]): Promise<Compiled[]> => {
    const all: Compiled[] = [];
    for (const part of of) all.push(await compile(context, part, types, scope));
    return all;
  };
  switch (clause.kind) {
    case 'and': {
      const all = await eachOf(clause.of);
      const rests = all.map(({ rest }) => rest).filter((rest) => rest !== undefined);
      const condition = allOf(...all.map((part) => part.condition));
      if (isNever(condition)) return exactly(condition);
      const parts = new Map(all.flatMap((part, at) => [...(part.parts ?? [[clause.of[at] as Clause, part.condition] as const])]));
      return { condition, parts, ...(rests.length === 0 ? {} : { rest: rests.length === 1 ? rests[0] as Clause : { kind: 'and', of: rests } }) };
    }
    case 'or': {
      const all = await eachOf(clause.of);
      const condition = anyOf(...all.map((part) => part.condition));
      return all.some(({ rest }) => rest) ? { condition, rest: clause } : exactly(condition);
    }
    case 'not': {
      const { condition, rest } = await compile(context, clause.of, types, scope);
      return rest ? { condition: always, rest: clause } : exactly(not(condition));
    }
    case 'chain': return scope === 'inside' ? chainFromInside(context, clause) : chain(context, clause);
    case 'contains': return scope === 'inside' ? exactly(never) : contains(context, clause);
    case 'has': {
      if (scope === 'inside') return exactly(never);
      const ids = await referredTo(context, clause);
      return ids ? exactly(oneOf('_id', ids)) : { condition: always, rest: clause };
    }
    case 'all': return exactly(always);
    case 'none': return exactly(never);
    case 'labelled': return scope === 'inside' ? exactly(never) : labelled(context, clause);
    default: {
      if (!isEntryLeaf(clause)) return exactly(scope === 'inside' ? never : await rowCondition(context, clause, types));
      const form = leafForm(clause);
      const condition = clause.kind === 'missing' && clause.missing ? not(form.condition) : form.condition;
      if (!form.expression || scope === 'itself') return exactly(condition);
      return { condition: anyOf(...form.ranges.map((range) => range.condition)), rest: clause };
    }
  }
}

/** What was drawn from a document; a DocumentReference was drawn from none. */
const drawn: Condition = { doc: { $exists: true }, rt: { $ne: 'DocumentReference' } };

async function labelled(context: SearchContext, clause: Extract<Leaf, { readonly kind: 'labelled' }>): Promise<Compiled> {
  const documents = await labelledDocuments(context, clause);
  return documents ? exactly(allOf(oneOf('doc', documents), drawn)) : { condition: drawn, rest: clause };
}

/** `Type/id` of what is asked for by id, of these types. */
export const namesOf = ({ ids, type }: Extract<Leaf, { readonly kind: 'ids' }>, types: readonly string[]): readonly string[] =>
  types.filter((each) => type === undefined || each === type).flatMap((each) => ids.map((id) => `${each}/${id}`));

/** A condition on what only the document of the resource itself says. */
export async function rowCondition(context: SearchContext, leaf: RowLeaf, types: readonly string[]): Promise<Condition> {
  switch (leaf.kind) {
    case 'ids': return oneOf('_id', namesOf(leaf, types));
    case 'of-type': return { rt: leaf.type };
    case 'lastUpdated': return comparesInstant('lu', leaf.compare);
    case 'compartment': return anyOf({ pt: leaf.patient }, { pts: leaf.patient }, { _id: `Patient/${leaf.patient}` });
    case 'shared-by': return oneOf('_id', await sharedWith(context, leaf.patient));
    case 'drawn-from': return allOf({ doc: leaf.document }, { _id: { $ne: `DocumentReference/${leaf.document}` } });
  }
}

/** References by the parameter to anything of these types. */
const leadsTo = (param: string, types: readonly string[]): Condition => anyOf(...types.map((type) => someStarts('r', localKey(param, type, ''))));

/** A reference to a stored resource that satisfies the rest. */
async function outside(context: SearchContext, clause: Chain): Promise<Compiled> {
  const targets = await targetsOf(context, clause);
  if (!targets) return { condition: leadsTo(clause.param, clause.targets), rest: clause };
  return exactly(oneOf('r', targets.map((target) => `${clause.param}|${target}`)));
}

async function chain(context: SearchContext, clause: Chain): Promise<Compiled> {
  const { param, targets, where } = clause;
  const stored = await outside(context, clause);
  const inside = await compile(context, where, targets, 'inside');
  const element = { by: param, ...oneOf('rt', targets), ...(isAlways(inside.condition) ? {} : { $and: [inside.condition] }) };
  const contained = isNever(inside.condition) ? never : { in: { $elemMatch: element } };
  const condition = anyOf(stored.condition, contained);
  return stored.rest || inside.rest ? { condition, rest: clause } : exactly(condition);
}

/** A contained resource of one of the types that satisfies the rest. */
async function contains(context: SearchContext, clause: Extract<Clause, { readonly kind: 'contains' }>): Promise<Compiled> {
  const inside = await compile(context, clause.where, clause.types, 'inside');
  if (isNever(inside.condition)) return exactly(never);
  const condition = { in: { $elemMatch: { ...oneOf('rt', clause.types), ...(isAlways(inside.condition) ? {} : { $and: [inside.condition] }) } } };
  return inside.rest ? { condition, rest: clause } : exactly(condition);
}

/** Within an element no other one can be looked at: a reference to another contained resource is judged. */
async function chainFromInside(context: SearchContext, clause: Chain): Promise<Compiled> {
  const stored = await outside(context, clause);
  return { condition: anyOf(stored.condition, someStarts('r', `${clause.param}|#`)), rest: clause };
}
