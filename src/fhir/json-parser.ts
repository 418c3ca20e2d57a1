/** The parser behind `parseJson`: one pass over the text, no recursion deeper than the budget. RFC 8259, nothing more. */
import { fail } from './failure.js';
import { placeInText } from './place-in-text.js';
import { KeyRows, longText } from './key-rows.js';
import type { Json, JsonBudget, JsonObject, ListBudget } from './json.js';

const enum Sign {
  Tab = 9, LineFeed = 10, Return = 13, Space = 32, Quote = 34, Plus = 43, Comma = 44, Minus = 45, Dot = 46, Zero = 48, Nine = 57, Colon = 58,
  UpperE = 69, OpenBracket = 91, Backslash = 92, CloseBracket = 93, LowerE = 101, OpenBrace = 123, CloseBrace = 125,
}

/** Keys that would reach into the prototype of a JavaScript object. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const words: readonly (readonly [string, Json])[] = [['true', true], ['false', false], ['null', null]];
const digit = (sign: number): boolean => sign >= Sign.Zero && sign <= Sign.Nine;

export class JsonParser {
  private at = 0;
  private depth = 0;
  private values = 0;
  private readonly rows: KeyRows;

  constructor(private readonly text: string, private readonly budget: JsonBudget, private readonly number: (literal: string) => number) {
    this.rows = new KeyRows(budget.maxRows, () => fail('too-many-values', { limit: budget.maxRows, what: 'different rows of keys in JSON objects' }));
  }

  parse(): Json {
    const value = this.value();
    this.blank();
    if (this.at < this.text.length) throw this.wrong('something follows the value');
    return value;
  }

  /** Never quotes what stands there: it may be somebody's data. */
  private wrong(reason: string): Error {
    return fail('bad-json', { reason: `${reason} (${placeInText(this.text, this.at)})` });
  }

  private blank(): number {
    for (;;) {
      const sign = this.text.charCodeAt(this.at);
      if (sign !== Sign.Space && sign !== Sign.LineFeed && sign !== Sign.Return && sign !== Sign.Tab) return sign;
      this.at++;
    }
  }

  private value(): Json {
    const sign = this.blank();
    if (++this.values > this.budget.maxValues) throw fail('too-many-values', { limit: this.budget.maxValues, what: 'values' });
    if (sign === Sign.Quote) return this.string();
    if (sign === Sign.OpenBrace) return this.nested(() => this.object());
    if (sign === Sign.OpenBracket) return this.nested(() => this.array());
    if (sign === Sign.Minus || digit(sign)) return this.numeral();
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    throw this.wrong(this.at >= this.text.length ? 'the text ends too early' : 'a value is expected');
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > this.budget.maxDepth) throw fail('too-deep', { limit: this.budget.maxDepth, setting: 'JSON depth' });
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): JsonObject {
    const object: JsonObject = {};
    let keys = 0;
    let row = this.values > longText && this.budget.maxRows < Infinity ? this.rows.none : undefined;
    if (this.blank() === Sign.CloseBrace) return this.closed(object);
    for (;;) {
      if (this.blank() !== Sign.Quote) throw this.wrong('a key in quotes is expected');
      const key = this.string();
      if (++keys > this.budget.maxKeys) throw fail('too-many-values', { limit: this.budget.maxKeys, what: 'keys in one JSON object' });
      if (forbiddenKeys.has(key)) throw fail('json-forbidden-key', { key });
      if (Object.hasOwn(object, key)) throw fail('json-duplicate-key', { key: key.slice(0, 64) });
      if (row) row = this.rows.longer(row, key);
      if (this.blank() !== Sign.Colon) throw this.wrong('":" is expected');
      this.at++;
      object[key] = this.depth === 1 && key === this.budget.list?.name ? this.listed(this.budget.list) : this.value();
      const sign = this.blank();
      if (sign === Sign.CloseBrace) return this.closed(object);
      if (sign !== Sign.Comma) throw this.wrong('"," or "}" is expected');
      this.at++;
    }
  }

  private listed(budget: ListBudget): Json {
    if (this.blank() !== Sign.OpenBracket) return this.value();
    this.values++;
    return this.nested(() => this.array(budget));
  }

  private array(budget?: ListBudget): Json[] {
    const list: Json[] = [];
    if (this.blank() === Sign.CloseBracket) return this.closed(list);
    for (;;) {
      if (budget && list.length >= budget.most) throw budget.refusal();
      list.push(this.value());
      const sign = this.blank();
      if (sign === Sign.CloseBracket) return this.closed(list);
      if (sign !== Sign.Comma) throw this.wrong('"," or "]" is expected');
      this.at++;
    }
  }

  private closed<T>(value: T): T {
    this.at++;
    return value;
  }

  private numeral(): number {
    const start = this.at;
    if (this.text.charCodeAt(this.at) === Sign.Minus) this.at++;
    if (this.text.charCodeAt(this.at) === Sign.Zero) this.at++;
    else this.digits();
    if (digit(this.text.charCodeAt(this.at))) throw this.wrong('a number cannot begin with 0');
    if (this.text.charCodeAt(this.at) === Sign.Dot) {
      this.at++;
      this.digits();
    }
    const sign = this.text.charCodeAt(this.at);
    if (sign === Sign.UpperE || sign === Sign.LowerE) {
      const after = this.text.charCodeAt(++this.at);
      if (after === Sign.Plus || after === Sign.Minus) this.at++;
      this.digits();
    }
    return this.number(this.text.slice(start, this.at));
  }

  private digits(): void {
    if (!digit(this.text.charCodeAt(this.at))) throw this.wrong('a digit is expected');
    while (digit(this.text.charCodeAt(this.at))) this.at++;
  }

  private string(): string {
    const start = ++this.at;
    for (;;) {
      const sign = this.text.charCodeAt(this.at);
      if (sign === Sign.Quote) return this.text.slice(start, this.at++);
      if (sign === Sign.Backslash) return this.escaped(start);
      this.plain(sign);
    }
  }

  /** The rest of a string that holds an escape. */
  private escaped(start: number): string {
    const parts: string[] = [];
    let from = start;
    for (;;) {
      const sign = this.text.charCodeAt(this.at);
      if (sign === Sign.Quote) {
        parts.push(this.text.slice(from, this.at++));
        const whole = parts.join('');
        if (!whole.isWellFormed()) throw this.wrong('half of a surrogate pair');
        return whole;
      }
      if (sign !== Sign.Backslash) {
        this.plain(sign);
        continue;
      }
      parts.push(this.text.slice(from, this.at), this.escape());
      from = this.at;
    }
  }

  private plain(sign: number): void {
    if (Number.isNaN(sign)) throw this.wrong('a string does not end');
    if (sign < Sign.Space) throw this.wrong('a control character in a string');
    this.at++;
  }

  private escape(): string {
    const letter = this.text[this.at + 1] ?? '';
    if (letter === 'u') {
      const hex = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.wrong('a bad \\u escape');
      this.at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const sign = escapes[letter];
    if (sign === undefined) throw this.wrong('a bad escape');
    this.at += 2;
    return sign;
  }
}
