/** Documents of the size that the bench names, each with an identifier of its own. */
import { randomUUID } from 'node:crypto';
import { readDocument } from '../fixtures.js';

/** Line breaks and tabs between elements, as vendors' files have them. */
function indented(xml: string): string {
  let depth = 0;
  return xml.replace(/>\s*<(\/?)([^>]*?)(\/?)(?=>)/g, (_whole, closing: string, inside: string, empty: string) => {
    if (closing !== '') depth--;
    const line = `>\n${'\t'.repeat(Math.max(depth, 0))}<${closing}${inside}${empty}`;
    if (closing === '' && empty === '' && !/^[?!]/.test(inside)) depth++;
    return line;
  });
}

/** Comments before the body, until the text has the size. @param bytes ASCII bytes wanted, at least those there are */
function padded(xml: string, bytes: number): string {
  const missing = bytes - Buffer.byteLength(xml);
  if (missing <= 0) return xml;
  const line = '<!-- section de conformité au volet de contenu -->\n';
  return xml.replace('<component>', `${line.repeat(Math.ceil(missing / Buffer.byteLength(line)))}<component>`);
}

export interface BenchDocument {
  readonly name: string;
  /** The text with a new identifier. */
  next(): string;
}

function template(name: string, text: string): BenchDocument {
  const [head = '', tail = ''] = text.split(/(?<=<\/templateId>|<templateId [^>]*\/>)\s*<id root="[0-9A-F-]{36}"\/>(?=\s*<code code)/);
  const [beforeSet = '', afterSet = ''] = tail.split(/(?<=<setId root=")[0-9A-F-]{36}(?=")/);
  if (afterSet === '') throw new Error(`The fixture of ${name} has no id and setId where they are expected.`);
  return { name, next: () => `${head}<id root="${randomUUID()}"/>${beforeSet}${randomUUID()}${afterSet}` };
}

export const levelOne = (): BenchDocument => template('$submit-document, 10 KB level 1', padded(readDocument('consultation-paoli.xml').toString('utf8'), 10 * 1024));
export const summary = (): BenchDocument => template('$submit-document, 64 KB VSM', padded(indented(readDocument('summary-lenoir.xml').toString('utf8')), 64 * 1024));
