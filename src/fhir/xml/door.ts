/**
 * The one door for XML: whatever arrives as XML is read here and nowhere else. No DTD, no entity but the five of XML,
 * budgets on depth, elements, attributes and bytes, and the character set that the text says it is in.
 */
import { SaxesParser, type SaxesAttributeNS, type SaxesTagNS } from 'saxes';
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

/** What {@link scanXml} calls in document order. */
export interface XmlSink {
  /**
   * @param attributes by local name, or `{namespace}local`; declarations of namespaces left out
   * @param declarations namespaces that the element itself declares, by prefix; '' is the default one
   */
  open(ns: string, name: string, attributes: Readonly<Record<string, string>>, declarations: Readonly<Record<string, string>>): void;
  /** A piece of text or CDATA. */
  text(part: string): void;
  /** Left out, comments are dropped. */
  comment?(text: string): void;
  /** @param source of the element, where `keepSource` asks for it */
  close(source: string | undefined): void;
}

const xsiType = '{http://www.w3.org/2001/XMLSchema-instance}type';
/** Characters handed to the parser at a time. */
const step = 64 * 1024;
const none: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

function attributesOf(tag: SaxesTagNS, limit: number): Readonly<Record<string, string>> {
  let attributes: Record<string, string> | undefined;
  let count = 0;
  for (const name in tag.attributes) {
    const { local, prefix, uri, value } = tag.attributes[name] as SaxesAttributeNS;
    if (prefix === 'xmlns' || (prefix === '' && local === 'xmlns')) continue;
    if (++count > limit) throw fail('bad-xml', { reason: `an element has more than ${limit} attributes` });
    attributes ??= Object.create(null) as Record<string, string>;
    attributes[uri === '' ? local : `{${uri}}${local}`] = value;
  }
  return attributes ?? none;
}

/**
 * Reads a decoded text from end to end.
 * @throws Failure bad-xml, xml-dtd, too-deep
 */
export function scanXml(text: string, sink: XmlSink, options: Omit<XmlOptions, 'charset'> = {}): void {
  const { maxDepth = 256, maxElements = 2_000_000, maxAttributes = 256, keepSource } = options;
  const parser = new SaxesParser({ xmlns: true, position: true });
  let depth = 0;
  let elements = 0;
  /** Of the tag that is being read, declarations of namespaces included. */
  let attributes = 0;
  /** Where the element whose tag is being read begins; and depth and start of the one whose source is kept. */
  let tagStart = 0;
  let keptDepth = 0;
  let keptStart = 0;

  parser.on('doctype', () => { throw fail('xml-dtd'); });
  parser.on('error', ({ message }) => { throw fail('bad-xml', { reason: faultOf(message) }); });
  if (keepSource !== undefined) parser.on('opentagstart', () => { tagStart = text.lastIndexOf('<', parser.position - 1); });
  // Told one by one, so that a tag that never ends does.
  parser.on('attribute', () => {
    if (++attributes > 2 * maxAttributes) throw fail('bad-xml', { reason: `an element has more than ${maxAttributes} attributes` });
  });
  parser.on('opentag', (tag) => {
    attributes = 0;
    if (depth >= maxDepth) throw fail('too-deep', { limit: maxDepth, setting: 'XML depth' });
    if (++elements > maxElements) throw fail('bad-xml', { reason: `more than ${maxElements} elements` });
    depth++;
    if (keptDepth === 0 && tag.uri === keepSource) {
      keptDepth = depth;
      keptStart = tagStart;
    }
    sink.open(tag.uri, tag.local, attributesOf(tag, maxAttributes), tag.ns);
  });
  parser.on('closetag', () => {
    const kept = depth === keptDepth;
    sink.close(kept ? text.slice(keptStart, parser.position).replace(/\r\n?/g, '\n') : undefined);
    if (kept) keptDepth = 0;
    depth--;
  });
  const piece = (part: string): void => { if (depth > 0) sink.text(part); };
  parser.on('text', piece);
  parser.on('cdata', piece);
  if (sink.comment) parser.on('comment', (comment) => { if (depth > 0) sink.comment?.(comment); });

  for (let at = 0; at < text.length; at += step) parser.write(text.slice(at, at + step));
  parser.close();
}

interface Open {
  readonly ns: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  xsiType?: string;
  readonly children: (XmlElement | string)[];
  source?: string;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1).trim();

/**
 * Reads a whole XML text.
 * @returns the root element
 * @throws Failure bad-xml, xml-dtd, too-deep, bad-charset
 */
export function parseXml(bytes: Uint8Array, options: XmlOptions = {}): XmlElement {
  const open: Open[] = [];
  let root: XmlElement | undefined;
  scanXml(decodeXml(bytes, options.charset), {
    open(ns, name, attributes) {
      const element: Open = { ns, name, attributes, children: [] };
      const type = attributes === none ? undefined : attributes[xsiType];
      if (type !== undefined) element.xsiType = localName(type);
      open.at(-1)?.children.push(element);
      root ??= element;
      open.push(element);
    },
    text(part) { open.at(-1)?.children.push(part); },
    close(source) {
      const element = open.pop();
      if (element && source !== undefined) element.source = source;
    },
  }, options);
  if (root === undefined) throw fail('bad-xml', { reason: 'there is no element' });
  return root;
}

/** What saxes says, less anything that quotes the document. */
function faultOf(message: string): string {
  const [, where = '', what = message] = /^(\d+:\d+): (.*)$/s.exec(message) ?? [];
  return `${what.replace(/["'].*$/s, '').replace(/[:.\s]+$/, '')}${where ? ` (line ${where.replace(':', ', column ')})` : ''}`;
}
