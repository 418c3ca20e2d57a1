/**
 * The one door for XML: whatever arrives as XML is read here and nowhere else. No DTD, no entity but the five of XML,
 * budgets on depth, elements, attributes and bytes, and the character set that the text says it is in.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { fail } from '../failure.js';
import { decodeXml } from './charset.js';
import type { XmlElement } from './tree.js';

export interface XmlOptions {
  /** The charset parameter of the Content-Type, when there is one. */
  readonly charset?: string;
  /** Real CDA documents are at most 22 deep; name look-up costs grow with depth. */
  readonly maxDepth?: number;
  readonly maxElements?: number;
  /** On one element. */
  readonly maxAttributes?: number;
  /** A namespace whose outermost elements keep the text that they were read from (the narrative of FHIR). */
  readonly keepSource?: string;
}

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';
/** Characters handed to the parser at a time. */
const step = 64 * 1024;

interface Open {
  readonly ns: string;
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly xsiType?: string;
  readonly children: (XmlElement | string)[];
  source?: string;
}

function attributesOf(tag: SaxesTagNS, limit: number): Record<string, string> {
  const attributes = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const { local, prefix, uri, value } of Object.values(tag.attributes)) {
    if (prefix === 'xmlns' || (prefix === '' && local === 'xmlns')) continue;
    if (++count > limit) throw fail('bad-xml', { reason: `an element has more than ${limit} attributes` });
    attributes[uri === '' ? local : `{${uri}}${local}`] = value;
  }
  return attributes;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1).trim();

/**
 * Reads a whole XML text.
 * @returns the root element
 * @throws Failure bad-xml, xml-dtd, too-deep, bad-charset
 */
export function parseXml(bytes: Uint8Array, options: XmlOptions = {}): XmlElement {
  const { maxDepth = 256, maxElements = 2_000_000, maxAttributes = 256 } = options;
  const text = decodeXml(bytes, options.charset);
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  /** Where the element whose tag is being read begins; and the one whose source is kept. */
  let tagStart = 0;
  let kept: { readonly element: Open; readonly start: number } | undefined;

  parser.on('doctype', () => { throw fail('xml-dtd'); });
  parser.on('error', ({ message }) => { throw fail('bad-xml', { reason: faultOf(message) }); });
  if (options.keepSource !== undefined) parser.on('opentagstart', () => { tagStart = text.lastIndexOf('<', parser.position - 1); });
  parser.on('opentag', (tag) => {
    if (open.length >= maxDepth) throw fail('too-deep', { limit: maxDepth, setting: 'XML depth' });
    if (++elements > maxElements) throw fail('bad-xml', { reason: `more than ${maxElements} elements` });
    const attributes = attributesOf(tag, maxAttributes);
    const type = attributes[`{${xsi}}type`];
    const element: Open = { ns: tag.uri, name: tag.local, attributes, children: [], ...(type === undefined ? {} : { xsiType: localName(type) }) };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
    if (tag.uri === options.keepSource) kept ??= { element, start: tagStart };
  });
  parser.on('closetag', () => {
    const closed = open.pop();
    if (kept === undefined || closed !== kept.element) return;
    closed.source = text.slice(kept.start, parser.position).replace(/\r\n?/g, '\n');
    kept = undefined;
  });
  const keepText = (part: string): void => { open.at(-1)?.children.push(part); };
  parser.on('text', keepText);
  parser.on('cdata', keepText);

  for (let at = 0; at < text.length; at += step) parser.write(text.slice(at, at + step));
  parser.close();
  if (root === undefined) throw fail('bad-xml', { reason: 'there is no element' });
  return root;
}

/** What saxes says, less anything that quotes the document. */
function faultOf(message: string): string {
  const [, where = '', what = message] = /^(\d+:\d+): (.*)$/s.exec(message) ?? [];
  return `${what.replace(/["'].*$/s, '').replace(/[:.\s]+$/, '')}${where ? ` (line ${where.replace(':', ', column ')})` : ''}`;
}
