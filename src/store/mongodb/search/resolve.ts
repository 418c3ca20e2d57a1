/** What satisfies the far end of a chain or of `_has`, where it is little: found first, then what refers to it or what it refers to. */
import type { Clause } from '../../../search/plan.js';
import { budgets } from '../../search/budgets.js';
import { linkOf } from '../entry-texts.js';
import { compile } from './compile.js';
import { always, isNever } from './conditions.js';
import type { Row, SearchContext } from './context.js';
import { searchDrivers } from './dated.js';
import { few, typeDriver } from './drivers.js';
import { listedBy, rowsOf } from './gather.js';
import { linksOf, unitOf } from './links.js';

/**
 * Resources of `types`, seen by the caller, that satisfy the clause; undefined when finding them takes more than `cap` rows.
 * @param links a parameter whose references are read too
 */
export async function resolve(context: SearchContext, clause: Clause, types: readonly string[], cap: number, links?: string): Promise<readonly Row[] | undefined> {
  const compiled = await compile(context, clause, types);
  if (isNever(compiled.condition)) return [];
  const drivers = await searchDrivers(context, clause, types);
  const job = { types, where: clause, compiled, extra: always };
  const listed = await listedBy(context, drivers, job, Math.min(cap, context.stepFor(0)), links);
  if (listed) return listed;
  // The type itself may have few resources, whatever the criteria.
  const found = await few(context, drivers, Math.min(cap, budgets.cheapCount)) ?? await few(context, [...drivers, typeDriver(context, types)], cap);
  return found && rowsOf(context, found.driver, job, found.rows, links);
}

type Chain = Extract<Clause, { readonly kind: 'chain' }>;
/** Targets of a chain (`Type/id`); undefined when they are many. */
export function targetsOf({ beyond }: SearchContext, clause: Chain): Promise<readonly string[] | undefined> {
  return beyond.once(clause, 'targets', async () => (await resolve(beyond, clause.where, clause.targets, budgets.targets))?.map(({ _id }) => _id));
}

type Has = Extract<Clause, { readonly kind: 'has' }>;
/** What sources that satisfy the rest of a `_has` refer to (`Type/id`); undefined when they are many. */
export function referredTo({ beyond }: SearchContext, clause: Has): Promise<readonly string[] | undefined> {
  return beyond.once(clause, 'referred', async () => {
    const sources = await resolve(beyond, clause.where, [clause.type], budgets.sources, clause.param);
    if (!sources) return undefined;
    // A further document may hold what its resource refers to.
    const read = sources.filter(({ r, sp }) => r !== undefined && sp === undefined);
    const others = await linksOf(beyond, sources.filter((row) => !read.includes(row)).map(unitOf), clause.param);
    const links = [...read.flatMap(({ r = [] }) => r.map(linkOf)), ...[...others.values()].flat()];
    return [...new Set(links.map((link) => link?.local).filter((local) => local !== undefined))];
  });
}
