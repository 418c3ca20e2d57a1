/** An allergy (.41) in its concern (.40) → AllergyIntolerance, one for each agent (french-interop 6.3). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../../terminology/systems.js';
import { codings, concept, conceptOrText } from '../../datatypes/codes.js';
import { at, attribute, child, children, compact, inTable, textOf } from '../../datatypes/elements.js';
import { spanOf, type Span } from '../../datatypes/intervals.js';
import { clinicalStatus, criticality, reactionSeverity, saysNone, severity, verification } from '../clinical-status.js';
import { denialOf, denialWithin, WHY } from '../denial.js';
import { authoredAt, authorOf, informant, refer, TAKES } from '../people.js';
import type { Entry, Mapper } from '../scribe.js';
import { identifiers, leave, notes, partsOf, take, textIn, timeElement, withAuthor, type Part } from '../statements.js';
import type { Kind } from '../templates.js';
import { elementsRead, tellFurther, tellUnread } from '../unread.js';

/** Type and category by the code of the observation (SNOMED CT; the codes of HL7 v3 in older documents). */
const kinds: Readonly<Record<string, readonly [type: 'allergy' | 'intolerance' | undefined, category?: 'food' | 'medication' | 'environment' | 'biologic']>> = {
  '609328004': ['allergy'], '416098002': ['allergy', 'medication'], '414285001': ['allergy', 'food'], '426232007': ['allergy', 'environment'],
  '419199007': ['allergy'], '419511003': [undefined, 'medication'], '418471000': [undefined, 'food'], '418038007': [undefined], '420134006': [undefined],
  '609398007': ['intolerance', 'medication'], '59037007': ['intolerance', 'medication'], '782197009': ['intolerance'],
  '609406000': ['intolerance'], '235719002': ['intolerance', 'food'],
  ALG: ['allergy'], DALG: ['allergy', 'medication'], FALG: ['allergy', 'food'], EALG: ['allergy', 'environment'],
  DINT: ['intolerance', 'medication'], FINT: ['intolerance', 'food'], EINT: ['intolerance', 'environment'], OINT: ['intolerance'],
  DNAINT: ['intolerance', 'medication'], FNAINT: ['intolerance', 'food'], ENAINT: ['intolerance', 'environment'], NAINT: ['intolerance'],
};
/** What is absent tells its category too. */
const categoriesOfNone: Readonly<Record<string, string>> = {
  'no-known-medication-allergies': 'medication', 'no-known-food-allergies': 'food', 'no-known-environmental-allergies': 'environment',
};
const read = elementsRead('value participant informant');
const taken: ReadonlySet<Kind> = new Set(['severity', 'status', 'certainty', 'criticality', 'comment']);

/** An allergy that stands in a section without a concern. */
export const allergy: Mapper = (observation, entry) => allergiesOf(observation, undefined, [], entry);

export function allergiesOf(observation: XmlElement, act: XmlElement | undefined, ofConcern: readonly Part[], entry: Entry): string[] {
  const { scribe, reading } = entry;
  const value = child(observation, 'value');
  const none = saysNone([...codings(value), ...agentsOf(observation).flatMap((entity) => codings(child(entity, 'code')))]);
  tellUnread(observation, read, entry);
  tellFurther(observation, 'value', entry);
  for (const participant of children(observation, 'participant')) {
    const typeCode = attribute(participant, 'typeCode');
    if (typeCode !== 'CSM' && attribute(participant, 'nullFlavor') === undefined) reading.leftOut(`participant ${typeCode ?? ''}, for which the resource has no place`);
  }
  const [reactions, others] = split(partsOf(observation, entry));
  const parts = take(others, taken, entry);
  const judged = verification('allergy', parts, denialWithin(observation, act), entry);
  const denied = judged.code === 'refuted';
  if (denied && none) {
    reading.leftOut('a denial of "no known allergy", which says nothing');
    return [];
  }
  const time = spanOf(timeElement(observation, act), reading);
  const kind = kindOf(observation, value);
  const common = compact({
    clinicalStatus: statusConcept(judged.code, { parts, concern: act, end: time.moment ? undefined : time.end, none }, entry),
    verificationStatus: judged.concept,
    type: none ? undefined : kind.type,
    category: kind.category === undefined ? [] : [kind.category],
    criticality: criticality(parts, entry),
  });
  const after = compact({
    patient: { reference: scribe.context.subject },
    ...onset(time, denied, entry),
    recordedDate: authoredAt(observation, entry) ?? (act === undefined ? undefined : authoredAt(act, entry)),
    recorder: refer(authorOf(withAuthor(observation, act), TAKES.recorder, entry)),
    asserter: refer(informant(observation, TAKES.recorder, entry) ?? (act === undefined ? undefined : informant(act, TAKES.recorder, entry))),
    note: [...textNote(observation, entry), ...severityNote(parts, entry), ...notes([...parts, ...ofConcern], entry)],
    reaction: reactions.flatMap((reaction) => reactionOf(reaction.statement, denied, entry)),
  });
  return codesOf(observation, value, none, entry).map((code) => scribe.draft({ resourceType: 'AllergyIntolerance', ...optionalIds(observation), ...common, code, ...after }));
}

const optionalIds = (observation: XmlElement): JsonObject => compact({ identifier: identifiers(observation) });

const split = (parts: readonly Part[]): [Part[], Part[]] => {
  const reaction = ({ typeCode, kind }: Part): boolean => typeCode === 'MFST' && (kind === 'problem' || kind === undefined);
  return [parts.filter(reaction), parts.filter((part) => !reaction(part))];
};

/** R4 wants a status for all but errors (ait-1): a refuted allergy is inactive, one that nothing tells of is active. */
function statusConcept(verified: string | undefined, facts: Parameters<typeof clinicalStatus>[1], entry: Entry): JsonObject | undefined {
  if (verified === 'entered-in-error') return undefined;
  const only = (code: string): JsonObject => ({ coding: [{ system: SYSTEM.allergyClinical, code }] });
  if (verified === 'refuted') return only('inactive');
  return clinicalStatus('allergy', facts, entry).concept ?? only('active');
}

function kindOf(observation: XmlElement, value: XmlElement | undefined): { type?: string; category?: string } {
  const absent = codings(value).map(({ code }) => inTable(categoriesOfNone, String(code))).find((found) => found !== undefined);
  const found = codings(child(observation, 'code')).map(({ code }) => String(code)).find((code) => Object.hasOwn(kinds, code));
  const [type, category] = (found === undefined ? undefined : kinds[found]) ?? [];
  const known = absent ?? category;
  return { ...(type === undefined ? {} : { type }), ...(known === undefined ? {} : { category: known }) };
}

/** `playingEntity` of what was consumed. */
const agentsOf = (observation: XmlElement): XmlElement[] =>
  children(observation, 'participant').filter((participant) => attribute(participant, 'typeCode') === 'CSM').map((participant) => at(participant, 'participantRole', 'playingEntity')).filter((entity) => entity !== undefined);

/** The agents, each an allergy of its own; without one, the value, else the text of the statement, else what kind of allergy it is. */
function codesOf(observation: XmlElement, value: XmlElement | undefined, none: boolean, entry: Entry): JsonObject[] {
  const { reading } = entry;
  const ofValue = conceptOrText(value, reading);
  if (none && ofValue !== undefined && saysNone(codings(value))) {
    if (agentsOf(observation).length > 0) reading.leftOut('the agents of "no known allergy"');
    return [ofValue];
  }
  const agents = agentsOf(observation).flatMap((entity) => {
    const code = concept(child(entity, 'code'), reading);
    const name = textOf(child(entity, 'name'));
    if (code === undefined) return name === undefined ? [] : [{ text: name }];
    return [code.text === undefined && name !== undefined ? { ...code, text: name } : code];
  });
  if (agents.length > 0) return agents;
  const text = textIn(observation, entry);
  const other = ofValue ?? (text === undefined ? concept(child(observation, 'code'), reading) : { text });
  if (other === undefined) reading.leftOut('an allergy whose agent is not named');
  return other === undefined ? [] : [other];
}

/** What is denied never began. */
function onset({ start, end, moment }: Span, denied: boolean, { reading }: Entry): JsonObject {
  if (start === undefined && end === undefined) return {};
  if (denied) {
    reading.leftOut('the time of an allergy that is denied');
    return {};
  }
  return moment && start !== undefined ? { onsetDateTime: start } : { onsetPeriod: compact({ start, end }) };
}

function textNote(observation: XmlElement, entry: Entry): JsonObject[] {
  const text = textIn(observation, entry);
  return text === undefined ? [] : [{ text }];
}

/** R4 has a severity of reactions only; that of the allergy itself stays readable. */
function severityNote(parts: readonly Part[], entry: Entry): JsonObject[] {
  const found = severity(parts, entry);
  const [coding] = Array.isArray(found?.coding) ? found.coding : [];
  const display = found?.text ?? (typeof coding === 'object' && coding !== null && 'display' in coding ? coding.display : undefined);
  return typeof display === 'string' ? [{ text: `Sévérité : ${display}` }] : [];
}

/** A manifestation; none of an allergy that is denied, or that itself is denied. */
function reactionOf(observation: XmlElement, denied: boolean, entry: Entry): JsonObject[] {
  const { reading } = entry;
  const denial = denied ? 'denied' : denialOf(observation);
  if (denial !== undefined) {
    leave(observation, entry, WHY[denial]);
    return [];
  }
  const text = textIn(observation, entry);
  const manifestation = conceptOrText(child(observation, 'value'), reading) ?? (text === undefined ? undefined : { text });
  if (manifestation === undefined || saysNone(codings(child(observation, 'value')))) {
    reading.leftOut('a reaction that is not named');
    return [];
  }
  const parts = take(partsOf(observation, entry), new Set<Kind>(['severity', 'comment']), entry);
  const { start, end } = spanOf(child(observation, 'effectiveTime'), reading);
  if (end !== undefined && end !== start) reading.leftOut('the end of a reaction');
  return [compact({
    manifestation: [manifestation], description: text, onset: start, severity: reactionSeverity(parts), note: notes(parts, entry),
  })];
}
