/** `reference/externalDocument` → contained DocumentReference that the evidence points at (french-interop 6.2). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child, children, compact } from '../datatypes/elements.js';
import { identifierOf, tokenOf } from '../header/identifiers.js';
import type { Entry } from './scribe.js';

const mediaType = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/i;

/** @returns both lists empty when the statement refers to no document */
export function evidenceOf(statement: XmlElement, { reading }: Entry): { readonly contained: JsonObject[]; readonly evidence: JsonObject[] } {
  const contained = children(statement, 'reference').flatMap((reference) => {
    const external = child(reference, 'externalDocument');
    if (external === undefined) return [];
    const text = child(external, 'text');
    const url = attribute(child(text, 'reference'), 'value');
    const type = attribute(text, 'mediaType');
    const token = tokenOf(child(external, 'id'));
    const readable = url !== undefined && /^\S+$/.test(url) && !url.startsWith('#') ? url : undefined;
    if (readable === undefined && token === undefined) {
      reading.leftOut('a document without address and identifier');
      return [];
    }
    const attachment = compact({ contentType: type !== undefined && mediaType.test(type) ? type : undefined, url: readable });
    return [compact({
      resourceType: 'DocumentReference', status: 'current', masterIdentifier: token === undefined ? undefined : identifierOf(token),
      content: [{ attachment: readable === undefined ? { title: 'Document externe' } : attachment }],
    })];
  }).map((resource, index): JsonObject => ({ ...resource, id: `document-${index + 1}` }));
  return { contained, evidence: contained.map(({ id }) => ({ detail: [{ reference: `#${String(id)}` }] })) };
}
