/** The last touch to a resource before it is written: its references are final, and what is contained only comes along. */
import { objects } from '../fhir/elements.js';
import { isObject, type Json, type JsonObject } from '../fhir/json.js';

/** References that other resources make to what is contained only: `#person-1`, `#organization-2`. */
const localReference = /^#(?:person|organization)-\d+$/;

/**
 * In place, once for each resource.
 * @param references what the keys of the body's drafts (`urn:uuid:…`) stand for
 * @param locals what a reference like `#person-1` needs to have contained
 */
export function settle(resource: JsonObject, references: ReadonlyMap<string, string>, locals: ReadonlyMap<string, readonly JsonObject[]>): JsonObject {
  const needed = new Set<string>();
  const walk = (value: Json): void => {
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object' && item !== null) walk(item);
    } else if (isObject(value)) {
      const { reference } = value;
      if (typeof reference === 'string') {
        const settled = references.get(reference);
        if (settled !== undefined) value.reference = settled;
        else if (localReference.test(reference)) needed.add(reference);
      }
      for (const name in value) {
        const member = value[name];
        if (typeof member === 'object' && member !== null) walk(member);
      }
    }
  };
  walk(resource);
  const brought = [...needed].flatMap((reference) => locals.get(reference) ?? []);
  if (brought.length === 0) return resource;
  const { resourceType, id, ...rest } = resource;
  return { resourceType: resourceType ?? '', id: id ?? '', ...rest, contained: [...objects(resource.contained), ...brought] };
}
