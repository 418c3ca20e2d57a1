/** The JSON form of a resource to FHIR XML. */
import { isResourceType } from '../definitions.js';
import { fail, type Failure } from '../failure.js';
import { Decimal, isObject, type Json, type JsonObject } from '../json.js';
import { escapeAttribute } from './escape.js';
import { fhirNamespace, membersOf, type Member } from './members.js';

const wrong = (reason: string, path: string): Failure => fail('bad-resource', { reason: `${path}: ${reason}` }, { expression: [path] });

/**
 * Elements in the order of the standard, number literals as they are.
 * @param resource that `validate` has nothing against
 * @throws Failure bad-resource where the resource has no XML form (unknown elements, objects for values)
 */
export function writeFhirXml(resource: JsonObject): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${written(resource, typeof resource.resourceType === 'string' ? resource.resourceType : 'Resource', ` xmlns="${fhirNamespace}"`)}`;
}

function written(resource: Json, path: string, namespace = ''): string {
  if (!isObject(resource)) throw wrong('it is not a resource', path);
  const { resourceType: type, ...members } = resource;
  if (typeof type !== 'string' || !isResourceType(type)) throw wrong('its type is not one of FHIR R4', path);
  const inner = elements(members, type, path);
  return inner === '' ? `<${type}${namespace}/>` : `<${type}${namespace}>${inner}</${type}>`;
}

/** The child elements of an object. */
function elements(object: JsonObject, structure: string, path: string): string {
  const members = membersOf(structure);
  for (const key in object) {
    if (!members.has(key) && !(key.startsWith('_') && members.get(key.slice(1))?.primitive === true)) throw wrong('it has an element that FHIR does not know', path);
  }
  let text = '';
  for (const [name, member] of members) {
    if (member.element.attribute) continue;
    const value = object[name];
    const siblings = member.primitive ? object[`_${name}`] : undefined;
    if (value !== undefined || siblings !== undefined) text += member.primitive ? primitives(name, member, value, siblings, path) : complexes(name, member, value as Json, path);
  }
  return text;
}

const asList = (value: Json | undefined): readonly Json[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

function complexes(name: string, { element, type }: Member, value: Json, path: string): string {
  return asList(value).map((one, index) => {
    const place = `${path}.${element.name}${element.list ? `[${index}]` : ''}`;
    if (!isObject(one)) throw wrong('it is not an object', place);
    if (type.structure === 'Resource') return `<${name}>${written(one, place)}</${name}>`;
    return tag(name, attributes(one, type.structure), elements(one, type.structure, place));
  }).join('');
}

function primitives(name: string, { element, type }: Member, value: Json | undefined, siblings: Json | undefined, path: string): string {
  if (type.code === 'xhtml' && typeof value === 'string') return value;
  const values = asList(value);
  const others = asList(siblings);
  let text = '';
  for (let index = 0; index < Math.max(values.length, others.length); index++) {
    const place = `${path}.${element.name}${element.list ? `[${index}]` : ''}`;
    const sibling = others[index] ?? {};
    if (!isObject(sibling)) throw wrong('its extensions are not an object', place);
    text += tag(name, `${attributes(sibling, 'Element')}${valueAttribute(values[index] ?? null, place)}`, elements(sibling, 'Element', place));
  }
  return text;
}

function valueAttribute(value: Json, path: string): string {
  if (value === null) return '';
  if (typeof value === 'object' && !(value instanceof Decimal)) throw wrong('it is not one value', path);
  return ` value="${escapeAttribute(String(value))}"`;
}

function attributes(object: JsonObject, structure: string): string {
  let text = '';
  for (const [name, { element }] of membersOf(structure)) {
    const value = object[name];
    if (element.attribute && typeof value === 'string') text += ` ${name}="${escapeAttribute(value)}"`;
  }
  return text;
}

const tag = (name: string, open: string, inner: string): string => (inner === '' ? `<${name}${open}/>` : `<${name}${open}>${inner}</${name}>`);
