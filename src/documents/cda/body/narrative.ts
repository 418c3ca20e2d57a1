/** CDA section text to a safe XHTML div: an allow-list of elements, everything escaped, nothing executable, no image fetched. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, isDeleted } from '../datatypes/elements.js';

const TAGS: Readonly<Record<string, string>> = {
  table: 'table', thead: 'thead', tbody: 'tbody', tfoot: 'tfoot', tr: 'tr', th: 'th', td: 'td', caption: 'caption', col: 'col', colgroup: 'colgroup',
  paragraph: 'p', content: 'span', sub: 'sub', sup: 'sup', item: 'li', br: 'br', linkHtml: 'span', footnote: 'span', footnoteRef: 'span',
};
const EMPTY = new Set(['br', 'col']);
const STYLES: Readonly<Record<string, string>> = { Bold: 'font-weight:bold', Italics: 'font-style:italic', Underline: 'text-decoration:underline' };

/** What the ids of one div bear, so that two sections never clash, and those that are given: an id that repeats is left out. */
interface Ids {
  readonly prefix: string;
  readonly given: Set<string>;
}

/** The div of a section's `text`. Undefined when there is no text. @param prefix of its ids */
export function narrativeDiv(text: XmlElement | undefined, prefix: string): string | undefined {
  if (text === undefined) return undefined;
  const inner = content(text, { prefix, given: new Set() });
  return /[^\s]/.test(inner.replace(/<[^>]*>/g, '')) ? `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>` : undefined;
}

/** Text escaped for XHTML content and double-quoted attributes. */
export function escapeXhtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : sign === '>' ? '&gt;' : '&quot;'));
}

function content(element: XmlElement, ids: Ids): string {
  let html = '';
  for (const node of element.children) html += typeof node === 'string' ? escapeXhtml(node) : isDeleted(node) ? struckOut(rendered(node, ids)) : rendered(node, ids);
  return html;
}

/** What was deleted stays to be read as such: FHIR has no `del` in its narratives. */
const struckOut = (html: string): string => `<span style="text-decoration:line-through">[supprimé : ${html}]</span>`;

function rendered(element: XmlElement, ids: Ids): string {
  if (element.name === 'renderMultiMedia') return `[${escapeXhtml(attribute(element, 'referencedObject') ?? 'image')}]${content(element, ids)}`;
  const tag = element.name === 'list' ? (attribute(element, 'listType') === 'ordered' ? 'ol' : 'ul') : TAGS[element.name];
  if (tag === undefined || !Object.hasOwn(TAGS, element.name) && element.name !== 'list') return content(element, ids);
  const open = `<${tag}${attributes(element, ids)}`;
  return EMPTY.has(tag) ? `${open}/>` : `${open}>${content(element, ids)}</${tag}>`;
}

function attributes(element: XmlElement, { prefix, given }: Ids): string {
  const id = attribute(element, 'ID');
  let text = id === undefined || given.has(id) ? '' : ` id="${escapeXhtml(`${prefix}${id}`)}"`;
  if (id !== undefined) given.add(id);
  for (const name of ['colspan', 'rowspan'] as const) {
    const count = attribute(element, name);
    if (count !== undefined && /^\d{1,3}$/.test(count)) text += ` ${name}="${count}"`;
  }
  const style = (attribute(element, 'styleCode') ?? '').split(/\s+/).flatMap((word) => (Object.hasOwn(STYLES, word) ? [STYLES[word] ?? ''] : []));
  return style.length === 0 ? text : `${text} style="${style.join(';')}"`;
}
