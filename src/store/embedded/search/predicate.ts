/**
 * A clause as a condition on a row of `res` (or on one resource contained in it). Every hop of a chain and of `_has`
 * bears the grant's condition; probes on tokens and references bind the main date too, so that each is one look-up.
 */
import type { Clause, Leaf } from '../../../search/plan.js';
import { labelBits } from '../../body/labels.js';
import { entryTableNames } from '../schema.js';
import { impliesType, isEntryLeaf } from '../../search/clauses.js';
import { comparesInstant } from './compare.js';
import type { SearchContext } from './context.js';
import { entryMatches, type EntryMatch } from './entry-matches.js';
import { sharedWith } from './shared.js';
import { allOf, anyOf, byResource, name, no, not, oneOf, q, yes, type Sql } from './sql.js';

/** What is judged: the row under alias `row`, or the resource contained in it that `contained` numbers. */
export interface Scope {
  readonly row: string;
  readonly contained?: Sql;
  /** Hops so far: aliases are numbered by it. */
  readonly depth: number;
}

export function predicate(context: SearchContext, clause: Clause, scope: Scope): Sql {
  switch (clause.kind) {
    case 'and': return allOf(...clause.of.map((part) => predicate(context, part, scope)));
    case 'or': return anyOf(...clause.of.map((part) => predicate(context, part, scope)));
    case 'not': return not(predicate(context, clause.of, scope));
    case 'chain': return anyOf(chain(context, clause, scope), chainInside(context, clause, scope));
    case 'contains': return scope.contained ? no : contains(context, clause, scope);
    case 'has': return scope.contained ? no : has(context, clause, scope);
    case 'all': return yes;
    case 'none': return no;
    default: return isEntryLeaf(clause) ? entryPredicate(context, clause, scope) : scope.contained ? no : rowPredicate(context, clause, scope);
  }
}

const column = (alias: string, of: string): Sql => name(`${alias}.${of}`);
const within = ({ contained }: Scope, alias: string): Sql => q`${column(alias, 'c')} = ${contained ?? q`0`}`;

/**
 * An entry of this resource (of the contained one) satisfies the match: one look-up in the main key where it goes on with
 * the main date, else among the entries of the resource.
 */
function probe({ table, p, key, filter, ordered }: EntryMatch, scope: Scope, alias: string): Sql {
  const [from, date] = ordered ? [q`${name(table)} ${name(alias)}`, q`${column(alias, 'sd')} = ${column(scope.row, 'sd')}`] : [byResource(table, alias), yes];
  const condition = allOf(q`${column(alias, 'rid')} = ${column(scope.row, 'rid')}`, q`${column(alias, 'p')} = ${p}`, key, date, filter, within(scope, alias));
  return q`EXISTS (SELECT 1 FROM ${from} WHERE ${condition})`;
}

function entryPredicate(context: SearchContext, leaf: Extract<Leaf, { readonly param: string }>, scope: Scope): Sql {
  const alias = `e${scope.depth}`;
  const present = anyOf(...entryMatches(context, leaf, alias).map((match) => probe(match, scope, alias)));
  return leaf.kind === 'missing' && leaf.missing ? not(present) : present;
}

type RowLeaf = Exclude<Leaf, { readonly param: string } | { readonly kind: 'all' | 'none' }>;

function rowPredicate(context: SearchContext, leaf: RowLeaf, { row }: Scope): Sql {
  switch (leaf.kind) {
    case 'ids': {
      const types = leaf.type === undefined ? undefined : context.typeNumbers([leaf.type]);
      if (leaf.ids.length === 0 || types?.length === 0) return no;
      return allOf(oneOf(column(row, 'id'), leaf.ids), types === undefined ? yes : oneOf(column(row, 'type'), types));
    }
    case 'of-type': {
      const type = context.names.id(leaf.type);
      return type === undefined ? no : q`${column(row, 'type')} = ${type}`;
    }
    case 'lastUpdated': return comparesInstant(column(row, 'lu'), leaf.compare);
    case 'compartment': {
      const patient = context.rid('Patient', leaf.patient);
      if (patient === undefined) return no;
      return q`(${column(row, 'pt')} = ${patient} OR ${column(row, 'rid')} = ${patient}
        OR (${column(row, 'pt')} = -1 AND EXISTS (SELECT 1 FROM owner w WHERE w.rid = ${column(row, 'rid')} AND w.pt = ${patient})))`;
    }
    case 'shared-by': {
      const shared = sharedWith(context, leaf.patient);
      return shared.length === 0 ? no : allOf(q`${column(row, 'pt')} = 0`, oneOf(column(row, 'rid'), shared));
    }
    case 'labelled':
      return q`(${column(row, 'doc')} > 0 AND ${column(row, 'doc')} <> ${column(row, 'rid')}
        AND EXISTS (SELECT 1 FROM doc chain_ WHERE chain_.rid = ${column(row, 'doc')} AND chain_.labels & ${labelBits(leaf.labels)} <> 0))`;
    case 'drawn-from': {
      const document = context.rid('DocumentReference', leaf.document);
      return document === undefined ? no : q`(${column(row, 'doc')} = ${document} AND ${column(row, 'rid')} <> ${document})`;
    }
  }
}

type Chain = Extract<Clause, { readonly kind: 'chain' }>;

/** A stored resource that `param` refers to, seen by the caller, satisfies the rest. */
function chain(context: SearchContext, { param, targets, where }: Chain, scope: Scope): Sql {
  const p = context.names.id(param);
  const types = context.typeNumbers(targets);
  const depth = scope.depth + 1;
  const [link, target] = [`f${depth}`, `t${depth}`];
  const rest = predicate(context, where, { row: target, depth });
  if (p === undefined || types.length === 0 || rest.text === no.text) return no;
  return q`EXISTS (SELECT 1 FROM ${byResource('ref', link)} CROSS JOIN res ${name(target)} ON ${column(target, 'rid')} = ${column(link, 't')}
    WHERE ${column(link, 'rid')} = ${column(scope.row, 'rid')} AND ${column(link, 'p')} = ${p} AND ${within(scope, link)}
      AND ${oneOf(column(target, 'type'), types)} AND ${context.passed(target)} AND ${rest})`;
}

/** A resource contained in the same one, that `param` refers to, satisfies the rest. */
function chainInside(context: SearchContext, { param, targets, where }: Chain, scope: Scope): Sql {
  const p = context.names.id(param);
  const depth = scope.depth + 1;
  const link = `g${depth}`;
  const contained = q`-${column(link, 't')}`;
  const rest = predicate(context, where, { row: scope.row, contained, depth });
  if (p === undefined || rest.text === no.text) return no;
  const typed = impliesType(where, targets) ? yes : isContained(context, targets, scope.row, contained, `k${depth}`);
  return q`EXISTS (SELECT 1 FROM ${byResource('ref', link)}
    WHERE ${column(link, 'rid')} = ${column(scope.row, 'rid')} AND ${column(link, 'p')} = ${p} AND ${within(scope, link)} AND ${column(link, 't')} < 0
      AND ${allOf(typed, rest)})`;
}

/** A resource contained in it, that a reference within it leads to, satisfies the rest. */
function contains(context: SearchContext, { types, where }: Extract<Clause, { readonly kind: 'contains' }>, scope: Scope): Sql {
  const depth = scope.depth + 1;
  const link = `g${depth}`;
  const contained = q`-${column(link, 't')}`;
  const rest = predicate(context, where, { row: scope.row, contained, depth });
  if (rest.text === no.text) return no;
  const typed = impliesType(where, types) ? yes : isContained(context, types, scope.row, contained, `k${depth}`);
  return q`EXISTS (SELECT 1 FROM ${byResource('ref', link)} WHERE ${column(link, 'rid')} = ${column(scope.row, 'rid')} AND ${column(link, 't')} < 0 AND ${allOf(typed, rest)})`;
}

/** The type of a contained resource is told by the parameters that it is found by. */
function isContained(context: SearchContext, types: readonly string[], row: string, contained: Sql, alias: string): Sql {
  const params = types.flatMap((type) => context.paramsOfType(type));
  if (params.length === 0) return no;
  return anyOf(...entryTableNames.map((table) => q`EXISTS (SELECT 1 FROM ${byResource(table, alias)}
    WHERE ${column(alias, 'rid')} = ${column(row, 'rid')} AND ${column(alias, 'c')} = ${contained} AND ${oneOf(column(alias, 'p'), params)})`));
}

/** A resource of `type`, seen by the caller, refers here and satisfies the rest. */
function has(context: SearchContext, { type, param, where }: Extract<Clause, { readonly kind: 'has' }>, scope: Scope): Sql {
  const [p, typeNumber] = [context.names.id(param), context.names.id(type)];
  const depth = scope.depth + 1;
  const [link, source] = [`f${depth}`, `t${depth}`];
  const rest = predicate(context, where, { row: source, depth });
  if (p === undefined || typeNumber === undefined || rest.text === no.text) return no;
  return q`EXISTS (SELECT 1 FROM ref ${name(link)} CROSS JOIN res ${name(source)} ON ${column(source, 'rid')} = ${column(link, 'rid')}
    WHERE ${column(link, 'p')} = ${p} AND ${column(link, 't')} = ${column(scope.row, 'rid')} AND ${column(link, 'c')} = 0
      AND ${column(source, 'type')} = ${typeNumber} AND ${context.passed(source)} AND ${rest})`;
}
