/**
 * What a page brings along: `_include` and `_revinclude`, batch by batch, each resource under the grant. What is cut
 * is told.
 */
import type { Include } from '../../../search/plan.js';
import type { Along, Company } from '../../search/company.js';
import { ExternalForm, type EntryTableName } from '../schema.js';
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

/** What one include leads to from these resources, and is not known yet; no more than `limit` by each way. */
function follow(context: SearchContext, include: Include, from: readonly number[], known: ReadonlySet<number>, limit: number): number[] {
  const asked = askedOf(context, include);
  const found = new Set<number>();
  for (const { reached, rows } of asked ? ways[include.direction](context, asked, list(from)) : []) {
    const condition = allOf(asked?.source ?? yes, asked?.target ?? yes, context.seen(reached), q`${name(`${reached}.rid`)} NOT IN (SELECT value FROM json_each(${list(known)}))`);
    const rids = context.numbers(q`SELECT DISTINCT ${name(`${reached}.rid`)} FROM ${rows} AND ${condition} LIMIT ${limit}`);
    context.meter.spend(rids.length);
    for (const rid of rids) found.add(rid);
  }
  return [...found];
}

const any = '*';
const list = (numbers: Iterable<number>): string => JSON.stringify([...numbers]);

/** An include in numbers. */
interface Asked {
  readonly source: Sql;
  readonly target: Sql;
  /** Absent: every parameter. */
  readonly p?: number;
  /** Parameters `url` and `version` of what a canonical may name. */
  readonly urls: readonly number[];
  readonly versions: readonly number[];
}

/** @returns undefined when nothing here bears what is asked */
function askedOf(context: SearchContext, { sourceType, param, targetType, definitions = [] }: Include): Asked | undefined {
  const source = ofType(context, 'source', sourceType);
  const target = ofType(context, 'target', targetType);
  const p = param === any ? undefined : context.names.id(param);
  if (!source || !target || (param !== any && p === undefined)) return undefined;
  const numbers = (code: string) => definitions.map((type) => context.names.id(`${type}.${code}`)).filter((each) => each !== undefined);
  return { source, target, ...(p === undefined ? {} : { p }), urls: numbers('url'), versions: numbers('version') };
}

/** `alias.type` is the type of that name; everything when none is named, undefined when nothing bears it. */
function ofType(context: SearchContext, alias: string, type: string | undefined): Sql | undefined {
  if (type === undefined || type === any) return yes;
  const number = context.names.id(type);
  return number === undefined ? undefined : q`${name(`${alias}.type`)} = ${number}`;
}

/** Rows of `source` and `target`, one of which is what is `reached` from the resources listed. */
interface Way {
  readonly reached: 'source' | 'target';
  /** What follows FROM, with a WHERE that goes on. */
  readonly rows: Sql;
}
type Ways = (context: SearchContext, asked: Asked, from: string) => readonly Way[];

const forwards: Ways = (_, { p, urls, versions }, from) => {
  const held = (table: EntryTableName) => q`json_each(${from}) j CROSS JOIN res source ON source.rid = j.value
    CROSS JOIN ${byResource(table, 'f')} ON f.rid = source.rid${p === undefined ? q`` : q` AND f.p = ${p}`}`;
  const local = q`${held('ref')} CROSS JOIN res target ON target.rid = f.t WHERE f.c = 0 AND f.t > 0`;
  const canonical = q`${held('ext')} CROSS JOIN json_each(${list(urls)}) d CROSS JOIN uri u ON u.p = d.value AND u.v = f.v
    CROSS JOIN res target ON target.rid = u.rid WHERE ${named(versions)}`;
  return [{ reached: 'target', rows: local }, ...(urls.length === 0 ? [] : [{ reached: 'target', rows: canonical } as const])];
};

const backwards: Ways = (context, { p, urls, versions }, from) => {
  const params = (table: EntryTableName) => list(p === undefined ? referenceParams(context, table) : [p]);
  const local = q`json_each(${from}) j CROSS JOIN res target ON target.rid = j.value CROSS JOIN json_each(${params('ref')}) k
    CROSS JOIN ref f ON f.p = k.value AND f.t = target.rid CROSS JOIN res source ON source.rid = f.rid WHERE f.c = 0`;
  const canonical = () => q`json_each(${from}) j CROSS JOIN res target ON target.rid = j.value CROSS JOIN json_each(${list(urls)}) d
    CROSS JOIN ${byResource('uri', 'u')} ON u.rid = target.rid AND u.p = d.value CROSS JOIN json_each(${params('ext')}) k
    CROSS JOIN ext f ON f.p = k.value AND f.v = u.v CROSS JOIN res source ON source.rid = f.rid WHERE ${named(versions)}`;
  return [{ reached: 'source', rows: local }, ...(urls.length === 0 ? [] : [{ reached: 'source', rows: canonical() } as const])];
};

/** By the resource that a reference names, and by the URL of a definition. */
const ways: Readonly<Record<Include['direction'], Ways>> = { include: forwards, revinclude: backwards };

/** The canonical `f` names the definition `target`, whose URL is the entry `u`: whatever its version, where it says none. */
function named(versions: readonly number[]): Sql {
  const same = q`SELECT 1 FROM ${byResource('tok', 'w')} WHERE w.rid = target.rid AND w.p IN (SELECT value FROM json_each(${list(versions)})) AND w.code = f.extra AND w.c = 0`;
  return q`f.form = ${ExternalForm.canonical} AND f.c = 0 AND u.c = 0 AND (f.extra = '' OR EXISTS (${same}))`;
}

/** Parameters that any stored reference bears: a local one, or one of another form. */
const referenceParams = (context: SearchContext, table: EntryTableName): readonly number[] =>
  context.once(`parameters of ${table}`, () => context.numbers(q`WITH RECURSIVE used(p) AS (
    SELECT min(p) FROM ${name(table)} UNION ALL SELECT (SELECT min(p) FROM ${name(table)} WHERE p > used.p) FROM used WHERE used.p IS NOT NULL)
    SELECT p FROM used WHERE p IS NOT NULL`));

/** Whether following it is a few look-ups for each match. */
export const isBoundedInclude = ({ direction, iterate, param, definitions }: Include): boolean => direction === 'include' && !iterate && param !== any && definitions === undefined;
