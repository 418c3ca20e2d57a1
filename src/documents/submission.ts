/** What is sent to `$submit-document`: a CDA as such, or `Parameters` (JSON or XML) that hold it (rules 3.1). */
import { fail } from '../fhir/failure.js';
import { isObject, parseJson, type Json, type JsonObject } from '../fhir/json.js';
import { objects, textOf } from '../fhir/elements.js';
import { readFhirXml } from '../fhir/xml/codec.js';
import { decodeUtf8 } from '../fhir/resource.js';
import { sizeText } from '../fhir/size-text.js';
import { parseXml } from '../fhir/xml/door.js';
import type { XmlElement } from '../fhir/xml/tree.js';
import { recognizeCda, type Recognized } from './cda/recognize.js';
import { givenCode, type GivenCode } from './cda/header/labels.js';

export interface Sent {
  readonly bytes: Uint8Array;
  /** Of the request. */
  readonly contentType: string;
  readonly labels: readonly string[];
  readonly category?: string;
  readonly limit: { readonly bytes: number; readonly setting: string };
}

export interface Submission {
  readonly recognized: Recognized;
  readonly labels: readonly GivenCode[];
  readonly category?: GivenCode;
  /** The bytes of the document where they came inside Parameters. */
  readonly inner?: Uint8Array;
  readonly size: number;
  readonly charset?: string;
}

const fhirNamespace = 'http://hl7.org/fhir';
const cdaTypes: ReadonlySet<string> = new Set(['application/xml', 'text/xml', 'application/hl7-v3+xml', 'application/xslt+xml']);
const fhirXmlTypes: ReadonlySet<string> = new Set(['application/fhir+xml', 'application/xml+fhir']);
const fhirJsonTypes: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json', 'text/json', 'application/json+fhir']);
const taken = [...cdaTypes, 'application/fhir+xml', 'application/fhir+json'].join(', ');

const mediaTypeOf = (contentType: string): string => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** The charset parameter of a Content-Type, in lower case. */
export function charsetParameter(contentType: string): string | undefined {
  const parameter = contentType.split(';').slice(1).map((part) => part.trim()).find((part) => /^charset\s*=/i.test(part));
  return parameter?.replace(/^charset\s*=\s*/i, '').replace(/^"|"$/g, '').toLowerCase() || undefined;
}

const xmlOptions = (contentType: string): { charset?: string } => {
  const charset = charsetParameter(contentType);
  return charset === undefined ? {} : { charset };
};

/** @throws Failure unsupported-type, bad-xml, bad-json, xml-dtd, too-deep, bad-charset, not-a-cda, unknown parameters as invalid, too-large */
export function readSubmission(sent: Sent): Submission {
  const type = mediaTypeOf(sent.contentType);
  const labels = sent.labels.map(givenCode);
  const category = sent.category === undefined ? {} : { category: givenCode(sent.category) };
  if (fhirJsonTypes.has(type)) return ofParameters(parseJson(decodeUtf8(sent.bytes)), sent, labels, category.category);
  if (!cdaTypes.has(type) && !fhirXmlTypes.has(type)) throw fail('unsupported-type', { type: sent.contentType.slice(0, 100), accepted: taken });
  const options = xmlOptions(sent.contentType);
  const root = parseXml(sent.bytes, options);
  if (root.ns === fhirNamespace) return ofParameters(readFhirXml(root), sent, labels, category.category);
  return whole(root, sent.bytes, sent.limit, { labels, ...category, ...options });
}

function whole(root: XmlElement, bytes: Uint8Array, limit: Sent['limit'], more: Pick<Submission, 'labels' | 'category' | 'charset' | 'inner'>): Submission {
  if (bytes.length > limit.bytes) throw fail('too-large', { limit: sizeText(limit.bytes), setting: limit.setting });
  return { recognized: recognizeCda(root), size: bytes.length, ...more };
}

const refuse = (reason: string, expression: string): Error => fail('invalid', { reason }, { expression: [expression] });

function ofParameters(sent: Json, { limit }: Sent, labels: readonly GivenCode[], category: GivenCode | undefined): Submission {
  if (!isObject(sent) || sent.resourceType !== 'Parameters') throw fail('invalid', { reason: 'The body must be a CDA document, or Parameters that hold one.' });
  const parts = objects(sent.parameter);
  for (const part of parts) {
    if (part.name !== 'document' && part.name !== 'securityLabel' && part.name !== 'category') throw refuse('Only the parameters document, securityLabel and category are taken.', 'Parameters.parameter.name');
  }
  const named = (name: string): JsonObject[] => parts.filter((part) => part.name === name);
  const [document, another] = named('document');
  const binary = isObject(document?.resource) ? document.resource : undefined;
  if (binary?.resourceType !== 'Binary' || another !== undefined) throw refuse('Parameters must hold exactly one parameter "document", a Binary.', "Parameters.parameter.where(name='document')");
  const categories = named('category').map((part) => codingOf(part, 'category'));
  if (categories.length + (category === undefined ? 0 : 1) > 1) throw refuse('The parameter "category" is given more than once.', "Parameters.parameter.where(name='category')");
  const chosen = category ?? categories[0];
  const inner = bytesOf(binary, limit);
  const contentType = textOf(binary.contentType) ?? 'text/xml';
  if (!cdaTypes.has(mediaTypeOf(contentType))) throw fail('unsupported-type', { type: contentType.slice(0, 100), accepted: [...cdaTypes].join(', ') }, { expression: ["Parameters.parameter.where(name='document').resource.contentType"] });
  const options = xmlOptions(contentType);
  return whole(parseXml(inner, options), inner, limit, {
    labels: [...labels, ...named('securityLabel').map((part) => codingOf(part, 'securityLabel'))],
    ...(chosen === undefined ? {} : { category: chosen }), ...options, inner,
  });
}

function codingOf(part: JsonObject, name: string): GivenCode {
  const coding = isObject(part.valueCoding) ? part.valueCoding : undefined;
  const code = textOf(coding?.code);
  if (code === undefined) throw refuse(`The parameter "${name}" must be a Coding with a code.`, `Parameters.parameter.where(name='${name}').value`);
  const system = textOf(coding?.system);
  return { code, ...(system === undefined ? {} : { system }) };
}

/** Base64 with blanks in it is taken, as FHIR says; anything else that is not base64 is refused. */
function bytesOf(binary: JsonObject, limit: Sent['limit']): Uint8Array {
  const data = typeof binary.data === 'string' ? binary.data.replace(/\s+/g, '') : '';
  if (data === '' || data.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) throw refuse('Binary.data must be the document in base64.', "Parameters.parameter.where(name='document').resource.data");
  if ((data.length / 4) * 3 - 2 > limit.bytes) throw fail('too-large', { limit: sizeText(limit.bytes), setting: limit.setting });
  return Buffer.from(data, 'base64');
}
