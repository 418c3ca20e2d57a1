/** CDA coded values (CD, CE, CV, CO, CS) and texts (ED, ST) to FHIR (french-interop 2.3, 6.10, 8.2). */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { JsonObject } from '../../../fhir/json.js';
import { isLanguage } from '../../../fhir/validation/codes.js';
import { systemOf } from '../../../terminology/systems.js';
import { attribute, child, children, compact, inTable, textOf } from './elements.js';
import type { Reading } from './reading.js';

/** The coding of one coded element (`@code`, `@codeSystem`), its display and version kept; undefined without a code. */
export function coding(element: XmlElement | undefined): JsonObject | undefined {
  const code = attribute(element, 'code')?.replace(/\s+/g, ' ');
  if (code === undefined) return undefined;
  const oid = attribute(element, 'codeSystem');
  return compact({
    system: oid === undefined ? undefined : systemOf(oid),
    version: oid === undefined ? undefined : attribute(element, 'codeSystemVersion'),
    code,
    display: attribute(element, 'displayName'),
  });
}

/** Every coding of an element: its own first, then its translations, each once. */
export function codings(element: XmlElement | undefined): JsonObject[] {
  const found: JsonObject[] = [];
  if (element !== undefined) collect(element, found);
  return found;
}

/**
 * A coded element as a CodeableConcept: own code and translations as codings, the original text (inline or in the narrative) with its
 * qualifiers as text. A text reference that leads nowhere degrades to the display. Undefined when there is neither code nor text.
 */
export function concept(element: XmlElement | undefined, reading: Reading): JsonObject | undefined {
  if (element === undefined) return undefined;
  const found = codings(element);
  const said = originalText(element, reading) ?? (found.length === 0 ? attribute(element, 'displayName') : undefined);
  const text = withQualifiers(element, said, reading);
  return found.length === 0 && text === undefined ? undefined : compact({ coding: found, text });
}

/** A value that names something: coded, or only in words (ST, ED). */
export function conceptOrText(element: XmlElement | undefined, reading: Reading): JsonObject | undefined {
  const found = concept(element, reading);
  if (found !== undefined || element?.xsiType === undefined || !wordTypes.has(element.xsiType)) return found;
  const text = narrated(element, reading);
  return text === undefined ? undefined : { text };
}
const wordTypes = new Set(['ST', 'ED', 'SC']);

/** `languageCode` of a document; one that is no language is named and dropped. */
export function languageOf(clinicalDocument: XmlElement, { leftOut }: Pick<Reading, 'leftOut'>): string | undefined {
  const code = attribute(child(clinicalDocument, 'languageCode'), 'code');
  if (code === undefined || isLanguage(code)) return code;
  leftOut('a languageCode that is no language');
  return undefined;
}

/** A concept for an element that FHIR requires: one that was null in the document carries the reason in its text. */
export function requiredConcept(element: XmlElement | undefined, reading: Reading, fallback?: string): JsonObject {
  const found = concept(element, reading);
  if (found !== undefined) return found;
  return fallback === undefined ? { extension: [absent(attribute(element, 'nullFlavor'))] } : { text: fallback };
}

/** `originalText`, inline or by reference into the narrative. */
export function originalText(element: XmlElement | undefined, reading: Reading): string | undefined {
  return narrated(child(element, 'originalText'), reading);
}

/** An ED or ST: what its reference points to in the narrative, else its own text. Base64 content is no text. */
export function narrated(element: XmlElement | undefined, reading: Reading): string | undefined {
  if (element === undefined || attribute(element, 'representation') === 'B64') return undefined;
  const target = attribute(child(element, 'reference'), 'value');
  return (target === undefined ? undefined : reading.narrative(target)) ?? textOf(element);
}

const ABSENT_REASON: Readonly<Record<string, string>> = {
  UNK: 'unknown', NI: 'unknown', NASK: 'not-asked', ASKU: 'asked-unknown', NAV: 'temp-unknown', MSK: 'masked', NA: 'not-applicable',
  OTH: 'unsupported', NINF: 'negative-infinity', PINF: 'positive-infinity', NP: 'unknown',
};

/** The FHIR data-absent-reason of a nullFlavor (`unknown` when there is none). */
export function absentReason(nullFlavor: string | undefined): string {
  return inTable(ABSENT_REASON, nullFlavor) ?? 'unknown';
}

/** The data-absent-reason extension. */
export function absent(nullFlavor: string | undefined): JsonObject {
  return { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: absentReason(nullFlavor) };
}

function collect(element: XmlElement, into: JsonObject[]): void {
  const own = coding(element);
  if (own !== undefined && !into.some((other) => other['system'] === own['system'] && other['code'] === own['code'])) into.push(own);
  for (const translation of children(element, 'translation')) collect(translation, into);
}

/** FHIR R4 has no qualifier: what it says goes to the text, so that "left" is never lost nor taken for a code of its own. */
function withQualifiers(element: XmlElement, said: string | undefined, reading: Reading): string | undefined {
  const qualifiers = children(element, 'qualifier');
  if (qualifiers.length === 0) return said;
  const words = qualifiers.map((qualifier) => {
    const value = child(qualifier, 'value');
    const meaning = originalText(value, reading) ?? attribute(value, 'displayName') ?? attribute(value, 'code');
    const name = attribute(child(qualifier, 'name'), 'displayName');
    return meaning === undefined ? undefined : name === undefined ? meaning : `${name} : ${meaning}`;
  }).filter((word) => word !== undefined);
  const base = said ?? attribute(element, 'displayName') ?? attribute(element, 'code');
  return words.length === 0 ? said : [base, `(${words.join(', ')})`].filter((word) => word !== undefined).join(' ');
}
