/**
 * Folding of text for string search: case, accents, punctuation and blanks do not count (rules 6.6), ligatures are opened.
 * `Œdème`, `OEDEME` and `oe-deme` fold to one text.
 */
const combining = /\p{M}+/gu;
const notAlphanumeric = /[^\p{L}\p{N}]+/gu;
/** Letters that have no decomposition in Unicode, and the Greek sigma at the end of a word. */
const opened: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ς: 'σ' };
const openable = /[œæßøłđðþıς]/gu;
const lowerAscii = /^[a-z0-9]*$/;

/** The folded text; a text without any letter or digit keeps its signs, so that it is not found by everything. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (lowerAscii.test(lower)) return lower;
  const plain = lower.normalize('NFKD').replace(combining, '').toLowerCase().replace(openable, (letter) => opened[letter] ?? letter).replace(notAlphanumeric, '');
  return plain === '' ? lower.trim() : plain;
}

const partEnd = /[\s\-‐‑–—'’‘ʼ]+/u;

/**
 * The ends of a family name that begin at one of its parts, folded, the whole name not among them: `De La Tour` -> `latour`, `tour`.
 * @param before told the characters of each end before it is made: they grow with the square of the parts
 */
export function foldedParts(family: string, before: (characters: number) => void): readonly string[] {
  const parts = family.split(partEnd).filter((part) => part !== '');
  const ends: string[] = [];
  let left = parts.reduce((sum, { length }) => sum + length, 0);
  for (let at = 1; at < parts.length; at++) {
    before(left -= parts[at - 1]?.length ?? 0);
    ends.push(fold(parts.slice(at).join('')));
  }
  return ends;
}
