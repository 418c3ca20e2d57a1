/** What stands under one key of an object: one or a list, of values or of objects (https://hl7.org/fhir/R4/json.html). */
import type { ElementDefinition, TypeUse } from '../definitions.js';
import type { IssueType } from '../failure.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import { codeBinding } from './codes.js';
import { narrativeFault } from './narrative.js';
import { primitives, type PrimitiveCheck } from './primitives.js';
import type { Walk } from './walk.js';

/** Checks one object; the walk stands on it. */
export type ObjectCheck = (value: Json, walk: Walk) => void;
/** Checks what stands under one key; the walk stands on its holder. */
export type MemberCheck = (value: Json, holder: JsonObject, walk: Walk) => void;

export const nullText = 'must not be null: leave it out';
export const emptyText = 'must not be empty: give it a value or an extension, or leave it out (ele-1)';
const emptyList = 'must not be an empty list: leave it out';

export const isPrimitive = (type: TypeUse): boolean => type.code === 'xhtml' || Object.hasOwn(primitives, type.code);

function formatOf({ code }: TypeUse): PrimitiveCheck {
  const format = code === 'xhtml' ? narrativeFault : primitives[code];
  if (!format) throw new Error(`no check for ${code}`);
  return format;
}

/** The format, then the required codes. */
function bound(format: PrimitiveCheck, valueSet: string | undefined): PrimitiveCheck {
  if (valueSet === undefined) return format;
  let binding: ((value: string) => string | undefined) | undefined;
  return (value) => format(value) ?? (binding ??= codeBinding(valueSet))(value as string);
}

/** A value, or a list of values in which a null stands for one that has only extensions. */
export function primitiveMember(key: string, { name, list, valueSet }: ElementDefinition, type: TypeUse): MemberCheck {
  const format = formatOf(type);
  const check = bound(format, valueSet);
  const faultType = (value: Json): IssueType => (typeof value === 'object' ? 'structure' : format(value) === undefined ? 'code-invalid' : 'value');
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

/** `_name`: id and extensions of a primitive, or of each in a list. */
export function siblingMember(key: string, { name, list }: ElementDefinition, check: ObjectCheck): MemberCheck {
  const one = (item: Json, value: Json | undefined, walk: Walk): void => {
    check(item, walk);
    if ((value === undefined || value === null) && isObject(item) && item.id !== undefined && item.extension === undefined) walk.report('invariant', emptyText);
  };
  if (!list) {
    return (value, holder, walk) => {
      walk.enter(name);
      if (Array.isArray(value)) walk.report('structure', `"_${key}" takes one object, not a list`);
      else one(value, holder[key], walk);
      walk.leave();
    };
  }
  return (value, holder, walk) => {
    if (!Array.isArray(value)) return walk.report('structure', `"_${key}" takes a list: put the value in [ ]`, name);
    if (value.length === 0) return walk.report('structure', emptyList, name);
    const values: Json[] = Array.isArray(holder[key]) ? holder[key] : [];
    if (value.length <= values.length && value.every((item) => item === null)) walk.report('structure', `"_${key}" holds nothing but null: leave it out`, name);
    walk.enter(name);
    for (let index = 0; index < value.length; index++) {
      const item = value[index] as Json;
      walk.enter(index);
      if (item !== null) one(item, values[index], walk);
      else if (index >= values.length) walk.report('structure', `a null in "_${key}" needs a value at the same place of "${key}"`);
      walk.leave();
    }
    walk.leave();
  };
}

export function complexMember({ name, list }: ElementDefinition, check: ObjectCheck): MemberCheck {
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
