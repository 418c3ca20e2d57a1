/** The narrative `div` as the text that JSON carries. */
import { escapeAttribute, escapeText } from './escape.js';
import type { XmlElement } from './tree.js';

/** A div that stands on its own: its namespace is declared by itself, and no prefix from outside is used. */
const ownNamespace = /^<div\s(?:[^>]*\s)?xmlns\s*=\s*["']http:\/\/www\.w3\.org\/1999\/xhtml["']/;
const prefixed = /<[\w.-]+:/;

/** To the letter where the source was kept and stands on its own, else written anew. */
export function xhtmlText(div: XmlElement): string {
  const { source } = div;
  return source !== undefined && ownNamespace.test(source) && !prefixed.test(source) ? source : written(div, '');
}

const xmlPrefix = '{http://www.w3.org/XML/1998/namespace}';

function written({ ns, name, attributes, children }: XmlElement, outer: string): string {
  let text = `<${name}${ns === outer ? '' : ` xmlns="${escapeAttribute(ns)}"`}`;
  for (const key in attributes) text += ` ${key.startsWith(xmlPrefix) ? `xml:${key.slice(xmlPrefix.length)}` : key.replace(/^\{.*\}/, '')}="${escapeAttribute(attributes[key] ?? '')}"`;
  if (children.length === 0) return `${text}/>`;
  text += '>';
  for (const child of children) text += typeof child === 'string' ? escapeText(child) : written(child, ns);
  return `${text}</${name}>`;
}

