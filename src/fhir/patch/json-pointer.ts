/** JSON Pointer (RFC 6901): where an operation of a JSON Patch acts. */
import { isObject, type Json, type JsonObject } from '../json.js';
import { badPatch, patchFailed } from './patch.js';

/** Unescaped tokens; none is the whole document. */
export type Pointer = readonly string[];

/** @param place of the pointer in the patch, for the failure. @throws Failure bad-patch */
export function parsePointer(text: string, place: string): Pointer {
  if (text === '') return [];
  if (!text.startsWith('/')) throw badPatch(`${place} does not begin with "/"`);
  if (/~(?![01])/.test(text)) throw badPatch(`in ${place} "~" must be followed by 0 or 1`);
  return text.slice(1).split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** True when `inner` lies below `outer`. */
export const isBelow = (inner: Pointer, outer: Pointer): boolean => inner.length > outer.length && outer.every((token, index) => inner[index] === token);

const listIndex = /^(?:0|[1-9]\d{0,8})$/;

/** An index of a list that is not beyond `most`; undefined for anything else. */
export function indexIn(token: string, most: number): number | undefined {
  const index = listIndex.test(token) ? Number(token) : Number.NaN;
  return index <= most ? index : undefined;
}

export type Container = JsonObject | Json[];

/** What stands under one token; undefined when nothing does. */
export function child(container: Json, token: string): Json | undefined {
  if (Array.isArray(container)) {
    const index = indexIn(token, container.length - 1);
    return index === undefined ? undefined : container[index];
  }
  return isObject(container) && Object.hasOwn(container, token) ? container[token] : undefined;
}

const nothing = (place: string): Error => patchFailed(`${place} finds nothing`);

/** @throws Failure patch-failed */
export function valueAt(document: Json, pointer: Pointer, place: string): Json {
  let at: Json | undefined = document;
  for (const token of pointer) {
    at = child(at, token);
    if (at === undefined) throw nothing(place);
  }
  return at;
}

/** The object or list that holds what the pointer names, whether that is there or not. @throws Failure patch-failed */
export function containerAt(document: Json, pointer: Pointer, place: string): Container {
  const container = valueAt(document, pointer.slice(0, -1), place);
  if (!Array.isArray(container) && !isObject(container)) throw nothing(place);
  return container;
}
