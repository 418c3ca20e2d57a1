/**
 * What a page brings along: `_include` and `_revinclude`, batch by batch, each resource under the grant. What is cut
 * is told.
 */
import type { Include } from '../../../search/plan.js';
import type { Along, Company } from '../../search/company.js';
import type { SearchContext } from './context.js';
import { allOf, byResource, name, q, yes, type Sql } from './sql.js';

/** @returns rids of what is included, none of them in `page` */
export function included(context: SearchContext, includes: readonly Include[], page: readonly number[], { most, levels }: Company): Along<number> {
  const known = new Set(page);
  const along = () => [...known].slice(page.length);
  let frontier = page;
  for (let level = 0; frontier.length > 0; level++) {
    const next: number[] = [];
    const following = includes.filter(({ iterate }) => level === 0 || iterate);
    if (level >= levels && following.length > 0) {
      return { found: along(), cut: following.some((include) => follow(context, include, frontier, known, 1).length > 0) ? ['levels'] : [] };
    }
    for (const include of following) {
      for (const rid of follow(context, include, frontier, known, most + 1)) {
        known.add(rid);
        next.push(rid);
      }
      if (known.size - page.length > most) return { found: along().slice(0, most), cut: ['included'] };
    }
    frontier = next;
  }
  return { found: along(), cut: [] };
}

/** What one include leads to from these resources, and is not known yet; at most `limit`. */
function follow(context: SearchContext, include: Include, from: readonly number[], known: ReadonlySet<number>, limit: number): number[] {
  const statement = (include.direction === 'include' ? forwards : backwards)(context, include, from, known, limit);
  const rids = statement ? context.numbers(statement) : [];
  context.meter.spend(rids.length);
  return rids;
}

const any = '*';
const list = (rids: Iterable<number>): string => JSON.stringify([...rids]);

/** `alias.type` is the type of that name; everything when none is named, undefined when nothing bears it. */
function ofType(context: SearchContext, alias: string, type: string | undefined): Sql | undefined {
  if (type === undefined || type === any) return yes;
  const number = context.names.id(type);
  return number === undefined ? undefined : q`${name(`${alias}.type`)} = ${number}`;
}

function forwards(context: SearchContext, { sourceType, param, targetType }: Include, from: readonly number[], known: ReadonlySet<number>, limit: number): Sql | undefined {
  const source = ofType(context, 'source', sourceType);
  const target = ofType(context, 'target', targetType);
  const p = param === any ? undefined : context.names.id(param);
  if (!source || !target || (param !== any && p === undefined)) return undefined;
  const condition = allOf(q`f.c = 0`, q`f.t > 0`, source, target, context.seen('target'), q`target.rid NOT IN (SELECT value FROM json_each(${list(known)}))`);
  return q`SELECT DISTINCT target.rid FROM json_each(${list(from)}) j CROSS JOIN res source ON source.rid = j.value
    CROSS JOIN ${byResource('ref', 'f')} ON f.rid = source.rid${p === undefined ? q`` : q` AND f.p = ${p}`} CROSS JOIN res target ON target.rid = f.t WHERE ${condition} LIMIT ${limit}`;
}

/** Parameters that any stored reference bears. */
const referenceParams = (context: SearchContext): readonly number[] =>
  context.once('reference parameters', () => context.numbers(q`WITH RECURSIVE used(p) AS (
    SELECT min(p) FROM ref UNION ALL SELECT (SELECT min(p) FROM ref WHERE p > used.p) FROM used WHERE used.p IS NOT NULL)
    SELECT p FROM used WHERE p IS NOT NULL`));

function backwards(context: SearchContext, { sourceType, param, targetType }: Include, from: readonly number[], known: ReadonlySet<number>, limit: number): Sql | undefined {
  const source = ofType(context, 'source', sourceType);
  const target = ofType(context, 'target', targetType);
  const p = param === any ? undefined : context.names.id(param);
  if (!source || !target || (param !== any && p === undefined)) return undefined;
  const params = p === undefined ? referenceParams(context) : [p];
  const condition = allOf(q`f.c = 0`, source, target, context.seen('source'), q`source.rid NOT IN (SELECT value FROM json_each(${list(known)}))`);
  return q`SELECT DISTINCT source.rid FROM json_each(${list(from)}) j CROSS JOIN res target ON target.rid = j.value CROSS JOIN json_each(${list(params)}) u
    CROSS JOIN ref f ON f.p = u.value AND f.t = target.rid CROSS JOIN res source ON source.rid = f.rid WHERE ${condition} LIMIT ${limit}`;
}

/** Whether following it is a few look-ups for each match. */
export const isBoundedInclude = ({ direction, iterate, param }: Include): boolean => direction === 'include' && !iterate && param !== any;
