/** A search with every query of it noted, then explained by the server: the same pipelines, executed once more. */
import type { Collection, Document } from 'mongodb';
import type { GrantedPlan } from '../../../access/grant.js';
import { mostQueries, planLines, type ExplainedQuery, type Explanation } from '../../search/explanation.js';
import type { Reading } from '../connection.js';
import type { ResourceDocument } from '../documents.js';
import { searchPage } from './page.js';

interface Noted {
  readonly pipeline: readonly Document[];
  readonly hint?: Document;
}

const asStages = ($match: Document, { sort, skip, limit }: { readonly sort?: Document; readonly skip?: number; readonly limit?: number } = {}): Document[] =>
  [{ $match }, ...(sort ? [{ $sort: sort }] : []), ...(skip ? [{ $skip: skip }] : []), ...(limit ? [{ $limit: limit }] : [])];

/** The same collection, which tells what is asked of it. */
const noting = (resources: Collection<ResourceDocument>, noted: Noted[]): Collection<ResourceDocument> => new Proxy(resources, {
  get(target, name) {
    const value: unknown = Reflect.get(target, name, target);
    if (typeof value !== 'function') return value;
    return (...given: unknown[]) => {
      const [asked, options] = given as [Document | Document[], { hint?: Document; sort?: Document; skip?: number; limit?: number } | undefined];
      if (name === 'aggregate') noted.push({ pipeline: asked as Document[], ...(options?.hint ? { hint: options.hint } : {}) });
      if (name === 'find') noted.push({ pipeline: asStages(asked, options), ...(options?.hint ? { hint: options.hint } : {}) });
      return (value as (...all: unknown[]) => unknown).apply(target, given);
    };
  },
});

/** Numbers that shape a query and say nothing of anybody. */
const shaping: ReadonlySet<string> = new Set(['$limit', '$skip', 'rt', 'x', 'n', 'lu', 'sd', '_id']);

/** Without values: a name of a field, `$…`, and the parameter that a key begins with stay. */
function withoutValues(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return value.startsWith('$') ? value : /^[A-Z]\w*\.[\w:-]+\|/.test(value) ? `${value.slice(0, value.indexOf('|'))}|?` : '?';
  if (Array.isArray(value)) {
    const parts = value.map((each) => JSON.stringify(withoutValues(each)));
    const distinct = [...new Set(parts)];
    return distinct.length === parts.length ? value.map((each) => withoutValues(each)) : [...distinct.map((each) => JSON.parse(each) as unknown), `(${parts.length})`];
  }
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return shaping.has(key) || value === 1 || value === 0 ? value : '?';
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return '?';
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [/^[A-Za-z_$][\w$.:]*$/.test(name) ? name : '?', withoutValues(inner, name)]));
}

/** Each stage of the winning plan that goes through an index, and what was looked at. */
function stepsOf(explained: Document): string[] {
  const steps: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (value === null || typeof value !== 'object') return;
    const { stage, indexName, keysExamined, docsExamined, nReturned, ...rest } = value as Document;
    const counts = Object.entries({ keysExamined, docsExamined, nReturned }).filter(([, count]) => count !== undefined).map(([name, count]) => `${name} ${String(count)}`);
    if (typeof stage === 'string' && counts.length > 0) steps.push([stage, indexName, ...counts].filter((part) => part !== undefined).join(' '));
    Object.values(rest).forEach(walk);
  };
  const [cursor] = (explained.stages as Document[] | undefined) ?? [];
  walk(((cursor?.$cursor as Document | undefined) ?? explained).executionStats);
  return steps;
}

async function explainedQuery({ collections, maxTimeMS }: Reading, { pipeline, hint }: Noted): Promise<ExplainedQuery> {
  const explained = await collections.resources.aggregate([...pipeline], { ...(hint ? { hint } : {}), maxTimeMS }).explain('executionStats');
  const steps = stepsOf(explained);
  const rows = Number(/nReturned (\d+)/.exec(steps[0] ?? '')?.[1] ?? 0);
  return { text: JSON.stringify(withoutValues(pipeline)), rows, steps };
}

/** @param reading the snapshot of the search @param plain reads outside of it. @throws Failure as `searchPage` */
export async function explainSearch(reading: Reading, plain: Reading, bound: GrantedPlan): Promise<Explanation> {
  const noted: Noted[] = [];
  const { matches } = await searchPage({ ...reading, collections: { ...reading.collections, resources: noting(reading.collections.resources, noted) } }, bound);
  const distinct = [...new Map(noted.map((one) => [JSON.stringify(withoutValues(one.pipeline)), one])).values()].slice(0, mostQueries);
  const queries: ExplainedQuery[] = [];
  for (const one of distinct) queries.push(await explainedQuery(plain, one));
  return { store: 'mongodb', plan: planLines(bound.plan), matches: matches.length, queries };
}
