/**
 * Index entries as keys of a document: one text for each token, reference, string and URI, `param|value|…`. Within a part
 * `|` is written `\p` and `\` as `\\`, so that no value of a caller reads as another; a prefix of a value stays a prefix.
 */
import type { ReferenceEntry, StringEntry, TokenEntry } from '../../search/entries.js';

export const escaped = (text: string): string => (/[\\|]/.test(text) ? text.replace(/[\\|]/g, (sign) => (sign === '|' ? '\\p' : '\\\\')) : text);

export const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, sign: string) => (sign === 'p' ? '|' : sign));

/** What every key of a parameter begins with. */
export const keyStart = (param: string): string => `${param}|`;
/** What the parameters of contained resources begin with where they stand among the keys of the resource itself. */
export const insideMark = '#';

export const tokenStart = (param: string, code: string): string => `${param}|${escaped(code)}|`;
export const tokenKey = (param: string, { code, system }: Pick<TokenEntry, 'code' | 'system'>): string => `${tokenStart(param, code)}${escaped(system)}`;
/** Ends every key of a token or a logical reference of this system. */
export const systemEnd = (system: string): string => `|${escaped(system)}`;

export const textStart = (param: string, folded: string): string => `${param}|${escaped(folded)}`;
export const textKey = (param: string, { folded, exact }: Pick<StringEntry, 'folded' | 'exact'>): string => `${textStart(param, folded)}|${escaped(exact)}`;

export const uriKey = (param: string, value: string): string => `${param}|${escaped(value)}`;

/** What follows the parameter in a reference key, by the form of the reference; a local one begins with its type. */
const forms = { contained: '#', absolute: '=', canonical: '~', logical: '@' } as const;
export const localKey = (param: string, type: string, id: string): string => `${param}|${type}/${id}`;
export const containedKey = (param: string, id: string): string => `${param}|${forms.contained}${escaped(id)}`;
export const urlKey = (param: string, form: 'absolute' | 'canonical', url: string): string => `${param}|${forms[form]}${escaped(url)}`;
export const logicalStart = (param: string, value = ''): string => `${param}|${forms.logical}${escaped(value)}`;
export const logicalKey = (param: string, value: string, system: string): string => `${logicalStart(param, value)}|${escaped(system)}`;
/** The key of a reference to one version of its target, beside the one without. */
export const versioned = (key: string, version: string): string => `${key}|${escaped(version)}`;

/** Every key of a reference: the first one whatever its version. */
export function referenceKeys(param: string, entry: ReferenceEntry): readonly string[] {
  switch (entry.form) {
    case 'local': return withVersion(localKey(param, entry.type, entry.id), entry.version);
    case 'contained': return [containedKey(param, entry.id)];
    case 'absolute': return [urlKey(param, 'absolute', entry.url)];
    // One without a version is told from one that has it by an empty one.
    case 'canonical': return withVersion(urlKey(param, 'canonical', entry.url), entry.version ?? '');
    case 'logical': return [logicalKey(param, entry.value, entry.system)];
  }
}
const withVersion = (key: string, version: string | undefined): readonly string[] => (version === undefined ? [key] : [key, versioned(key, version)]);

export interface Link {
  readonly param: string;
  /** `Type/id` */
  readonly local?: string;
  /** Id of a resource contained in the same one. */
  readonly inside?: string;
  /** What a definition is named by; a version of '' is any. */
  readonly canonical?: { readonly url: string; readonly version: string };
}
/** Where a reference key leads to; undefined when to nothing that is stored here. */
export function linkOf(key: string): Link | undefined {
  const [param = '', target = '', version] = key.split('|');
  if (version !== undefined) return target.startsWith(forms.canonical) ? { param, canonical: { url: unescaped(target.slice(1)), version: unescaped(version) } } : undefined;
  if (target === '') return undefined;
  if (target.startsWith(forms.contained)) return { param, inside: unescaped(target.slice(1)) };
  return /^[A-Za-z]/.test(target) ? { param, local: target } : undefined;
}

/**
 * An interval is narrow when where it ends bounds where it begins: a date of up to 25 hours (a day when clocks go back), a number that is
 * one point. Wide ones stand under another name, so that "ends after x" is a range of the beginnings of the narrow ones.
 */
export const narrowDate = 25 * 60 * 60 * 1000;
export const wide = (param: string): string => `${param}+`;
