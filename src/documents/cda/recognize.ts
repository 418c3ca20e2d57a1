/** Telling what an XML text is: a CDA document, alone or inside a style sheet that presents it (french-interop 2.1). */
import { fail } from '../../fhir/failure.js';
import type { XmlElement } from '../../fhir/xml/tree.js';
import { at, attribute, child, children, V3 } from './datatypes/elements.js';

const XSL = 'http://www.w3.org/1999/XSL/Transform';

export interface Recognized {
  readonly clinicalDocument: XmlElement;
  /** Inside its own style sheet. */
  readonly selfPresenting: boolean;
  /** The style sheet could do more than present: script, import, or a link to elsewhere. It is never run. */
  readonly active: boolean;
}

const isClinicalDocument = (element: XmlElement): boolean => element.name === 'ClinicalDocument' && element.ns === V3;

/** @throws Failure not-a-cda */
export function recognizeCda(root: XmlElement): Recognized {
  if (isClinicalDocument(root)) return { clinicalDocument: root, selfPresenting: false, active: false };
  if (root.name === 'ClinicalDocument') throw fail('not-a-cda', { reason: 'ClinicalDocument is not in the namespace urn:hl7-org:v3' });
  if (root.ns !== XSL || (root.name !== 'stylesheet' && root.name !== 'transform')) throw fail('not-a-cda', { reason: 'its root is not ClinicalDocument' });
  const clinicalDocument = firstDescendant(root, isClinicalDocument);
  if (clinicalDocument === undefined) throw fail('not-a-cda', { reason: 'the style sheet holds no ClinicalDocument' });
  return { clinicalDocument, selfPresenting: true, active: firstDescendant(root, isActive, clinicalDocument) !== undefined };
}

/** In document order, at any depth, without recursion. */
function firstDescendant(root: XmlElement, fits: (element: XmlElement) => boolean, except?: XmlElement): XmlElement | undefined {
  const open: XmlElement[] = [root];
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    if (element === except) continue;
    if (fits(element)) return element;
    for (let at = element.children.length - 1; at >= 0; at--) {
      const node = element.children[at];
      if (typeof node === 'object') open.push(node);
    }
  }
  return undefined;
}

const activeHtml = new Set(['script', 'iframe', 'object', 'embed', 'applet', 'form', 'base', 'meta']);
const activeXsl = new Set(['import', 'include', 'script']);
const links = ['href', 'src', 'action', 'data', 'background'];

function isActive(element: XmlElement): boolean {
  if (element.ns === XSL ? activeXsl.has(element.name) : activeHtml.has(element.name.toLowerCase())) return true;
  if (Object.keys(element.attributes).some((name) => /^on[a-z]+$/i.test(name))) return true;
  return links.some((name) => /^\s*(https?:|\/\/|javascript:|data:text)/i.test(element.attributes[name] ?? ''));
}

export interface Body {
  /** Media type of `nonXMLBody/text`; undefined for a structured body. */
  readonly mediaType?: string;
  readonly level: 1 | 3;
}

/** Level 1 or level 3. @throws Failure not-a-cda without a body */
export function bodyOf(clinicalDocument: XmlElement): Body {
  if (at(clinicalDocument, 'component', 'structuredBody') !== undefined) return { level: 3 };
  const text = at(clinicalDocument, 'component', 'nonXMLBody', 'text');
  if (text === undefined) throw fail('not-a-cda', { reason: 'it has neither component/structuredBody nor component/nonXMLBody/text' });
  return { level: 1, mediaType: attribute(text, 'mediaType') ?? '' };
}

/** What of a level 1 body cannot be read by anybody; undefined when all is well. */
export function unreadableBody(clinicalDocument: XmlElement): string | undefined {
  const text = at(clinicalDocument, 'component', 'nonXMLBody', 'text');
  if (text === undefined) return undefined;
  const content = text.children.map((node) => (typeof node === 'string' ? node : '')).join('');
  if (child(text, 'reference') !== undefined) return 'refers to a file that is not in the document';
  if (!/\S/.test(content)) return 'is empty';
  if (attribute(text, 'representation') !== 'B64') return /^text\//.test(attribute(text, 'mediaType') ?? 'text/plain') ? undefined : 'is not said to be base64 (representation B64)';
  return isBase64(content) ? undefined : 'is not base64';
}

function isBase64(text: string): boolean {
  const data = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  return data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data);
}

/** Every `templateId/@root` of the document. */
export const templatesOf = (clinicalDocument: XmlElement): string[] =>
  children(clinicalDocument, 'templateId').map((template) => attribute(template, 'root')).filter((root) => root !== undefined);

/** A document must say which one it is, and what it is. @throws Failure not-a-cda */
export function requireMinimum(clinicalDocument: XmlElement): void {
  for (const name of ['id', 'code', 'recordTarget'] as const) {
    if (child(clinicalDocument, name) === undefined) throw fail('not-a-cda', { reason: `it has no ClinicalDocument/${name}` });
  }
}
