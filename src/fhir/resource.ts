/** From the bytes of a body to a resource: one strict decoding, one parse. */
import { isResourceType } from './definitions.js';
import { fail } from './failure.js';
import { isObject, parseJson, type JsonObject } from './json.js';
import { readFhirXml } from './xml/codec.js';
import { parseXml } from './xml/door.js';
import { xhtmlNamespace } from './xml/members.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws Failure bad-charset */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw fail('bad-charset', { reason: 'a byte sequence that is not UTF-8' });
    throw error;
  }
}

/** A resource of a type of R4; nothing more is checked (see `validate`). */
export type TypedResource = JsonObject & { resourceType: string };

/**
 * @param charset of the Content-Type, for XML
 * @throws Failure bad-charset, bad-json, json-duplicate-key, json-forbidden-key, bad-xml, xml-dtd, too-deep, bad-resource
 */
export function readResource(bytes: Uint8Array, format: 'json' | 'xml', charset?: string): TypedResource {
  const resource = format === 'json' ? parseJson(decodeUtf8(bytes)) : readFhirXml(parseXml(bytes, { keepSource: xhtmlNamespace, ...(charset === undefined ? {} : { charset }) }));
  if (!isObject(resource)) throw fail('bad-resource', { reason: 'it is not a JSON object' });
  const { resourceType } = resource;
  if (typeof resourceType !== 'string') throw fail('bad-resource', { reason: 'it has no "resourceType"' });
  if (!isResourceType(resourceType)) throw fail('bad-resource', { reason: 'its "resourceType" is not a resource type of FHIR R4' }, { expression: ['resourceType'] });
  return resource as TypedResource;
}
