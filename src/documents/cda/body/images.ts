/** Pictures and files inside the body (`observationMedia`) → Media and Attachment. */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept } from '../datatypes/codes.js';
import { attribute, child, compact } from '../datatypes/elements.js';
import type { Entry } from './scribe.js';
import { identifiers } from './statements.js';

const mediaType = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/i;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The file of an `observationMedia`: base64 without blanks. Undefined when it holds none that can be read. */
export function attachmentOf(media: XmlElement, { reading }: Entry): JsonObject | undefined {
  const value = child(media, 'value');
  const type = attribute(value, 'mediaType');
  const data = value?.children.map((node) => (typeof node === 'string' ? node : '')).join('').replace(/\s+/g, '') ?? '';
  const readable = attribute(value, 'representation') === 'B64' && data.length % 4 === 0 && base64.test(data);
  if (!readable || type === undefined || !mediaType.test(type)) {
    reading.leftOut('a file that is not base64 with a media type');
    return undefined;
  }
  return { contentType: type, data };
}

/** @returns the key of the Media */
export function imageOf(media: XmlElement, status: 'completed' | 'entered-in-error', entry: Entry): string | undefined {
  const content = attachmentOf(media, entry);
  if (content === undefined) return undefined;
  return entry.scribe.draft(compact({
    resourceType: 'Media', identifier: identifiers(media), status, type: concept(child(media, 'code'), entry.reading), subject: { reference: entry.scribe.context.subject }, content,
  }));
}
