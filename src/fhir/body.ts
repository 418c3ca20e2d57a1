/** The stored text of a resource in two halves, so that the store writes version and time between them at the commit. */
import { isObject, writeJson, type Json, type JsonObject } from './json.js';

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
