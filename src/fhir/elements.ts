/** Reading elements of a resource whose shape nobody has checked: what is not of the expected kind is not there. */
import { isObject, type Json, type JsonObject } from './json.js';

/** The objects of a repeating element, also when it was written without its list. */
export const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value : [value]).filter(isObject);

/** A text that says something, without blanks around it. */
export function textOf(value: Json | undefined): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

export const object = (value: Json | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);

/** An identifier with a value; `system` is '' when it has none. */
export interface SystemValue {
  readonly system: string;
  readonly value: string;
}
export function systemValue(identifier: Json | undefined): SystemValue | undefined {
  const read = object(identifier);
  const value = textOf(read?.value);
  return value === undefined ? undefined : { system: textOf(read?.system) ?? '', value };
}

/** The contained resource that `#id` names. */
export const containedIn = (resource: JsonObject, id: string): JsonObject | undefined => objects(resource.contained).find((contained) => contained.id === id);

/** The codings of a CodeableConcept, or of several. */
export const codingsOf = (concept: Json | undefined): readonly JsonObject[] => objects(concept).flatMap((one) => objects(one.coding));
