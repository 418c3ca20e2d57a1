/**
 * A batch or transaction from bytes to entries: the task that runs on a lane. What main needs to decide comes in slices,
 * so that thousands of entries never cross at once.
 */
import { isObject, writeJson, type JsonObject } from '../../fhir/json.js';
import { fail, type Issue } from '../../fhir/failure.js';
import { objects, textOf } from '../../fhir/elements.js';
import { readResource, type TypedResource } from '../../fhir/resource.js';
import { validate } from '../../fhir/validate.js';
import { packFailure, type WireFailure } from '../lane-wire.js';
import type { Task } from '../lane.js';
import type { BodyFormat } from '../negotiate.js';
import { readPatchEntry } from '../patch-format.js';
import type { Limit } from '../services.js';
import { examine, type Examined, type ReadingSettings, type ResourceFacts } from '../write/examine.js';
import { render, type Rendered, type RenderRequest } from '../write/render.js';
import { readTarget, type EntryTarget } from './entry-request.js';
import { fullUrlsOf, placeholdersIn, placeholdersOf, requireAlone, requireFullUrl, settleRelative, type FullUrls } from './references.js';

export interface BundleInput {
  readonly bytes: Uint8Array;
  readonly format: BodyFormat;
  readonly charset?: string;
  readonly settings: ReadingSettings;
  /** Most entries. */
  readonly limit: Limit;
}

export interface BundleFacts {
  readonly type: 'batch' | 'transaction';
  readonly count: number;
}

/** An entry as the main thread knows it. */
export interface EntryFacts {
  readonly index: number;
  readonly fullUrl?: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
  readonly ifNoneExist?: string;
  /** Absent when the request itself cannot be read: see `failure`. */
  readonly target?: EntryTarget;
  /** Of the resource that is to be written. */
  readonly resource?: ResourceFacts;
  /** Texts of references that mean something inside this Bundle only: full URLs of its entries, URNs, conditional references. */
  readonly placeholders: readonly string[];
  readonly failure?: WireFailure;
}

export type Ask =
  | { readonly ask: 'facts'; readonly from: number; readonly to: number }
  /** What placeholders stand for, from now on. */
  | { readonly ask: 'targets'; readonly targets: readonly (readonly [string, string])[] }
  | { readonly ask: 'render'; readonly index: number; readonly request: RenderRequest }
  /** Several at once, in that order: a message between threads costs as much as the work on a small resource. */
  | { readonly ask: 'renders'; readonly asked: readonly RenderAsked[] }
  /** The resource of an entry as JSON text, '' when it has none. */
  | { readonly ask: 'text'; readonly index: number };

export interface RenderAsked {
  readonly index: number;
  readonly request: RenderRequest;
}
export type RenderTold = { readonly rendered: Rendered } | { readonly failure: WireFailure };
export type Told = readonly EntryFacts[] | readonly RenderTold[] | Rendered | string | undefined;

interface OpenEntry {
  readonly facts: EntryFacts;
  readonly examined?: Examined;
  readonly resource?: JsonObject;
}
interface Session {
  readonly entries: readonly OpenEntry[];
  readonly settings: ReadingSettings;
  targets: ReadonlyMap<string, string>;
}

const types: ReadonlySet<string> = new Set(['batch', 'transaction']);
const requestOf = (entry: JsonObject): JsonObject => (isObject(entry.request) ? entry.request : {});

interface Shell {
  readonly entries: readonly JsonObject[];
  /** What is wrong with single entries of a batch, by their index. */
  readonly faulty: ReadonlyMap<number, readonly Issue[]>;
}

/** The entry that an issue is about. */
const entryOf = ({ expression: [at = ''] = [] }: Issue): number | undefined => {
  const [, index] = /^Bundle\.entry\[(\d+)\]/.exec(at) ?? [];
  return index === undefined ? undefined : Number(index);
};

/** The Bundle around its resources; in a batch each entry answers for itself. @throws Failure bad-resource, invalid */
function requireShell(bundle: TypedResource): Shell {
  if (bundle.resourceType !== 'Bundle') throw fail('bad-resource', { reason: 'a Bundle is expected here' }, { expression: ['resourceType'] });
  const entries = objects(bundle.entry);
  const faults = validate({ ...bundle, ...(Array.isArray(bundle.entry) ? { entry: bundle.entry.map(withoutResource) } : {}) });
  entries.forEach((entry, index) => {
    if (entry.request === undefined) faults.push(missing(`Bundle.entry[${index}].request`));
  });
  if (!types.has(String(bundle.type))) throw fail('invalid', { reason: 'Bundle.type must be batch or transaction here.' }, { expression: ['Bundle.type'] });
  const faulty = new Map<number, Issue[]>();
  if (bundle.type === 'transaction' || faults.length >= manyFaults || faults.some((fault) => entryOf(fault) === undefined)) {
    if (faults.length > 0) throw fail('invalid', {}, { issues: faults });
  } else {
    for (const fault of faults) faulty.set(entryOf(fault) as number, [...faulty.get(entryOf(fault) as number) ?? [], fault]);
  }
  return { entries, faulty };
}
/** So many are not all that there are. */
const manyFaults = 100;
const missing = (expression: string): Issue => ({ severity: 'error', code: 'required', diagnostics: 'An entry of a batch or transaction says what it asks for in "request".', expression: [expression] });
function withoutResource(entry: JsonObject[string]): JsonObject[string] {
  if (!isObject(entry) || !('resource' in entry)) return entry;
  const shell = { ...entry };
  delete shell.resource;
  // An empty element would be a fault of its own.
  return Object.keys(shell).length === 0 ? { fullUrl: 'urn:entry' } : shell;
}

const condition = (request: JsonObject, name: 'ifMatch' | 'ifNoneMatch' | 'ifModifiedSince' | 'ifNoneExist') => {
  const value = textOf(request[name]);
  return value === undefined ? {} : { [name]: value };
};

function openEntry(entry: JsonObject, index: number, type: BundleFacts['type'], settings: ReadingSettings, urls: FullUrls): OpenEntry {
  const request = requestOf(entry);
  const fullUrl = textOf(entry.fullUrl);
  const base = {
    index, ...(fullUrl === undefined ? {} : { fullUrl }),
    ...condition(request, 'ifMatch'), ...condition(request, 'ifNoneMatch'), ...condition(request, 'ifModifiedSince'), ...condition(request, 'ifNoneExist'),
  };
  const resource = isObject(entry.resource) ? entry.resource : undefined;
  const kept = resource === undefined ? {} : { resource };
  let target: EntryTarget | undefined;
  try {
    target = readTarget(request, settings.bases);
    requireFullUrl(fullUrl, target, index);
    if (target.kind === 'delete' || target.kind === 'other') return { facts: { ...base, target, placeholders: [] }, ...kept };
    if (!resource) throw fail('bad-resource', { reason: 'the entry has none' }, { expression: [`Bundle.entry[${index}].resource`] });
    if (target.kind === 'patch') return { facts: { ...base, target, placeholders: placeholdersIn(readPatchEntry(resource).values, urls) }, ...kept };
    const [written = '', id] = target.path;
    // References between entries mean something in a transaction only.
    if (type === 'batch') requireAlone(resource, urls);
    else settleRelative(resource, fullUrl, urls);
    const examined = examine(resource as TypedResource, { type: written, ...(id === undefined ? {} : { id }) }, settings);
    return { facts: { ...base, target, resource: examined.facts, placeholders: type === 'batch' ? [] : placeholdersOf(resource, urls) }, examined, ...kept };
  } catch (error) {
    return { facts: { ...base, ...(target ? { target } : {}), placeholders: [], failure: packFailure(error) }, ...kept };
  }
}

function renderEntry({ entries, targets }: Session, { index, request }: RenderAsked, settings: ReadingSettings): Rendered {
  const examined = entries[index]?.examined;
  if (!examined) throw new RangeError(`Entry ${index} has nothing to render`);
  return render(examined, request, settings, targets);
}

export const bundleTask: Task<BundleInput, BundleFacts, Session, Ask, Told> = {
  name: 'bundle',
  open({ bytes, format, charset, settings, limit }) {
    const bundle = readResource(bytes, format, charset, { name: 'entry', most: limit.value, refusal: () => fail('too-many-entries', { limit: limit.value, setting: limit.setting }) });
    const { entries: shells, faulty } = requireShell(bundle);
    const type = bundle.type as BundleFacts['type'];
    const urls = fullUrlsOf(shells, settings.bases, type === 'transaction');
    const entries = shells.map((entry, index) => {
      const issues = faulty.get(index);
      return issues ? { facts: { index, placeholders: [], failure: packFailure(fail('invalid', {}, { issues })) } } : openEntry(entry, index, type, settings, urls);
    });
    return { facts: { type, count: entries.length }, session: { entries, settings, targets: new Map() } };
  },
  finish(session, ask) {
    const { entries, settings } = session;
    switch (ask.ask) {
      case 'facts':
        return entries.slice(ask.from, ask.to).map(({ facts }) => facts);
      case 'targets':
        session.targets = new Map(ask.targets);
        return undefined;
      case 'render':
        return renderEntry(session, ask, settings);
      case 'renders':
        return ask.asked.map((asked): RenderTold => {
          try {
            return { rendered: renderEntry(session, asked, settings) };
          } catch (error) {
            return { failure: packFailure(error) };
          }
        });
      case 'text': {
        const resource = entries[ask.index]?.resource;
        return resource ? writeJson(resource) : '';
      }
    }
  },
};
