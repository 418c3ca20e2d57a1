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
/** Codes of a Quantity in JSON and in XML, units of a CDA. Whatever else is a code is counted too: a longer way is all that it costs. */
const codes = /"code"\s{0,9}:\s{0,9}"([^"\\]{1,100})"|<(?:\w{1,20}:)?code\s{1,9}value="([^"<&]{1,100})"|\sunit="([^"<&]{1,100})"/g;
/** What stands beside each of them. */
const mentions = ['unitsofmeasure', ' unit="'];

function isMentionedOften(bytes: Buffer, mention: string): boolean {
  let count = 0;
  for (let at = bytes.indexOf(mention); at >= 0; at = bytes.indexOf(mention, at + mention.length)) if (++count > mostNewUnits) return true;
  return false;
}

/** @returns bytes, or Infinity where the work belongs to a parse thread however few they are */
export function weightOf({ buffer, byteOffset, length }: Uint8Array): number {
  if (length < shortestDear || length > longestJudged) return length;
  const bytes = Buffer.from(buffer, byteOffset, length);
  if (!mentions.some((mention) => isMentionedOften(bytes, mention))) return length;
  const fresh = new Set<string>();
  for (const [, json, xml, cda] of bytes.toString('latin1').matchAll(codes)) {
    const code = json ?? xml ?? cda ?? '';
    if (!isKnownUnit(code) && fresh.add(code).size > mostNewUnits) return Infinity;
  }
  return length;
}
