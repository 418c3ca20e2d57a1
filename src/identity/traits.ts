/** Traits that would make one INS two people (rules 2.4): compared only where both sides have a value. */

export interface Traits {
  /** Birth name (`BR` in CDA, the official name in FHIR). */
  readonly birthName?: string;
  /** FHIR date of any precision. */
  readonly birthDate?: string;
  /** FHIR gender; unknown and other contradict nothing. */
  readonly gender?: string;
  /** First birth given name: differing, it is only a warning. */
  readonly firstGiven?: string;
  /** Code of the place of birth: differing, it is only a warning. */
  readonly birthPlace?: string;
}

const ligatures: readonly (readonly [RegExp, string])[] = [[/Œ/g, 'OE'], [/Æ/g, 'AE'], [/ẞ|ß/g, 'SS'], [/Ø/g, 'O'], [/Ł/g, 'L'], [/Đ|Ð/g, 'D'], [/Þ/g, 'TH']];

/** Capitals, no diacritics, ligatures opened, letters only. */
export function foldName(name: string): string {
  const open = ligatures.reduce((text, [sign, letters]) => text.replace(sign, letters), name.toUpperCase());
  return open.normalize('NFD').replace(/[^\p{L}]/gu, '');
}

const differ = (one: string | undefined, other: string | undefined, form: (text: string) => string = (text) => text): boolean => {
  const [left, right] = [form(one ?? ''), form(other ?? '')];
  return left !== '' && right !== '' && left !== right;
};
const known = (gender: string | undefined): string | undefined => (gender === 'male' || gender === 'female' ? gender : undefined);

function datesDiffer(one: string | undefined, other: string | undefined): boolean {
  const shorter = Math.min(one?.length ?? 0, other?.length ?? 0);
  return differ(one?.slice(0, shorter), other?.slice(0, shorter));
}

/** The traits in which the two contradict each other, by name and never by value. */
export function contradictions(stored: Traits, sent: Traits): readonly ('birth name' | 'birth date' | 'sex')[] {
  const checks = [
    ['birth name', differ(stored.birthName, sent.birthName, foldName)],
    ['birth date', datesDiffer(stored.birthDate, sent.birthDate)],
    ['sex', differ(known(stored.gender), known(sent.gender))],
  ] as const;
  return checks.filter(([, contradicts]) => contradicts).map(([trait]) => trait);
}

/** The traits that differ without making two people. */
export function differences(stored: Traits, sent: Traits): readonly ('first birth given name' | 'place of birth')[] {
  const checks = [
    ['first birth given name', differ(stored.firstGiven, sent.firstGiven, foldName)],
    ['place of birth', differ(stored.birthPlace, sent.birthPlace, (code) => code.toUpperCase())],
  ] as const;
  return checks.filter(([, differs]) => differs).map(([trait]) => trait);
}
