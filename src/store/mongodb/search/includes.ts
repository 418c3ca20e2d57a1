/**
 * What a page brings along: `_include` and `_revinclude`, batch by batch, each resource under the grant. What is cut
 * is told.
 */
import type { Include } from '../../../search/plan.js';
import { budgets } from '../../search/budgets.js';
import type { Along, Company } from '../../search/company.js';
import { insideMark, keyStart } from '../entry-texts.js';
import { allOf, anyOf, oneOf, type Condition } from './conditions.js';
import { pieces, type Row, type SearchContext } from './context.js';
import { definitionsNamed, keysNaming } from './definitions.js';
import { linksOf, unitOf } from './links.js';
import { textsAtOnce } from './ranges.js';
import { paramsWithin } from './skip.js';

/** @returns what is included, none of it in `page` */
export async function included(context: SearchContext, includes: readonly Include[], page: readonly Row[], { most, levels }: Company): Promise<Along<Row>> {
  const known = new Map(page.map((row) => [row._id, row]));
  const along = () => [...known.values()].slice(page.length);
  let frontier = page;
  for (let level = 0; frontier.length > 0; level++) {
    const next: Row[] = [];
    for (const include of includes.filter(({ iterate }) => level === 0 || iterate)) {
      for (const row of await follow(context, include, frontier, known, most)) {
        if (level >= levels) return { found: along(), cut: ['levels'] };
        known.set(row._id, row);
        next.push(row);
      }
      if (known.size - page.length > most) return { found: along().slice(0, most), cut: ['included'] };
    }
    frontier = next;
  }
  return { found: along(), cut: [] };
}

const any = '*';
type Known = ReadonlyMap<string, Row>;
const typeOf = (id: string): string => id.slice(0, id.indexOf('/'));
const isOf = (id: string, type: string | undefined): boolean => type === undefined || type === any || typeOf(id) === type;
/** Live resources of the type that may exist for the caller. */
const live = ({ reach }: SearchContext, type: string): Condition => allOf({ rt: type === any ? { $exists: true } : type }, reach);

/** What one include leads to from these resources, and is not known yet; no more than `most` and some. */
function follow(context: SearchContext, include: Include, from: readonly Row[], known: Known, most: number): Promise<Row[]> {
  return include.direction === 'include' ? forwards(context, include, from, known, most) : backwards(context, include, from, known, most);
}

async function forwards(context: SearchContext, { sourceType, param, targetType, definitions }: Include, from: readonly Row[], known: Known, most: number): Promise<Row[]> {
  const sources = from.filter(({ _id }) => isOf(_id, sourceType));
  // Of several includes of one level the references are read once.
  const all = await context.once(from, `links ${sourceType}`, () => linksOf(context, sources.map(unitOf)));
  const links = [...all.values()].flat().filter(({ param: by }) => (param === any ? !by.startsWith(insideMark) : by === param));
  const targets = new Set(links.map(({ local }) => local).filter((local) => local !== undefined).filter((local) => isOf(local, targetType) && !known.has(local)));
  const found = await visible(context, [...targets], any, most);
  const canonicals = links.map(({ canonical }) => canonical).filter((canonical) => canonical !== undefined);
  if (!definitions || canonicals.length === 0) return found;
  return [...new Map([...found, ...await definitionsNamed(context, canonicals, definitions, known, most)].map((row) => [row._id, row])).values()];
}

/** Those of the resources that exist for the caller; no more than `most` and some. */
async function visible(context: SearchContext, ids: readonly string[], type: string, most: number): Promise<Row[]> {
  const found: Row[] = [];
  for (const some of pieces(ids, 400)) {
    const rows = await context.rows([{ $match: allOf(oneOf('_id', some), live(context, type)) }, context.fields({ text: ids.length <= textsAtOnce })], { _id: 1 });
    context.keys += some.length;
    found.push(...await context.sight.visible(rows));
    if (found.length > most) break;
  }
  return found;
}

async function backwards(context: SearchContext, { sourceType, param, targetType, definitions }: Include, from: readonly Row[], known: Known, most: number): Promise<Row[]> {
  const targets = from.filter(({ _id }) => isOf(_id, targetType));
  const params = targets.length === 0 ? [] : param === any ? await referenceParams(context, sourceType) : [param];
  const keys = params.flatMap((by) => targets.map(({ _id }) => `${keyStart(by)}${_id}`));
  if (definitions) keys.push(...await keysNaming(context, targets, definitions, params));
  const found = new Map<string, Row>();
  for (const some of pieces(keys, 1_000)) {
    const filter = anyOf({ of: { $exists: true } }, live(context, sourceType));
    const batches = context.batches([{ $match: oneOf('r', some) }, { $limit: budgets.scan }, { $match: filter }, context.fields()], { r: 1, sd: 1, n: 1 });
    for await (const rows of batches) {
      context.keys += rows.length;
      const fresh = rows.filter(({ _id, of }) => !known.has(of ?? _id) && !found.has(of ?? _id));
      const further = [...new Set(fresh.map(({ of }) => of).filter((of) => of !== undefined))];
      const own = await context.sight.visible(fresh.filter(({ of }) => of === undefined));
      for (const row of [...own, ...await visible(context, further, sourceType, most)]) found.set(row._id, row);
      if (found.size > most) return [...found.values()];
    }
  }
  return [...found.values()];
}

/** Parameters of a type, or of all, that any stored reference bears. */
function referenceParams(context: SearchContext, type: string): Promise<readonly string[]> {
  const [start, end] = type === any ? ['A', '['] : [`${type}.`, `${type}/`];
  return context.once(context, `reference parameters ${type}`, () => paramsWithin(context, 'r', start, end));
}
