/**
 * The texts that index entries become. A bar or backslash within a code is escaped, so that no two entries share a text;
 * whatever stands last is written as it is.
 */
import type { CompositeEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry } from '../../search/entries.js';
import type { CompositeValue } from './documents.js';

/** A text that is followed by a bar. */
export const part = (text: string): string => (text.includes('|') || text.includes('\\') ? text.replace(/[\\|]/g, '\\$&') : text);
/** Between the folded text of a string and the text as written. */
export const exactMark = '\0';

/** `code|system`: as in a composite; all tokens of a code begin with {@link codeText}. */
export const tokenValue = (code: string, system: string): string => `${part(code)}|${system}`;
export const tokenText = (param: string, code: string, system: string): string => `${param}|${tokenValue(code, system)}`;
/** What the tokens of this code, whatever their system, begin with. */
export const codeText = (param: string, code: string): string => `${param}|${part(code)}|`;
/** What every token, reference, string or URI of a parameter begins with. */
export const paramText = (param: string): string => `${param}|`;

export const stringText = (param: string, folded: string, exact: string): string => `${param}|${folded}${exactMark}${exact}`;
export const uriText = (param: string, value: string): string => `${param}|${value}`;

export const localText = (param: string, type: string, id: string): string => `${param}|${type}/${id}`;
/** Written beside {@link localText} for a reference to a version. */
export const versionedText = (param: string, type: string, id: string, version: string): string => `${param}|${type}/${id}|${version}`;
export const containedText = (param: string, id: string): string => `${param}|#${id}`;
export const absoluteText = (param: string, url: string): string => `${param}|=${url}`;
/** Written for every canonical; a canonical with a version has {@link canonicalVersionText} too. */
export const canonicalText = (param: string, url: string): string => `${param}|@${url}`;
export const canonicalVersionText = (param: string, url: string, version: string): string => `${param}|@${part(url)}|${version}`;
/** `value|system`: all logical references by a value begin with {@link logicalValueText}. */
export const logicalText = (param: string, value: string, system: string): string => `${logicalValueText(param, value)}${system}`;
export const logicalValueText = (param: string, value: string): string => `${param}|:${part(value)}|`;

export const tokenOf = ({ param, code, system }: TokenEntry): string => tokenText(param, code, system);
export const stringOf = ({ param, folded, exact }: StringEntry): string => stringText(param, folded, exact);
export const uriOf = ({ param, value }: UriEntry): string => uriText(param, value);

/** One text, two for a reference to a version. */
export function referencesOf(entry: ReferenceEntry): readonly string[] {
  const { param } = entry;
  switch (entry.form) {
    case 'local': {
      const text = localText(param, entry.type, entry.id);
      return entry.version === undefined ? [text] : [text, versionedText(param, entry.type, entry.id, entry.version)];
    }
    case 'contained':
      return [containedText(param, entry.id)];
    case 'absolute':
      return [absoluteText(param, entry.url)];
    case 'canonical': {
      const text = canonicalText(param, entry.url);
      return entry.version === undefined ? [text] : [text, canonicalVersionText(param, entry.url, entry.version)];
    }
    case 'logical':
      return [logicalText(param, entry.value, entry.system)];
  }
}

export function compositeOf({ param: p, code, system, second }: CompositeEntry): CompositeValue {
  const t = tokenValue(code, system);
  switch (second.kind) {
    case 'quantity':
      return { p, t, u: second.unit, lo: second.lo, hi: second.hi };
    case 'date':
    case 'number':
      return { p, t, lo: second.lo, hi: second.hi };
    case 'token':
      return { p, t, v: tokenValue(second.code, second.system) };
    case 'string':
      return { p, t, v: second.folded };
  }
}
