/** From the bytes of a body to a resource: one strict decoding, one parse. */
import { isResourceType } from './definitions.js';
import { fail } from './failure.js';
import { isObject, parseJson, parseListing, type Json, type JsonObject, type ListBudget } from './json.js';
import { readFhirXml } from './xml/codec.js';
import { parseXml } from './xml/door.js';
import { xhtmlNamespace } from './xml/members.js';

/** A byte order mark at the beginning is left out, as RFC 8259 8.1 lets a reader do. */
const strictly = { fatal: true } as const;
const utf8 = new TextDecoder('utf-8', strictly);
const isNoUtf8 = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA';

/** Whether nothing is wrong up to here; a character may be cut. */
function startsWell(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', strictly).decode(bytes, { stream: true });
    return true;
  } catch (error) {
    if (isNoUtf8(error)) return false;
    throw error;
  }
}

/** Index of the first byte that makes it no UTF-8; the length of what ends within a character. */
function faultIn(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (startsWell(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** @throws Failure bad-charset */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (isNoUtf8(error)) throw fail('bad-charset', { reason: `a byte sequence that is not UTF-8 (byte ${faultIn(bytes) + 1})` });
    throw error;
  }
}

const readJson = (text: string, list?: ListBudget): Json => (list ? parseListing(text, list) : parseJson(text));

/** A resource of a type of R4; nothing more is checked (see `validate`). */
export type TypedResource = JsonObject & { resourceType: string };

/**
 * @param charset of the Content-Type, for XML
 * @param list what one of its lists may hold
 * @throws Failure bad-charset, bad-json, json-duplicate-key, json-forbidden-key, bad-xml, xml-dtd, too-deep, bad-resource
 */
export function readResource(bytes: Uint8Array, format: 'json' | 'xml', charset?: string, list?: ListBudget): TypedResource {
  const resource = format === 'json' ? readJson(decodeUtf8(bytes), list)
    : readFhirXml(parseXml(bytes, { keepSource: xhtmlNamespace, ...(charset === undefined ? {} : { charset }), ...(list ? { list } : {}) }));
  if (!isObject(resource)) throw fail('bad-resource', { reason: 'it is not a JSON object' });
  const { resourceType } = resource;
  if (typeof resourceType !== 'string') throw fail('bad-resource', { reason: 'it has no "resourceType"' });
  if (!isResourceType(resourceType)) throw fail('bad-resource', { reason: 'its "resourceType" is not a resource type of FHIR R4' }, { expression: ['resourceType'] });
  return resource as TypedResource;
}
