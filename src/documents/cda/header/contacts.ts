/** CDA addresses, telecoms and names of people to FHIR (french-interop 1.5, 2.2). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child, children, compact, textOf } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';

const addressUses: Readonly<Record<string, string>> = { H: 'home', HP: 'home', HV: 'home', WP: 'work', DIR: 'work', PUB: 'work', TMP: 'temp', BAD: 'old' };
const telecomUses: Readonly<Record<string, string>> = { H: 'home', HP: 'home', HV: 'home', WP: 'work', DIR: 'work', PUB: 'work', MC: 'mobile', TMP: 'temp', BAD: 'old' };
const schemes: readonly (readonly [RegExp, string])[] = [
  [/^tel:/i, 'phone'], [/^fax:/i, 'fax'], [/^mailto:|^[^\s@:/]+@[^\s@:/]+$/i, 'email'], [/^https?:/i, 'url'], [/^(ftp|mllp):/i, 'other'],
];

function useOf(element: XmlElement, uses: Readonly<Record<string, string>>): string | undefined {
  for (const word of (attribute(element, 'use') ?? '').split(/\s+/)) if (Object.hasOwn(uses, word)) return uses[word];
  return undefined;
}

/** A word that says something: not empty, not the lone point that some software writes for nothing. */
export function said(element: XmlElement | undefined): string | undefined {
  const text = textOf(element);
  return text !== undefined && /[\p{L}\p{N}]/u.test(text) ? text : undefined;
}
const saidAll = (element: XmlElement, ...names: readonly string[]): string[] =>
  names.flatMap((name) => children(element, name)).map(said).filter((text) => text !== undefined);

/** Words of an address beside its parts. */
const looseText = (addr: XmlElement): string[] => addr.children.filter((node) => typeof node === 'string').map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => /[\p{L}\p{N}]/u.test(text));

/** An AD as an Address; undefined when it holds nothing (nullFlavor). */
export function addressOf(addr: XmlElement): JsonObject | undefined {
  const street = saidAll(addr, 'houseNumber', 'houseNumberNumeric', 'buildingNumberSuffix', 'streetNameType', 'streetName', 'streetNameBase', 'direction').join(' ');
  const lines = [
    ...saidAll(addr, 'streetAddressLine'), ...(street === '' ? [] : [street]),
    ...saidAll(addr, 'additionalLocator', 'unitType', 'unitID', 'deliveryAddressLine', 'careOf', 'precinct', 'deliveryMode', 'deliveryModeIdentifier', 'postBox'),
  ];
  const parts = {
    line: lines, city: said(child(addr, 'city')), district: said(child(addr, 'county')), state: said(child(addr, 'state')),
    postalCode: said(child(addr, 'postalCode')), country: said(child(addr, 'country')),
  };
  if (Object.keys(compact(parts)).length > 0) return compact({ use: useOf(addr, addressUses), ...parts, line: [...looseText(addr), ...lines] });
  const text = said(addr);
  return text === undefined ? undefined : compact({ use: useOf(addr, addressUses), text });
}

export function addressesOf(element: XmlElement | undefined): JsonObject[] {
  return children(element, 'addr').map(addressOf).filter((address) => address !== undefined);
}

/** A TEL as a ContactPoint: its scheme is the system; a bare number is a phone. Undefined without a value. */
export function contactPointOf(telecom: XmlElement): JsonObject | undefined {
  const written = attribute(telecom, 'value');
  if (written === undefined) return undefined;
  const scheme = schemes.find(([shape]) => shape.test(written));
  const system = scheme?.[1] ?? (/^[+\d][\d\s.()-]*$/.test(written) ? 'phone' : 'other');
  const value = system === 'url' || system === 'other' ? written : written.replace(/^[a-z]+:/i, '');
  if (value.trim() === '') return undefined;
  return compact({ system: / ?\bPG\b/.test(attribute(telecom, 'use') ?? '') ? 'pager' : system, value, use: useOf(telecom, telecomUses) });
}

export function telecomsOf(element: XmlElement | undefined): JsonObject[] {
  return children(element, 'telecom').map(contactPointOf).filter((point) => point !== undefined);
}

/** Nobody is at home in an organization (org-2, org-3): such a use is left out of its telecoms and addresses. */
export function notHome(contacts: readonly JsonObject[], reading: Reading): JsonObject[] {
  return contacts.map((contact) => {
    if (contact.use !== 'home') return contact;
    reading.leftOut('the use "home" of a telecom or an address of an organization');
    return compact({ ...contact, use: undefined });
  });
}

/** The parts of a name whose qualifiers (a set of words) are asked for. */
const qualified = (name: XmlElement, part: string, fits: (qualifiers: readonly string[]) => boolean): string[] =>
  children(name, part).filter((element) => fits((attribute(element, 'qualifier') ?? '').split(/\s+/))).map(said).filter((text) => text !== undefined);
const atBirth = (qualifiers: readonly string[]): boolean => qualifiers.includes('BR');
const inUse = (qualifiers: readonly string[]): boolean => qualifiers.includes('CL');
const neither = (qualifiers: readonly string[]): boolean => !atBirth(qualifiers) && !inUse(qualifiers);

/** What a PN of a person says, by its qualifiers: BR at birth, CL in use, or both; `SP`, any other, or none, is neither. */
export interface NameParts {
  readonly birthFamily: readonly string[];
  readonly birthGiven: readonly string[];
  readonly usedFamily: readonly string[];
  readonly usedGiven: readonly string[];
  readonly family: readonly string[];
  readonly given: readonly string[];
  readonly prefix: readonly string[];
  readonly suffix: readonly string[];
}

export function nameParts(name: XmlElement): NameParts {
  return {
    birthFamily: qualified(name, 'family', atBirth), birthGiven: qualified(name, 'given', atBirth),
    usedFamily: qualified(name, 'family', inUse), usedGiven: qualified(name, 'given', inUse),
    family: qualified(name, 'family', neither), given: qualified(name, 'given', neither),
    prefix: saidAll(name, 'prefix'), suffix: saidAll(name, 'suffix'),
  };
}

const words = (...parts: readonly (readonly string[])[]): string | undefined => parts.flat().join(' ') || undefined;

/** Given names, each word that is not among the first ones once more. */
const givenNames = (first: readonly string[], all: readonly string[]): string[] => {
  const known = new Set(first);
  return first.length === 0 ? [...all] : [...first, ...all.flatMap((names) => names.split(' ')).filter((name) => !known.has(name))];
};

/** The names of a person other than the patient: given names without qualifier are theirs under each family name. */
export function humanNamesOf(person: XmlElement | undefined): JsonObject[] {
  return children(person, 'name').flatMap((name) => {
    const found = partsOfName(nameParts(name));
    const text = found.length === 0 ? said(name) : undefined;
    return text === undefined ? found : [{ text }];
  });
}

function partsOfName({ birthFamily, birthGiven, usedFamily, usedGiven, family, given, prefix, suffix }: NameParts): JsonObject[] {
  const title = { prefix: [...prefix], suffix: [...suffix] };
  const unmarked = birthFamily.length + usedFamily.length === 0;
  const names = unmarked
    ? [{ family: words(family), given: givenNames([...new Set([...birthGiven, ...usedGiven])], given) }]
    : [
      { use: 'official', family: words(birthFamily), given: birthFamily.length + birthGiven.length === 0 ? [] : givenNames(birthGiven, given) },
      { use: 'usual', family: words(usedFamily, family), given: usedFamily.length + family.length + usedGiven.length === 0 ? [] : givenNames(usedGiven, usedGiven.length > 0 ? [] : given) },
    ];
  return names.filter((one) => one.family !== undefined || one.given.length > 0).map((one) => compact({ ...one, ...title }));
}
