/** What satisfies the far end of a chain or of `_has`, where it is little: found first, then what refers to it or what it refers to. */
import type { Clause } from '../../../search/plan.js';
import { budgets } from '../../search/budgets.js';
import { conjuncts } from '../../search/clauses.js';
import { compile } from './compile.js';
import { always, isNever } from './conditions.js';
import type { Row, SearchContext } from './context.js';
import { driversOf, few, typeDriver } from './drivers.js';
import { rowsOf } from './gather.js';
import { linksOf, unitOf } from './links.js';

/** Resources of `types`, seen by the caller, that satisfy the clause; undefined when finding them takes more than `cap` rows. */
export async function resolve(context: SearchContext, clause: Clause, types: readonly string[], cap: number): Promise<readonly Row[] | undefined> {
  const compiled = await compile(context, clause, types);
  if (isNever(compiled.condition)) return [];
  const driver = await few(context, [...await driversOf(context, conjuncts(clause), types), typeDriver(context, types)], cap);
  return driver && rowsOf(context, driver, { types, where: clause, compiled, extra: always }, cap);
}

type Chain = Extract<Clause, { readonly kind: 'chain' }>;
/** Targets of a chain (`Type/id`); undefined when they are many. */
export function targetsOf(context: SearchContext, clause: Chain): Promise<readonly string[] | undefined> {
  return context.once(clause, 'targets', async () => (await resolve(context, clause.where, clause.targets, budgets.targets))?.map(({ _id }) => _id));
}

type Has = Extract<Clause, { readonly kind: 'has' }>;
/** What sources that satisfy the rest of a `_has` refer to (`Type/id`); undefined when they are many. */
export function referredTo(context: SearchContext, clause: Has): Promise<readonly string[] | undefined> {
  return context.once(clause, 'referred', async () => {
    const sources = await resolve(context, clause.where, [clause.type], budgets.sources);
    if (!sources) return undefined;
    const links = await linksOf(context, sources.map(unitOf), clause.param);
    return [...new Set([...links.values()].flat().map(({ local }) => local).filter((local) => local !== undefined))];
  });
}
