/**
 * A reader of XML 1.0 with namespaces (https://www.w3.org/TR/xml/, https://www.w3.org/TR/xml-names/) that takes no document
 * type: one pass over the text, from one "<" to the next. What it reports is well-formed up to there; what is not ends it.
 */
import { fail, type Failure } from '../failure.js';
import { KeyRows, longText, mostRows, type KeyRow } from '../key-rows.js';
import { placeInText } from '../place-in-text.js';
import { endOfName } from './names.js';
import { decodeReferences } from './references.js';
import { Scope } from './scope.js';

export interface ScanLimits {
  readonly maxDepth: number;
  readonly maxElements: number;
  /** On one element. */
  readonly maxAttributes: number;
  /** A namespace whose outermost elements keep the text that they were read from. */
  readonly keepSource?: string;
}

/** What {@link XmlScanner} calls in document order. */
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

const enum Sign {
  Tab = 9, LineFeed = 10, Space = 32, Bang = 33, Quote = 34, Apostrophe = 39, Slash = 47, Colon = 58, Equals = 61, Greater = 62, Question = 63,
}

/** Without inherited members, yet as fast as any object: one made by `Object.create(null)` is a dictionary. */
class Attributes {
  [name: string]: string;
}
Object.setPrototypeOf(Attributes.prototype, null);
delete (Attributes.prototype as { constructor?: unknown }).constructor;
export const noAttributes: Readonly<Record<string, string>> = Object.freeze(new Attributes());

/** https://www.w3.org/TR/xml/#NT-Char, surrogates apart. */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const declaration = /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(["'])1\.[0-9]+\1(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(["'])[A-Za-z][\w.-]*\2)?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(["'])(?:yes|no)\3)?[ \t\n]*\?>/y;
const byteOrderMark = '\ufeff';

export class XmlScanner {
  private readonly text: string;
  private at = 0;
  private depth = 0;
  private elements = 0;
  private rooted = false;
  private scope = Scope.outermost;
  /** Of the open elements: their names as they are written, and the scopes around them. */
  /** Elements and attributes. */
  private named = 0;
  private readonly rows = new KeyRows(mostRows, () => fail('bad-xml', { reason: `more than ${mostRows} different rows of attributes` }));
  private readonly names: string[] = [];
  private readonly scopes: Scope[] = [];
  /** Depth and beginning of the element whose source is kept. */
  private keptDepth = 0;
  private keptStart = 0;
  /** Of the tag that is being read: names, where their colons are (-1: none), values. */
  private readonly given: { name: string; colon: number; value: string }[] = [];

  constructor(text: string, private readonly sink: XmlSink, private readonly limits: ScanLimits) {
    // https://www.w3.org/TR/xml/#sec-line-ends
    this.text = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  }

  /** @throws Failure bad-xml, xml-dtd, too-deep */
  scan(): void {
    const { text } = this;
    const wrongAt = text.search(forbidden);
    if (wrongAt >= 0) throw this.wrong('a character that XML does not allow', wrongAt);
    if (!text.isWellFormed()) throw this.wrong('half of a surrogate pair', 0);
    this.beginning();
    for (;;) {
      const next = text.indexOf('<', this.at);
      if (next !== this.at) this.characters(this.at, next < 0 ? text.length : next);
      if (next < 0) break;
      this.at = next;
      this.markup();
    }
    if (this.depth > 0) throw this.wrong('an element is not closed', text.length);
    if (!this.rooted) throw this.wrong('there is no element', text.length);
  }

  /** Never quotes what stands there: it may be somebody's data. */
  private wrong(reason: string, at = this.at): Failure {
    return fail('bad-xml', { reason: `${reason} (${placeInText(this.text, at)})` });
  }

  private beginning(): void {
    const { text } = this;
    if (text.startsWith(byteOrderMark)) this.at = 1;
    if (!/^<\?xml[ \t\n]/.test(text.slice(this.at, this.at + 6))) return;
    declaration.lastIndex = this.at;
    if (!declaration.test(text)) throw this.wrong('a malformed XML declaration');
    this.at = declaration.lastIndex;
  }

  private characters(from: number, to: number): void {
    const raw = this.text.slice(from, to);
    if (this.depth === 0) {
      if (/[^ \t\n]/.test(raw)) throw this.wrong('text outside of the root', from);
      return;
    }
    const end = raw.indexOf(']]>');
    if (end >= 0) throw this.wrong('"]]>" in a text', from + end);
    this.sink.text(raw.includes('&') ? this.decoded(raw, from) : raw);
  }

  private decoded(raw: string, from: number): string {
    return decodeReferences(raw, (reason, at) => this.wrong(reason, from + at));
  }

  private markup(): void {
    switch (this.text.charCodeAt(this.at + 1)) {
      case Sign.Slash:
        return this.closeTag();
      case Sign.Question:
        return this.instruction();
      case Sign.Bang:
        return this.declared();
      default:
        return this.openTag();
    }
  }

  /** @throws Failure where the end does not come */
  private until(end: string, from: number, what: string): number {
    const at = this.text.indexOf(end, from);
    if (at < 0) throw this.wrong(`${what} that does not end`);
    return at;
  }

  private declared(): void {
    const { text, at } = this;
    if (text.startsWith('--', at + 2)) {
      const end = this.until('--', at + 4, 'a comment');
      if (text.charCodeAt(end + 2) !== Sign.Greater) throw this.wrong('"--" in a comment', end);
      if (this.depth > 0) this.sink.comment?.(text.slice(at + 4, end));
      this.at = end + 3;
    } else if (text.startsWith('[CDATA[', at + 2) && this.depth > 0) {
      const end = this.until(']]>', at + 9, 'a CDATA section');
      this.sink.text(text.slice(at + 9, end));
      this.at = end + 3;
    } else if (text.startsWith('DOCTYPE', at + 2)) throw fail('xml-dtd');
    else throw this.wrong('a malformed declaration');
  }

  private instruction(): void {
    const { text, at } = this;
    const end = endOfName(text, at + 2);
    const name = text.slice(at + 2, end);
    if (name === '' || name.toLowerCase() === 'xml') throw this.wrong('a malformed processing instruction');
    const close = this.until('?>', end, 'a processing instruction');
    if (close !== end && this.blanks(end) === end) throw this.wrong('a malformed processing instruction');
    this.at = close + 2;
  }

  /** Where the blanks end that begin at `at`. */
  private blanks(at: number): number {
    for (let index = at; ; index++) {
      const sign = this.text.charCodeAt(index);
      if (sign !== Sign.Space && sign !== Sign.LineFeed && sign !== Sign.Tab) return index;
    }
  }

  /** Where the qualified name ends that begins at `at`; `colon` is where it is divided, -1 where it is not. */
  private colon = -1;
  private qualified(at: number): number {
    const end = endOfName(this.text, at);
    this.colon = -1;
    if (end === at) throw this.wrong('a name is expected', at);
    if (this.text.charCodeAt(end) !== Sign.Colon) return end;
    this.colon = end - at;
    const all = endOfName(this.text, end + 1);
    if (all === end + 1 || this.text.charCodeAt(all) === Sign.Colon) throw this.wrong('a malformed name', at);
    return all;
  }

  private openTag(): void {
    const { text, at: start, limits } = this;
    if (this.depth === 0 && this.rooted) throw this.wrong('a second root');
    let at = this.qualified(start + 1);
    const name = text.slice(start + 1, at);
    const { colon } = this;
    const tagged = this.attributes(at);
    ({ at } = tagged);
    const empty = text.charCodeAt(at) === Sign.Slash;
    if (text.charCodeAt(empty ? at + 1 : at) !== Sign.Greater) throw this.wrong(at >= text.length ? 'a tag that does not end' : 'a malformed tag', at);
    if (this.depth >= limits.maxDepth) throw fail('too-deep', { limit: limits.maxDepth, setting: 'XML depth' });
    if (++this.elements > limits.maxElements) throw fail('bad-xml', { reason: `more than ${limits.maxElements} elements` });

    const outer = this.scope;
    if (tagged.declares) this.scope = new Scope(outer, this.declarations());
    if (name.startsWith('xmlns:')) throw this.wrong('a reserved prefix');
    const ns = colon < 0 ? this.scope.byDefault : this.bound(name.slice(0, colon), start);
    const row = this.rowOf(name, tagged.count);
    const attributes = tagged.count === 0 ? noAttributes : this.resolved(row);
    this.rooted = true;
    this.depth++;
    if (this.keptDepth === 0 && ns === limits.keepSource) {
      this.keptDepth = this.depth;
      this.keptStart = start;
    }
    this.names.push(name);
    this.scopes.push(outer);
    this.sink.open(ns, colon < 0 ? name : name.slice(colon + 1), attributes, tagged.declares ? this.scope.own : noAttributes);
    this.at = at + (empty ? 2 : 1);
    if (empty) this.closed();
  }

  /** Of the name of an element and those of its attributes, once the text is long. */
  private rowOf(name: string, attributes: number): KeyRow | undefined {
    this.named += 1 + attributes;
    return this.named > longText ? this.rows.longer(this.rows.none, name) : undefined;
  }

  private bound(prefix: string, at: number): string {
    const uri = this.scope.bound(prefix);
    if (uri === undefined) throw this.wrong('a prefix that is not declared', at);
    return uri;
  }

  /** Reads what stands in a tag after its name, into `given`. @returns where it ends, how many attributes there are, whether namespaces are among them */
  private attributes(from: number): { at: number; count: number; declares: boolean } {
    const { text, given, limits } = this;
    given.length = 0;
    let declares = false;
    for (let at = from; ;) {
      const begin = this.blanks(at);
      const sign = text.charCodeAt(begin);
      if (sign === Sign.Greater || sign === Sign.Slash || begin >= text.length) return { at: begin, count: given.length, declares };
      if (begin === at) throw this.wrong('a blank is expected', at);
      const end = this.qualified(begin);
      const { colon } = this;
      const equals = this.blanks(end);
      if (text.charCodeAt(equals) !== Sign.Equals) throw this.wrong('an attribute without a value', begin);
      const open = this.blanks(equals + 1);
      const quote = text.charCodeAt(open);
      if (quote !== Sign.Quote && quote !== Sign.Apostrophe) throw this.wrong('a value in quotes is expected', open);
      const close = this.until(quote === Sign.Quote ? '"' : "'", open + 1, 'a value');
      const name = text.slice(begin, end);
      if (colon < 0 ? name === 'xmlns' : name.startsWith('xmlns:')) declares = true;
      given.push({ name, colon, value: this.value(open + 1, close) });
      if (given.length > 2 * limits.maxAttributes) throw this.tooMany();
      at = close + 1;
    }
  }

  private tooMany(): Failure {
    return fail('bad-xml', { reason: `an element has more than ${this.limits.maxAttributes} attributes` });
  }

  /** https://www.w3.org/TR/xml/#AVNormalize */
  private value(from: number, to: number): string {
    const raw = this.text.slice(from, to);
    if (raw.includes('<')) throw this.wrong('"<" in a value', from);
    const even = raw.includes('\n') || raw.includes('\t') ? raw.replace(/[\t\n]/g, ' ') : raw;
    return even.includes('&') ? this.decoded(even, from) : even;
  }

  /** The namespaces that the tag declares. @throws Failure bad-xml */
  private declarations(): Record<string, string> {
    const own: Record<string, string> = new Attributes();
    for (const { name, colon, value } of this.given) {
      if (colon < 0 ? name !== 'xmlns' : !name.startsWith('xmlns:')) continue;
      const prefix = colon < 0 ? '' : name.slice(colon + 1);
      if (own[prefix] !== undefined) throw this.wrong('an attribute that stands twice');
      // Blanks around a namespace are a slip of the pen that real documents make.
      const uri = value.trim();
      const fault = Scope.fault(prefix, uri);
      if (fault !== undefined) throw this.wrong(fault);
      own[prefix] = uri;
    }
    return own;
  }

  /** The attributes of the tag by local name, or `{namespace}local`. @throws Failure bad-xml */
  private resolved(begun: KeyRow | undefined): Readonly<Record<string, string>> {
    let row = begun;
    let attributes: Record<string, string> | undefined;
    let count = 0;
    for (const { name, colon, value } of this.given) {
      if (colon < 0 ? name === 'xmlns' : name.startsWith('xmlns:')) continue;
      if (++count > this.limits.maxAttributes) throw this.tooMany();
      const key = colon < 0 ? name : `{${this.bound(name.slice(0, colon), this.at)}}${name.slice(colon + 1)}`;
      attributes ??= new Attributes();
      if (attributes[key] !== undefined) throw this.wrong('an attribute that stands twice');
      if (row) row = this.rows.longer(row, key);
      attributes[key] = value;
    }
    return attributes ?? noAttributes;
  }

  private closeTag(): void {
    const { text, at } = this;
    const name = this.names.at(-1);
    if (name === undefined) throw this.wrong('an end without a beginning');
    const end = this.blanks(at + 2 + name.length);
    if (!text.startsWith(name, at + 2) || text.charCodeAt(end) !== Sign.Greater) throw this.wrong('an end that is not the end of the open element');
    this.at = end + 1;
    this.closed();
  }

  private closed(): void {
    const kept = this.depth === this.keptDepth;
    this.sink.close(kept ? this.text.slice(this.keptStart, this.at) : undefined);
    if (kept) this.keptDepth = 0;
    this.names.pop();
    this.scope = this.scopes.pop() as Scope;
    this.depth--;
  }
}
