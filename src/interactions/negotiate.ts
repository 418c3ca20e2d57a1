/** Which media types are taken and given. FHIR R4 "Content Types and encodings": https://hl7.org/fhir/R4/http.html#mime-type */
import { fail } from '../fhir/failure.js';
import type { Exchange } from './exchange.js';

export const jsonTypes: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json', 'text/json', 'application/json+fhir']);
export const xmlTypes: ReadonlySet<string> = new Set(['application/fhir+xml', 'application/xml', 'text/xml', 'application/xml+fhir']);
const anyJson = new Set([...jsonTypes, 'application/*', '*/*', 'text/*', 'json']);

/** `type/subtype` in lower case, without parameters. */
export const mediaType = (contentType: string): string => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** The charset parameter, lower case. */
export function charsetOf(contentType: string): string | undefined {
  const parameter = contentType.split(';').slice(1).map((part) => part.trim()).find((part) => /^charset=/i.test(part));
  return parameter?.slice('charset='.length).replace(/^"|"$/g, '').toLowerCase();
}

export type BodyFormat = 'json' | 'xml';
/** The format of a FHIR body. @throws Failure unsupported-type, bad-charset */
export function bodyFormat(contentType: string): BodyFormat {
  const type = mediaType(contentType);
  if (xmlTypes.has(type)) return 'xml';
  if (!jsonTypes.has(type)) {
    throw fail('unsupported-type', { type: contentType.slice(0, 100), accepted: 'application/fhir+json, application/fhir+xml' });
  }
  requireUtf8(contentType);
  return 'json';
}

/** JSON is UTF-8. @throws Failure bad-charset */
export function requireUtf8(contentType: string): void {
  const charset = charsetOf(contentType);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw fail('bad-charset', { reason: 'FHIR JSON is UTF-8' });
  }
}

/** Ranges of an Accept header that are not refused with q=0, in order. */
export function accepted(accept: string): string[] {
  return accept.split(',').filter((range) => !/;\s*q=0(\.0*)?\s*($|;)/i.test(range)).map(mediaType).filter((range) => range !== '');
}
/** `_format` of a query string, which wins over Accept. */
export const formatOf = (query: string): string | undefined => (query.includes('_format') ? new URLSearchParams(query).get('_format') ?? undefined : undefined);

/** Answers are FHIR JSON. @throws Failure not-acceptable when the caller takes nothing of the kind */
export function requireJson({ headers, query }: Pick<Exchange, 'headers' | 'query'>): void {
  const format = formatOf(query);
  const accept = headers['accept'];
  const ranges = format !== undefined ? [mediaType(format.replaceAll(' ', '+'))] : accept ? accepted(accept) : ['*/*'];
  if (!ranges.some((range) => anyJson.has(range))) throw fail('not-acceptable', { formats: 'application/fhir+json' });
}

/** True where Accept (or `_format`) names FHIR outright, so that a Binary is wanted as a resource. */
export function asksForFhir({ headers, query }: Pick<Exchange, 'headers' | 'query'>): boolean {
  const format = formatOf(query);
  const ranges = format !== undefined ? [mediaType(format.replaceAll(' ', '+'))] : accepted(headers['accept'] ?? '');
  const first = ranges[0];
  return first === 'application/fhir+json' || first === 'application/fhir+xml' || first === 'json' || (format !== undefined && jsonTypes.has(first ?? ''));
}
