/** From the definition of a structure to closures that check its objects, made once for each structure. */
import { choiceName, definedStructure, isResourceType, type ElementDefinition, type Structure, type TypeUse } from '../definitions.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import { conceptBinding } from './codes.js';
import { complexMember, emptyText, isPrimitive, nullText, primitiveMember, siblingMember, type MemberCheck, type ObjectCheck } from './members.js';
import { targetCheck } from './targets.js';
import { reportUnknown } from './unknown.js';
import type { Walk } from './walk.js';

interface Member {
  readonly check: MemberCheck;
  /** A bit for the choice of types that the key belongs to, else 0. */
  readonly choice: number;
}

/** Something that every object of the structure must have: one of these keys. */
interface Needed {
  readonly element: ElementDefinition;
  readonly keys: readonly string[];
}

const plans = new Map<string, ObjectCheck>();
/** @param name of a structure that exists */
export function planOf(name: string): ObjectCheck {
  let plan = plans.get(name);
  if (!plan) plans.set(name, (plan = compile(definedStructure(name))));
  return plan;
}

/** A plan that is made when it is first needed: structures hold each other. */
function later(name: string): ObjectCheck {
  let plan: ObjectCheck | undefined;
  return (value, walk) => (plan ??= planOf(name))(value, walk);
}

function compile(structure: Structure): ObjectCheck {
  const isResource = structure.kind === 'resource';
  // A resource may be empty, and so may the id and extensions of a primitive that has a value (see siblingMember).
  const mayBeBare = isResource || structure.name === 'Element';
  const members = new Map<string, Member>();
  if (isResource) members.set('resourceType', { check: () => undefined, choice: 0 });
  const choices: string[] = [];
  for (const element of structure.elements) addMembers(members, choices, element);
  const needed = structure.elements.filter(({ min }) => min > 0).map((element): Needed => ({ element, keys: keysOf(element) }));
  const rule = extraRules[structure.name];

  return (value, walk) => {
    if (!isObject(value)) return walk.report('structure', value === null ? nullText : structure.name.includes('.') ? 'must be an object' : `must be an object (${structure.name})`);
    let seen = 0;
    let twice = 0;
    let count = 0;
    let counted = '';
    for (const key in value) {
      const item = value[key];
      if (item === undefined) continue;
      count++;
      counted = key;
      const member = members.get(key);
      if (!member) {
        reportUnknown(structure, key, walk);
        continue;
      }
      twice |= seen & member.choice;
      seen |= member.choice;
      member.check(item, value, walk);
    }
    if (count === 0 ? !isResource : count === 1 && counted === 'id' && !mayBeBare) walk.report('invariant', emptyText);
    if (twice !== 0) reportChoices(structure, value, walk);
    for (const { element, keys } of needed) if (!keys.some((key) => value[key] !== undefined)) walk.report('required', 'is required', element.name);
    rule?.(value, walk);
  };
}

const keyOf = ({ name, choice }: ElementDefinition, { code }: TypeUse): string => (choice ? choiceName(name, code) : name);
/** True for a primitive that may have an id and extensions of its own. */
const isExtensible = (type: TypeUse, { attribute }: ElementDefinition): boolean => isPrimitive(type) && !attribute && type.code !== 'xhtml';

/** The keys that an element may stand under. */
function keysOf(element: ElementDefinition): string[] {
  return element.types.flatMap((type) => {
    const key = keyOf(element, type);
    return isExtensible(type, element) ? [key, `_${key}`] : [key];
  });
}

function addMembers(members: Map<string, Member>, choices: string[], element: ElementDefinition): void {
  const choice = element.choice ? 1 << choices.push(element.name) : 0;
  for (const type of element.types) {
    const key = keyOf(element, type);
    const check = isPrimitive(type) ? primitiveMember(key, element, type) : complexMember(element, objectCheck(type, element));
    members.set(key, { check, choice });
    if (isExtensible(type, element)) members.set(`_${key}`, { check: siblingMember(key, element, later('Element')), choice });
  }
}

function reportChoices(structure: Structure, value: JsonObject, walk: Walk): void {
  for (const element of structure.elements) {
    if (!element.choice) continue;
    const used = element.types.map((type) => keyOf(element, type)).filter((key) => value[key] !== undefined || value[`_${key}`] !== undefined);
    if (used.length > 1) walk.report('structure', `${used.join(' and ')} cannot stand together: keep one`, element.name);
  }
}

/** The check of a complex type, with what the element asks beyond it. */
function objectCheck(type: TypeUse, { name, valueSet }: ElementDefinition): ObjectCheck {
  if (type.structure === 'Resource') return name === 'contained' ? checkResource : checkFullResource;
  const plan = later(type.structure);
  if (type.code === 'Reference') {
    const targets = targetCheck(type.targets);
    return (value, walk) => {
      plan(value, walk);
      const fault = isObject(value) ? targets(value, walk) : undefined;
      if (fault !== undefined) walk.report('structure', fault);
    };
  }
  if (valueSet === undefined) return plan;
  let binding: ((concept: JsonObject) => string | undefined) | undefined;
  return (value, walk) => {
    plan(value, walk);
    const fault = isObject(value) ? (binding ??= conceptBinding(valueSet))(value) : undefined;
    if (fault !== undefined) walk.report('code-invalid', fault);
  };
}

/** A resource, by its own type; `#` references go on to the resource around it. */
export function checkResource(value: Json, walk: Walk): void {
  if (!isObject(value)) return walk.report('structure', value === null ? nullText : 'must be a resource');
  const { resourceType } = value;
  if (typeof resourceType !== 'string') return walk.report('required', 'a resource needs its "resourceType"');
  if (!isResourceType(resourceType)) return walk.report('structure', 'its "resourceType" is not a resource type of FHIR R4');
  planOf(resourceType)(value, walk);
}

/** A resource in a Bundle or in Parameters: `#` references stay inside it. */
function checkFullResource(value: Json, walk: Walk): void {
  const { holder } = walk;
  if (isObject(value)) walk.holder = value;
  checkResource(value, walk);
  walk.holder = holder;
}

/** Rules of the standard that no definition of an element says. */
const extraRules: Readonly<Record<string, (value: JsonObject, walk: Walk) => void>> = {
  Extension(value, walk) {
    const nested = value.extension !== undefined;
    const valued = Object.keys(value).some((key) => key.startsWith('value') || key.startsWith('_value'));
    if (nested && valued) walk.report('invariant', 'an extension has a value or extensions, not both (ext-1)');
    if (!nested && !valued) walk.report('invariant', 'an extension needs a value or extensions (ext-1)');
  },
};
