/** FHIR XML to the JSON form of a resource. */
import { isResourceType } from '../definitions.js';
import { fail, type Failure } from '../failure.js';
import { decimal, type Json, type JsonObject } from '../json.js';
import { fhirNamespace, membersOf, xhtmlNamespace, type Member } from './members.js';
import type { XmlElement } from './tree.js';
import { xhtmlText } from './xhtml.js';

/** Nesting of objects and lists in the JSON form: what `parseJson` takes. */
const maxDepth = 100;
const schemaHint = '{http://www.w3.org/2001/XMLSchema-instance}schemaLocation';

const wrong = (reason: string, path: string): Failure => fail('bad-resource', { reason: `${path}: ${reason}` }, { expression: [path] });

/**
 * Elements may stand in any order. What JSON can say as wrongly is left for `validate` to name, in the same words for both
 * formats: a text that is no literal of its type stays a string, an unknown element becomes an unknown key, one that stands
 * too often a list, one without value an empty string.
 * @param root from the XML door, with `keepSource` for XHTML where the narrative is to be kept to the letter
 * @throws Failure bad-resource (unknown attributes, text between elements, other namespaces), too-deep
 */
export function readFhirXml(root: XmlElement): JsonObject {
  if (root.ns !== fhirNamespace) throw fail('bad-resource', { reason: `its root is not in the namespace ${fhirNamespace}` });
  return resource(root, root.name, 1);
}

function resource(element: XmlElement, path: string, depth: number): JsonObject {
  if (!isResourceType(element.name)) return { resourceType: element.name };
  for (const name in element.attributes) if (name !== schemaHint) throw wrong('a resource has no attributes', path);
  const object: JsonObject = { resourceType: element.name };
  readChildren(element, element.name, object, path, depth);
  return object;
}

function complex(element: XmlElement, structure: string, path: string, depth: number): JsonObject {
  const object: JsonObject = {};
  const members = membersOf(structure);
  for (const name in element.attributes) {
    if (members.get(name)?.element.attribute !== true) throw wrong('it has an attribute that FHIR does not know', path);
    object[name] = element.attributes[name] ?? '';
  }
  readChildren(element, structure, object, path, depth);
  return object;
}

/** The children by name, in the order of first appearance. */
function grouped(element: XmlElement, path: string): Map<string, XmlElement[]> {
  const groups = new Map<string, XmlElement[]>();
  for (const child of element.children) {
    if (typeof child === 'string') {
      if (/\S/.test(child)) throw wrong('it holds text outside an element; values stand in the attribute "value"', path);
      continue;
    }
    const group = groups.get(child.name);
    if (group) group.push(child);
    else groups.set(child.name, [child]);
  }
  return groups;
}

function readChildren(element: XmlElement, structure: string, object: JsonObject, path: string, depth: number): void {
  if (depth > maxDepth) throw fail('too-deep', { limit: maxDepth, setting: 'JSON depth' });
  const members = membersOf(structure);
  for (const [name, group] of grouped(element, path)) {
    const member = members.get(name);
    if (!member) {
      object[unknownKey(name, path)] = {};
      continue;
    }
    if (member.element.attribute) throw wrong(`its "${name}" is an attribute, not an element`, path);
    const { list } = member.element;
    const place = (index: number): string => `${path}.${member.element.name}${list ? `[${index}]` : ''}`;
    group.forEach((child, index) => {
      if (child.ns !== (member.type.code === 'xhtml' ? xhtmlNamespace : fhirNamespace)) throw wrong('it is in a wrong namespace', place(index));
    });
    const below = depth + (list ? 2 : 1);
    if (member.primitive) primitives(name, member, group, object, place, below);
    else {
      const values = group.map((child, index) => value(child, member, place(index), below));
      object[name] = oneOrList(values, list);
    }
  }
}

/** A list, also where there should be one and there are more. */
const oneOrList = (values: Json[], list: boolean): Json => (list || values.length > 1 ? values : values[0] as Json);

/** Names that would mean something else as a key. */
const taken = new Set(['resourceType', 'constructor', 'prototype']);
function unknownKey(name: string, path: string): string {
  if (!/^[A-Za-z]\w{0,63}$/.test(name) || taken.has(name)) throw wrong('it holds an element that FHIR does not know', path);
  return name;
}

function value(element: XmlElement, { type }: Member, path: string, depth: number): JsonObject {
  if (type.structure !== 'Resource') return complex(element, type.structure, path, depth);
  const [inner, ...more] = element.children.filter((child) => typeof child !== 'string');
  if (!inner || more.length > 0 || inner.ns !== fhirNamespace || Object.keys(element.attributes).length > 0) throw wrong('it must hold one resource', path);
  if (element.children.some((child) => typeof child === 'string' && /\S/.test(child))) throw wrong('it holds text outside an element', path);
  return resource(inner, path, depth);
}

function primitives(name: string, { element, type }: Member, group: readonly XmlElement[], object: JsonObject, place: (index: number) => string, depth: number): void {
  if (type.code === 'xhtml') {
    object[name] = xhtmlText(group[0] as XmlElement);
    return;
  }
  const values: Json[] = [];
  const siblings: (JsonObject | null)[] = [];
  group.forEach((child, index) => {
    const literal = child.attributes.value;
    const sibling = siblingOf(child, () => place(index), depth);
    const bare = sibling === undefined;
    values.push(literal === undefined ? (bare ? '' : null) : literalValue(literal, type.code));
    siblings.push(sibling ?? null);
  });
  if (values.some((one) => one !== null)) object[name] = oneOrList(values, element.list);
  if (siblings.some((one) => one !== null)) object[`_${name}`] = oneOrList(siblings, element.list);
}

/** Id and extensions of a primitive, if it has any. */
function siblingOf(element: XmlElement, place: () => string, depth: number): JsonObject | undefined {
  const others = Object.create(null) as Record<string, string>;
  let plain = element.children.length === 0;
  for (const name in element.attributes) {
    if (name === 'value') continue;
    others[name] = element.attributes[name] ?? '';
    plain = false;
  }
  const sibling = plain ? {} : complex({ ...element, attributes: others }, 'Element', place(), depth);
  return Object.keys(sibling).length === 0 ? undefined : sibling;
}

const numberLiteral = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const numeric = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt']);

function literalValue(literal: string, type: string): Json {
  if (type === 'boolean' && (literal === 'true' || literal === 'false')) return literal === 'true';
  return numeric.has(type) && numberLiteral.test(literal) ? decimal(literal) : literal;
}
