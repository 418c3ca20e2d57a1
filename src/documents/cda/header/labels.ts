/** Security labels: the confidentiality of the document and the visibility labels given with it (french-interop 2.7; rules 3.1, 5.5). */
import type { VisibilityLabel } from '../../../access/facts.js';
import { fail } from '../../../fhir/failure.js';
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { TableCoding } from '../../../terminology/document-types.js';
import { confidentialityCodings, labelCodes, visibilityCoding } from '../../../terminology/header-codes.js';
import { canonicalSystem } from '../../../terminology/systems.js';
import { coding } from '../datatypes/codes.js';
import { attribute, children } from '../datatypes/elements.js';

/** A coding as a caller writes it: `system|code`, a code alone, or a Coding. */
export interface GivenCode {
  readonly system?: string;
  readonly code: string;
}

export function givenCode(text: string): GivenCode {
  const bar = text.indexOf('|');
  const system = bar > 0 ? text.slice(0, bar) : undefined;
  return { code: text.slice(bar + 1), ...(system === undefined ? {} : { system }) };
}

function known(code: string): readonly TableCoding[] {
  const visibility = visibilityCoding(code);
  return visibility === undefined ? confidentialityCodings(code) : [visibility];
}

/** Whether a system given with a code is one that the code has. */
export const systemFits = (given: GivenCode, codings: readonly TableCoding[]): boolean =>
  given.system === undefined || codings.some(({ system }) => system === canonicalSystem(given.system ?? ''));

/** @throws Failure unknown-label, label-system */
function labelOf(given: GivenCode): readonly TableCoding[] {
  const codings = known(given.code);
  const label = given.code.slice(0, 64);
  if (codings.length === 0) throw fail('unknown-label', { label, known: labelCodes.join(', ') });
  if (!systemFits(given, codings)) throw fail('label-system', { label, systems: codings.map(({ system }) => system).join(', ') });
  return codings;
}

export interface Labels {
  /** DocumentReference.securityLabel. */
  readonly concepts: readonly JsonObject[];
  readonly visibility: readonly VisibilityLabel[];
  /** The document's own confidentiality is not of the value set; it is kept as written. */
  readonly unknownConfidentiality: boolean;
}

const enforced: readonly VisibilityLabel[] = ['MASQUE_PS', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'];

/**
 * What the document's confidentialityCode says first, then the labels given, each once.
 * @throws Failure unknown-label, label-system, visibility-conflict
 */
export function labelsOf(clinicalDocument: XmlElement, given: readonly GivenCode[]): Labels {
  const all = new Map<string, readonly TableCoding[]>();
  const odd: JsonObject[] = [];
  // CDA has one confidentialityCode; whoever writes a visibility code into a second one means to be heard.
  for (const element of children(clinicalDocument, 'confidentialityCode')) {
    const codings = known(attribute(element, 'code') ?? '');
    const written = coding(element);
    if (codings.length > 0) all.set(codings[0]?.code ?? '', codings);
    else if (written !== undefined) odd.push({ coding: [written] });
  }
  for (const label of given) {
    const codings = labelOf(label);
    all.set(codings[0]?.code ?? label.code, codings);
  }
  if (all.has('MASQUE_PS') && all.has('INVISIBLE_PATIENT')) throw fail('visibility-conflict');
  const concepts = [...all.values()].map((codings) => ({ coding: codings.map((one) => ({ ...one })) }));
  return {
    concepts: [...odd, ...concepts],
    visibility: enforced.filter((label) => all.has(label)),
    unknownConfidentiality: odd.length > 0,
  };
}
