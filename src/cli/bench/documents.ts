/** Documents of the size that the bench names, each with an identifier of its own. */
import { randomUUID } from 'node:crypto';
import { readDocument } from '../fixtures.js';

/** Line breaks and tabs between elements, as vendors' files have them; text stays beside its tags. */
function indented(xml: string): string {
  const parts = xml.split(/(<[^>]+>)/).filter((part) => part.trim() !== '');
  let depth = 0;
  let text = '';
  let afterTag = true;
  for (const part of parts) {
    const isTag = part.startsWith('<');
    const closes = part.startsWith('</');
    if (closes) depth--;
    const ownLine = isTag && afterTag && !(closes && !text.trimEnd().endsWith('>'));
    text += ownLine && text !== '' ? `\n${'\t'.repeat(Math.max(depth, 0))}${part}` : part;
    if (isTag && !closes && !part.endsWith('/>') && !/^<[?!]/.test(part)) depth++;
    afterTag = isTag;
  }
  return text;
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

const documentId = /(?<=<templateId [^>]*\/>\s*<id root=")[0-9A-F-]{36}(?=")/;
const setId = /(?<=<setId root=")[0-9A-F-]{36}(?=")/;

function template(name: string, text: string): BenchDocument {
  const places = [documentId, setId].map((pattern) => pattern.exec(text)?.index ?? -1) as [number, number];
  if (places[0] < 0 || places[1] < places[0]) throw new Error(`The fixture of ${name} has no id and setId where they are expected.`);
  const [head, middle, tail] = [text.slice(0, places[0]), text.slice(places[0] + 36, places[1]), text.slice(places[1] + 36)];
  return { name, next: () => `${head}${randomUUID()}${middle}${randomUUID()}${tail}` };
}

export const levelOne = (): BenchDocument => template('$submit-document, 10 KB level 1', padded(readDocument('consultation-paoli.xml').toString('utf8'), 10 * 1024));
export const summary = (): BenchDocument => template('$submit-document, 64 KB VSM', padded(indented(readDocument('summary-lenoir.xml').toString('utf8')), 64 * 1024));
