/** Preconditions of writes: https://hl7.org/fhir/R4/http.html#concurrency, RFC 9110 section 13. */
import { fail } from '../../fhir/failure.js';
import type { StoredVersion } from '../../store/port.js';
import { etag, httpInstant } from '../answers.js';
import type { RequestHeaders } from '../headers.js';

/** What a write asks to find, as its headers (or its entry in a Bundle) say it. */
export interface Preconditions {
  /** If-Match. */
  readonly match?: string;
  /** If-None-Match: none of these versions must be current, or with `*` nothing must be there. */
  readonly noneMatch?: string;
  /** If-Unmodified-Since, heeded where there is no If-Match. */
  readonly unmodifiedSince?: string;
}

export function preconditionsOf(headers: RequestHeaders): Preconditions {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  const unmodifiedSince = headers['if-unmodified-since'];
  return { ...(match === undefined ? {} : { match }), ...(noneMatch === undefined ? {} : { noneMatch }), ...(unmodifiedSince === undefined ? {} : { unmodifiedSince }) };
}

const tagList = /^\s*(?:W\/)?"[\x21\x23-\x7e]{0,64}"\s*(?:,\s*(?:W\/)?"[\x21\x23-\x7e]{0,64}"\s*){0,20}$/;

/**
 * The versions that a header names, strong or weak alike, since FHIR's own tags are weak.
 * @returns undefined for `*`: any version, as long as there is one
 * @throws Failure bad-request
 */
export function matchedTags(header: string, name: 'If-Match' | 'If-None-Match' = 'If-Match'): readonly string[] | undefined {
  if (header.trim() === '*') return undefined;
  if (!tagList.test(header)) throw fail('bad-request', { reason: `${name} is not an entity tag. Send the ETag of the version that you read: W/"3".` });
  return [...header.matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag);
}

type Current = Pick<StoredVersion, 'version' | 'deleted' | 'lastUpdated'>;
const told = ({ version }: Current) => ({ headers: { ETag: etag(version) } });

/** A date that cannot be read is ignored, as RFC 9110 13.1.4 asks; HTTP knows whole seconds only. */
const changedSince = ({ lastUpdated }: Current, date: string): boolean => Math.floor(lastUpdated / 1000) * 1000 > httpInstant(date);

/**
 * @param current the version that the caller sees; undefined when there is none
 * @throws Failure bad-request, version-conflict, precondition-failed
 */
export function requireMatch({ match, noneMatch, unmodifiedSince }: Preconditions, current: Current | undefined): void {
  const live = current?.deleted === false ? current : undefined;
  if (match !== undefined) {
    const tags = matchedTags(match);
    if (tags === undefined && !live) throw fail('precondition-failed', { reason: 'If-Match asks for a version, but there is none.' });
    // A deletion has a version too, which its ETag tells: by it the resource is brought back to life.
    if (tags && !(current && tags.includes(String(current.version)))) throw fail('version-conflict', { expected: tags.join(', ') }, live ? told(live) : {});
  } else if (unmodifiedSince !== undefined && live && changedSince(live, unmodifiedSince)) {
    throw fail('precondition-failed', { reason: 'It was changed after the date of If-Unmodified-Since.' }, told(live));
  }
  if (noneMatch === undefined) return;
  const refused = matchedTags(noneMatch, 'If-None-Match');
  if (!live || (refused && !refused.includes(String(live.version)))) return;
  throw fail('precondition-failed', { reason: refused ? 'The current version is among those of If-None-Match.' : 'If-None-Match: * asks for nothing to be there, but there is a version.' }, told(live));
}
