/** The Bundle that answers a batch or transaction, assembled from stored texts. */
import { STATUS_CODES } from 'node:http';
import { instantText } from '../../fhir/date.js';
import { outcomeOf, type Failure, type Issue } from '../../fhir/failure.js';
import { newId } from '../../fhir/id.js';
import { etag, fhirJson, versionUrl, type Prefer } from '../answers.js';
import { fullUrl, ownersOf } from '../bundle.js';
import type { Answer, AuditFacts } from '../exchange.js';
import { ResourceParts } from '../parts.js';
import type { Deleted } from '../write/delete.js';
import type { Written } from '../write/written.js';
import type { InnerAnswer } from './inner-exchange.js';
import { issueInEntry } from './naming.js';

/** One entry of the answer: its JSON text, and whose data it holds or changed. */
export interface EntryAnswer {
  readonly text: string;
  readonly patients: readonly string[];
}

const statusText = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trim();

interface Parts {
  readonly fullUrl?: string;
  /** JSON text. */
  readonly resource?: string;
  readonly status: number;
  readonly location?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly issues?: readonly Issue[];
}
function entryText({ fullUrl, resource, status, issues, ...rest }: Parts): string {
  const outcome = issues?.length ? { outcome: outcomeOf(issues) } : {};
  const url = fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`;
  const body = resource ? `"resource":${resource},` : '';
  return `{${url}${body}"response":${JSON.stringify({ status: statusText(status), ...rest, ...outcome })}}`;
}

/** What the caller wants of what was written, beside where it is (Prefer: return). */
export type EntryWish = Prefer['return'];
const told = (wish: EntryWish, diagnostics: string): Issue[] => (wish === 'OperationOutcome' ? [{ severity: 'information', code: 'informational', diagnostics }] : []);

export function writtenEntry({ status, interaction, version, issues: found }: Written, index: number, baseUrl: string, wish: EntryWish): EntryAnswer {
  const { type, lastUpdated } = version;
  const issues = found.length > 0 ? found : told(wish, status === 201 ? 'Created.' : interaction === 'create' ? 'It was here already.' : 'Stored.');
  const text = entryText({
    fullUrl: fullUrl(baseUrl, version), status, location: versionUrl(baseUrl, version), etag: etag(version.version), lastModified: instantText(lastUpdated),
    issues: issues.map((issue) => issueInEntry(issue, index)),
    ...(wish === 'representation' && type !== 'Binary' ? { resource: version.text } : {}),
  });
  return { text, patients: version.owners };
}

export function deletedEntry({ ended, version }: Deleted, wish: EntryWish): EntryAnswer {
  const issues = told(wish, ended.length === 0 ? 'There was nothing to delete.' : 'Deleted.');
  return { text: entryText({ status: issues.length > 0 ? 200 : 204, issues, ...(version === undefined ? {} : { etag: etag(version) }) }), patients: ownersOf(ended) };
}

export function servedEntry({ status, headers, text, audit, of }: InnerAnswer, baseUrl: string): EntryAnswer {
  const location = headers['Location'];
  const tag = headers['ETag'];
  return {
    patients: audit.patients,
    text: entryText({
      status, ...(text === '' ? {} : { resource: text }), ...(location ? { location } : {}), ...(tag ? { etag: tag } : {}),
      ...(of ? { fullUrl: fullUrl(baseUrl, of), lastModified: instantText(of.lastUpdated) } : {}),
    }),
  };
}

export const failedEntry = ({ status, issues }: Failure): EntryAnswer => ({ text: entryText({ status, issues }), patients: [] });

/** Longer answers leave entry by entry. */
const wholeUpTo = 1024 * 1024;

/** @param entries in the order of the request */
export function bundleAnswer(type: 'batch' | 'transaction', entries: readonly EntryAnswer[]): Answer {
  const start = `{"resourceType":"Bundle","id":"${newId()}","type":"${type}-response"`;
  const texts = entries.map(({ text }) => text);
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const audit: AuditFacts = { interaction: type, patients: [...new Set(entries.flatMap(({ patients }) => patients))] };
  const body = entries.length === 0 ? `${start}}` : length > wholeUpTo ? new ResourceParts({ head: start, element: 'entry', parts: texts }) : `${start},"entry":[${texts.join(',')}]}`;
  return { status: 200, headers: { 'Content-Type': fhirJson }, body, audit };
}
