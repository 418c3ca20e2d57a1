/**
 * The question of `_text` and `_content` (https://hl7.org/fhir/R4/search.html#content): words that must all be there, `OR` between
 * alternatives, `NOT` or `-` before what must not be there, brackets, `word*` for what begins so, "several words" for all of them.
 */
import { fold } from '../fold.js';
import { relevanceParams, type FullTextCode } from '../index/full-text.js';
import type { Clause, Leaf } from '../plan.js';
import { indexedWord, plainWords, stem } from '../words.js';
import { badParameter, type Asking } from './asking.js';
import { anyOf } from './leaves.js';

const pieces = /"[^"]*"|[()]|[^\s()"]+/g;
const isWord = (piece: string): boolean => !/^(?:[()]|OR|NOT)$/.test(piece);

class Question {
  private readonly pieces: readonly string[];
  private at = 0;

  constructor(text: string, private readonly type: string, private readonly code: FullTextCode, private readonly asking: Asking) {
    this.pieces = text.match(pieces) ?? [];
    // Each of them is an alternative at most, and so is the depth of brackets.
    for (let spent = 0; spent < this.pieces.length; spent++) asking.spendAlternative();
  }

  whole(): Clause {
    const clause = this.alternatives(true);
    if (this.at < this.pieces.length) throw this.wrong('a bracket is closed that was not opened');
    if (!clause) throw this.wrong('it has no word that is looked for: short words like "le" and "de" are not');
    return clause;
  }

  /** @returns undefined when only words that say nothing are in it */
  private alternatives(wanted: boolean): Clause | undefined {
    const found: Clause[] = [];
    do {
      const some = this.together(wanted);
      if (some) found.push(some);
    } while (this.take('OR'));
    return found.length === 0 ? undefined : anyOf(found);
  }
  private together(wanted: boolean): Clause | undefined {
    const from = this.at;
    const found: Clause[] = [];
    while (this.at < this.pieces.length && this.pieces[this.at] !== ')' && this.pieces[this.at] !== 'OR') {
      // Between words "and" is what is meant anyway.
      if (this.at > from && (this.take('AND') || this.take('and'))) continue;
      const one = this.one(wanted);
      if (one) found.push(one);
    }
    if (this.at === from) throw this.wrong('a word is expected');
    return found.length < 2 ? found[0] : { kind: 'and', of: found };
  }
  private one(wanted: boolean): Clause | undefined {
    if (this.take('NOT')) return this.refused(() => this.one(!wanted));
    const piece = this.pieces[this.at];
    if (this.take('(')) {
      const clause = this.alternatives(wanted);
      if (!this.take(')')) throw this.wrong('a bracket is not closed');
      return clause;
    }
    if (piece === undefined || !isWord(piece)) throw this.wrong('a word is expected');
    this.at++;
    if (piece.length > 1 && piece.startsWith('-')) return this.refused(() => this.words(piece.slice(1), !wanted));
    return this.words(piece, wanted);
  }
  private refused(read: () => Clause | undefined): Clause | undefined {
    const of = read();
    return of && { kind: 'not', of };
  }

  /** A piece may be several words: "bone marrow", l'hôpital. */
  private words(piece: string, wanted: boolean): Clause | undefined {
    const all = plainWords(piece);
    const last = piece.endsWith('*') ? all.at(-1) : undefined;
    const found: Clause[] = (last === undefined ? all : all.slice(0, -1)).flatMap((word) => {
      const made = indexedWord(word);
      return made === undefined ? [] : [this.leaf(wanted, (param) => ({ kind: 'token', param, system: '', code: made }))];
    });
    if (last !== undefined) found.push(this.begins(last, wanted));
    return found.length < 2 ? found[0] : { kind: 'and', of: found };
  }
  /** What is indexed is shorter than what is written, where a word ends. */
  private begins(word: string, wanted: boolean): Clause {
    return anyOf([
      this.leaf(wanted, (param) => ({ kind: 'code-starts', param, starts: [fold(word)] })),
      ...(stem(word) === word ? [] : [this.leaf(false, (param) => ({ kind: 'token', param, system: '', code: stem(word) }))]),
    ]);
  }
  /** @param wanted counts for the relevance of what has it */
  private leaf(wanted: boolean, make: (param: string) => Leaf): Leaf {
    const [first, ...further] = relevanceParams(this.type, this.code).map(make);
    if (wanted && first) this.asking.relevance.push(first, ...further);
    return first as Leaf;
  }

  private take(piece: string): boolean {
    if (this.pieces[this.at] !== piece) return false;
    this.at++;
    return true;
  }
  private wrong(reason: string) {
    return badParameter(this.code, reason);
  }
}

/** @throws Failure bad-parameter, too-costly */
export const fullTextClause = (code: FullTextCode) => (type: string, value: string, asking: Asking): Clause => {
  const { fullText = 'text' } = asking.options;
  if (fullText === 'off' || (code === '_content' && fullText === 'text')) {
    throw badParameter(code, code === '_text' ? 'words of narratives are not indexed here: FULL_TEXT=text has them indexed' : 'words outside of narratives are not indexed here: FULL_TEXT=content has them indexed');
  }
  return new Question(value, type, code, asking).whole();
};
