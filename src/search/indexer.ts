/**
 * Index entries of a resource, by closures compiled from the SearchParameter expressions, once for each resource type on its first use.
 */
import { isObject, type JsonObject } from '../fhir/json.js';
import type { IndexEntries } from './entries.js';
import { compileExtractor } from './index/extractor.js';
import { Run, type IndexOptions, type Visit } from './index/run.js';
import { mainDateOf } from './main-date.js';
import { rowParameters, searchParametersOf } from './parameters.js';

export type { IndexOptions } from './index/run.js';

const extractors = new Map<string, readonly Visit[]>();

function extractorsOf(type: string): readonly Visit[] {
  let known = extractors.get(type);
  if (!known) {
    known = searchParametersOf(type).filter(({ code, parts }) => !rowParameters.has(code) && !parts).flatMap((parameter) => compileExtractor(parameter) ?? []);
    if (known.length > 0) extractors.set(type, known);
  }
  return known;
}

const noneInside: ReadonlyMap<string, JsonObject> = new Map();

function containedOf({ contained }: JsonObject): ReadonlyMap<string, JsonObject> {
  if (!Array.isArray(contained)) return noneInside;
  const inner = new Map<string, JsonObject>();
  for (const each of contained) if (isObject(each) && typeof each.id === 'string') inner.set(each.id, each);
  return inner;
}

function walk(resource: JsonObject, run: Run): void {
  const type = resource.resourceType;
  if (typeof type !== 'string') return;
  for (const extract of extractorsOf(type)) extract(resource, run);
}

/**
 * Everything that a resource can be found by, its contained resources included.
 * @param resource a resource that passed the check against the base definitions
 */
export function indexEntries(resource: JsonObject, options: IndexOptions): IndexEntries {
  const inner = containedOf(resource);
  const run = new Run(options, inner);
  walk(resource, run);
  for (const [id, contained] of inner) {
    run.contained = id;
    walk(contained, run);
  }
  const { token, reference, string, date, number, quantity, uri, composite } = run;
  return { token, reference, string, date, number, quantity, uri, composite, mainDate: mainDateOf(String(resource.resourceType), date) };
}
