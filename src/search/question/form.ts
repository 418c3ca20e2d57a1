/** The query string as pairs, and the escapes of search values (https://hl7.org/fhir/R4/search.html#escaping). */
import { fail } from '../../fhir/failure.js';

/** A 15-character national number, wherever it stands in a text. */
const matricule = /(?<![A-Za-z0-9])[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}\d{2}(?![A-Za-z0-9])/gi;
export const withheld = 'withheld';

/** The text without any national number: for what may stand in a link. */
export const withoutMatricule = (text: string): string => text.replace(matricule, withheld);

/** The arc of the INS and what it is made of (INS-C, NSS), and the FHIR types of its identifiers: what is called so names a person. */
const nationalArc = /(?<![\d.])1\.2\.250\.1\.213\.1\.4(?![\d])/;
const nationalType = /^INS(?:-|$)/i;
/** With or without its key, whatever blanks stand in it. */
const bareMatricule = /(?<!\d)[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}(?:\d{2})?(?!\d)/i;
const looksNational = (text: string): boolean => bareMatricule.test(text.replace(/\s+/g, ''));

/** One identifier of a person, as it may stand in a link: `system|value`, `system|type|value` or a value alone. */
function tellableIdentifier(written: string): string {
  const parts = splitEscaped(written, '|');
  const value = parts.at(-1) ?? '';
  const before = parts.slice(0, -1);
  const named = before.some((part) => part !== '');
  const hidden = named ? before.some((part) => nationalArc.test(part) || nationalType.test(part)) && value !== '' : looksNational(value);
  return hidden ? [...before.map(withoutMatricule), withheld].join('|') : withoutMatricule(written);
}

/** The value of a criterion on identifiers of people, as it may stand in a link. Where in a filter one stands is not told. */
export function tellableIdentifiers(name: string, value: string): string {
  if (name === '_filter') return nationalArc.test(value) || looksNational(value) ? withheld : value;
  return splitEscaped(value, ',').map(tellableIdentifier).join(',');
}

/** A parameter name as it may be told to the caller and to a log. */
export const tellableName = (name: string): string => withoutMatricule(name).slice(0, 64).replace(/[^\w.:$[\]-]/g, '?');

/** @param name the parameter that the text is of, as it is told where an escape is broken: a value is never repeated */
function decoded(text: string, name: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    if (cause instanceof URIError) throw fail('bad-parameter', { parameter: tellableName(name), reason: 'its percent-encoding is broken (it is that of UTF-8)' });
    throw cause;
  }
}

/** @throws Failure bad-parameter for a character that nothing stored holds */
function decodedValue(name: string, text: string): string {
  const value = decoded(text, name);
  if (value.includes('\0')) throw fail('bad-parameter', { parameter: tellableName(name), reason: 'its value holds the character U+0000' });
  return value;
}

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/**
 * `a=1&b=%20` as decoded pairs in their order.
 * @param query the raw query string without `?`, or a form body
 * @throws Failure bad-parameter when an escape is broken
 */
export function formPairs(query: string): readonly Pair[] {
  return query.split('&').filter((part) => part !== '').map((part) => {
    const mark = part.indexOf('=');
    const written = mark < 0 ? part : part.slice(0, mark);
    const name = decoded(written, written);
    return { name, value: mark < 0 ? '' : decodedValue(name, part.slice(mark + 1)) };
  });
}

/** Splits at a separator that no backslash stands before; escapes stay as they are. */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  if (!text.includes(separator)) return [text];
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** `\,` `\|` `\$` `\\` as the signs that they stand for; any other backslash is itself. */
export const unescaped = (text: string): string => (text.includes('\\') ? text.replace(/\\([,|$\\])/g, '$1') : text);
