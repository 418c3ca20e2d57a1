/** Clinical status, certainty, severity and criticality, from the attribute observations of a problem or an allergy (french-interop 6.2, 6.3). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../terminology/systems.js';
import { codings, concept, originalText } from '../datatypes/codes.js';
import { attribute, compact } from '../datatypes/elements.js';
import type { Denial } from './denial.js';
import type { Entry } from './scribe.js';
import { statusOf } from './denial.js';
import { hasEnded, stated, valueOf, type Part } from './statements.js';

/** Codes of a status observation (.30): HL7's own, and SNOMED CT in documents that only bear the IHE parent. */
const conditionStatuses: Readonly<Record<string, string>> = {
  active: 'active', recurrence: 'recurrence', relapse: 'relapse', inactive: 'inactive', remission: 'remission', resolved: 'resolved',
  '55561003': 'active', '90734009': 'active', '7087005': 'active', '255227004': 'recurrence', '73425007': 'inactive', '413322009': 'resolved',
};
const allergyStatuses: Readonly<Record<string, string>> = {
  active: 'active', recurrence: 'active', relapse: 'active', inactive: 'inactive', remission: 'inactive', resolved: 'resolved',
  '55561003': 'active', '90734009': 'active', '7087005': 'active', '255227004': 'active', '73425007': 'inactive', '413322009': 'resolved',
};
/** Status of the concern act, where there is no status observation. */
const concernStatuses: Readonly<Record<string, string>> = { active: 'active', completed: 'resolved', suspended: 'inactive', aborted: 'inactive' };
const verifications = new Set(['unconfirmed', 'provisional', 'differential', 'confirmed', 'refuted', 'entered-in-error']);
const allergyVerifications = new Set(['unconfirmed', 'confirmed', 'refuted', 'entered-in-error']);

/** Says that nothing is known, or that there is none: not a problem that could be over (5.1150.1, and SNOMED CT's). */
const nothing = new Set([
  'no-known-problems', 'no-problem-info', 'no-known-allergies', 'no-allergy-info', 'no-known-medication-allergies', 'no-known-food-allergies',
  'no-known-environmental-allergies', '160245001', '716186003', '409137002', '429625007', '428607008',
]);
const systemsOfNothing = new Set<unknown>([SYSTEM.absentUnknown, SYSTEM.snomed]);
export const saysNone = (found: readonly JsonObject[]): boolean => found.some(({ system, code }) => systemsOfNothing.has(system) && typeof code === 'string' && nothing.has(code));

/** A concept of a FHIR system that is told by a CDA code, with the CDA coding beside it when that is of another system. */
function mapped(system: string, code: string, value: XmlElement | undefined, entry: Entry): JsonObject {
  const others = codings(value).filter((coding) => coding.system !== system || coding.code !== code);
  const own = codings(value).find((coding) => coding.system === system && coding.code === code);
  // The French documents write HL7's codes under the OID of another of its value sets: the coding would only repeat the code.
  const kept = others.filter((coding) => coding.code !== code);
  return compact({ coding: [own ?? { system, code }, ...kept], text: value === undefined ? undefined : originalText(value, entry.reading) });
}

/** The verification of a statement: its certainty in the words of the document, unless it is denied, or taken back, otherwise. */
export function verification(of: 'condition' | 'allergy', parts: readonly Part[], denial: Denial | undefined, entry: Entry): { readonly code?: string; readonly concept?: JsonObject } {
  const system = of === 'condition' ? SYSTEM.conditionVerification : SYSTEM.allergyVerification;
  const value = valueOf(parts, 'certainty');
  const code = attribute(value, 'code');
  const verdict = denial === 'error' ? 'entered-in-error' : denial === 'denied' ? 'refuted' : undefined;
  if (verdict !== undefined && verdict !== code) return { code: verdict, concept: { coding: [{ system, code: verdict }] } };
  if (code === undefined || !(of === 'condition' ? verifications : allergyVerifications).has(code)) {
    if (code !== undefined) entry.reading.leftOut('a certainty that is not of the table');
    return {};
  }
  return { code, concept: mapped(system, code, value, entry) };
}

/** What tells the status of a problem or an allergy. */
export interface StatusFacts {
  readonly parts: readonly Part[];
  readonly concern: XmlElement | undefined;
  /** When it ended (dateTime), of the statement or its concern. */
  readonly end: string | undefined;
  readonly none: boolean;
  /** It stands in a list of active problems. */
  readonly listed?: boolean;
}

/** Own status, else over when its end is past, else that of the concern act, else that of the list it stands in; undefined when nothing tells it. */
export function clinicalStatus(of: 'condition' | 'allergy', facts: StatusFacts, entry: Entry): { readonly code?: string; readonly concept?: JsonObject } {
  const system = of === 'condition' ? SYSTEM.conditionClinical : SYSTEM.allergyClinical;
  if (facts.none) return { code: 'active', concept: { coding: [{ system, code: 'active' }] } };
  const value = valueOf(facts.parts, 'status');
  const written = attribute(value, 'code');
  const table = of === 'condition' ? conditionStatuses : allergyStatuses;
  const own = written !== undefined && Object.hasOwn(table, written) ? table[written] : undefined;
  if (own !== undefined) return { code: own, concept: mapped(system, own, value, entry) };
  if (written !== undefined) entry.reading.leftOut('a clinical status that is not of the table');
  const status = statusOf(facts.concern);
  const code = hasEnded(facts.end, entry) ? 'resolved' : status !== undefined && Object.hasOwn(concernStatuses, status) ? concernStatuses[status] : status === undefined && facts.listed ? 'active' : undefined;
  return code === undefined ? {} : { code, concept: { coding: [{ system, code }] } };
}

/** Severity (.29) as the document codes it. */
export const severity = (parts: readonly Part[], entry: Entry): JsonObject | undefined => concept(valueOf(parts, 'severity'), entry.reading);

const reactionSeverities: Readonly<Record<string, string>> = {
  '255604002': 'mild', '6736007': 'moderate', '24484000': 'severe', '371923003': 'moderate', '371924009': 'severe', '442452003': 'severe', L: 'mild', M: 'moderate', H: 'severe',
};
/** The severity of a reaction in the three codes of R4; a grade between two is the graver one. */
export function reactionSeverity(parts: readonly Part[]): string | undefined {
  const code = attribute(valueOf(parts, 'severity'), 'code');
  return code !== undefined && Object.hasOwn(reactionSeverities, code) ? reactionSeverities[code] : undefined;
}

const criticalities: Readonly<Record<string, string>> = {
  low: 'low', high: 'high', 'unable-to-assess': 'unable-to-assess', CRITL: 'low', CRITH: 'high', CRITU: 'unable-to-assess',
};
export function criticality(parts: readonly Part[], entry: Entry): string | undefined {
  const code = attribute(valueOf(parts, 'criticality'), 'code');
  if (code !== undefined && Object.hasOwn(criticalities, code)) return criticalities[code];
  if (stated(parts, 'criticality').length > 0) entry.reading.leftOut('a criticality that is not of the table');
  return undefined;
}
