/**
 * `_summary` and `_elements`: parts of a resource instead of the whole (https://hl7.org/fhir/R4/search.html#summary).
 * The one place where a stored text is parsed to be read, so it is entered only when one of the two is asked for.
 */
import { setImmediate } from 'node:timers/promises';
import { choiceName, structureOf, type ElementDefinition } from '../fhir/definitions.js';
import { fail } from '../fhir/failure.js';
import { isObject, parseStored, writeJson, type Json, type JsonObject } from '../fhir/json.js';
import type { StoredVersion } from '../store/port.js';
import type { Exchange } from './exchange.js';
import type { Task } from './lane.js';
import { isStrict, readParameters, type Parameters } from './parameters.js';
import type { Services } from './services.js';

export type Mask =
  /** What the standard marks as summary, at every depth. */
  | { readonly kind: 'true' }
  /** id, meta, narrative and what is mandatory at the top. */
  | { readonly kind: 'text' }
  /** Everything but the narrative. */
  | { readonly kind: 'data' }
  /** Those that were named (`status`, or `Observation.status` for resources of that type alone), and what is mandatory or modifies the meaning. */
  | { readonly kind: 'elements'; readonly names: ReadonlySet<string> };

/** Says that the resource is not whole: it must not be sent back as an update. */
export const subsetted: JsonObject = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

const always: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'implicitRules']);
const summaries: ReadonlySet<string> = new Set(['true', 'text', 'data']);

/** Parameters that ask for parts, of every interaction that answers resources. */
export const maskParameters: readonly string[] = ['_summary', '_elements'];

/** The mask that the parameters of an interaction ask for. @throws Failure bad-parameter */
export const maskIn = (given: Parameters): Mask | undefined => maskOf(given.one('_summary'), given.all('_elements').flatMap((names) => names.split(',')));

/** The mask of a read. @throws Failure bad-parameter */
export const readMask = (exchange: Pick<Exchange, 'headers' | 'query'>, services: Pick<Services, 'searchHandling'>): Mask | undefined =>
  maskIn(readParameters(exchange.query, maskParameters, isStrict(exchange, services)));

/** What a Bundle of parts says of itself. */
export const ofParts = (mask: Mask | undefined): { readonly tag?: JsonObject } => (mask ? { tag: subsetted } : {});

/** @throws Failure bad-parameter */
export function maskOf(summary: string | undefined, elements: readonly string[]): Mask | undefined {
  if (summary !== undefined && summary !== 'false') {
    if (!summaries.has(summary)) throw fail('bad-parameter', { parameter: '_summary', reason: 'its value here is true, text, data or false' });
    if (elements.length > 0) throw fail('bad-parameter', { parameter: '_elements', reason: 'it cannot stand beside _summary' });
    return { kind: summary as 'true' | 'text' | 'data' };
  }
  return elements.length > 0 ? { kind: 'elements', names: new Set(elements.map((name) => name.trim())) } : undefined;
}

const properties = new Map<string, ReadonlyMap<string, ElementDefinition>>();
/** The elements of a structure by the names that they have in JSON. */
function propertiesOf(structure: string): ReadonlyMap<string, ElementDefinition> {
  let known = properties.get(structure);
  if (!known) {
    const elements = structureOf(structure)?.elements ?? [];
    known = new Map(elements.flatMap((element) => (element.choice ? element.types.map(({ code }) => choiceName(element.name, code)) : [element.name]).map((name) => [name, element] as const)));
    properties.set(structure, known);
  }
  return known;
}

/** @param structure that the property is of: a resource type at the top */
function keeps(mask: Mask, structure: string, name: string, element: ElementDefinition | undefined, inside: boolean): boolean {
  if (!inside && always.has(name)) return true;
  if (mask.kind === 'data') return name !== 'text';
  const mandatory = element?.min === 1;
  if (mask.kind === 'true') return mandatory || element?.summary === true;
  if (mask.kind === 'text') return mandatory || name === 'text';
  const named = (one: string): boolean => mask.names.has(one) || mask.names.has(`${structure}.${one}`);
  return mandatory || element?.modifier === true || named(name) || (element !== undefined && named(element.name));
}

/** The same for masks that leave the same of a resource of this type. */
export const maskKey = (mask: Mask, type: string): string => (mask.kind !== 'elements' ? mask.kind
  : [...propertiesOf(type)].flatMap(([name, element]) => (keeps(mask, type, name, element, false) ? [name] : [])).join(' '));

/** The structure of a property's value, where that has elements to choose from. */
function structureIn(element: ElementDefinition, property: string): string | undefined {
  const use = element.choice ? element.types.find(({ code }) => choiceName(element.name, code) === property) : element.types[0];
  const kind = use && structureOf(use.structure)?.kind;
  return kind === 'complex' || kind === 'nested' ? use?.structure : undefined;
}

function summaryOf(value: Json, structure: string): Json {
  if (Array.isArray(value)) return value.map((item) => summaryOf(item, structure));
  return isObject(value) ? partOf(value, structure, { kind: 'true' }, true) : value;
}

/** @param inside whether it is an element of a resource */
function partOf(whole: JsonObject, structure: string, mask: Mask, inside = false): JsonObject {
  const part: JsonObject = {};
  for (const property in whole) {
    const value = whole[property];
    const name = property.replace(/^_/, '');
    const element = propertiesOf(structure).get(name);
    if (value === undefined || !keeps(mask, structure, name, element, inside)) continue;
    const inner = mask.kind === 'true' && element && (inside || !always.has(name)) ? structureIn(element, name) : undefined;
    part[property] = inner === undefined ? value : summaryOf(value, inner);
  }
  return part;
}

function tagged(meta: Json | undefined): JsonObject {
  const known = isObject(meta) ? meta : {};
  return { ...known, tag: [...(Array.isArray(known.tag) ? known.tag : []), subsetted] };
}

/** What is to be masked: plain data, so that it can go to a parse thread. */
interface MaskInput extends Pick<StoredVersion, 'type' | 'text'> {
  readonly mask: Mask;
}

function maskedText({ type, text, mask }: MaskInput): string {
  const resource = parseStored(text);
  if (!isObject(resource)) throw new TypeError('A stored text is not a resource');
  return writeJson({ ...partOf(resource, type, mask), meta: tagged(resource.meta) });
}

/** Its facts are the text of the part; there is nothing left to finish. */
export const maskTask: Task<MaskInput, string, null, null, null> = {
  name: 'mask', open: (input) => ({ facts: maskedText(input), session: null }), finish: () => null,
};

/** The text of a part of a resource, tagged as such. */
export async function masked({ type, text }: Pick<StoredVersion, 'type' | 'text'>, mask: Mask, { lanes }: Pick<Services, 'lanes'>): Promise<string> {
  const opened = await lanes.open(maskTask, { type, text, mask }, text.length);
  opened.close();
  return opened.facts;
}

/** Characters that are masked before other requests have their turn. */
const breath = 128 * 1024;

/** The texts of parts, in their order; that of a tombstone stays empty. */
export async function maskedAll(found: readonly StoredVersion[], mask: Mask | undefined, services: Pick<Services, 'lanes'>): Promise<readonly string[]> {
  if (!mask) return found.map(({ text }) => text);
  const texts: string[] = [];
  let since = 0;
  for (const one of found) {
    texts.push(one.deleted ? one.text : await masked(one, mask, services));
    since += one.text.length;
    if (since > breath) {
      await setImmediate();
      since = 0;
    }
  }
  return texts;
}
