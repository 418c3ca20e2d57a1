/**
 * The syntax of `_filter` (https://hl7.org/fhir/R4/search_filter.html): tests joined by `and` and `or`, which are taken from left
 * to right without precedence, brackets, and `not (…)`. Read into a tree; what its names mean is told elsewhere.
 */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly [Filter, Filter] }
  | { readonly kind: 'not'; readonly of: Filter }
  | FilterTest;

export interface FilterTest {
  readonly kind: 'test';
  /** Names of the path, the last one being what is compared; `inside`: what the resource that a name leads to must satisfy too. */
  readonly path: readonly { readonly name: string; readonly inside?: Filter }[];
  readonly operator: string;
  readonly value: string;
}

/** What is wrong, in words for the caller. */
export class FilterSyntax extends Error {}

const blanks = /\s+/y;
const pathName = /[A-Za-z_][\w:-]*/y;
const word = /[A-Za-z]+/y;
/** A text in quotes, or anything up to a blank or the end of a bracket. */
const value = /"(?:[^"\\]|\\.)*"|[^\s)\]]+/y;

/** @param spend told of every test and every bracket before it is read: what bounds the length and the depth of a filter */
class Reader {
  private at = 0;

  constructor(private readonly source: string, private readonly spend: () => void) {}

  whole(): Filter {
    const filter = this.filter();
    this.skip();
    if (this.at < this.source.length) throw this.wrong('"and" or "or"');
    return filter;
  }

  private filter(): Filter {
    let left = this.operand();
    for (;;) {
      const kind = this.joint();
      if (kind === undefined) return left;
      left = { kind, of: [left, this.operand()] };
    }
  }
  private operand(): Filter {
    this.spend();
    this.skip();
    if (this.source[this.at] === '(') return this.enclosed('(', ')');
    return this.negation() ?? this.test();
  }
  private enclosed(opening: '(' | '[', closing: ')' | ']'): Filter {
    this.sign(opening);
    const filter = this.filter();
    this.skip();
    this.sign(closing);
    return filter;
  }
  /** `not (…)`: no parameter is called so. */
  private negation(): Filter | undefined {
    const start = this.at;
    if (this.take(word) === 'not') {
      this.skip();
      if (this.source[this.at] === '(') return { kind: 'not', of: this.enclosed('(', ')') };
    }
    this.at = start;
    return undefined;
  }
  private joint(): 'and' | 'or' | undefined {
    const start = this.at;
    this.skip();
    const found = this.take(word);
    if (found === 'and' || found === 'or') return found;
    this.at = start;
    return undefined;
  }
  private test(): FilterTest {
    const path: { name: string; inside?: Filter }[] = [];
    do {
      const name = this.take(pathName);
      if (name === undefined) throw this.wrong('the name of a search parameter');
      const inside = this.source[this.at] === '[' ? this.bracket() : undefined;
      path.push(inside ? { name, inside } : { name });
    } while (this.dot());
    const operator = this.after('an operator', word);
    return { kind: 'test', path, operator, value: this.value() };
  }
  private bracket(): Filter {
    this.spend();
    return this.enclosed('[', ']');
  }
  private dot(): boolean {
    if (this.source[this.at] !== '.') return false;
    this.at++;
    return true;
  }
  private value(): string {
    const given = this.after('a value', value);
    if (!given.startsWith('"')) return given;
    if (given.length === 1 || !given.endsWith('"')) throw new FilterSyntax('a text in it has no end');
    try {
      return JSON.parse(given) as string;
    } catch (cause) {
      if (cause instanceof SyntaxError) throw new FilterSyntax('a text in it is not one of JSON');
      throw cause;
    }
  }

  private after(what: string, form: RegExp): string {
    const start = this.at;
    this.skip();
    const found = start === this.at ? undefined : this.take(form);
    if (found === undefined) throw this.wrong(what);
    return found;
  }
  private skip(): void {
    this.take(blanks);
  }
  private sign(sign: string): void {
    if (this.source[this.at] !== sign) throw this.wrong(`"${sign}"`);
    this.at++;
  }
  private take(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.source)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
  private wrong(expected: string): FilterSyntax {
    return new FilterSyntax(`${expected} is expected at character ${this.at + 1}`);
  }
}

/** @throws FilterSyntax, and what `spend` throws */
export const parseFilter = (source: string, spend: () => void): Filter => new Reader(source, spend).whole();
