/** CDA addresses, telecoms and names of people to FHIR (french-interop 1.5, 2.2). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child, children, compact, textOf } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';

const addressUses: Readonly<Record<string, string>> = { H: 'home', HP: 'home', HV: 'home', WP: 'work', DIR: 'work', PUB: 'work', TMP: 'temp', BAD: 'old' };
const telecomUses: Readonly<Record<string, string>> = { H: 'home', HP: 'home', HV: 'home', WP: 'work', DIR: 'work', PUB: 'work', MC: 'mobile', TMP: 'temp', BAD: 'old' };
const schemes: readonly (readonly [RegExp, string])[] = [
  [/^tel:/i, 'phone'], [/^fax:/i, 'fax'], [/^mailto:/i, 'email'], [/^https?:/i, 'url'], [/^(ftp|mllp):/i, 'other'],
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

/** An AD as an Address; undefined when it holds nothing (nullFlavor). */
export function addressOf(addr: XmlElement): JsonObject | undefined {
  const street = saidAll(addr, 'houseNumber', 'houseNumberNumeric', 'buildingNumberSuffix', 'streetNameType', 'streetName', 'streetNameBase', 'direction').join(' ');
  const lines = [
    ...saidAll(addr, 'streetAddressLine'), ...(street === '' ? [] : [street]),
    ...saidAll(addr, 'additionalLocator', 'unitID', 'unitType', 'deliveryAddressLine', 'careOf', 'precinct'), ...saidAll(addr, 'postBox'),
  ];
  const parts = {
    line: lines, city: said(child(addr, 'city')), district: said(child(addr, 'county')), state: said(child(addr, 'state')),
    postalCode: said(child(addr, 'postalCode')), country: said(child(addr, 'country')),
  };
  const structured = compact(parts);
  if (Object.keys(structured).length > 0) return compact({ use: useOf(addr, addressUses), ...parts });
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

const qualified = (name: XmlElement, part: string, qualifier: string | undefined): string[] =>
  children(name, part).filter((element) => attribute(element, 'qualifier') === qualifier).map(said).filter((text) => text !== undefined);

/** What a PN of a person says, by its qualifiers: BR at birth, CL in use; `SP`, or none, is neither. */
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
    birthFamily: qualified(name, 'family', 'BR'), birthGiven: qualified(name, 'given', 'BR'),
    usedFamily: qualified(name, 'family', 'CL'), usedGiven: qualified(name, 'given', 'CL'),
    family: [...qualified(name, 'family', 'SP'), ...qualified(name, 'family', undefined)], given: [...qualified(name, 'given', 'SP'), ...qualified(name, 'given', undefined)],
    prefix: saidAll(name, 'prefix'), suffix: saidAll(name, 'suffix'),
  };
}

const words = (...parts: readonly (readonly string[])[]): string | undefined => parts.flat().join(' ') || undefined;

/** The names of a person other than the patient. */
export function humanNamesOf(person: XmlElement | undefined): JsonObject[] {
  const names: JsonObject[] = [];
  for (const name of children(person, 'name')) {
    const { birthFamily, birthGiven, usedFamily, usedGiven, family, given, prefix, suffix } = nameParts(name);
    const title = { prefix: [...prefix], suffix: [...suffix] };
    const born = compact({ family: words(birthFamily), given: [...birthGiven] });
    const used = compact({ family: words(usedFamily), given: [...usedGiven] });
    const plain = compact({ family: words(family), given: Object.keys(born).length > 0 ? [] : [...given] });
    const found = [
      Object.keys(born).length > 0 ? { use: 'official', ...born } : undefined,
      Object.keys(used).length > 0 ? { use: 'usual', ...used } : undefined,
      Object.keys(plain).length > 0 ? plain : undefined,
    ].filter((part) => part !== undefined);
    for (const part of found) names.push(compact({ ...part, ...title }));
    const text = found.length === 0 ? said(name) : undefined;
    if (text !== undefined) names.push({ text });
  }
  return names;
}
