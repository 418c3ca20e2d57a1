/**
 * Drivers: index ranges that hold every resource that satisfies a clause (and maybe more: the whole clause is checked on
 * each row that a driver gives). A clause without one can only be checked.
 */
import type { Clause, Leaf } from '../../../search/plan.js';
import { budgets } from '../../search/budgets.js';
import { alternatives, conjuncts, isEntryLeaf, typeOfParam } from '../../search/clauses.js';
import { insideMark } from '../entry-texts.js';
import { Exposure } from '../documents.js';
import { namesOf, type Scope } from './compile.js';
import { comparesInstant } from './compare.js';
import { oneOf } from './conditions.js';
import { growth, type SearchContext } from './context.js';
import { labelledDocuments } from './labelled.js';
import { leafForm, type EntryLeaf } from './leaves.js';
import { entryRange, keyedRange, listed, measure, rankOf, type Range } from './ranges.js';
import { referredTo, targetsOf } from './resolve.js';
import { sharedWith } from './shared.js';

/** The union of its ranges; none = nothing satisfies the clause. */
export interface Driver {
  readonly ranges: readonly Range[];
  /** Whatever a document in the ranges says of this clause is that it holds. */
  readonly settles?: Clause;
}
/** More ranges than this are not worth their reads. */
const maxRanges = 50;
/** Criteria that must all hold and are tried as drivers, those first that are usually narrow. */
const maxDrivers = 8;

/** Its ranges are read in the order of the main date, or known to be short enough to be put into it. */
export const isOrdered = ({ ranges }: Driver): boolean => ranges.every(({ ordered, size }) => ordered || (size !== undefined && size <= budgets.targets));
const rank = ({ ranges }: Driver): number => Math.max(-1, ...ranges.map(rankOf));

/** Drivers of clauses that must all hold. */
export async function driversOf(context: SearchContext, clauses: readonly Clause[], types: readonly string[], where: Scope = 'itself'): Promise<Driver[]> {
  const drivers: Driver[] = where === 'itself' ? ownedTokens(clauses, types) : [];
  for (const clause of clauses) {
    const driver = await drive(context, clause, types, where);
    if (driver) drivers.push(driver);
  }
  return drivers.sort((one, other) => rank(one) - rank(other)).slice(0, maxDrivers);
}

/** All resources of the types that may exist for the caller. */
export function typeDriver({ grant: { reach } }: SearchContext, types: readonly string[]): Driver {
  const all = types.map((type) => keyedRange('t', [type]));
  if (reach.kind !== 'patient') return { ranges: all };
  const open = types.map((type): Range => ({ field: 'public', condition: { rt: type, x: Exposure.public }, ordered: true }));
  return { ranges: reach.patient === undefined ? open : [...owned(reach.patient, types, types), ...open] };
}

/** @param keys tokens, or bare types */
const owned = (patient: string, types: readonly string[], keys: readonly string[]): Range[] => [
  { field: 'pt', condition: { pt: patient, t: keys.length === 1 ? keys[0] : { $in: keys } }, ordered: keys.length <= 150 },
  { field: 'pts', condition: { pts: patient }, ordered: false },
  ...(types.includes('Patient') ? [listed([`Patient/${patient}`])] : []),
];

/** A token within a record is one range. */
function ownedTokens(clauses: readonly Clause[], types: readonly string[]): Driver[] {
  const patients = clauses.filter((clause) => clause.kind === 'compartment');
  const keys = clauses.map((clause) => (clause.kind === 'token' ? leafForm(clause).ranges[0]?.keys : undefined)).filter((each) => each !== undefined);
  return patients.flatMap(({ patient }) => keys.map((tokens) => ({ ranges: owned(patient, types, tokens) })));
}

/** Rows in a driver, counted up to `cap`. */
export async function rowsIn(context: SearchContext, { ranges }: Driver, cap: number): Promise<number> {
  const rows = await context.together(ranges.map((range) => () => measure(context, range, cap)));
  return Math.min(cap, rows.reduce((sum, count) => sum + count, 0));
}

export interface Counted {
  readonly driver: Driver;
  readonly rows: number;
}
/** One of the shorter drivers, when it has no more rows than `cap`. */
export async function fewest(context: SearchContext, drivers: readonly Driver[], cap: number): Promise<Counted | undefined> {
  const [first, ...others] = drivers;
  if (!first) return undefined;
  // The likeliest by itself: where it is short, to count the others would cost more than a shorter one saves.
  const rows = await rowsIn(context, first, cap + 1);
  if (rows <= cap) return { driver: first, rows };
  const counts = await context.together(others.map((driver) => () => rowsIn(context, driver, cap + 1)));
  const least = Math.min(...counts);
  const driver = others[counts.indexOf(least)];
  return driver && least <= cap ? { driver, rows: least } : undefined;
}

/** The same, counted in steps where there are several, so that what is looked at depends on the shortest. */
export async function few(context: SearchContext, drivers: readonly Driver[], cap: number): Promise<Counted | undefined> {
  if (drivers.length === 0) return undefined;
  for (let step = drivers.length === 1 ? cap : Math.min(context.stepFor(0), cap); ; step = Math.min(step * growth, cap)) {
    const found = await fewest(context, drivers, step);
    if (found || step >= cap) return found;
  }
}

const nothing: Driver = { ranges: [] };

/** @returns undefined when no index can find what satisfies the clause */
export async function drive(context: SearchContext, clause: Clause, types: readonly string[], where: Scope = 'itself'): Promise<Driver | undefined> {
  const driver = await driverOf(context, clause, types, where);
  return driver && driver.ranges.length <= maxRanges ? driver : undefined;
}

async function driverOf(context: SearchContext, clause: Clause, types: readonly string[], where: Scope): Promise<Driver | undefined> {
  switch (clause.kind) {
    case 'and': return narrowest(context, await driversOf(context, conjuncts(clause), types, where));
    case 'or': return driveAny(context, alternatives(clause), types, where);
    case 'chain': return driveChain(context, clause, types, where);
    case 'contains': return where === 'inside' ? nothing : drive(context, clause.where, clause.types, 'inside');
    case 'has': {
      const ids = where === 'inside' ? [] : await referredTo(context, clause);
      return ids && { ranges: ids.length === 0 ? [] : [listed(ids)] };
    }
    case 'labelled': {
      const documents = where === 'inside' ? [] : await labelledDocuments(context, clause);
      return documents && { ranges: documents.length === 0 ? [] : [{ field: 'doc', condition: oneOf('doc', documents), ordered: false }] };
    }
    case 'not':
    case 'all': return undefined;
    case 'none': return nothing;
    case 'missing': return clause.missing ? undefined : driveEntries(clause, types, where);
    default: {
      if (isEntryLeaf(clause)) return driveEntries(clause, types, where);
      return where === 'inside' ? nothing : driveRows(context, clause, types);
    }
  }
}

function driveEntries(leaf: EntryLeaf, types: readonly string[], where: Scope): Driver {
  if (where === 'itself' && !types.includes(typeOfParam(leaf.param))) return nothing;
  const form = leafForm(leaf, where === 'inside' ? `${insideMark}${leaf.param}` : leaf.param);
  return { ranges: form.ranges.map(entryRange), ...(where === 'inside' || form.expression ? {} : { settles: leaf }) };
}

type RowLeaf = Exclude<Leaf, { readonly param: string } | { readonly kind: 'all' | 'none' | 'labelled' }>;

async function driveRows(context: SearchContext, leaf: RowLeaf, types: readonly string[]): Promise<Driver> {
  switch (leaf.kind) {
    case 'ids': {
      const names = namesOf(leaf, types);
      return names.length === 0 ? nothing : { ranges: [listed(names)] };
    }
    case 'of-type': return typeDriver(context, types.filter((type) => type === leaf.type));
    case 'lastUpdated': return { ranges: types.map((type): Range => ({ field: 'lu', condition: { rt: type, ...comparesInstant('lu', leaf.compare) }, ordered: false })) };
    case 'compartment': return { ranges: owned(leaf.patient, types, types) };
    case 'shared-by': {
      const ids = await sharedWith(context, leaf.patient);
      return ids.length === 0 ? nothing : { ranges: [listed(ids)] };
    }
    case 'drawn-from': return { ranges: [{ field: 'doc', condition: { doc: leaf.document }, ordered: false }] };
  }
}

/** Alternatives by keys of one index are one range. */
async function driveAny(context: SearchContext, of: readonly Clause[], types: readonly string[], where: Scope): Promise<Driver | undefined> {
  const ranges: Range[] = [];
  const keys: Record<'t' | 'r', string[]> = { t: [], r: [] };
  for (const part of of) {
    const driver = await drive(context, part, types, where);
    if (!driver) return undefined;
    for (const range of driver.ranges) {
      if (range.keys && (range.field === 't' || range.field === 'r')) keys[range.field].push(...range.keys);
      else ranges.push(range);
    }
    if (ranges.length > maxRanges) return undefined;
  }
  for (const field of ['t', 'r'] as const) if (keys[field].length > 0) ranges.push(keyedRange(field, [...new Set(keys[field])]));
  return { ranges };
}

/** Targets first: what refers to one of the few resources that satisfy the rest; and what contains one that does. */
async function driveChain(context: SearchContext, clause: Extract<Clause, { readonly kind: 'chain' }>, types: readonly string[], where: Scope): Promise<Driver | undefined> {
  if (where === 'itself' && !types.includes(typeOfParam(clause.param))) return nothing;
  const inside = await drive(context, clause.where, clause.targets, 'inside');
  const targets = inside && await targetsOf(context, clause);
  if (!targets) return undefined;
  const param = where === 'inside' ? `${insideMark}${clause.param}` : clause.param;
  const stored = targets.length === 0 ? [] : [keyedRange('r', targets.map((target) => `${param}|${target}`))];
  // Few contained resources are asked about: mostly none.
  const isNone = where === 'itself' && await rowsIn(context, inside, context.stepFor(0)) === 0;
  return isNone ? { ranges: stored, settles: clause } : { ranges: [...stored, ...inside.ranges] };
}

/** The driver with the fewest rows; when all have many, one that is ordered. */
async function narrowest(context: SearchContext, drivers: readonly Driver[]): Promise<Driver | undefined> {
  return (await few(context, drivers, budgets.targets))?.driver ?? drivers.find(isOrdered) ?? drivers[0];
}
