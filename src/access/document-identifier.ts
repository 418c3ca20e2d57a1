/** The identifier of a document in the one form that documents are told apart by (french-interop 2.5, uniqueId). */
import type { SystemValue } from '../fhir/elements.js';

const uris = 'urn:ietf:rfc:3986';
const uuid = /^(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A UUID in lower case as `urn:uuid:` under `urn:ietf:rfc:3986`; an OID as `urn:oid:` under the same system; any other
 * value under its own system, as written.
 */
export function normalDocumentIdentifier({ system, value }: SystemValue): SystemValue {
  if (system !== '' && system !== uris) return { system, value };
  if (uuid.test(value)) return { system: uris, value: `urn:uuid:${value.toLowerCase().replace('urn:uuid:', '')}` };
  if (/^(urn:oid:)?[0-2](\.\d+)+$/i.test(value)) return { system: uris, value: `urn:oid:${value.toLowerCase().replace('urn:oid:', '')}` };
  return { system, value };
}

/** The identifier of a CDA `id`: its root alone (a UUID or an OID), or root and extension. */
export const documentIdentifierOfCda = (root: string, extension?: string): SystemValue =>
  extension === undefined || extension === '' ? normalDocumentIdentifier({ system: uris, value: root }) : { system: `urn:oid:${root}`, value: extension };
