/** The patches that are taken, by the media type that they come with: https://hl7.org/fhir/R4/http.html#patch */
import { textOf } from '../fhir/elements.js';
import { fail } from '../fhir/failure.js';
import { parseJson, type JsonObject } from '../fhir/json.js';
import { readFhirPathPatch } from '../fhir/patch/fhirpath-patch.js';
import { readJsonPatch } from '../fhir/patch/json-patch.js';
import { metaPatch, type MetaChange } from '../fhir/patch/meta-patch.js';
import type { Patch } from '../fhir/patch/patch.js';
import { readXmlPatch } from '../fhir/patch/xml-patch.js';
import { decodeUtf8, readResource } from '../fhir/resource.js';
import { charsetOf, jsonTypes, mediaType, requireUtf8, xmlTypes } from './negotiate.js';

interface Format {
  /** The first is the one that is told. */
  readonly types: readonly [string, ...string[]];
  readonly json: boolean;
  /** @param charset of the Content-Type */
  read(bytes: Uint8Array, charset?: string): Patch;
}

export type PatchFormat = 'json-patch' | 'xml-patch' | 'fhirpath-json' | 'fhirpath-xml';

const formats: Readonly<Record<PatchFormat, Format>> = {
  'json-patch': { types: ['application/json-patch+json'], json: true, read: (bytes) => readJsonPatch(parseJson(decodeUtf8(bytes))) },
  'xml-patch': { types: ['application/xml-patch+xml'], json: false, read: readXmlPatch },
  'fhirpath-json': { types: ['application/fhir+json', ...jsonTypes], json: true, read: (bytes) => readFhirPathPatch(parseJson(decodeUtf8(bytes))) },
  'fhirpath-xml': { types: ['application/fhir+xml', ...xmlTypes], json: false, read: (bytes, charset) => readFhirPathPatch(readResource(bytes, 'xml', charset)) },
};

const names = Object.keys(formats) as PatchFormat[];
const byType: ReadonlyMap<string, PatchFormat> = new Map(names.flatMap((name) => formats[name].types.map((type) => [type, name] as const)));
/** Media types of patches, as metadata and Accept-Patch tell them. */
export const patchTypes: readonly string[] = names.map((name) => formats[name].types[0]);

/** @throws Failure unsupported-type, with the list; bad-charset */
export function patchFormat(contentType: string): PatchFormat {
  const format = byType.get(mediaType(contentType));
  const accepted = patchTypes.join(', ');
  // RFC 5789 2.2: whoever sent another kind is told which are taken.
  if (format === undefined) throw fail('unsupported-type', { type: contentType.slice(0, 100), accepted }, { headers: { 'Accept-Patch': accepted } });
  if (formats[format].json) requireUtf8(contentType);
  return format;
}

export interface PatchSource {
  readonly bytes: Uint8Array;
  /** `entry`: the resource of a Bundle's entry, as FHIR JSON. A change of Meta: the Meta, as JSON. */
  readonly format: PatchFormat | 'entry' | MetaChange;
  readonly charset?: string;
}

/** @throws Failure bad-patch, too-costly, bad-json, bad-charset, bad-xml … */
export function readPatch({ bytes, format, charset }: PatchSource): Patch {
  if (format === 'meta-add' || format === 'meta-delete') return metaPatch(format, parseJson(decodeUtf8(bytes)) as JsonObject);
  return format === 'entry' ? readPatchEntry(parseJson(decodeUtf8(bytes)) as JsonObject) : formats[format].read(bytes, charset);
}

/**
 * A patch in an entry of a batch or transaction: Parameters, or a Binary with the bytes of the patch
 * (https://hl7.org/fhir/R4/http.html#patch).
 * @throws Failure as {@link readPatch}; unsupported-type
 */
export function readPatchEntry(resource: JsonObject): Patch {
  if (resource.resourceType === 'Parameters') return readFhirPathPatch(resource);
  if (resource.resourceType !== 'Binary') throw fail('bad-patch', { reason: 'the entry holds neither Parameters nor a Binary' }, { expression: ['resource'] });
  const contentType = textOf(resource.contentType) ?? '';
  const charset = charsetOf(contentType);
  return readPatch({
    bytes: Buffer.from(typeof resource.data === 'string' ? resource.data : '', 'base64'), format: patchFormat(contentType), ...(charset === undefined ? {} : { charset }),
  });
}
