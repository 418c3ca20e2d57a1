/** Answers: a resource with its version headers, or an OperationOutcome. Built only after the commit. */
import { outcomeOf, type Issue } from '../fhir/failure.js';
import type { StoredVersion } from '../store/port.js';
import type { Answer, AuditFacts, Exchange } from './exchange.js';
import type { AnswerHeaders } from './headers.js';

export const fhirJson = 'application/fhir+json; charset=utf-8';

/** Weak, as FHIR asks: the version, not the bytes. */
export const etag = (version: number): string => `W/"${version}"`;
/** Whole seconds: HTTP has no finer date. */
export const httpDate = (ms: number): string => new Date(ms).toUTCString();
/** The three forms of an HTTP-date (RFC 9110 5.6.7): today's, that of RFC 850, and that of asctime, which names no zone. */
const httpDateForm = /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d [\d:]{8} GMT|([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}))$/;
/** ms UTC of an HTTP-date; NaN for anything else, which compares as false. */
export function httpInstant(text: string): number {
  const form = httpDateForm.exec(text.trim());
  return form ? Date.parse(form[1] === undefined ? form[0] : `${form[1]} GMT`) : NaN;
}
export const versionUrl = (baseUrl: string, { type, id, version }: Versioned): string => `${baseUrl}/${type}/${id}/_history/${version}`;

export type Versioned = Pick<StoredVersion, 'type' | 'id' | 'version' | 'lastUpdated'>;

export function versionHeaders({ version, lastUpdated }: Pick<Versioned, 'version' | 'lastUpdated'>): AnswerHeaders {
  return { ETag: etag(version), 'Last-Modified': httpDate(lastUpdated) };
}

export function auditOf(interaction: string, found: Pick<StoredVersion, 'type' | 'id' | 'owners'>): AuditFacts {
  return { interaction, type: found.type, id: found.id, patients: found.owners };
}

/** A stored text as it stands. @param of the version that it represents, where it does */
export function textAnswer(status: number, text: string, audit: AuditFacts, headers: AnswerHeaders = {}, of?: Answer['of']): Answer {
  return { status, headers: { 'Content-Type': fhirJson, ...headers }, body: text, audit, ...(of ? { of } : {}) };
}

export function outcomeAnswer(status: number, issues: readonly Issue[], audit: AuditFacts, headers: AnswerHeaders = {}): Answer {
  return textAnswer(status, JSON.stringify(outcomeOf(issues)), audit, headers);
}

export interface Prefer {
  readonly return: 'minimal' | 'representation' | 'OperationOutcome';
  readonly handling?: 'strict' | 'lenient';
  /** Whether the caller said what to return. */
  readonly said: boolean;
}

const returns: ReadonlySet<string | undefined> = new Set(['minimal', 'representation', 'OperationOutcome']);
/** Outside of quotes; the first of a name counts (RFC 7240 section 2). */
const wish = /([^\s,;="]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]*))?/g;

const nothingSaid: Prefer = { said: false, return: 'representation' };

/** RFC 7240, as FHIR uses it; what is unknown is ignored, as that RFC asks. */
export function preferOf({ headers }: Pick<Exchange, 'headers'>): Prefer {
  if (headers['prefer'] === undefined) return nothingSaid;
  const wishes = new Map<string, string>();
  for (const [, name = '', value = ''] of headers['prefer'].matchAll(wish)) {
    const key = name.toLowerCase();
    if (!wishes.has(key)) wishes.set(key, value.replace(/^"|"$/g, ''));
  }
  const kind = wishes.get('return');
  const handling = wishes.get('handling');
  const said = returns.has(kind);
  return {
    said, return: said ? kind as Prefer['return'] : 'representation',
    ...(handling === 'strict' || handling === 'lenient' ? { handling } : {}),
  };
}

/** Says that a preference was heeded (RFC 7240 section 3). */
export function applied(headers: AnswerHeaders, ...preferences: readonly string[]): AnswerHeaders {
  const before = headers['Preference-Applied'];
  return { ...headers, 'Preference-Applied': [...(before === undefined ? [] : [before]), ...preferences].join(', ') };
}

/**
 * What was written, in the form that the caller prefers.
 * @param options.shown what represents it where the caller asks for it: its text or a part of it; undefined for what cannot be sent back
 */
export function writtenAnswer(
  status: 200 | 201,
  written: Versioned & Pick<StoredVersion, 'owners'>,
  options: { readonly interaction: string; readonly baseUrl: string; readonly prefer: Prefer; readonly issues?: readonly Issue[]; readonly shown: string | undefined; readonly whole: boolean },
): Answer {
  const { prefer, shown } = options;
  const audit = auditOf(options.interaction, written);
  const place = versionUrl(options.baseUrl, written);
  const usual = { ...versionHeaders(written), Location: place };
  const kind = prefer.return === 'representation' && shown === undefined ? 'minimal' : prefer.return;
  const headers = prefer.said && kind === prefer.return ? applied(usual, `return=${kind}`) : usual;
  if (kind === 'minimal') return { status, headers, audit };
  if (kind === 'representation') return textAnswer(status, shown ?? '', audit, options.whole ? { ...headers, 'Content-Location': place } : headers);
  const done: Issue = { severity: 'information', code: 'informational', diagnostics: status === 201 ? 'Created.' : 'Stored.' };
  return outcomeAnswer(status, options.issues?.length ? options.issues : [done], audit, headers);
}
