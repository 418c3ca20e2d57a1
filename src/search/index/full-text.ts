/**
 * Words of a resource as tokens (https://hl7.org/fhir/R4/search.html#content): of its narrative under `<Type>._text`, of all its
 * texts under `<Type>._content`. What occurs often bears further tokens: relevance is told by the words of the resource alone, so that
 * it says nothing of other resources.
 */
import type { Json, JsonObject } from '../../fhir/json.js';
import { countWords } from '../words.js';
import type { Run } from './run.js';

export type FullText = 'off' | 'text' | 'content';
export type FullTextCode = '_text' | '_content';

export const wordParam = (type: string, code: FullTextCode): string => `${type}.${code}`;
/** How often a word occurs, at least, to bear a further token each. */
const often = [3, 9] as const;
/** A word bears these tokens, all of them when it occurs very often: the share of them is its relevance. */
export const relevanceParams = (type: string, code: FullTextCode): readonly string[] =>
  [wordParam(type, code), ...often.map((times) => `${wordParam(type, code)}:${times}`)];

/** Elements whose texts are names of things, not words: identifiers of systems and versions, links, bytes. */
const silent: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'system', 'reference', 'url', 'fullUrl', 'data', 'versionId', 'profile', 'linkId']);

const comments = /<!--[\s\S]*?-->/g;
/** Tags within words. */
const inline = /<\/?(?:a|b|big|code|em|i|small|span|strong|sub|sup|tt)(?=[\s>/])[^>]*>/g;
const tags = /<[^>]*>/g;
const entity = /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g;
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const character = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : ' ');

/** What is read in an XHTML text. */
export const narrativeText = (div: string): string => div.replace(comments, ' ').replace(inline, '').replace(tags, ' ')
  .replace(entity, (_, decimal?: string, hex?: string, name?: string) => (name ? (named[name] ?? ' ') : character(decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16))));

function countAll(value: Json, into: Map<string, number>): void {
  if (typeof value === 'string') return countWords(value, into);
  if (Array.isArray(value)) {
    for (const each of value) countAll(each, into);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value as JsonObject)) {
    if (silent.has(name)) continue;
    if (name === 'div' && typeof each === 'string') countWords(narrativeText(each), into);
    else countAll(each as Json, into);
  }
}

function add(type: string, code: FullTextCode, counts: ReadonlyMap<string, number>, run: Run): void {
  const [plain = '', ...further] = relevanceParams(type, code);
  for (const [word, times] of counts) {
    run.token.push({ param: plain, contained: undefined, code: word, system: '', mark: undefined });
    for (let level = 0; level < often.length && times >= (often[level] as number); level++) run.token.push({ param: further[level] as string, contained: undefined, code: word, system: '', mark: undefined });
  }
}

/** @param run of the resource itself: contained ones have no narrative, and their texts are content of the resource */
export function addWords(resource: JsonObject, type: string, fullText: FullText, run: Run): void {
  if (fullText === 'off') return;
  const { text } = resource as { readonly text?: { readonly div?: unknown } };
  if (typeof text?.div === 'string') {
    const counts = new Map<string, number>();
    countWords(narrativeText(text.div), counts);
    add(type, '_text', counts, run);
  }
  if (fullText !== 'content') return;
  const counts = new Map<string, number>();
  countAll(resource, counts);
  add(type, '_content', counts, run);
}
