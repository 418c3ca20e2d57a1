/** The stored text of a resource in two halves, so that the store writes version and time between them at the commit. */
import { isObject, parseStored, writeJson, type Json, type JsonObject } from './json.js';

/**
 * @param resource with resourceType and id; `meta.versionId` and `meta.lastUpdated` are dropped
 * @returns halves whose joint is inside `meta` (see BodyHalves in the store port)
 */
export function bodyHalves(resource: JsonObject): { before: string; after: string } {
  const { resourceType, id, meta, ...rest } = resource;
  const kept: JsonObject = isObject(meta) ? { ...meta } : {};
  delete kept.versionId;
  delete kept.lastUpdated;
  const ofMeta = writeJson(kept).slice(1);
  const others = writeJson(rest as Record<string, Json>).slice(1);
  return {
    before: `{"resourceType":${writeJson(resourceType ?? null)},"id":${writeJson(id ?? null)},"meta":{`,
    after: `${ofMeta === '}' ? '}' : `,${ofMeta}`}${others === '}' ? '}' : `,${others}`}`,
  };
}

/** The text of a version. */
export const joinBody = ({ before, after }: { before: string; after: string }, version: number, lastUpdated: string): string =>
  `${before}"versionId":"${version}","lastUpdated":"${lastUpdated}"${after}`;

/** Index after the object that is open at `at`, in JSON without faults. */
function endOfObject(text: string, at: number): number {
  let depth = 1;
  for (let index = at; index < text.length; index++) {
    const sign = text[index];
    if (sign === '"') {
      for (index++; text[index] !== '"'; index++) if (text[index] === '\\') index++;
    } else if (sign === '{') depth++;
    else if (sign === '}' && --depth === 0) return index + 1;
  }
  return text.length;
}

const joint = '"meta":{';

/** The `meta` of a stored text, which begins with it: what follows may be long, and is not looked at. */
export function metaOf(text: string): JsonObject {
  const at = text.indexOf(joint) + joint.length;
  const meta = at < joint.length ? {} : parseStored(`{${text.slice(at, endOfObject(text, at))}`);
  return isObject(meta) ? meta : {};
}
