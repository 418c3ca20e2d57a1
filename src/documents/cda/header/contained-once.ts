/** Contained resources, each once: an author who also signs is written with the same words, but for a detail of the structure. */
import { isObject, type Json, type JsonObject } from '../../../fhir/json.js';

/** What one contained resource refers to another by. */
const members = ['practitioner', 'organization', 'owner'] as const;

const referenceOf = (value: Json | undefined): string | undefined => (isObject(value) && typeof value.reference === 'string' ? value.reference : undefined);
const membersOf = (resource: JsonObject): string[] => members.map((name) => referenceOf(resource[name])).filter((reference) => reference !== undefined);

/**
 * The same list without those that only others of it refer to and that say what an earlier one says; the references follow.
 * @param contained in the order in which they are to stand
 */
export function eachOnce(contained: readonly JsonObject[]): readonly JsonObject[] {
  const inner = new Set(contained.flatMap(membersOf));
  const first = new Map<string, string>();
  const instead = new Map<string, string>();
  const kept = contained.filter(({ id, ...words }) => {
    const reference = `#${String(id)}`;
    if (!inner.has(reference)) return true;
    const text = JSON.stringify(words);
    const known = first.get(text) ?? reference;
    first.set(text, known);
    if (known !== reference) instead.set(reference, known);
    return known === reference;
  });
  return instead.size === 0 ? contained : kept.map((resource) => pointed(resource, instead));
}

function pointed(resource: JsonObject, instead: ReadonlyMap<string, string>): JsonObject {
  const moved = members.flatMap((name) => {
    const member = resource[name];
    const reference = instead.get(referenceOf(member) ?? '');
    return reference === undefined || !isObject(member) ? [] : [[name, { ...member, reference }] as const];
  });
  return moved.length === 0 ? resource : { ...resource, ...Object.fromEntries(moved) };
}
