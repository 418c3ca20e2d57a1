/** Where the references of resources lead. */
import type { Document } from 'mongodb';
import { keyStart, linkOf, unescaped, type Link } from '../entry-texts.js';
import { oneOf, type Condition } from './conditions.js';
import { keysOf, pieces, type Row, type SearchContext } from './context.js';

/** A resource, or one contained in it. */
export interface Unit {
  /** `Type/id` */
  readonly id: string;
  readonly inside?: string;
  /** It has further documents. */
  readonly spilled?: boolean;
}
export const nameOf = ({ id, inside }: Unit): string => (inside === undefined ? id : `${id}#${inside}`);
export const unitOf = ({ _id, sp }: Row): Unit => (sp === undefined ? { id: _id } : { id: _id, spilled: true });

/** Resources looked at in one query. */
const together = 400;

/** What `stages` give of the documents of units, further documents included. */
async function ofDocuments<T>(context: SearchContext, units: readonly Unit[], stages: readonly Document[]): Promise<T[]> {
  const found: T[] = [];
  for (const piece of pieces(units, together)) {
    const ids = [...new Set(piece.map(({ id }) => id))];
    const spilled = [...new Set(piece.filter((unit) => unit.spilled).map(({ id }) => id))];
    context.keys += ids.length;
    found.push(...await context.rows<T>([{ $match: oneOf('_id', ids) }, ...stages], { _id: 1 }));
    if (spilled.length > 0) found.push(...await context.rows<T>([{ $match: oneOf('of', spilled) }, ...stages], { of: 1 }));
  }
  return found;
}

/** Each contained resource as a document of its own, with `_id` and `of` of the one that it stands in. */
function unwound(units: readonly Unit[]): Document[] {
  const named = { $match: { 'in.id': { $in: [...new Set(units.map(({ inside }) => inside))] } } };
  return [named, { $unwind: '$in' }, named, { $replaceRoot: { newRoot: { $mergeObjects: ['$in', { _id: '$_id', of: '$of' }] } } }];
}

interface Named {
  readonly _id: string;
  readonly of?: string;
  readonly id?: string;
}
/** What `stages` give of the documents of the units, contained ones each for itself, with the name of the unit. */
async function ofUnits<T extends Named>(context: SearchContext, units: readonly Unit[], stages: readonly Document[]): Promise<readonly (readonly [name: string, document: T])[]> {
  const own = units.filter(({ inside }) => inside === undefined);
  const inner = units.filter(({ inside }) => inside !== undefined);
  const found = [...await ofDocuments<T>(context, own, stages), ...(inner.length === 0 ? [] : await ofDocuments<T>(context, inner, [...unwound(inner), ...stages]))];
  const asked = new Set(units.map(nameOf));
  return found.map((document) => [nameOf({ id: document.of ?? document._id, ...(document.id === undefined ? {} : { inside: document.id }) }), document] as const).filter(([name]) => asked.has(name));
}

/** What resources contain that is of one of these types. */
export async function containedIn(context: SearchContext, units: readonly Unit[], types: readonly string[]): Promise<readonly Unit[]> {
  const spilled = new Set(units.filter((unit) => unit.spilled).map(({ id }) => id));
  const found = await ofDocuments<Named>(context, units, [{ $unwind: '$in' }, { $match: oneOf('in.rt', types) }, { $project: { of: 1, id: '$in.id' } }]);
  return found.map(({ _id, of, id = '' }) => ({ id: of ?? _id, inside: id, ...(spilled.has(of ?? _id) ? { spilled: true } : {}) }));
}

/** Names of the units one of whose documents satisfies the condition. */
export async function matching(context: SearchContext, condition: Condition, units: readonly Unit[]): Promise<Set<string>> {
  return new Set((await ofUnits(context, units, [{ $match: condition }, { $project: { of: 1, id: 1 } }])).map(([name]) => name));
}

/**
 * The references of units, by the name of the unit.
 * @param param undefined: of every parameter
 */
export async function linksOf(context: SearchContext, units: readonly Unit[], param?: string): Promise<Map<string, Link[]>> {
  const r = param === undefined ? 1 : keysOf(param);
  const links = new Map<string, Link[]>();
  for (const [name, { r: keys = [] }] of await ofUnits<Named & { readonly r?: readonly string[] }>(context, units, [{ $project: { of: 1, id: 1, r } }])) {
    const known = links.get(name) ?? [];
    links.set(name, known);
    for (const key of keys) {
      const link = linkOf(key);
      if (link) known.push(link);
    }
  }
  return links;
}

/** What definitions of one type are named by. */
export async function urlsOf(context: SearchContext, units: readonly Unit[], type: string): Promise<readonly { readonly urls: readonly string[]; readonly versions: readonly string[] }[]> {
  const [url, version] = [`${type}.url`, `${type}.version`];
  const found = new Map<string, { urls: string[]; versions: string[] }>();
  const stages = [{ $project: { of: 1, u: keysOf(url, 'u'), t: keysOf(version, 't') } }];
  for (const [name, { u = [], t = [] }] of await ofUnits<Named & { readonly u?: readonly string[]; readonly t?: readonly string[] }>(context, units, stages)) {
    const known = found.get(name) ?? { urls: [], versions: [] };
    found.set(name, known);
    known.urls.push(...u.map((key) => unescaped(key.slice(keyStart(url).length))));
    known.versions.push(...t.map((key) => unescaped(key.split('|')[1] ?? '')));
  }
  return [...found.values()];
}
