/** Documents of the size that the bench names, each with an identifier of its own, about as many people as are asked for. */
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

const matricule = /(?<=<id root="1\.2\.250\.1\.213\.1\.4\.10" extension=")\d[0-9AB]{12}(?=\d\d")/;

/** Matricules of the same sex, month and place of birth as the one given; the key is right. */
function matricules(known: string, count: number): readonly string[] {
  if (count === 1) return [known];
  return Array.from({ length: count }, (_, index) => {
    const thirteen = `${known.slice(0, 10)}${String(index + 1).padStart(3, '0')}`;
    // Corsica: 2A counts as 19, 2B as 18.
    const key = 97 - Number(BigInt(thirteen.replace('2A', '19').replace('2B', '18')) % 97n);
    return thirteen + String(key).padStart(2, '0');
  });
}

function template(name: string, text: string, count: number): BenchDocument {
  const places = [documentId, setId].map((pattern) => pattern.exec(text)?.index ?? -1) as [number, number];
  const thirteen = matricule.exec(text);
  if (places[0] < 0 || places[1] < places[0] || thirteen === null) throw new Error(`The fixture of ${name} has no id, setId and INS where they are expected.`);
  const known = text.slice(thirteen.index, thirteen.index + 15);
  const [head, middle, tail] = [text.slice(0, places[0]), text.slice(places[0] + 36, places[1]), text.slice(places[1] + 36)];
  const people = matricules(known, count).map((one) => [head, middle, tail].map((part) => part.replaceAll(known, one)) as [string, string, string]);
  let next = 0;
  return {
    name,
    next: () => {
      const [before, between, after] = people[next++ % people.length] ?? [head, middle, tail];
      return `${before}${randomUUID()}${between}${randomUUID()}${after}`;
    },
  };
}

export const levelOne = (people = 1): BenchDocument => template('$submit-document, 10 KB level 1', padded(readDocument('consultation-paoli.xml').toString('utf8'), 10 * 1024), people);
export const summary = (people = 1): BenchDocument => template('$submit-document, 64 KB VSM', padded(indented(readDocument('summary-lenoir.xml').toString('utf8')), 64 * 1024), people);
