/** Definitions and what names them by URL and version (https://hl7.org/fhir/R4/references.html#canonical). A name without a version is that of every version. */
import type { Clause } from '../../../search/plan.js';
import { budgets } from '../../search/budgets.js';
import { uriKey, urlKey, versioned, type Link } from '../entry-texts.js';
import { oneOf } from './conditions.js';
import { pieces, type Row, type SearchContext } from './context.js';
import { select } from './judge.js';
import { unitOf, urlsOf } from './links.js';

type Canonical = NonNullable<Link['canonical']>;

/** Definitions of these types that the canonicals name and that exist for the caller, none of them `known`; no more than `most` and some. */
export async function definitionsNamed(context: SearchContext, canonicals: readonly Canonical[], types: readonly string[], known: ReadonlyMap<string, Row>, most: number): Promise<Row[]> {
  const asked = new Map([...versionsByUrl(canonicals)].flatMap(([url, versions]) => types.map((type) => [uriKey(`${type}.url`, url), { type, where: namedBy(type, url, [...versions]) }] as const)));
  const found = new Map<string, Row>();
  for (const keys of pieces([...asked.keys()], 1_000)) {
    const bearers = context.batches<{ readonly _id: string; readonly of?: string; readonly u: readonly string[] }>(
      [{ $match: oneOf('u', keys) }, { $limit: budgets.scan }, { $project: { of: 1, u: { $setIntersection: ['$u', { $literal: keys }] } } }], { u: 1 });
    for await (const some of bearers) {
      context.keys += some.length;
      const fresh = some.map(({ _id, of }) => of ?? _id).filter((id) => !known.has(id) && !found.has(id));
      const borne = [...new Set(some.flatMap(({ u }) => u))].flatMap((key) => asked.get(key) ?? []);
      for (const row of await select(context, fresh, [...new Set(borne.map(({ type }) => type))], { kind: 'or', of: borne.map(({ where }) => where) })) found.set(row._id, row);
      if (found.size > most) return [...found.values()];
    }
  }
  return [...found.values()];
}

function versionsByUrl(canonicals: readonly Canonical[]): ReadonlyMap<string, ReadonlySet<string>> {
  const versions = new Map<string, Set<string>>();
  for (const { url, version } of canonicals) versions.set(url, (versions.get(url) ?? new Set()).add(version));
  return versions;
}

function namedBy(type: string, url: string, versions: readonly string[]): Clause {
  const sameUrl: Clause = { kind: 'uri', param: `${type}.url`, match: 'exact', value: url };
  if (versions.includes('')) return sameUrl;
  return { kind: 'and', of: [sameUrl, { kind: 'or', of: versions.map((code): Clause => ({ kind: 'token', param: `${type}.version`, code })) }] };
}

/** Keys of the references that name any of the resources, as far as they are definitions of these types, by one of the parameters. */
export async function keysNaming(context: SearchContext, resources: readonly Row[], types: readonly string[], params: readonly string[]): Promise<string[]> {
  const keys = new Set<string>();
  for (const type of types) {
    const definitions = resources.filter(({ rt }) => rt === type);
    for (const { urls, versions } of definitions.length === 0 ? [] : await urlsOf(context, definitions.map(unitOf), type)) {
      for (const param of params) for (const url of urls) for (const version of ['', ...versions]) keys.add(versioned(urlKey(param, 'canonical', url), version));
    }
  }
  return [...keys];
}
