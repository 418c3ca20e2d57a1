/** Conditional reads: https://hl7.org/fhir/R4/http.html#cread, RFC 9110 section 13. */
import { httpInstant } from './answers.js';
import type { Exchange } from './exchange.js';

/** Whether an If-None-Match (or If-Match) list names this tag; weak comparison, as FHIR's tags are. */
export function namesTag(list: string, tag: string): boolean {
  if (list.trim() === '*') return true;
  const wanted = opaque(tag);
  return list.split(',').some((item) => opaque(item) === wanted);
}
const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

/**
 * True when the caller already has what it would get: the answer is 304. If-None-Match wins over If-Modified-Since.
 * @param tag the entity tag of the answer
 * @param lastUpdated ms UTC
 */
export function notModified(headers: Exchange['headers'], tag: string, lastUpdated: number): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return namesTag(tags, tag);
  const since = headers['if-modified-since'];
  if (since === undefined) return false;
  // A date that cannot be read compares as false: the header is ignored, as RFC 9110 asks.
  return Math.floor(lastUpdated / 1000) * 1000 <= httpInstant(since);
}
