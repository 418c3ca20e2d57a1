/** Elements of a resource as a path meets them, and the places where they stand. */
import { isResourceType } from '../definitions.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import { membersOf, type Member } from '../xml/members.js';

/** One element of a member: its value, and the id and extensions of a primitive. */
export interface Item {
  /** Undefined for a primitive that has only extensions. */
  readonly value?: Json;
  readonly sibling?: JsonObject;
}

export interface Place {
  readonly owner: PathNode;
  readonly key: string;
  readonly member: Member;
  /** Among the items of the member. */
  readonly index: number;
}

export interface PathNode extends Item {
  /** Name of the datatype or resource type; `Boolean`, `Number`, `String`, `Date` for what was computed. */
  readonly type: string;
  /** The structure whose elements it has; `Element` for primitives. */
  readonly structure: string;
  /** Absent for the resource itself and for what was computed. */
  readonly place?: Place;
}

/** @param resource of a type of R4 */
export const rootNode = (resource: JsonObject): PathNode => ({ type: String(resource.resourceType), structure: String(resource.resourceType), value: resource });
export const computed = (type: 'Boolean' | 'Number' | 'String' | 'Date', value: Json): PathNode => ({ type, structure: '', value });

const listOf = (value: Json | undefined): readonly Json[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const itemOf = (value: Json | undefined, sibling: Json | undefined): Item =>
  ({ ...(value === undefined || value === null ? {} : { value }), ...(isObject(sibling) ? { sibling } : {}) });

/** What stands under a key, values beside their extensions. */
export function itemsAt(holder: JsonObject, key: string, { primitive }: Member): Item[] {
  const values = listOf(holder[key]);
  const siblings = primitive ? listOf(holder[`_${key}`]) : [];
  return Array.from({ length: Math.max(values.length, siblings.length) }, (_, index) => itemOf(values[index], siblings[index]));
}

function setMember(holder: JsonObject, key: string, values: readonly (Json | undefined)[], list: boolean): void {
  if (values.every((value) => value === undefined)) delete holder[key];
  else holder[key] = list || values.length > 1 ? values.map((value) => value ?? null) : values[0] as Json;
}

/** Puts items under a key, none of them leaves nothing there. */
export function setItems(holder: JsonObject, key: string, { primitive, element }: Member, items: readonly Item[]): void {
  setMember(holder, key, items.map(({ value }) => value), element.list);
  if (primitive) setMember(holder, `_${key}`, items.map(({ sibling }) => sibling), element.list);
}

/** The object that holds the child elements; undefined for a primitive that has none. */
export const holderOf = ({ value, sibling, structure }: PathNode): JsonObject | undefined => (structure === 'Element' ? sibling : isObject(value) ? value : undefined);

/** Members of a structure that a name stands for: itself, or a choice by the name before its type. */
export function membersNamed(structure: string, name: string): readonly (readonly [key: string, member: Member])[] {
  if (structure === '') return [];
  const members = membersOf(structure);
  const direct = members.get(name);
  if (direct) return [[name, direct]];
  return [...members].filter(([, { element }]) => element.choice && element.name === name);
}

function nodeOf(item: Item, member: Member, place: Place): PathNode {
  const { code, structure } = member.type;
  if (member.primitive) return { ...item, type: code, structure: 'Element', place };
  const inner = structure === 'Resource' && isObject(item.value) ? String(item.value.resourceType) : undefined;
  if (inner === undefined) return { ...item, type: code, structure, place };
  return { ...item, type: inner, structure: isResourceType(inner) ? inner : '', place };
}

function nodesAt(owner: PathNode, holder: JsonObject, key: string, member: Member): PathNode[] {
  if (holder[key] === undefined && holder[`_${key}`] === undefined) return [];
  return itemsAt(holder, key, member).map((item, index) => nodeOf(item, member, { owner, key, member, index }));
}

export function childrenNamed(owner: PathNode, name: string): PathNode[] {
  const holder = holderOf(owner);
  return holder === undefined ? [] : membersNamed(owner.structure, name).flatMap(([key, member]) => nodesAt(owner, holder, key, member));
}

/** In the order in which they are written. */
export function allChildren(owner: PathNode): PathNode[] {
  const holder = holderOf(owner);
  if (holder === undefined || owner.structure === '') return [];
  const members = membersOf(owner.structure);
  const found: PathNode[] = [];
  for (const name in holder) {
    const key = name.startsWith('_') ? name.slice(1) : name;
    const member = members.get(key);
    // Values and extensions of a primitive are one element.
    if (!member || (key !== name && holder[key] !== undefined)) continue;
    for (const node of nodesAt(owner, holder, key, member)) found.push(node);
  }
  return found;
}
