/**
 * Which of some resources satisfy a clause, set by set: for what a document cannot say of itself. A chain goes to its targets,
 * `_has` to what refers here, in batches, each hop under the grant.
 */
import type { Document } from 'mongodb';
import type { Clause } from '../../../search/plan.js';
import { budgets, tooCostly } from '../../search/budgets.js';
import { isEntryLeaf } from '../../search/clauses.js';
import { compile, rowCondition, type Compiled } from './compile.js';
import { allOf, anyOf, isAlways, isNever, oneOf, type Condition } from './conditions.js';
import { pieces, type Row, type SearchContext } from './context.js';
import { following } from './labelled.js';
import { leafForm } from './leaves.js';
import { containedIn, linksOf, matching, nameOf, unitOf, type Unit } from './links.js';

type Names = Set<string>;
const namesOf = (units: readonly Unit[]): Names => new Set(units.map(nameOf));

/** Rows that pass the condition of a clause, or of which one document does not tell all. */
export const passing = (condition: Condition): Condition => (isAlways(condition) ? condition : anyOf({ sp: { $exists: true } }, condition));

/** Those of the rows, found by the condition of the clause, that satisfy it and exist for the caller; in their order. */
export async function admitted(context: SearchContext, rows: readonly Row[], clause: Clause, { rest }: Compiled, types: readonly string[]): Promise<Row[]> {
  const seen = await context.sight.visible(rows);
  const spilled = seen.filter(({ sp }) => sp !== undefined);
  const whole = rest ? seen.filter(({ sp }) => sp === undefined) : [];
  if (spilled.length === 0 && !rest) return seen;
  const refused = new Set<string>();
  for (const [part, judged] of [[spilled, clause], [whole, rest]] as const) {
    if (part.length === 0 || !judged) continue;
    const kept = await holding(context, judged, part.map(unitOf), types);
    for (const { _id } of part) if (!kept.has(_id)) refused.add(_id);
  }
  return seen.filter(({ _id }) => !refused.has(_id));
}

/** Those of the resources (`Type/id`) that are live, of these types, exist for the caller and satisfy the clause. */
export async function select(context: SearchContext, ids: readonly string[], types: readonly string[], clause: Clause): Promise<Row[]> {
  const compiled = await compile(context, clause, types);
  if (isNever(compiled.condition)) return [];
  const found: Row[] = [];
  for (const piece of pieces([...new Set(ids)], 400)) {
    const rows = await context.rows([{ $match: allOf(oneOf('_id', piece), context.live(types), passing(compiled.condition)) }, context.fields()], { _id: 1 });
    context.keys += piece.length;
    found.push(...await admitted(context, rows, clause, compiled, types));
  }
  return found;
}

/** Names of the units that satisfy the clause. @param types that the resources may be of */
export async function holding(context: SearchContext, clause: Clause, units: readonly Unit[], types: readonly string[]): Promise<Names> {
  if (units.length === 0) return new Set();
  switch (clause.kind) {
    case 'and': {
      let left = units;
      for (const part of clause.of) {
        const kept = await holding(context, part, left, types);
        left = left.filter((unit) => kept.has(nameOf(unit)));
      }
      return namesOf(left);
    }
    case 'or': {
      const kept: Names = new Set();
      for (const part of clause.of) {
        const more = await holding(context, part, units.filter((unit) => !kept.has(nameOf(unit))), types);
        for (const name of more) kept.add(name);
      }
      return kept;
    }
    case 'not': {
      const refused = await holding(context, clause.of, units, types);
      return namesOf(units.filter((unit) => !refused.has(nameOf(unit))));
    }
    case 'chain': return chained(context, clause, units);
    case 'contains': {
      const inner = await containedIn(context, units.filter(({ inside }) => inside === undefined), clause.types);
      const kept = await holding(context, clause.where, inner, clause.types);
      return new Set(inner.filter((unit) => kept.has(nameOf(unit))).map(({ id }) => id));
    }
    case 'has': return referred(context, clause, units.filter(({ inside }) => inside === undefined));
    case 'labelled': return following(context, clause, units.filter(({ inside }) => inside === undefined).map(({ id }) => id));
    case 'all': return namesOf(units);
    case 'none': return new Set();
    default: {
      // Of what is no entry, further documents say nothing.
      if (!isEntryLeaf(clause)) return matching(context, await rowCondition(context, clause, types), units.filter(({ inside }) => inside === undefined).map(({ id }) => ({ id })));
      const present = await matching(context, leafForm(clause).condition, units);
      return clause.kind === 'missing' && clause.missing ? namesOf(units.filter((unit) => !present.has(nameOf(unit)))) : present;
    }
  }
}

/** Targets, stored or contained in the same resource, by the parameter. */
async function chained(context: SearchContext, { param, targets, where }: Extract<Clause, { readonly kind: 'chain' }>, units: readonly Unit[]): Promise<Names> {
  const links = await linksOf(context, units, param);
  const wanted = new Set<string>();
  const inner = new Map<string, Unit>();
  for (const unit of units) {
    for (const { local, inside } of links.get(nameOf(unit)) ?? []) {
      if (local !== undefined && targets.includes(local.slice(0, local.indexOf('/')))) wanted.add(local);
      if (inside !== undefined) inner.set(nameOf({ id: unit.id, inside }), { ...unit, inside });
    }
  }
  const found = new Set((await select(context.beyond, [...wanted], targets, where)).map(({ _id }) => _id));
  const typed = await matching(context, oneOf('rt', targets), [...inner.values()]);
  const contained = await holding(context, where, [...inner.values()].filter((unit) => typed.has(nameOf(unit))), targets);
  return namesOf(units.filter((unit) => (links.get(nameOf(unit)) ?? []).some(({ local, inside }) =>
    (local !== undefined && found.has(local)) || (inside !== undefined && contained.has(nameOf({ id: unit.id, inside }))))));
}

interface Referrer extends Row {
  readonly to: readonly string[];
}

/** What refers here is read batch by batch, until every unit is known to be referred to or nothing is left. */
async function referred({ beyond: context }: SearchContext, { type, param, where }: Extract<Clause, { readonly kind: 'has' }>, units: readonly Unit[]): Promise<Names> {
  const compiled = await compile(context, where, [type]);
  const kept: Names = new Set();
  if (isNever(compiled.condition)) return kept;
  let read = 0;
  for (let left = [...new Set(units.map(({ id }) => id))]; left.length > 0; left = left.slice(asked)) {
    const waiting = new Map(left.slice(0, asked).map((id) => [`${param}|${id}`, id]));
    const keys = [...waiting.keys()];
    const filter = anyOf({ of: { $exists: true } }, allOf(context.live([type]), passing(compiled.condition)));
    const referrers = context.batches<Referrer>([
      { $match: oneOf('r', keys) }, { $limit: budgets.scan }, { $match: filter },
      { $project: { ...context.fields().$project as Document, to: { $setIntersection: ['$r', { $literal: keys }] } } },
    ], { r: 1, sd: 1, n: 1 });
    for await (const some of referrers) {
      read += some.length;
      context.keys += some.length;
      if (read > budgets.scan) throw tooCostly('targets');
      const open = some.filter(({ to }) => to.some((key) => waiting.has(key)));
      const good = await owners(context, open, where, compiled, type);
      for (const { _id, of, to } of open) {
        if (!good.has(of ?? _id)) continue;
        for (const key of to) {
          const id = waiting.get(key);
          if (id !== undefined) kept.add(id);
          waiting.delete(key);
        }
      }
      if (waiting.size === 0) break;
    }
  }
  return kept;
}
/** Resources that are asked at once who refers to them. */
const asked = 100;

/** Ids of the resources that rows belong to, which exist for the caller and satisfy the clause. */
async function owners(context: SearchContext, rows: readonly Row[], clause: Clause, compiled: Compiled, type: string): Promise<Names> {
  const own = await admitted(context, rows.filter(({ of }) => of === undefined), clause, compiled, [type]);
  const further = rows.map(({ of }) => of).filter((of) => of !== undefined);
  const through = further.length === 0 ? [] : await select(context, further, [type], clause);
  return new Set([...own, ...through].map(({ _id }) => _id));
}
