/** Answers: a resource with its version headers, or an OperationOutcome. Built only after the commit. */
import { outcomeOf, type Issue } from '../fhir/failure.js';
import type { StoredVersion } from '../store/port.js';
import type { Answer, AuditFacts, Exchange } from './exchange.js';

export const fhirJson = 'application/fhir+json; charset=utf-8';

/** Weak, as FHIR asks: the version, not the bytes. */
export const etag = (version: number): string => `W/"${version}"`;
/** Whole seconds: HTTP has no finer date. */
export const httpDate = (ms: number): string => new Date(ms).toUTCString();
export const versionUrl = (baseUrl: string, { type, id, version }: Versioned): string => `${baseUrl}/${type}/${id}/_history/${version}`;

export type Versioned = Pick<StoredVersion, 'type' | 'id' | 'version' | 'lastUpdated'>;

export function versionHeaders({ version, lastUpdated }: Pick<Versioned, 'version' | 'lastUpdated'>): Record<string, string> {
  return { ETag: etag(version), 'Last-Modified': httpDate(lastUpdated) };
}

export function auditOf(interaction: string, found: Pick<StoredVersion, 'type' | 'id' | 'owners'>): AuditFacts {
  return { interaction, type: found.type, id: found.id, patients: found.owners };
}

/** A stored text as it stands. */
export function textAnswer(status: number, text: string, audit: AuditFacts, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'Content-Type': fhirJson, ...headers }, body: text, audit };
}

export function outcomeAnswer(status: number, issues: readonly Issue[], audit: AuditFacts, headers: Readonly<Record<string, string>> = {}): Answer {
  return textAnswer(status, JSON.stringify(outcomeOf(issues)), audit, headers);
}

export interface Prefer {
  readonly return: 'minimal' | 'representation' | 'OperationOutcome';
  readonly handling?: 'strict' | 'lenient';
}

/** RFC 7240, as FHIR uses it; what is unknown is ignored, as that RFC asks. */
export function preferOf(exchange: Pick<Exchange, 'headers'>): Prefer {
  const wishes = new Map<string, string>();
  for (const wish of (exchange.headers['prefer'] ?? '').split(/[,;]/)) {
    const [name = '', value = ''] = wish.split('=', 2);
    const key = name.trim().toLowerCase();
    if (!wishes.has(key)) wishes.set(key, value.trim().replace(/^"|"$/g, ''));
  }
  const kind = wishes.get('return');
  const handling = wishes.get('handling');
  return {
    return: kind === 'minimal' || kind === 'OperationOutcome' ? kind : 'representation',
    ...(handling === 'strict' || handling === 'lenient' ? { handling } : {}),
  };
}

/** What was written, in the form that the caller prefers. */
export function writtenAnswer(
  status: 200 | 201,
  written: Versioned & Pick<StoredVersion, 'text' | 'owners'>,
  options: { readonly interaction: string; readonly baseUrl: string; readonly prefer: Prefer; readonly issues?: readonly Issue[] },
): Answer {
  const audit = auditOf(options.interaction, written);
  const headers = { ...versionHeaders(written), Location: versionUrl(options.baseUrl, written) };
  if (options.prefer.return === 'representation') return textAnswer(status, written.text, audit, headers);
  if (options.prefer.return === 'minimal') return { status, headers, audit };
  const done: Issue = { severity: 'information', code: 'informational', diagnostics: status === 201 ? 'Created.' : 'Stored.' };
  return outcomeAnswer(status, options.issues?.length ? options.issues : [done], audit, headers);
}
