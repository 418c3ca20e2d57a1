/**
 * Checks a resource against the base definitions of FHIR R4 (rules 6.2): elements, cardinality, types, formats of primitives,
 * choices, required codes, types of references, narrative, and the resources inside it. Profiles, slicing and the
 * invariants of single resources are not part of it.
 */
import type { Issue } from './failure.js';
import { isResourceType } from './definitions.js';
import type { JsonObject } from './json.js';
import { checkResource } from './validation/plan.js';
import { ListFull, Walk } from './validation/walk.js';

/**
 * @returns every fault with the FHIRPath of its place (`Patient.name[0].family`), at most 100; none when all is well. The
 * texts say what to mend and quote no value.
 */
export function validate(resource: JsonObject): Issue[] {
  const { resourceType } = resource;
  const walk = new Walk(typeof resourceType === 'string' && isResourceType(resourceType) ? resourceType : 'Resource', resource);
  try {
    checkResource(resource, walk);
  } catch (error) {
    if (!(error instanceof ListFull)) throw error;
  }
  return walk.issues;
}
