/**
 * The national identity (INS): which authority says what a matricule is, how a matricule is built, and its key.
 * Source: french-interop 1.1 and 1.2. A small library of its own: it knows no FHIR resource and no store.
 */

export interface InsAuthority {
  readonly oid: string;
  /** FHIR identifier.system. */
  readonly system: string;
  /** FR Core type code. */
  readonly type: 'INS-NIR' | 'INS-NIA' | 'INS-NIR-TEST' | 'INS-NIR-DEMO';
  readonly domain: 'production' | 'test';
}

const authority = (oid: string, type: InsAuthority['type'], domain: InsAuthority['domain']): InsAuthority => ({ oid, system: `urn:oid:${oid}`, type, domain });

/** The four authorities whose identifiers name a person. INS-C, INS-A, NSS and local numbers never do. */
export const insAuthorities: readonly InsAuthority[] = [
  authority('1.2.250.1.213.1.4.8', 'INS-NIR', 'production'),
  authority('1.2.250.1.213.1.4.9', 'INS-NIA', 'production'),
  authority('1.2.250.1.213.1.4.10', 'INS-NIR-TEST', 'test'),
  authority('1.2.250.1.213.1.4.11', 'INS-NIR-DEMO', 'test'),
];
const byOid = new Map(insAuthorities.map((known) => [known.oid, known]));

/** @param oidOrSystem `1.2.250.…` or `urn:oid:1.2.250.…` */
export const insAuthority = (oidOrSystem: string): InsAuthority | undefined => byOid.get(oidOrSystem.replace(/^urn:oid:/i, ''));

export interface Matricule {
  /** 15 characters, A and B in capitals. */
  readonly value: string;
  /** 1 or 2; 3, 4, 7 and 8 while a number is being attributed: odd is male. */
  readonly sex: 'male' | 'female';
  /** Two digits. */
  readonly year: string;
  /** As written, 1 to 12 or an impossible 43 to 49; undefined for an unknown or pseudo month (20 to 42, 50 to 99), which agrees with every date. */
  readonly month?: number;
  readonly department: string;
  readonly keyIsRight: boolean;
}

const shape = /^([123478])(\d{2})(0[1-9]|1[0-2]|[2-9]\d)(\d{2}|2[AB])(\d{3})(\d{3})(\d{2})$/;
const pseudoMonth = (month: number): boolean => (month >= 20 && month <= 42) || month >= 50;

/** Blanks removed, letters in capitals: the form that is compared and stored. */
export const normalMatricule = (written: string): string => written.replace(/\s+/g, '').toUpperCase();

/**
 * The key of the first 13 characters: 97 - (N mod 97), Corsica's 2A read as 19 and 2B as 18.
 * @returns two digits, '01' to '97'
 */
export function matriculeKey(thirteen: string): string {
  const number = Number(thirteen.slice(0, 5) + thirteen.slice(5, 7).replace('2A', '19').replace('2B', '18') + thirteen.slice(7));
  return String(97 - (number % 97)).padStart(2, '0');
}

/** @returns undefined when the text does not have the shape of a matricule; a wrong key is told, not refused */
export function parseMatricule(written: string): Matricule | undefined {
  const value = normalMatricule(written);
  const match = shape.exec(value);
  if (!match) return undefined;
  const month = Number(match[3]);
  return {
    value,
    sex: Number(match[1]) % 2 === 1 ? 'male' : 'female',
    year: match[2] ?? '',
    ...(pseudoMonth(month) ? {} : { month }),
    department: match[4] ?? '',
    keyIsRight: matriculeKey(value.slice(0, 13)) === match[7],
  };
}

/** Whether a text is a matricule, with or without its key, right or wrong. */
export const isMatricule = (text: string): boolean => parseMatricule(text) !== undefined || (text.length === 13 && parseMatricule(`${text}00`) !== undefined);

/** What a matricule says otherwise than the person's sex or birth date does; empty when they agree or nothing can be told. */
export function disagreements(matricule: Matricule, person: { readonly gender?: string; readonly birthDate?: string }): readonly ('sex' | 'birth year' | 'birth month')[] {
  const found: ('sex' | 'birth year' | 'birth month')[] = [];
  if ((person.gender === 'male' || person.gender === 'female') && person.gender !== matricule.sex) found.push('sex');
  const [year, month] = person.birthDate?.split('-') ?? [];
  // A pseudo month stands for a birth that is not known well: nothing of the date is compared then.
  if (matricule.month === undefined) return found;
  if (year !== undefined && year.slice(2) !== matricule.year) found.push('birth year');
  if (month !== undefined && Number(month) !== matricule.month) found.push('birth month');
  return found;
}
