/** Required bindings: the codes that an element must come from (https://hl7.org/fhir/R4/terminologies.html#required). */
import { valueSetCodes } from '../definitions.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import type { Fault } from './primitives.js';

/** Value sets that are not a list of codes but a form that codes have; the code system they belong to. */
interface Rule {
  readonly system: string;
  readonly fits: (code: string) => boolean;
  readonly text: string;
}

const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+(?:\s?;.*)?$/;
/** The short names that FHIR has for its own formats (https://hl7.org/fhir/R4/http.html#mime-type). */
const formatNames = new Set(['xml', 'json', 'ttl']);
/** Whether a code has the form of a language of BCP 47. */
export const isLanguage = (code: string): boolean => /^(?:[A-Za-z]{2,8}|[ix])(?:-[A-Za-z0-9]{1,8})*$/.test(code);
const rules: Readonly<Record<string, Rule>> = {
  mimetypes: { system: 'urn:ietf:bcp:13', fits: (code) => mediaType.test(code) || formatNames.has(code), text: 'a media type, such as application/pdf' },
  'ucum-units': { system: 'http://unitsofmeasure.org', fits: (code) => /^[!-~]+$/.test(code), text: 'a unit of UCUM (http://unitsofmeasure.org)' },
  currencies: { system: 'urn:iso:std:iso:4217', fits: (code) => /^[A-Z]{3}$/.test(code), text: 'a currency of ISO 4217, such as EUR' },
  'all-languages': { system: 'urn:ietf:bcp:47', fits: isLanguage, text: 'a language of BCP 47, such as fr or fr-FR' },
};

/** Codes named in a message; a longer list is named by its value set. */
const listed = 24;

interface Codes {
  readonly has: (code: string) => boolean;
  readonly hasCoding: (system: string, code: string) => boolean;
  /** `one of a, b, c` or the rule. */
  readonly text: string;
}

const known = new Map<string, Codes>();
function codesOf(valueSet: string): Codes {
  let codes = known.get(valueSet);
  if (!codes) known.set(valueSet, (codes = readCodes(valueSet)));
  return codes;
}

function readCodes(valueSet: string): Codes {
  const bySystem = valueSetCodes(valueSet);
  if (bySystem) {
    const sets = new Map([...bySystem].map(([system, codes]) => [system, new Set(codes)]));
    const all = new Set([...bySystem.values()].flat());
    const text = all.size <= listed ? `one of ${[...all].join(', ')}` : `a code of http://hl7.org/fhir/ValueSet/${valueSet}`;
    return { has: (code) => all.has(code), hasCoding: (system, code) => sets.get(system)?.has(code) ?? false, text };
  }
  const rule = rules[valueSet];
  if (!rule) throw new Error(`profiles/r4 has no value set ${valueSet}`);
  return { has: rule.fits, hasCoding: (system, code) => system === rule.system && rule.fits(code), text: rule.text };
}

/** For an element of type code whose format is right. */
export function codeBinding(valueSet: string): (code: string) => Fault {
  const { has, text } = codesOf(valueSet);
  const fault = `must be ${text}`;
  return (code) => (has(code) ? undefined : fault);
}

const codingFits = (coding: Json, { hasCoding }: Codes): boolean =>
  isObject(coding) && typeof coding.system === 'string' && typeof coding.code === 'string' && hasCoding(coding.system, coding.code);

/** For a CodeableConcept: one of its codings must come from the value set. One that holds only extensions says why it has none. */
export function conceptBinding(valueSet: string): (concept: JsonObject) => Fault {
  const codes = codesOf(valueSet);
  const fault = `must have a coding, with its system, that is ${codes.text}`;
  return (concept) => {
    const { coding, text } = concept;
    if (coding === undefined && text === undefined) return undefined;
    return Array.isArray(coding) && coding.some((one) => codingFits(one, codes)) ? undefined : fault;
  };
}
