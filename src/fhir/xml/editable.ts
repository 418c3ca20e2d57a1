/** XML that can be changed: comments and declarations of namespaces are kept, children come and go. Read through the one door. */
import { fail } from '../failure.js';
import { decodeXml } from './charset.js';
import { scanXml, type XmlOptions } from './door.js';
import type { XmlElement } from './tree.js';

export interface EditableElement {
  readonly kind: 'element';
  readonly ns: string;
  /** Local name. */
  readonly name: string;
  /** By local name, or `{namespace}local`. */
  readonly attributes: Record<string, string>;
  /** Namespaces that it declares itself, by prefix. */
  readonly declarations: Record<string, string>;
  /** Namespaces in scope where it was read, by prefix. */
  readonly scope: Readonly<Record<string, string>>;
  readonly children: EditableNode[];
  /** The text that it was read from, as long as nothing in it is changed. */
  source?: string;
}
export type EditableNode = EditableElement | { readonly kind: 'text' | 'comment'; readonly text: string };

const record = (from: Readonly<Record<string, string>> | null): Record<string, string> => Object.create(from) as Record<string, string>;
const copied = (of: Readonly<Record<string, string>>): Record<string, string> => Object.assign(record(null), of);

/** @throws Failure bad-xml, xml-dtd, too-deep, bad-charset */
export function readEditable(bytes: Uint8Array, options: XmlOptions = {}): EditableElement {
  const open: EditableElement[] = [];
  let root: EditableElement | undefined;
  const add = (node: EditableNode): void => void open.at(-1)?.children.push(node);
  scanXml(decodeXml(bytes, options.charset), {
    open(ns, name, attributes, declarations) {
      const outer = open.at(-1)?.scope ?? record(null);
      const scope = Object.keys(declarations).length === 0 ? outer : Object.assign(record(outer), declarations);
      const element: EditableElement = { kind: 'element', ns, name, attributes: copied(attributes), declarations: copied(declarations), scope, children: [] };
      add(element);
      root ??= element;
      open.push(element);
    },
    text(part) {
      const siblings = open.at(-1)?.children;
      const last = siblings?.at(-1);
      if (siblings && last?.kind === 'text') siblings[siblings.length - 1] = { kind: 'text', text: last.text + part };
      else add({ kind: 'text', text: part });
    },
    comment: (text) => add({ kind: 'comment', text }),
    close(source) {
      const element = open.pop();
      if (element && source !== undefined) element.source = source;
    },
  }, options);
  if (root === undefined) throw fail('bad-xml', { reason: 'there is no element' });
  return root;
}

/** A copy that can go into another tree. */
export function copyNode(node: EditableNode): EditableNode {
  if (node.kind !== 'element') return node;
  return { ...node, attributes: copied(node.attributes), declarations: copied(node.declarations), children: node.children.map(copyNode) };
}

/** As the readers of XML take it. */
export function plainElement({ ns, name, attributes, children, source }: EditableElement): XmlElement {
  return {
    ns, name, attributes, ...(source === undefined ? {} : { source }),
    children: children.flatMap((child): (XmlElement | string)[] => {
      if (child.kind === 'element') return [plainElement(child)];
      return child.kind === 'text' ? [child.text] : [];
    }),
  };
}

export function depthOf(node: EditableNode): number {
  if (node.kind !== 'element') return 0;
  let deepest = 0;
  for (const child of node.children) deepest = Math.max(deepest, depthOf(child));
  return deepest + 1;
}
