/**
 * Words of a text as full-text search compares them: case, accents and ligatures do not count, words that say nothing are left
 * out, and a light stemmer of French takes off plurals, feminines and the endings of verbs.
 *
 * It is light: it never looks at the inside of a word, always leaves three letters (four before an ending of a verb), and knows no
 * irregular form. `opérée`, `opérés`, `opérer` and `opérait` are one word; `yeux` and `œil` are two.
 */
import { fold } from './fold.js';

/** Folded. */
const stopWords: ReadonlySet<string> = new Set((
  'a ai as au aux avec c ce ces cet cette d dans de des du elle elles en est et eu il ils j je l la le les leur leurs lui m ma mais me mes mon n ne nos notre nous on ont ou par pas pour '
  + 'qu que qui s sa se ses si son sont sur t ta te tes toi ton tu un une vos votre vous y'
).split(' '));

/** Ending -> what stands in its place. The first that fits is taken: plurals, then feminines, then the endings of verbs. */
type Endings = readonly (readonly [ending: string, instead: string])[];
const plurals: Endings = [['eaux', 'eau'], ['aux', 'al'], ['s', ''], ['x', '']];
const feminines: Endings = [['euse', 'eur'], ['trice', 'teur'], ['enne', 'en'], ['elle', 'el'], ['ive', 'if'], ['iere', 'ier'], ['ere', 'er'], ['ee', ''], ['e', '']];
const verbs: Endings = ['eraient', 'erait', 'eront', 'erent', 'aient', 'ait', 'ant', 'ons', 'ez', 'er'].map((ending) => [ending, '']);

function without(word: string, endings: Endings, left: number): string {
  for (const [ending, instead] of endings) {
    if (word.endsWith(ending) && word.length - ending.length >= left) return word.slice(0, -ending.length) + instead;
  }
  return word;
}

const hasDigit = /\d/;
const latin = /^[a-z]+$/;

/** @param word folded */
export function stem(word: string): string {
  if (word.length < 4 || hasDigit.test(word) || !latin.test(word)) return word;
  // Forms that end in `aient` and `erent` are plurals without an s, and what ends in `ez` is no plural.
  return without(without(without(word, plurals, 3), feminines, 3), verbs, 4);
}

/** Marks belong to the letter before them. */
const words = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Characters of a word that are looked at. */
const longest = 64;

/** Folded words of a text in their order. */
export const plainWords = (text: string): readonly string[] => (text.match(words) ?? []).map((word) => fold(word.slice(0, longest)));

/** @param word folded; undefined: it says nothing */
export const indexedWord = (word: string): string | undefined => (stopWords.has(word) ? undefined : stem(word));

/** Raw words -> what is indexed of them, '' for nothing. Texts of a country repeat a few thousand words. */
const known = new Map<string, string>();
const mostKnown = 20_000;

function indexed(word: string): string {
  const found = known.get(word);
  if (found !== undefined) return found;
  const made = indexedWord(fold(word.slice(0, longest))) ?? '';
  if (known.size >= mostKnown) known.clear();
  known.set(word, made);
  return made;
}

/** Counts the words of a text. */
export function countWords(text: string, into: Map<string, number>): void {
  for (const word of text.match(words) ?? []) {
    const made = indexed(word);
    if (made !== '') into.set(made, (into.get(made) ?? 0) + 1);
  }
}
