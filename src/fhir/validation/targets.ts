/** References name a resource of a type that their element allows (https://hl7.org/fhir/R4/references.html). */
import { isResourceType } from '../definitions.js';
import { isObject, type JsonObject } from '../json.js';
import { parseReference } from '../reference.js';
import type { Fault } from './primitives.js';
import type { Walk } from './walk.js';

const maxUrl = 2048;
/** The resource type of a RESTful URL: its last two segments, or the two before `_history`. */
const restful = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** @returns undefined where nothing tells a type */
function typeNamed(reference: string, walk: Walk): string | undefined {
  const parsed = parseReference(reference);
  switch (parsed?.form) {
    case 'local':
    case 'conditional':
      return parsed.type;
    case 'contained':
      return typeContained(parsed.id, walk.holder);
    case 'urn':
      return walk.typeOf(parsed.url);
    case 'absolute':
      return walk.typeOf(parsed.url) ?? typeInUrl(parsed.url);
    default:
      return undefined;
  }
}

function typeInUrl(url: string): string | undefined {
  const type = url.length > maxUrl ? undefined : restful.exec(url)?.[1];
  return type !== undefined && isResourceType(type) ? type : undefined;
}

function typeContained(id: string, holder: JsonObject): string | undefined {
  const { contained } = holder;
  const target = id === '' ? holder : Array.isArray(contained) ? contained.find((one) => isObject(one) && one.id === id) : undefined;
  return isObject(target) && typeof target.resourceType === 'string' ? target.resourceType : undefined;
}

/** For a Reference: what is wrong with the type of its target. */
export function targetCheck(targets: readonly string[] | undefined): (reference: JsonObject, walk: Walk) => Fault {
  const allowed = targets && new Set(targets);
  const fault = `must point at ${allowed ? [...allowed].join(' or ') : 'a resource type of FHIR R4'}`;
  return ({ reference, type }, walk) => {
    const named = typeof reference === 'string' ? typeNamed(reference, walk) : undefined;
    if (named !== undefined && !(allowed ? allowed.has(named) : isResourceType(named))) return fault;
    const stated = typeof type === 'string' && isResourceType(type) ? type : undefined;
    return stated !== undefined && (allowed?.has(stated) === false || (named !== undefined && named !== stated)) ? `${fault}, and say the same in its type` : undefined;
  };
}
