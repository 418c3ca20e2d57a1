/**
 * The narrative is XHTML that shows and does nothing (https://hl7.org/fhir/R4/narrative.html, txt-1 and txt-2): elements
 * and attributes of HTML 4.0 chapters 7 to 11 and 15, links and images. It must also mean the same to a browser that reads
 * it as HTML.
 */
import { Failure } from '../failure.js';
import type { Json } from '../json.js';
import { scanXml, type XmlSink } from '../xml/door.js';
import { xhtmlNamespace as xhtml } from '../xml/members.js';
import type { Fault } from './primitives.js';



const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
const elements = words(`a abbr acronym address area b bdo big blockquote br caption center cite code col colgroup dd dfn dir div dl dt em font
  h1 h2 h3 h4 h5 h6 hr i img kbd li map menu ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var`);
const attributes = words(`abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite class clear
  color colspan compact coords dir face frame headers height href hreflang hspace id lang longdesc name noshade nowrap rel rev rowspan rules scope
  shape size span src start style summary tabindex title type usemap valign value vspace width
  {http://www.w3.org/XML/1998/namespace}lang {http://www.w3.org/XML/1998/namespace}space`);
const linking = words('href src cite longdesc');
const schemes = words('http https mailto tel urn cid ftp');

/** Styles that fetch or run something, or that are escaped so that one cannot tell. */
const activeStyle = /url\s*\(|expression\s*\(|@import|javascript:|vbscript:|behaviou?r\s*:|-moz-binding|\\/i;

/** @param value of an attribute that holds an address. Blanks and control characters hide a scheme from us, not from a browser. */
function safeLink(value: string, element: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(value.slice(0, 4096).replace(/[^!-\uffff]/g, ''))?.[1]?.toLowerCase();
  if (scheme === undefined || schemes.has(scheme)) return true;
  return scheme === 'data' && element === 'img' && /^data:image\//i.test(value);
}

function attributeFault(element: string, values: Readonly<Record<string, string>>): Fault {
  for (const name in values) {
    const value = values[name] ?? '';
    if (!attributes.has(name)) return 'must have only the attributes of basic HTML: no events, no scripts';
    if (linking.has(name) && !safeLink(value, element)) return 'must link only to http, https, mailto, tel or urn addresses, or to images in data:image/…';
    if (name === 'style' && activeStyle.test(value)) return 'must have only styles that fetch and run nothing: no url(…), no escapes';
  }
  return undefined;
}

/** Ends the reading of a narrative whose fault is known. */
class Unsafe extends Error {}

/** Follows the markup, and notes whether it says something. */
class Reading implements XmlSink {
  content = false;
  private depth = 0;

  open(ns: string, name: string, values: Readonly<Record<string, string>>): void {
    if (this.depth++ === 0 && (ns !== xhtml || name !== 'div')) throw new Unsafe(`must be one <div xmlns="${xhtml}">`);
    if (ns !== xhtml || !elements.has(name)) throw new Unsafe('must hold only the elements of basic HTML, in the XHTML namespace: no script, style, form, frame or object');
    const fault = attributeFault(name, values);
    if (fault !== undefined) throw new Unsafe(fault);
    if (name === 'img' && values.src !== undefined) this.content = true;
  }

  text(part: string): void {
    if (!this.content) this.content = /\S/.test(part);
  }

  close(): void {
    this.depth--;
  }
}

/** Where XML and HTML read different things: sections, instructions and comments that end at once. */
const ambiguous = /<\?|<!\[|<!--?>|<!--->/;

/** Narrative.div */
export function narrativeFault(div: Json): Fault {
  if (typeof div !== 'string') return 'must be a string, in quotes';
  if (ambiguous.test(div)) return 'must be plain XHTML: no CDATA sections and no processing instructions';
  const reading = new Reading();
  try {
    scanXml(div, reading, { maxDepth: 100 });
  } catch (error) {
    if (error instanceof Failure) return `must be well-formed XHTML (${error.message.replace(/\.$/, '')})`;
    if (error instanceof Unsafe) return error.message;
    throw error;
  }
  return reading.content ? undefined : 'must say something: text or an image';
}
