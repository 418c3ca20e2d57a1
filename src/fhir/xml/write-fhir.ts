/** The JSON form of a resource to FHIR XML. */
import { isResourceType } from '../definitions.js';
import { fail, type Failure } from '../failure.js';
import { Decimal, isObject, type Json, type JsonObject } from '../json.js';
import { escapeAttribute } from './escape.js';
import { fhirNamespace, membersOf, type Member } from './members.js';

const wrong = (reason: string, path: string): Failure => fail('bad-resource', { reason: `${path}: ${reason}` }, { expression: [path] });

/** What stands before an element: nothing, or the end of the line and the blanks of the next one. */
type Line = string;
const indent = '  ';
const deeper = (line: Line): Line => (line === '' ? '' : line + indent);
const lineAt = (depth: number, pretty: boolean): Line => (pretty ? `\n${indent.repeat(depth)}` : '');

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

/**
 * Elements in the order of the standard, number literals as they are.
 * @param resource that `validate` has nothing against
 * @param pretty an element a line; narrative stays as it is
 * @throws Failure bad-resource where the resource has no XML form (unknown elements, objects for values)
 */
export function writeFhirXml(resource: JsonObject, pretty = false): string {
  return declaration + written(resource, nameOf(resource), lineAt(0, pretty), ` xmlns="${fhirNamespace}"`);
}

/**
 * A resource whose last element is written by somebody else.
 * @param resource without that element
 * @returns what stands before that element and after it
 * @throws Failure as {@link writeFhirXml}
 */
export function openFhirXml(resource: JsonObject, pretty = false): readonly [before: string, after: string] {
  const text = writeFhirXml(resource, pretty);
  const end = `${lineAt(0, pretty)}</${nameOf(resource)}>`;
  return text.endsWith('/>') && !text.endsWith(end) ? [`${text.slice(0, -2)}>`, end] : [text.slice(0, -end.length), end];
}

/** One element of such a resource, of a type with elements of its own. @throws Failure as {@link writeFhirXml} */
export function writeFhirElement(structure: string, name: string, value: JsonObject, pretty = false): string {
  const line = lineAt(1, pretty);
  return tag(name, line, attributes(value, structure), elements(value, structure, structure, deeper(line)));
}

const nameOf = ({ resourceType }: JsonObject): string => (typeof resourceType === 'string' ? resourceType : 'Resource');

function written(resource: Json, path: string, line: Line, namespace = ''): string {
  if (!isObject(resource)) throw wrong('it is not a resource', path);
  const { resourceType: type, ...members } = resource;
  if (typeof type !== 'string' || !isResourceType(type)) throw wrong('its type is not one of FHIR R4', path);
  return tag(type, line, namespace, elements(members, type, path, deeper(line)));
}

/** The child elements of an object. */
function elements(object: JsonObject, structure: string, path: string, line: Line): string {
  const members = membersOf(structure);
  for (const key in object) {
    if (!members.has(key) && !(key.startsWith('_') && members.get(key.slice(1))?.primitive === true)) throw wrong('it has an element that FHIR does not know', path);
  }
  let text = '';
  for (const [name, member] of members) {
    if (member.element.attribute) continue;
    const value = object[name];
    const siblings = member.primitive ? object[`_${name}`] : undefined;
    if (value !== undefined || siblings !== undefined) text += member.primitive ? primitives(name, member, value, siblings, path, line) : complexes(name, member, value as Json, path, line);
  }
  return text;
}

const asList = (value: Json | undefined): readonly Json[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

function complexes(name: string, { element, type }: Member, value: Json, path: string, line: Line): string {
  return asList(value).map((one, index) => {
    const place = `${path}.${element.name}${element.list ? `[${index}]` : ''}`;
    if (!isObject(one)) throw wrong('it is not an object', place);
    if (type.structure === 'Resource') return tag(name, line, '', written(one, place, deeper(line)));
    return tag(name, line, attributes(one, type.structure), elements(one, type.structure, place, deeper(line)));
  }).join('');
}

function primitives(name: string, { element, type }: Member, value: Json | undefined, siblings: Json | undefined, path: string, line: Line): string {
  if (type.code === 'xhtml' && typeof value === 'string') return line + value;
  const values = asList(value);
  const others = asList(siblings);
  let text = '';
  for (let index = 0; index < Math.max(values.length, others.length); index++) {
    const place = `${path}.${element.name}${element.list ? `[${index}]` : ''}`;
    const sibling = others[index] ?? {};
    if (!isObject(sibling)) throw wrong('its extensions are not an object', place);
    text += tag(name, line, `${attributes(sibling, 'Element')}${valueAttribute(values[index] ?? null, place)}`, elements(sibling, 'Element', place, deeper(line)));
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

const tag = (name: string, line: Line, open: string, inner: string): string => (inner === '' ? `${line}<${name}${open}/>` : `${line}<${name}${open}>${inner}${line}</${name}>`);
