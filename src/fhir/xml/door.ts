/**
 * The one door for XML: whatever arrives as XML is read here and nowhere else. No DTD, no entity but the five of XML,
 * budgets on depth, elements, attributes and bytes, and the character set that the text says it is in.
 */
import { fail } from '../failure.js';
import type { ListBudget } from '../json.js';
import { decodeXml } from './charset.js';
import { noAttributes, XmlScanner, type XmlSink } from './scanner.js';
import type { XmlElement } from './tree.js';

export type { XmlSink };

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
  /** Children of the root by one name. */
  readonly list?: ListBudget;
}

const xsiType = '{http://www.w3.org/2001/XMLSchema-instance}type';

/**
 * Reads a decoded text from end to end.
 * @throws Failure bad-xml, xml-dtd, too-deep
 */
export function scanXml(text: string, sink: XmlSink, options: Omit<XmlOptions, 'charset'> = {}): void {
  const { maxDepth = 256, maxElements = 2_000_000, maxAttributes = 256, keepSource } = options;
  new XmlScanner(text, sink, { maxDepth, maxElements, maxAttributes, ...(keepSource === undefined ? {} : { keepSource }) }).scan();
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
 * @throws Failure bad-xml, xml-dtd, too-deep, bad-charset, and what `list` refuses with
 */
export function parseXml(bytes: Uint8Array, options: XmlOptions = {}): XmlElement {
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let listed = 0;
  const { list } = options;
  scanXml(decodeXml(bytes, options.charset), {
    open(ns, name, attributes) {
      if (list && open.length === 1 && name === list.name && ++listed > list.most) throw list.refusal();
      const element: Open = { ns, name, attributes, children: [] };
      const type = attributes === noAttributes ? undefined : attributes[xsiType];
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
