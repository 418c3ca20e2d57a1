/** What a record shares with others: resources without owner that the resources of a Patient refer to. */
import { budgets, tooCostly } from '../../search/budgets.js';
import { pieces, type Row, type SearchContext } from './context.js';
import { linksOf, unitOf } from './links.js';

/** @returns ids (`Type/id`), seen by the caller from a resource that they see too */
export function sharedWith({ beyond: context }: SearchContext, patient: string): Promise<readonly string[]> {
  return context.once(context, `shared-by ${patient}`, () => find(context, patient));
}

async function find(context: SearchContext, patient: string): Promise<readonly string[]> {
  const owned = await context.together([{ pt: patient }, { pts: patient }].map((owner) => () => context.rows([
    { $match: owner }, { $limit: budgets.scan + 1 }, { $match: { rt: { $exists: true } } }, { $match: context.reach }, context.fields(),
  ], 'pt' in owner ? { pt: 1, t: 1, sd: 1, n: 1 } : { pts: 1 })));
  const rows = owned.flat();
  context.keys += rows.length;
  if (rows.length > budgets.scan) throw tooCostly('scan');
  const sources = await context.sight.visible(rows);
  const links = await linksOf(context, sources.map(unitOf));
  const targets = [...new Set([...links.values()].flat().map(({ local }) => local).filter((local) => local !== undefined))];
  const found: Row[] = [];
  for (const some of pieces(targets, 400)) {
    const ownerless = { rt: { $exists: true }, pt: { $exists: false }, pts: { $exists: false } };
    found.push(...await context.sight.visible(await context.rows([{ $match: { _id: { $in: some }, ...ownerless } }, { $match: context.reach }, context.fields()], { _id: 1 })));
  }
  return found.map(({ _id }) => _id);
}
