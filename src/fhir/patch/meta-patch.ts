/**
 * Profiles, tags and security labels added to or taken from a resource: https://hl7.org/fhir/R4/resource-operation-meta-add.html,
 * https://hl7.org/fhir/R4/resource-operation-meta-delete.html. They are sets: a Coding is told by system and code, a profile by its URL.
 */
import { objects, textOf } from '../elements.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import type { Patch } from './patch.js';

export type MetaChange = 'meta-add' | 'meta-delete';

const keyOf = (item: Json): string => (isObject(item) ? `${textOf(item.system) ?? ''}|${textOf(item.code) ?? ''}` : String(item));
const sets = ['profile', 'security', 'tag'] as const;
const itemsOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const changes: Readonly<Record<MetaChange, (stored: readonly Json[], given: readonly Json[]) => Json[]>> = {
  'meta-add': (stored, given) => [...new Map([...given, ...stored].map((item) => [keyOf(item), item])).values()].sort((one, other) => placeOf(stored, one) - placeOf(stored, other)),
  'meta-delete': (stored, given) => stored.filter((item) => !given.some((other) => keyOf(other) === keyOf(item))),
};
/** What was there stays in its place, what is new follows. */
function placeOf(stored: readonly Json[], item: Json): number {
  const at = stored.indexOf(item);
  return at < 0 ? stored.length : at;
}

/** @param given a Meta: what else it says is not heeded */
export function metaPatch(change: MetaChange, given: JsonObject): Patch {
  return {
    values: [],
    apply(resource) {
      const [stored = {}] = objects(resource.meta);
      const meta: JsonObject = { ...stored };
      for (const name of sets) {
        const items = changes[change](itemsOf(stored[name]), itemsOf(given[name]));
        if (items.length > 0) meta[name] = items;
        else delete meta[name];
      }
      return { ...resource, meta };
    },
  };
}
