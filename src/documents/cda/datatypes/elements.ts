/** Small steps over a CDA tree. Names are compared with their namespace, never with a prefix (french-interop 6.10, trap 9). */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { Json, JsonObject } from '../../../fhir/json.js';

export const V3 = 'urn:hl7-org:v3';
export const PHARM = 'urn:ihe:pharm:medication';

/** The first child element of this name, undefined when there is none. */
export function child(element: XmlElement | undefined, name: string, ns: string = V3): XmlElement | undefined {
  if (element === undefined) return undefined;
  for (const node of element.children) {
    if (typeof node !== 'string' && node.name === name && node.ns === ns) return node;
  }
  return undefined;
}

/** Every child element of this name, in document order. */
export function children(element: XmlElement | undefined, name: string, ns: string = V3): XmlElement[] {
  if (element === undefined) return [];
  const found: XmlElement[] = [];
  for (const node of element.children) {
    if (typeof node !== 'string' && node.name === name && node.ns === ns) found.push(node);
  }
  return found;
}

/** Every child element whatever its name, in document order. */
export function elements(element: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  for (const node of element.children) if (typeof node !== 'string') found.push(node);
  return found;
}

/** The element at the end of a path of child names. */
export function at(element: XmlElement | undefined, ...names: readonly string[]): XmlElement | undefined {
  let current = element;
  for (const name of names) current = child(current, name);
  return current;
}

/** An attribute without surrounding blanks; undefined when absent or empty. */
export function attribute(element: XmlElement | undefined, name: string): string | undefined {
  const value = element?.attributes[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

/** All text below an element, blanks collapsed, without what a narrative marks as deleted (`revised`); undefined when there is none. */
export function textOf(element: XmlElement | undefined): string | undefined {
  if (element === undefined) return undefined;
  const text = rawText(element).replace(/\s+/g, ' ').trim();
  return text === '' ? undefined : text;
}

/** The object without the members that are undefined or hold nothing (FHIR has no empty object, list or string). */
export function compact(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: JsonObject = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined && !isEmpty(value)) kept[key] = value;
  }
  return kept;
}

function isEmpty(value: Json): boolean {
  if (value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return false;
  for (const _ in value) return false;
  return true;
}

/** What a table has of its own under a word of the document, which may be any word (`constructor`). */
export const inTable = <T>(table: Readonly<Record<string, T>>, word: string | undefined): T | undefined =>
  (word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined);

/** `content` that an author struck out of a narrative. */
export const isDeleted = ({ name, attributes }: XmlElement): boolean => name === 'content' && attributes['revised'] === 'delete';

function rawText(element: XmlElement): string {
  if (isDeleted(element)) return '';
  let text = '';
  for (const node of element.children) text += typeof node === 'string' ? node : ` ${rawText(node)} `;
  return text;
}
