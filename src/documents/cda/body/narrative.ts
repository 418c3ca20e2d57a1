/** CDA section text to a safe XHTML div: an allow-list of elements, everything escaped, nothing executable, no image fetched. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute } from '../datatypes/elements.js';

const TAGS: Readonly<Record<string, string>> = {
  table: 'table', thead: 'thead', tbody: 'tbody', tfoot: 'tfoot', tr: 'tr', th: 'th', td: 'td', caption: 'caption', col: 'col', colgroup: 'colgroup',
  paragraph: 'p', content: 'span', sub: 'sub', sup: 'sup', item: 'li', br: 'br', linkHtml: 'span', footnote: 'span', footnoteRef: 'span',
};
const EMPTY = new Set(['br', 'col']);
const STYLES: Readonly<Record<string, string>> = { Bold: 'font-weight:bold', Italics: 'font-style:italic', Underline: 'text-decoration:underline' };

/** The div of a section's `text`; its ids bear `prefix`, so that two sections never clash. Undefined when there is no text. */
export function narrativeDiv(text: XmlElement | undefined, prefix: string): string | undefined {
  if (text === undefined) return undefined;
  const inner = content(text, prefix);
  return /[^\s]/.test(inner.replace(/<[^>]*>/g, '')) ? `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>` : undefined;
}

/** Text escaped for XHTML content and double-quoted attributes. */
export function escapeXhtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : sign === '>' ? '&gt;' : '&quot;'));
}

function content(element: XmlElement, prefix: string): string {
  let html = '';
  for (const node of element.children) html += typeof node === 'string' ? escapeXhtml(node) : rendered(node, prefix);
  return html;
}

function rendered(element: XmlElement, prefix: string): string {
  if (element.name === 'renderMultiMedia') return `[${escapeXhtml(attribute(element, 'referencedObject') ?? 'image')}]${content(element, prefix)}`;
  const tag = element.name === 'list' ? (attribute(element, 'listType') === 'ordered' ? 'ol' : 'ul') : TAGS[element.name];
  if (tag === undefined || !Object.hasOwn(TAGS, element.name) && element.name !== 'list') return content(element, prefix);
  const open = `<${tag}${attributes(element, prefix)}`;
  return EMPTY.has(tag) ? `${open}/>` : `${open}>${content(element, prefix)}</${tag}>`;
}

function attributes(element: XmlElement, prefix: string): string {
  const id = attribute(element, 'ID');
  let text = id === undefined ? '' : ` id="${escapeXhtml(`${prefix}${id}`)}"`;
  for (const name of ['colspan', 'rowspan'] as const) {
    const count = attribute(element, name);
    if (count !== undefined && /^\d{1,3}$/.test(count)) text += ` ${name}="${count}"`;
  }
  const style = (attribute(element, 'styleCode') ?? '').split(/\s+/).flatMap((word) => (Object.hasOwn(STYLES, word) ? [STYLES[word] ?? ''] : []));
  return style.length === 0 ? text : `${text} style="${style.join(';')}"`;
}
