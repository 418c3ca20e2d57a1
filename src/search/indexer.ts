/**
 * Index entries of a resource, by closures compiled from the SearchParameter expressions, once for each resource type on its first use.
 */
import { isObject, type JsonObject } from '../fhir/json.js';
import type { IndexEntries } from './entries.js';
import { compileExtractor } from './index/extractor.js';
import { addWords } from './index/full-text.js';
import { listedVisit } from './index/listed.js';
import { Run, type IndexOptions, type Visit } from './index/run.js';
import { mainDateOf } from './main-date.js';
import { ownParametersOf, rowParameters, searchParametersOf, type SearchParameter } from './parameters.js';
import type { OwnParameters } from './index-state.js';

export type { IndexOptions } from './index/run.js';

const extractors = new Map<string, readonly Visit[]>();

const compiled = (parameters: readonly SearchParameter[]): readonly Visit[] =>
  parameters.filter(({ code, parts }) => !rowParameters.has(code) && !parts).flatMap((parameter) => compileExtractor(parameter) ?? []);

function extractorsOf(type: string): readonly Visit[] {
  let known = extractors.get(type);
  if (!known) {
    known = compiled(searchParametersOf(type));
    if (type === 'List') known = [...known, listedVisit];
    if (known.length > 0) extractors.set(type, known);
  }
  return known;
}

const none: readonly Visit[] = [];
const ownExtractors = new WeakMap<OwnParameters['definitions'], Map<string, readonly Visit[]>>();

/** Of the operator's parameters. */
function ownExtractorsOf(type: string, own: OwnParameters | undefined): readonly Visit[] {
  if (own === undefined || own.definitions.length === 0) return none;
  const byType = ownExtractors.get(own.definitions) ?? new Map<string, readonly Visit[]>();
  ownExtractors.set(own.definitions, byType);
  const known = byType.get(type) ?? compiled(ownParametersOf(type, own));
  byType.set(type, known);
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
  run.resource = resource;
  for (const extract of extractorsOf(type)) extract(resource, run);
  for (const extract of ownExtractorsOf(type, run.options.own)) extract(resource, run);
}

/**
 * Contained resources that a search can lead to: those that a reference with a search parameter points at, from the resource
 * or from another of them. What stands under any other element (sourcePatientInfo, for example) is told, not searched.
 */
function walkContained(run: Run, inner: ReadonlyMap<string, JsonObject>): void {
  const reached = new Set<string>();
  // Grows while it is walked.
  for (const entry of run.reference) {
    const contained = entry.form === 'contained' && !reached.has(entry.id) ? inner.get(entry.id) : undefined;
    if (entry.form !== 'contained' || contained === undefined) continue;
    reached.add(entry.id);
    run.contained = entry.id;
    walk(contained, run);
  }
}

/**
 * Everything that a resource can be found by, its contained resources included as far as a chain reaches them.
 * @param resource a resource that passed the check against the base definitions
 * @throws Failure too-many-values
 */
export function indexEntries(resource: JsonObject, options: IndexOptions): IndexEntries {
  const inner = containedOf(resource);
  const run = new Run(options, inner);
  walk(resource, run);
  walkContained(run, inner);
  addWords(resource, String(resource.resourceType), options.fullText ?? 'text', run);
  run.requireRoom();
  const { token, reference, string, date, number, quantity, uri, composite, position } = run;
  return { token, reference, string, date, number, quantity, uri, composite, ...(position.length === 0 ? {} : { position }), mainDate: mainDateOf(String(resource.resourceType), date), ...(options.own === undefined ? {} : { by: options.own.generation }) };
}
