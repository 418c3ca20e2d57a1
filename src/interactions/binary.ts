/**
 * Binary: its bytes, as they were received and with their own type; as a FHIR resource only where the caller asks for
 * FHIR (https://hl7.org/fhir/R4/binary.html). Streamed, never held whole, never run by a browser.
 */
import { createHash } from 'node:crypto';
import { fail } from '../fhir/failure.js';
import { isObject, parseStored } from '../fhir/json.js';
import type { StoredVersion } from '../store/port.js';
import { auditOf, etag, fhirJson, httpDate } from './answers.js';
import { base64Length, base64Of } from './base64-stream.js';
import { byteRange } from './byte-range.js';
import { notModified } from './conditional-read.js';
import type { Answer, Exchange } from './exchange.js';
import type { AnswerHeaders } from './headers.js';
import { asksForFhir, mediaType, representationOf } from './negotiate.js';
import { isStrict, readParameters } from './parameters.js';
import { ResourceParts } from './parts.js';
import { findVersion, notModifiedAnswer } from './read.js';
import type { Handler } from './routes.js';

/** A name that says nothing of the person or the document. */
const extensions: Readonly<Record<string, string | undefined>> = {
  'application/pdf': 'pdf', 'application/xml': 'xml', 'text/xml': 'xml', 'application/hl7-v3+xml': 'xml', 'application/xslt+xml': 'xml',
  'application/fhir+xml': 'xml', 'application/json': 'json', 'application/fhir+json': 'json', 'application/dicom': 'dcm', 'application/zip': 'zip',
  'image/jpeg': 'jpg', 'image/png': 'png', 'image/tiff': 'tif', 'image/gif': 'gif', 'text/plain': 'txt', 'text/html': 'html', 'text/rtf': 'rtf',
  'application/rtf': 'rtf', 'text/csv': 'csv',
};
const printable = /^[\x20-\x7e]{1,200}$/;
const typeShape = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;|$)/;

const contentTypeOf = (written: string): string => (printable.test(written) && typeShape.test(written) ? written : 'application/octet-stream');

/** Whatever the bytes are, a browser keeps them as a file: it neither guesses a type, nor runs, nor loads anything. */
function fileHeaders(contentType: string): AnswerHeaders {
  return {
    'Content-Type': contentType,
    'Content-Disposition': `attachment; filename="document.${extensions[mediaType(contentType)] ?? 'bin'}"`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'Accept-Ranges': 'bytes',
    Vary: 'Accept',
  };
}

const interactionOf = (path: readonly string[]): string => (path.length > 2 ? 'vread' : 'read');

interface Bytes {
  readonly size: number;
  /** SHA-256 of all of them, base64. */
  readonly sha256: string;
  readonly contentType: string;
  open(range?: { readonly lo: number; readonly hi: number }): AsyncIterable<Uint8Array>;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The bytes beside the text, or those written inside it. */
function bytesOf(found: StoredVersion, openContent: (found: StoredVersion, range?: { lo: number; hi: number }) => AsyncIterable<Uint8Array>): Bytes {
  if (found.content) return { size: found.content.size, sha256: Buffer.from(found.content.sha256, 'hex').toString('base64'), contentType: contentTypeOf(found.content.contentType), open: (range) => openContent(found, range) };
  const resource = parseStored(found.text);
  const { data, contentType } = isObject(resource) ? resource : {};
  const bytes = Buffer.from(typeof data === 'string' ? data : '', 'base64');
  return {
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('base64'),
    contentType: contentTypeOf(typeof contentType === 'string' ? contentType : ''),
    open: (range) => once(range ? bytes.subarray(range.lo, range.hi) : bytes),
  };
}

/**
 * If-Range asks for a strong tag: that of the bytes is one, since the bytes of a version never change. A date must be
 * the one that was given out.
 */
function rangeStillFits(header: string | undefined, tag: string, modified: string): boolean {
  return header === undefined || header.trim() === tag || header.trim() === modified;
}

function asFile({ headers, method, path }: Exchange, found: StoredVersion, bytes: Bytes, tag: string): Answer {
  const audit = auditOf(interactionOf(path), found);
  const modified = httpDate(found.lastUpdated);
  // Of the whole representation, also where a part of it is sent (RFC 9530).
  const usual = { ...fileHeaders(bytes.contentType), ETag: tag, 'Last-Modified': modified, 'Repr-Digest': `sha-256=:${bytes.sha256}:` };
  const range = byteRange(method === 'GET' && rangeStillFits(headers['if-range'], tag, modified) ? headers['range'] : undefined, bytes.size);
  if (range.kind === 'unsatisfiable') throw fail('bad-range', { size: bytes.size }, { headers: { 'Content-Range': `bytes */${bytes.size}` } });
  if (range.kind === 'whole') {
    return { status: 200, headers: { ...usual, 'Content-Length': String(bytes.size) }, body: bytes.open(), audit, asIs: true };
  }
  const { lo, hi } = range;
  const partial = { 'Content-Range': `bytes ${lo}-${hi - 1}/${bytes.size}`, 'Content-Length': String(hi - lo) };
  return { status: 206, headers: { ...usual, ...partial }, body: bytes.open({ lo, hi }), audit, asIs: true };
}

/** The resource with its `data`, which is written into the stored text while the bytes are read. */
function asResource({ path }: Exchange, found: StoredVersion, openContent: (found: StoredVersion) => AsyncIterable<Uint8Array>): Answer {
  const audit = auditOf(interactionOf(path), found);
  const headers = { 'Content-Type': fhirJson, ETag: etag(found.version), 'Last-Modified': httpDate(found.lastUpdated) };
  if (!found.content || found.content.size === 0) return { status: 200, headers, body: found.text, audit, of: found };
  const body = new ResourceParts({ head: found.text.slice(0, -1), element: 'data', parts: base64Of(openContent(found)), length: base64Length(found.content.size) });
  return { status: 200, headers: { ...headers, 'Content-Length': String(body.jsonLength) }, body, audit, of: found };
}

/** read and vread of a Binary. */
export const readBinary: Handler = async (exchange, services) => {
  const strict = isStrict(exchange, services);
  if (exchange.query !== '') readParameters(exchange.query, [], strict);
  const fhir = asksForFhir(exchange);
  if (fhir) representationOf(exchange, strict);
  const found = await findVersion(exchange, services);
  const tag = fhir ? etag(found.version) : `"${found.version}"`;
  if (notModified(exchange.headers, tag, found.lastUpdated)) return notModifiedAnswer(interactionOf(exchange.path), found, tag);
  const open = (version: StoredVersion, range?: { lo: number; hi: number }) => services.store.openContent(version, range);
  return fhir ? asResource(exchange, found, open) : asFile(exchange, found, bytesOf(found, open), tag);
};
