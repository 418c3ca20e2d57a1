/**
 * Drivers: index ranges that hold every resource that satisfies a clause (and maybe more: the whole clause is checked on
 * each row that a driver gives). A clause without one can only be checked.
 */
import type { Clause, Leaf } from '../../../search/plan.js';
import { sumsWith } from '../../body/labels.js';
import { budgets } from '../../search/budgets.js';
import { conjuncts, impliesType, isEntryLeaf, typeOfParam } from '../../search/clauses.js';
import { comparesInstant, instantRange } from './compare.js';
import type { SearchContext } from './context.js';
import { entryMatches, matchSource, referencesTo, type EntryMatch } from './entry-matches.js';
import { predicate } from './predicate.js';
import { sharedWith } from './shared.js';
import { allOf, byResource, join, name, oneOf, q, yes, type Sql } from './sql.js';

/** One range: `FROM … WHERE …` under the alias `e`, which has `rid`, and `sd` when the branch is ordered. */
export interface Branch {
  readonly source: Sql;
  /** On rows of the range; not served by the index. */
  readonly filter: Sql;
  /** Its rows are read in the order of (sd, rid), or are few enough to be put into it. */
  readonly ordered: boolean;
}
/** The union of its branches; none = nothing satisfies the clause. */
export interface Driver {
  readonly branches: readonly Branch[];
  /** What all its rows satisfy, so that it need not be checked on them. */
  readonly holds?: Clause;
}
/** A UNION ALL of more branches than this is not worth its text. */
const maxBranches = 100;

export const isOrdered = ({ branches }: Driver): boolean => branches.every(({ ordered }) => ordered);

/** What is usually narrow comes first: it is the first to be counted to its end. */
const narrowFirst = ['json_each', 'own', 'ref', 'ext', 'uri', 'doc', 'str', 'tok', 'res'];
const rankOf = ({ source }: Branch): number => {
  const at = narrowFirst.findIndex((table) => source.text.startsWith(table));
  return at < 0 ? narrowFirst.length : at;
};
const rank = ({ branches }: Driver): number => Math.max(-1, ...branches.map(rankOf));

/** Drivers of clauses that must all hold. */
export const driversOf = (context: SearchContext, clauses: readonly Clause[], types: readonly string[], where: Where = 'itself'): Driver[] =>
  clauses.map((clause) => drive(context, clause, types, where)).filter((driver) => driver !== undefined).sort((one, other) => rank(one) - rank(other));

/** All resources of the types. */
export const typeDriver = (context: SearchContext, types: readonly string[]): Driver => ({
  branches: context.typeNumbers(types).map((type) => ({ source: q`res e INDEXED BY res_sd WHERE e.type = ${type} AND e.state = 1`, filter: yes, ordered: true })),
});

/** Rows in the range of a driver, counted up to `cap`. */
export function measure(context: SearchContext, { branches }: Driver, cap: number): number {
  return branches.length === 0 ? 0 : context.count(rangeOf(branches), cap);
}
const rangeOf = (branches: readonly Branch[]): Sql => join(branches.map(({ source }) => q`SELECT 1 FROM ${source}`), ' UNION ALL ');

/** Its range has so many rows or more, or had a moment ago. */
export const isLong = (context: SearchContext, { branches }: Driver, rows: number): boolean => branches.length > 0 && context.isLong(rangeOf(branches), rows);

/** Few rows are in its range, and none of them fits. */
function isEmpty(context: SearchContext, driver: Driver, cap: number): boolean {
  return measure(context, driver, cap + 1) <= cap && driver.branches.every(({ source, filter }) => context.rows(q`SELECT 1 FROM ${source} AND ${filter} LIMIT 1`).length === 0);
}

/** Its rows are what satisfies the clause: entries are those of live resources, and these are of the one type that is asked for. */
export const isWholeEntry = (clause: Clause, { holds }: Driver, types: readonly string[]): boolean => clause === holds && isEntryLeaf(clause) && impliesType(clause, types);

/** The rids that a driver gives, each once. */
export function distinctRids({ branches }: Driver): Sql {
  const [only, ...more] = branches;
  // In the order of its index, the same resource comes right after itself: nothing needs to be remembered.
  if (only?.ordered && more.length === 0) return q`SELECT DISTINCT e.sd, e.rid AS rid FROM ${only.source} AND ${only.filter}`;
  const rows = join(branches.map(({ source, filter }) => q`SELECT e.rid AS rid FROM ${source} AND ${filter}`), ' UNION ALL ');
  return q`SELECT DISTINCT rid FROM (${rows})`;
}

/** Within a resource itself, or within what it contains. */
type Where = 'itself' | 'inside';

/** @returns undefined when no index can find what satisfies the clause */
export function drive(context: SearchContext, clause: Clause, types: readonly string[], where: Where = 'itself'): Driver | undefined {
  const driver = driverOf(context, clause, types, where);
  if (!driver || driver.branches.length > maxBranches) return undefined;
  // What holds for a resource within another, or for a part of the clause, says nothing of the whole.
  return where === 'itself' && driver.holds === clause ? driver : { branches: driver.branches };
}

function driverOf(context: SearchContext, clause: Clause, types: readonly string[], where: Where): Driver | undefined {
  switch (clause.kind) {
    case 'and': return narrowest(context, conjuncts(clause), types, where);
    case 'or': {
      const parts = clause.of.map((part) => drive(context, part, types, where));
      if (parts.includes(undefined)) return undefined;
      return { branches: parts.flatMap((part) => part?.branches ?? []), ...(parts.every((part) => part?.holds) ? { holds: clause } : {}) };
    }
    case 'chain': return driveChain(context, clause, types, where);
    case 'contains': return where === 'inside' ? nothing : drive(context, clause.where, clause.types, 'inside');
    case 'has': return where === 'inside' ? nothing : driveHas(context, clause);
    case 'not':
    case 'all': return undefined;
    case 'none': return nothing;
    default:
      if (isEntryLeaf(clause)) return clause.kind === 'missing' && clause.missing ? undefined : driveEntries(context, clause, types, where);
      return where === 'inside' ? nothing : driveRows(context, clause, types);
  }
}
const nothing: Driver = { branches: [] };

const branchOf = (match: EntryMatch, where: Where): Branch => ({
  source: matchSource(match, 'e'),
  filter: allOf(where === 'itself' ? q`e.c = 0` : q`e.c > 0`, match.filter),
  ordered: match.ordered,
});

function driveEntries(context: SearchContext, leaf: Extract<Leaf, { readonly param: string }>, types: readonly string[], where: Where): Driver {
  if (where === 'itself' && !types.includes(typeOfParam(leaf.param))) return nothing;
  const matches = entryMatches(context, leaf, 'e').flatMap((match) => match.shorter ?? [match]);
  return { branches: matches.map((match) => branchOf(match, where)), holds: leaf };
}

/** A list of rids as a range. */
const listed = (rids: readonly number[]): Driver => ({
  branches: rids.length === 0 ? [] : [{ source: q`json_each(${JSON.stringify(rids)}) j CROSS JOIN res e ON e.rid = j.value WHERE 1`, filter: yes, ordered: true }],
});

type RowLeaf = Exclude<Leaf, { readonly param: string } | { readonly kind: 'all' | 'none' }>;

function driveRows(context: SearchContext, leaf: RowLeaf, types: readonly string[]): Driver {
  const numbers = context.typeNumbers(leaf.kind === 'ids' && leaf.type !== undefined ? types.filter((type) => type === leaf.type) : types);
  switch (leaf.kind) {
    case 'ids':
      if (numbers.length === 0) return nothing;
      return { branches: [{ source: q`json_each(${JSON.stringify(leaf.ids)}) j CROSS JOIN res e ON e.id = j.value WHERE ${oneOf(name('e.type'), numbers)}`, filter: yes, ordered: true }] };
    case 'of-type': return typeDriver(context, types.filter((type) => type === leaf.type));
    case 'lastUpdated': {
      const range = instantRange(name('e.lu'), leaf.compare);
      return { branches: numbers.map((type) => ({ source: q`res e INDEXED BY res_lu WHERE e.type = ${type} AND e.state = 1 AND ${range}`, filter: comparesInstant(name('e.lu'), leaf.compare), ordered: false })) };
    }
    case 'compartment': {
      const patient = context.rid('Patient', leaf.patient);
      if (patient === undefined) return nothing;
      const owned = numbers.map((type): Branch => ({ source: q`own e WHERE e.pt = ${patient} AND e.type = ${type}`, filter: yes, ordered: true }));
      return { branches: types.includes('Patient') ? [...owned, ...listed([patient]).branches] : owned };
    }
    case 'shared-by': return listed(sharedWith(context, leaf.patient));
    case 'labelled': {
      const sums = oneOf(name('l.labels'), sumsWith(leaf.labels));
      return { branches: [{ source: q`doc l INDEXED BY doc_labels CROSS JOIN res e INDEXED BY res_doc ON e.doc = l.rid WHERE l.labels <> 0 AND ${sums} AND e.doc > 0`, filter: q`e.rid <> e.doc`, ordered: false }] };
    }
    case 'drawn-from': {
      const document = context.rid('DocumentReference', leaf.document);
      return document === undefined ? nothing : { branches: [{ source: q`res e INDEXED BY res_doc WHERE e.doc = ${document} AND e.doc > 0`, filter: yes, ordered: false }] };
    }
  }
}

/** Targets first: what refers to one of the few resources that satisfy the rest; and what contains one that does. */
function driveChain(context: SearchContext, clause: Extract<Clause, { readonly kind: 'chain' }>, types: readonly string[], where: Where): Driver | undefined {
  if (where === 'itself' && !types.includes(typeOfParam(clause.param))) return nothing;
  const maybe = drive(context, clause.where, clause.targets, 'inside');
  const targets = maybe && resolve(context, clause.where, clause.targets, budgets.targets);
  if (!targets) return undefined;
  const inside = isEmpty(context, maybe, budgets.targets) ? nothing : maybe;
  const outside = referencesTo(context, clause.param, targets, 'e').map((match) => branchOf(match, where));
  // What contains a target may refer to it by another parameter.
  return { branches: [...outside, ...inside.branches], ...(inside.branches.length === 0 ? { holds: clause } : {}) };
}

/** Sources first: what they refer to. */
function driveHas(context: SearchContext, clause: Extract<Clause, { readonly kind: 'has' }>): Driver | undefined {
  const { type, param, where } = clause;
  const p = context.names.id(param);
  if (p === undefined) return nothing;
  const sources = resolve(context, where, [type], budgets.sources);
  if (!sources) return undefined;
  const targets = context.numbers(q`SELECT DISTINCT f.t FROM json_each(${JSON.stringify(sources)}) j CROSS JOIN ${byResource('ref', 'f')} ON f.rid = j.value AND f.p = ${p} WHERE f.c = 0 AND f.t > 0`);
  return { ...listed(targets), holds: clause };
}

/** The driver with the fewest rows; when all have many, one that is ordered. */
function narrowest(context: SearchContext, parts: readonly Clause[], types: readonly string[], where: Where): Driver | undefined {
  const drivers = driversOf(context, parts, types, where);
  return few(context, drivers, budgets.targets) ?? drivers.find(isOrdered) ?? drivers[0];
}

/** The first of the drivers that ends when they are measured in steps; undefined when all go beyond `cap`. */
export function few(context: SearchContext, drivers: readonly Driver[], cap: number): Driver | undefined {
  if (drivers.length === 0) return undefined;
  // One is not raced by others.
  for (let step = drivers.length === 1 ? cap : Math.min(context.meter.stepFor(1), cap); ; step = Math.min(step * 2, cap)) {
    const found = drivers.find((driver) => measure(context, driver, step + 1) <= step);
    if (found || step >= cap) return found;
  }
}

/** Rids of all resources of `types`, seen by the caller, that satisfy the clause; undefined when finding them takes more than `cap` rows. */
export function resolve(context: SearchContext, clause: Clause, types: readonly string[], cap: number): readonly number[] | undefined {
  const driver = few(context, [...driversOf(context, conjuncts(clause), types), typeDriver(context, types)], cap);
  if (!driver) return undefined;
  if (driver.branches.length === 0) return [];
  if (context.passesAll && types.length === 1 && isWholeEntry(clause, driver, types)) return context.numbers(q`SELECT rid FROM (${distinctRids(driver)})`);
  const numbers = context.typeNumbers(types);
  const rest = driver.holds === clause ? yes : predicate(context, clause, { row: 'r', depth: 0 });
  return context.numbers(q`SELECT r.rid FROM (${distinctRids(driver)}) d CROSS JOIN res r ON r.rid = d.rid
    WHERE ${allOf(oneOf(name('r.type'), numbers), context.passed('r'), rest)}`);
}
