/** The DocumentReference of a document: every metadata row of french-interop 2.5, in the shape of PDSm (3.3). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { classOf, formatOf, typeDisplay, type TableCoding } from '../../../terminology/document-types.js';
import { concept, languageOf } from '../datatypes/codes.js';
import { at, attribute, child, children, compact, textOf } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { dateTime } from '../datatypes/timestamps.js';
import { templatesOf, type Body } from '../recognize.js';
import type { RelatedDocument } from './document-facts.js';
import { eachOnce } from './contained-once.js';
import { facilityConcept } from './encounter.js';
import { eventsOf, relatedIdentifiers, type Events } from './events.js';
import { identifierOf, tokenOf, type Token } from './identifiers.js';
import type { Labels } from './labels.js';
import { containedReference, identified, type Organization, type People, type Who } from './people.js';

const versionUrl = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-DocumentReference.version';

export interface Attached {
  /** Id of the Binary. */
  readonly binary: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha1: string;
  readonly sha256: string;
  readonly contentType: string;
}

export interface DocumentContext {
  readonly id: string;
  /** `Patient/…`, and the Patient as this document writes it. */
  readonly patient: string;
  readonly writtenPatient: JsonObject;
  readonly people: People;
  readonly reading: Reading;
  readonly identifier: Token;
  readonly related: readonly (RelatedDocument & { readonly reference?: string })[];
  readonly status: 'current' | 'superseded';
  readonly labels: Labels;
  /** Given at the submission; otherwise from the type. */
  readonly category?: TableCoding;
  readonly body: Body;
  readonly attached: Attached;
  /** Instant of reception, for a document whose date has no time. */
  readonly received: string;
  readonly encounter?: string;
  /** Something that was assumed, or is lacking. */
  readonly warn: (what: string) => void;
}

/** The people of the header by their part in the document. */
export interface HeaderRoles {
  readonly authors: readonly Who[];
  readonly legal?: Who;
  readonly custodian?: Organization;
}

export function headerRoles(clinicalDocument: XmlElement, people: People, warn: (what: string) => void): HeaderRoles {
  const authors = children(clinicalDocument, 'author').map((author) => people.who(author)).filter((who) => who !== undefined);
  const legalElement = child(clinicalDocument, 'legalAuthenticator');
  const legal = legalElement === undefined ? undefined : people.who(legalElement);
  const written = people.organization(at(clinicalDocument, 'custodian', 'assignedCustodian', 'representedCustodianOrganization'));
  const custodian = written ?? authors.map((author) => author.organization).find((organization) => organization !== undefined);
  if (written === undefined) warn(custodian === undefined ? 'The document has no custodian.' : "The document has no custodian: the author's organization is taken.");
  if (authors.length === 0) warn('The document names no author.');
  return { authors, ...(legal === undefined ? {} : { legal }), ...(custodian === undefined ? {} : { custodian }) };
}

/** Who signs is most often an author, written in the same words: contained once. */
function asAuthor(legal: Who, authors: readonly Who[]): JsonObject | undefined {
  const words = JSON.stringify(legal.contained('x'));
  const index = authors.findIndex((author) => author.kind === legal.kind && JSON.stringify(author.contained('x')) === words);
  return index < 0 ? undefined : containedReference(`author-${index + 1}`, legal.stored);
}

/** DocumentReference.authenticator takes no device: the organization behind it signs, else nobody. */
function authenticatorOf({ legal, authors }: HeaderRoles, warn: (what: string) => void): { reference?: JsonObject; contained: readonly JsonObject[] } {
  if (legal === undefined) return { contained: [] };
  if (legal.kind === 'device') {
    if (legal.organization === undefined) {
      warn('legalAuthenticator is a device without an organization: it is left out.');
      return { contained: [] };
    }
    return { reference: containedReference('authenticator', legal.organization.stored), contained: [identified(legal.organization.resource, 'authenticator')] };
  }
  if (legal.kind === 'patient' || legal.kind === 'related') {
    warn('legalAuthenticator is not a professional: DocumentReference.authenticator cannot name them, the Composition and the Provenance do.');
    return { contained: [] };
  }
  const author = asAuthor(legal, authors);
  if (author !== undefined) return { reference: author, contained: [] };
  return { reference: containedReference('authenticator', legal.stored), contained: legal.contained('authenticator') };
}

function authorsOf(authors: readonly Who[]): { references: JsonObject[]; contained: JsonObject[] } {
  const contained: JsonObject[] = [];
  const references = authors.map((who, index) => {
    if (who.kind === 'patient') return containedReference('source-patient', who.stored);
    const id = `author-${index + 1}`;
    contained.push(...who.contained(id));
    return containedReference(id, who.stored);
  });
  return { references, contained };
}

function typeOf(clinicalDocument: XmlElement, reading: Reading): JsonObject | undefined {
  const type = concept(child(clinicalDocument, 'code'), reading);
  if (type === undefined || !Array.isArray(type.coding)) return type;
  return { ...type, coding: type.coding.map((coding) => withDisplay(coding as JsonObject)) };
}
function withDisplay(coding: JsonObject): JsonObject {
  const display = typeof coding.code === 'string' ? typeDisplay(coding.code) : undefined;
  return coding.display === undefined && display !== undefined ? { ...coding, display } : coding;
}

/** `Attachment.hash` is the SHA-1 by FHIR: the stronger hash of the same bytes stands beside it. */
export const sha256Url = 'urn:passerelle:StructureDefinition:sha-256';
const base64OfHex = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

function contentOf(clinicalDocument: XmlElement, { attached, body, reading, warn }: DocumentContext): JsonObject {
  const format = formatOf(templatesOf(clinicalDocument), body.level === 1 ? body.mediaType : undefined);
  if (format.assumed) warn(`No format is known for this document: ${format.coding.code} is taken.`);
  const time = attribute(child(clinicalDocument, 'effectiveTime'), 'value');
  return {
    attachment: compact({
      extension: [{ url: sha256Url, valueBase64Binary: base64OfHex(attached.sha256) }],
      contentType: attached.contentType,
      language: languageOf(clinicalDocument, reading),
      url: `Binary/${attached.binary}`,
      size: attached.size,
      hash: base64OfHex(attached.sha1),
      title: textOf(child(clinicalDocument, 'title')),
      creation: time === undefined ? undefined : dateTime(time, reading),
    }),
    format: { ...format.coding },
  };
}

function contextOf(clinicalDocument: XmlElement, events: Events, { encounter, reading }: DocumentContext): JsonObject {
  const facility = at(clinicalDocument, 'componentOf', 'encompassingEncounter', 'location', 'healthCareFacility', 'code');
  return compact({
    encounter: encounter === undefined ? [] : [{ reference: encounter }],
    event: [...events.codes],
    period: events.period,
    facilityType: facilityConcept(facility, reading),
    practiceSetting: events.practiceSetting,
    sourcePatientInfo: { reference: '#source-patient' },
    related: relatedIdentifiers(clinicalDocument, templatesOf(clinicalDocument)),
  });
}

function relatesTo(related: DocumentContext['related']): JsonObject[] {
  return related.map(({ code, identifier, reference }) => ({
    code, target: compact({ reference, identifier: identifierOf(identifier) }),
  }));
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** @returns the DocumentReference, without meta */
export function documentReferenceOf(clinicalDocument: XmlElement, roles: HeaderRoles, context: DocumentContext): JsonObject {
  const { id, identifier, labels, patient, reading, received, status, warn, writtenPatient } = context;
  const typeCode = attribute(child(clinicalDocument, 'code'), 'code') ?? '';
  const category = context.category === undefined ? classOf(typeCode) : { coding: context.category, assumed: false };
  if (category.assumed) warn(`No class is known for this type of document: ${category.coding.code} is taken.`);
  if (labels.unknownConfidentiality) warn('confidentialityCode is not N, R or V: it is kept as written.');
  else if (attribute(child(clinicalDocument, 'confidentialityCode'), 'code') === undefined) warn('The document has no confidentialityCode.');
  const setId = tokenOf(child(clinicalDocument, 'setId'));
  const version = attribute(child(clinicalDocument, 'versionNumber'), 'value');
  const time = attribute(child(clinicalDocument, 'effectiveTime'), 'value');
  const made = time === undefined ? undefined : dateTime(time, reading);
  const authors = authorsOf(roles.authors);
  const authenticator = authenticatorOf(roles, warn);
  const custodian = roles.custodian;
  return compact({
    resourceType: 'DocumentReference',
    id,
    contained: [
      identified(writtenPatient, 'source-patient'), ...eachOnce([...authors.contained, ...authenticator.contained]),
      ...(custodian !== undefined && custodian.stored === undefined ? [identified(custodian.resource, 'custodian')] : []),
    ],
    extension: version === undefined ? [] : [{ url: versionUrl, valueString: version }],
    masterIdentifier: identifierOf(identifier),
    identifier: setId === undefined ? [] : [identifierOf(setId, { type: { text: 'setId' } })],
    status,
    type: typeOf(clinicalDocument, reading),
    category: [{ coding: [{ ...category.coding }] }],
    subject: { reference: patient },
    date: made !== undefined && instant.test(made) ? made : received,
    author: authors.references,
    authenticator: authenticator.reference,
    custodian: custodian === undefined ? undefined : { reference: custodian.stored ?? '#custodian' },
    relatesTo: relatesTo(context.related),
    securityLabel: [...labels.concepts],
    content: [contentOf(clinicalDocument, context)],
    context: contextOf(clinicalDocument, eventsOf(clinicalDocument, reading), context),
  });
}
