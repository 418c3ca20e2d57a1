/** From the definition of a structure to closures that check its objects, made once for each structure. */
import { choiceName, definedStructure, isResourceType, type ElementDefinition, type Structure, type TypeUse } from '../definitions.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import { codeBinding, conceptBinding } from './codes.js';
import { narrativeFault } from './narrative.js';
import { primitives, type PrimitiveCheck } from './primitives.js';
import { targetCheck } from './targets.js';
import { reportUnknown } from './unknown.js';
import type { Walk } from './walk.js';

/** Checks one object; the walk stands on it. */
type ObjectCheck = (value: Json, walk: Walk) => void;

interface Member {
  /** Checks what stands under one key; the walk stands on its holder. */
  readonly check: (value: Json, holder: JsonObject, walk: Walk) => void;
  /** A bit for the choice of types that the key belongs to, else 0. */
  readonly choice: number;
}

/** Something that every object of the structure must have: one of these keys. */
interface Needed {
  readonly element: ElementDefinition;
  readonly keys: readonly string[];
}

const nullText = 'must not be null: leave it out';
const emptyList = 'must not be an empty list: leave it out';

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
  const members = new Map<string, Member>();
  if (isResource) members.set('resourceType', { check: () => undefined, choice: 0 });
  const choices: string[] = [];
  for (const element of structure.elements) addMembers(members, choices, element);
  const needed = structure.elements.filter(({ min }) => min > 0).map((element): Needed => ({ element, keys: keysOf(element) }));
  const rule = extraRules[structure.name];

  return (value, walk) => {
    if (!isObject(value)) return walk.report('structure', value === null ? nullText : `must be an object: ${article(structure.name)}`);
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
    if (!isResource && (count === 0 || (count === 1 && counted === 'id'))) walk.report('invariant', 'must not be empty: give it a value or an extension, or leave it out (ele-1)');
    if (twice !== 0) reportChoices(structure, value, walk);
    for (const { element, keys } of needed) if (!keys.some((key) => value[key] !== undefined)) walk.report('required', 'is required', element.name);
    rule?.(value, walk);
  };
}

const article = (name: string): string => (name.includes('.') ? 'its elements in braces' : `a ${name}`);
const isPrimitive = (type: TypeUse): boolean => type.code === 'xhtml' || Object.hasOwn(primitives, type.code);

/** The keys that an element may stand under. */
function keysOf(element: ElementDefinition): string[] {
  const keys = element.types.flatMap((type) => {
    const key = element.choice ? choiceName(element.name, type.code) : element.name;
    return isPrimitive(type) && !element.attribute && type.code !== 'xhtml' ? [key, `_${key}`] : [key];
  });
  return keys;
}

function addMembers(members: Map<string, Member>, choices: string[], element: ElementDefinition): void {
  const choice = element.choice ? 1 << choices.push(element.name) : 0;
  for (const type of element.types) {
    const key = element.choice ? choiceName(element.name, type.code) : element.name;
    if (!isPrimitive(type)) {
      members.set(key, { check: complexMember(element, objectCheck(type, element)), choice });
      continue;
    }
    members.set(key, { check: primitiveMember(key, element, primitiveCheck(type, element)), choice });
    if (!element.attribute && type.code !== 'xhtml') members.set(`_${key}`, { check: siblingMember(key, element), choice });
  }
}

function reportChoices(structure: Structure, value: JsonObject, walk: Walk): void {
  for (const element of structure.elements) {
    if (!element.choice) continue;
    const used = element.types.map(({ code }) => choiceName(element.name, code)).filter((key) => value[key] !== undefined || value[`_${key}`] !== undefined);
    if (used.length > 1) walk.report('structure', `${used.join(' and ')} cannot stand together: keep one`, element.name);
  }
}

function primitiveCheck({ code }: TypeUse, { valueSet }: ElementDefinition): PrimitiveCheck {
  const format = code === 'xhtml' ? narrativeFault : primitives[code];
  if (!format) throw new Error(`no check for ${code}`);
  if (valueSet === undefined) return format;
  let binding: ((value: string) => string | undefined) | undefined;
  return (value) => format(value) ?? (binding ??= codeBinding(valueSet))(value as string);
}

function primitiveMember(key: string, { name, list }: ElementDefinition, check: PrimitiveCheck): Member['check'] {
  if (!list) {
    return (value, _holder, walk) => {
      const fault = check(value);
      if (fault === undefined) return;
      if (value === null) walk.report('structure', nullText, name);
      else if (Array.isArray(value)) walk.report('structure', 'takes one value, not a list', name);
      else walk.report(faultType(value), fault, name);
    };
  }
  return (value, holder, walk) => {
    if (!Array.isArray(value)) return walk.report('structure', 'takes a list: put the value in [ ]', name);
    if (value.length === 0) return walk.report('structure', emptyList, name);
    for (let index = 0; index < value.length; index++) {
      const item = value[index] as Json;
      if (item === null) {
        const siblings = holder[`_${key}`];
        if (!Array.isArray(siblings) || !isObject(siblings[index])) walk.report('structure', `a null in "${key}" needs an object at the same place of "_${key}"`, name, index);
        continue;
      }
      const fault = check(item);
      if (fault !== undefined) walk.report(faultType(item), fault, name, index);
    }
  };
}
const faultType = (value: Json): 'structure' | 'value' => (typeof value === 'object' ? 'structure' : 'value');

/** `_name`: id and extensions of a primitive, or of each in a list. */
function siblingMember(key: string, { name, list }: ElementDefinition): Member['check'] {
  const check = later('Element');
  if (!list) {
    return (value, _holder, walk) => {
      walk.enter(name);
      if (Array.isArray(value)) walk.report('structure', `"_${key}" takes one object, not a list`);
      else check(value, walk);
      walk.leave();
    };
  }
  return (value, holder, walk) => {
    if (!Array.isArray(value)) return walk.report('structure', `"_${key}" takes a list: put the value in [ ]`, name);
    if (value.length === 0) return walk.report('structure', emptyList, name);
    const values = holder[key];
    walk.enter(name);
    for (let index = 0; index < value.length; index++) {
      const item = value[index] as Json;
      walk.enter(index);
      if (item !== null) check(item, walk);
      else if (!Array.isArray(values) || index >= values.length) walk.report('structure', `a null in "_${key}" needs a value at the same place of "${key}"`);
      walk.leave();
    }
    walk.leave();
  };
}

function complexMember({ name, list }: ElementDefinition, check: ObjectCheck): Member['check'] {
  if (!list) {
    return (value, _holder, walk) => {
      walk.enter(name);
      if (Array.isArray(value)) walk.report('structure', 'takes one object, not a list');
      else check(value, walk);
      walk.leave();
    };
  }
  return (value, _holder, walk) => {
    if (!Array.isArray(value)) return walk.report('structure', 'takes a list: put the value in [ ]', name);
    if (value.length === 0) return walk.report('structure', emptyList, name);
    walk.enter(name);
    for (let index = 0; index < value.length; index++) {
      walk.enter(index);
      check(value[index] as Json, walk);
      walk.leave();
    }
    walk.leave();
  };
}

/** The check of a complex type, with what the element asks beyond it. */
function objectCheck(type: TypeUse, { name, valueSet }: ElementDefinition): ObjectCheck {
  if (type.structure === 'Resource') return name === 'contained' ? checkResource : checkFullResource;
  const plan = later(type.structure);
  if (type.code === 'Reference') {
    const targets = targetCheck(type.targets);
    return (value, walk) => {
      plan(value, walk);
      const fault = isObject(value) ? targets(value, walk.holder) : undefined;
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
