/**
 * How a name sounds in French, roughly: names that are said alike have one key (`Dupont`, `Dupond`, `Dupon`). Rules on folded
 * letters, one after another: what is mute goes, what sounds alike is written alike. Capitals stand for sounds that no letter has:
 * A, I, O for nasal vowels, X for `ch`, U for `ou`, E for `eu`.
 */
import { plainWords } from './words.js';

const rules: readonly (readonly [sign: RegExp, instead: string])[] = [
  [/ph/g, 'f'], [/^(?:sch|sh)|sch|sh/g, 'X'], [/ch(?=[rln])|ch$/g, 'k'], [/ch/g, 'X'], [/h/g, ''],
  // Before double letters become one: an s between vowels is one sound with z, two are another.
  [/(?<=[aeiouy])s(?=[aeiouy])/g, 'z'], [/(.)\1+/g, '$1'],
  [/bv/g, 'v'], [/w/g, 'v'], [/gn/g, 'n'], [/(?<=an)c(?=oi)/g, 's'], [/s?c(?=[eiy])/g, 's'], [/g(?=[eiy])e?(?=[aou])/g, 'j'], [/g(?=[eiy])/g, 'j'], [/gu(?=[eiy])/g, 'g'],
  [/qu|c?q|ck|c/g, 'k'], [/x(?=.)/g, 'ks'], [/y/g, 'i'],
  // Endings that are not heard; a mute e goes last, for it says how the vowel before it sounds.
  [/je(?=[aou])/g, 'j'], [/er$/g, 'e'], [/(?<=..)[dtsxzpg]+$/g, ''], [/(?<=[aeiou][nm])[kg]$/g, ''],
  // Vowels of several letters; a nasal vowel is one before a consonant, or at the end.
  [/eau|au/g, 'o'], [/oeu|eu/g, 'E'], [/ou/g, 'U'], [/oi/g, 'ua'], [/ien(?![aeiouEU])/g, 'iI'], [/(?:ain|ein|aim|in|im|un|um)(?![aeiouEUmn])/g, 'I'], [/(?:an|am|en|em)(?![aeiouEUmn])/g, 'A'], [/(?:on|om)(?![aeiouEUmn])/g, 'O'],
  [/ai|ei/g, 'e'], [/(?<=[aeioEU])il/g, 'i'], [/(?<=.)e$/g, ''], [/(.)\1+/g, '$1'],
];

const latin = /^[a-z]+$/;

/** @param word folded; another script, and what has digits, is its own key */
export const phoneticKey = (word: string): string => (latin.test(word) ? rules.reduce((text, [sign, instead]) => text.replace(sign, instead), word) : word);

/** The keys of the words of a name, each once. */
export const phoneticKeys = (name: string): readonly string[] => [...new Set(plainWords(name).map(phoneticKey))];
