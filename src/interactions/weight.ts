/**
 * How much work a body is. Its bytes say that, save where they name many units of UCUM that were not met before: the library takes
 * fifty microseconds for each, so that a small body could hold the event loop.
 */
import { isKnownUnit } from '../search/ucum.js';

/** What the main thread may spend on new units: 400 of them are 20 ms. */
const mostNewUnits = 400;
/** In fewer bytes there is no room for so many. */
const shortestDear = 8 * 1024;
const longestJudged = 256 * 1024;
/** Codes of a Quantity in JSON and in XML, units of a CDA. Whatever else is a code or a value is counted too: a longer way is all that it costs. */
const codes = /"code"\s*:\s*"((?:[^"\\]|\\.){1,200})"|(?:value|unit)\s*=\s*(?:"([^"<]{1,200})"|'([^'<]{1,200})')/g;
/** What stands beside each of them: `unit="`, `http://unitsofmeasure.org`. */
const mentions = ['unit'];
/** What any of this may be written with instead of itself: characters of ASCII in JSON (accents are written so by many), any in XML. */
const escapes = ['\\u002', '\\u003', '\\u004', '\\u005', '\\u006', '\\u007', '&#'];

function areMentionedOften(bytes: Buffer, mentions: readonly string[]): boolean {
  let count = 0;
  for (const mention of mentions) {
    for (let at = bytes.indexOf(mention); at >= 0; at = bytes.indexOf(mention, at + mention.length)) if (++count > mostNewUnits) return true;
  }
  return false;
}

/** @returns bytes, or Infinity where the work belongs to a parse thread however few they are */
export function weightOf({ buffer, byteOffset, length }: Uint8Array): number {
  if (length < shortestDear || length > longestJudged) return length;
  const bytes = Buffer.from(buffer, byteOffset, length);
  // Two bytes for each character: nothing of this is found in them.
  if (bytes.includes(0) || areMentionedOften(bytes, escapes)) return Infinity;
  if (!areMentionedOften(bytes, mentions)) return length;
  const fresh = new Set<string>();
  for (const [, json, quoted, apostrophes] of bytes.toString('latin1').matchAll(codes)) {
    const code = json ?? quoted ?? apostrophes ?? '';
    if (!isKnownUnit(code) && fresh.add(code).size > mostNewUnits) return Infinity;
  }
  return length;
}
