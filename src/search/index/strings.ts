/** String entries (https://hl7.org/fhir/R4/search.html#string): every text field of a name or an address, as written and folded. */
import { fold, foldedParts } from '../fold.js';
import { phoneticKeys } from '../phonetic.js';
import type { StringEntry } from '../entries.js';
import type { Run, Visit } from './run.js';

const entry = (param: string, run: Run, exact: string, folded: string): StringEntry => ({ param, contained: run.contained, exact, folded, mark: undefined });

/** Keys of what is said alike: each word of a name is found by its own. @returns FHIR type -> visit */
export function phoneticVisits(param: string): Readonly<Record<string, Visit>> {
  const text = (value: unknown, run: Run): void => {
    if (typeof value === 'string') for (const key of phoneticKeys(value)) run.string.push(entry(param, run, key, key));
  };
  const humanName: Visit = (value, run) => {
    const { family, given, text: whole } = value as Record<string, unknown>;
    for (const one of [family, whole, ...(Array.isArray(given) ? given as unknown[] : [])]) text(one, run);
  };
  return { string: text, HumanName: humanName };
}

/** @returns FHIR type -> visit */
export function stringVisits(param: string, path: string): Readonly<Record<string, Visit>> {
  const isFamily = path === 'family';
  function text(value: unknown, run: Run): void {
    if (typeof value === 'string' && value !== '') run.string.push(entry(param, run, value, fold(value)));
  }
  function family(value: unknown, run: Run): void {
    text(value, run);
    if (typeof value !== 'string') return;
    for (const part of foldedParts(value, (characters) => run.end(characters + value.length))) run.aside.push(entry(param, run, value, part));
  }
  function texts(value: unknown, run: Run): void {
    if (Array.isArray(value)) for (const each of value) text(each, run);
  }
  const humanName: Visit = (value, run) => {
    const name = value as Record<string, unknown>;
    family(name.family, run);
    texts(name.given, run);
    texts(name.prefix, run);
    texts(name.suffix, run);
    text(name.text, run);
  };
  const address: Visit = (value, run) => {
    const { text: whole, line, city, district, state, postalCode, country } = value as Record<string, unknown>;
    text(whole, run);
    texts(line, run);
    for (const field of [city, district, state, postalCode, country]) text(field, run);
  };
  return { string: isFamily ? family : text, markdown: text, HumanName: humanName, Address: address };
}
