/** The value of an operation of a FHIRPath Patch, as Parameters say it, and as an element takes it. */
import { copyOf } from '../copy.js';
import { choiceName, isResourceType } from '../definitions.js';
import { objects, textOf } from '../elements.js';
import { itemsAt, setItems, type Item } from '../fhirpath/nodes.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import { membersOf, type Member } from '../xml/members.js';
import { badPatch, patchFailed } from './patch.js';

export type PatchValue =
  | { readonly kind: 'typed'; readonly type: string; readonly primitive: boolean; readonly item: Item }
  /** An element that has no datatype of its own (`Patient.contact`): its child elements. */
  | { readonly kind: 'parts'; readonly parts: readonly { readonly name: string; readonly value: PatchValue }[] }
  | { readonly kind: 'resource'; readonly resource: JsonObject };

/** `value[x]` of a parameter. */
function typedValue(parameter: JsonObject, place: string): PatchValue | undefined {
  const members = membersOf('Parameters.parameter');
  const keys = new Set(Object.keys(parameter).map((key) => key.replace(/^_/, '')).filter((key) => members.get(key)?.element.choice));
  if (keys.size > 1) throw badPatch(`${place} has several values`);
  const [key] = keys;
  const member = key === undefined ? undefined : members.get(key);
  if (key === undefined || !member) return undefined;
  const [item, ...more] = itemsAt(parameter, key, member);
  if (!item || more.length > 0) throw badPatch(`${place} has a list for a value`);
  return { kind: 'typed', type: member.type.code, primitive: member.primitive, item };
}

/** @throws Failure bad-patch */
export function readValue(parameter: JsonObject, place: string): PatchValue {
  const typed = typedValue(parameter, place);
  const { resource, part } = parameter;
  if ([typed, resource, part].filter((one) => one !== undefined).length !== 1) throw badPatch(`${place} must have one of value[x], resource and part`);
  if (typed) return typed;
  if (isObject(resource)) return { kind: 'resource', resource };
  return {
    kind: 'parts',
    parts: objects(part).map((one) => {
      const name = textOf(one.name);
      if (name === undefined) throw badPatch(`a part of ${place} has no name`);
      return { name, value: readValue(one, place) };
    }),
  };
}

/** Under which key and as what a value is put. @throws Failure patch-failed */
export function memberFor(structure: string, name: string, value: PatchValue, place: string): readonly [key: string, member: Member] {
  const members = membersOf(structure);
  const bare = name.replace(/\[x\]$/, '');
  const direct = members.get(bare);
  if (direct) return [bare, direct];
  const isChoice = [...members.values()].some(({ element }) => element.choice && element.name === bare);
  if (!isChoice) throw patchFailed(`${place} names an element that is not one of ${structure}`);
  const key = value.kind === 'typed' ? choiceName(bare, value.type) : '';
  const member = members.get(key);
  if (!member) throw patchFailed(`${place} has a value of a type that ${structure}.${bare}[x] does not take`);
  return [key, member];
}

/** The value as an element of the resource, copied. @throws Failure patch-failed when it is of another type */
export function itemFor({ primitive, type }: Member, value: PatchValue, place: string, spend: (steps: number) => void): Item {
  const wrong = patchFailed(`${place} has a value of another type than the element`);
  if (value.kind === 'resource') {
    if (type.structure !== 'Resource' || !isResourceType(String(value.resource.resourceType))) throw wrong;
    return { value: copyOf(value.resource, spend) };
  }
  if (value.kind === 'parts') {
    if (primitive || type.structure === 'Resource') throw wrong;
    const made: JsonObject = {};
    for (const part of value.parts) addTo(made, type.structure, part.name, part.value, place, spend);
    return { value: made };
  }
  if (value.primitive !== primitive || (!primitive && value.type !== type.code)) throw wrong;
  const { value: content, sibling } = value.item;
  const copied = (json: Json | undefined): Json | undefined => (json === undefined ? undefined : copyOf(json, spend));
  const [newContent, newSibling] = [copied(content), copied(sibling)];
  return { ...(newContent === undefined ? {} : { value: newContent }), ...(isObject(newSibling) ? { sibling: newSibling } : {}) };
}

/** Adds an element to an object. @throws Failure patch-failed when it is there and does not repeat, or is not of its type */
export function addTo(holder: JsonObject, structure: string, name: string, value: PatchValue, place: string, spend: (steps: number) => void): void {
  const [key, member] = memberFor(structure, name, value, place);
  const items = itemsAt(holder, key, member);
  spend(items.length);
  const { element } = member;
  const taken = element.choice ? [...membersOf(structure)].some(([other, { element: of }]) => of.name === element.name && (holder[other] !== undefined || holder[`_${other}`] !== undefined)) : items.length > 0;
  if (!element.list && taken) throw patchFailed(`${place} would add an element that is there and does not repeat: replace it`);
  setItems(holder, key, member, [...items, itemFor(member, value, place, spend)]);
}

/** The JSON that a value brings. */
export function contentsOf(value: PatchValue): readonly Json[] {
  if (value.kind === 'resource') return [value.resource];
  if (value.kind === 'parts') return value.parts.flatMap((part) => contentsOf(part.value));
  const { value: content, sibling } = value.item;
  return [content, sibling].filter((json) => json !== undefined);
}
