/** Preconditions of writes: https://hl7.org/fhir/R4/http.html#concurrency, RFC 9110 section 13. */
import { fail } from '../../fhir/failure.js';
import type { StoredVersion } from '../../store/port.js';
import { etag } from '../answers.js';

/** What a write asks to find, as its headers (or its entry in a Bundle) say it. */
export interface Preconditions {
  /** If-Match. */
  readonly match?: string;
  /** If-None-Match; only `*` has a meaning for a write: nothing must be there. */
  readonly noneMatch?: string;
}

export function preconditionsOf(headers: Readonly<Record<string, string | undefined>>): Preconditions {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  return { ...(match === undefined ? {} : { match }), ...(noneMatch === undefined ? {} : { noneMatch }) };
}

const tagList = /^\s*(?:W\/)?"[\x21\x23-\x7e]{0,64}"\s*(?:,\s*(?:W\/)?"[\x21\x23-\x7e]{0,64}"\s*){0,20}$/;

/**
 * The versions that an If-Match names, strong or weak alike, since FHIR's own tags are weak.
 * @returns undefined for `*`: any version, as long as there is one
 * @throws Failure bad-request
 */
export function matchedTags(header: string): readonly string[] | undefined {
  if (header.trim() === '*') return undefined;
  if (!tagList.test(header)) throw fail('bad-request', { reason: 'If-Match is not an entity tag. Send the ETag of the version that you read: W/"3".' });
  return [...header.matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag);
}

/**
 * @param current the version that the caller sees; undefined when there is none
 * @throws Failure bad-request, version-conflict, precondition-failed
 */
export function requireMatch({ match, noneMatch }: Preconditions, current: Pick<StoredVersion, 'version' | 'deleted'> | undefined): void {
  const live = current !== undefined && !current.deleted;
  if (match !== undefined) {
    const tags = matchedTags(match);
    if (tags === undefined && !live) throw fail('precondition-failed', { reason: 'If-Match asks for a version, but there is none.' });
    if (tags && !(live && tags.includes(String(current.version)))) {
      throw fail('version-conflict', { expected: tags.join(', ') }, live ? { headers: { ETag: etag(current.version) } } : {});
    }
  }
  if (noneMatch?.trim() === '*' && live) throw fail('precondition-failed', { reason: 'If-None-Match: * asks for nothing to be there, but there is a version.' });
}
