/** A problem (.37) in its concern (.39) or alone → Condition (french-interop 6.2). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../../terminology/systems.js';
import { codings, concept, conceptOrText } from '../../datatypes/codes.js';
import { child, children, compact } from '../../datatypes/elements.js';
import { spanOf, type Span } from '../../datatypes/intervals.js';
import { clinicalStatus, saysNone, severity, verification } from '../clinical-status.js';
import { denialWithin } from '../denial.js';
import { evidenceOf } from '../external-documents.js';
import { authoredAt, authorOf, informant, refer, TAKES } from '../people.js';
import type { Entry, Mapper } from '../scribe.js';
import { identifiers, notes, partsOf, speaks, stated, take, textIn, timeElement, withAuthor, type Part } from '../statements.js';
import type { Kind } from '../templates.js';
import { elementsRead, inlineNote, tellFurther, tellUnread } from '../unread.js';
import { allergiesOf } from './allergy.js';

const readOfConcern = elementsRead('informant');
const read = elementsRead('value targetSiteCode reference informant');
const taken: ReadonlySet<Kind> = new Set(['severity', 'status', 'patient status', 'certainty', 'comment']);

/** A concern act: what it wraps, problems and allergies, each with the status and the period of the act. */
export const concern: Mapper = (act, entry) => {
  tellUnread(act, readOfConcern, entry);
  const parts = partsOf(act, entry);
  const wrapped = parts.filter(({ kind }) => kind === 'problem' || kind === 'allergy');
  const shared = take(parts.filter(({ kind }) => kind !== 'problem' && kind !== 'allergy'), new Set<Kind>(['comment']), entry);
  return wrapped.flatMap(({ kind, statement }) => {
    if (!speaks(statement, entry)) return [];
    return kind === 'problem' ? conditionOf(statement, act, shared, entry) : allergiesOf(statement, act, shared, entry);
  });
};

/** A problem that stands in a section without a concern. */
export const problem: Mapper = (observation, entry) => conditionOf(observation, undefined, [], entry);

function conditionOf(observation: XmlElement, act: XmlElement | undefined, ofConcern: readonly Part[], entry: Entry): string[] {
  const { scribe, reading } = entry;
  const value = child(observation, 'value');
  const named = conceptOrText(value, reading);
  const code = named ?? textConcept(observation, entry);
  if (code === undefined) {
    reading.leftOut('a problem that is not named');
    return [];
  }
  tellUnread(observation, read, entry);
  tellFurther(observation, 'value', entry);
  const parts = take(partsOf(observation, entry), taken, entry);
  const none = saysNone(codings(value));
  const judged = verification('condition', parts, denialWithin(observation, act), entry);
  if (judged.code === 'refuted' && none) {
    reading.leftOut('a denial of "no known problem", which says nothing');
    return [];
  }
  const time = spanOf(timeElement(observation, act), reading);
  const status = judged.code === 'refuted' || judged.code === 'entered-in-error' ? {} : clinicalStatus('condition', { parts, concern: act, end: endOf(time), none, listed: entry.section.problems === 'active' }, entry);
  const evidence = evidenceOf(observation, entry);
  const resource: JsonObject = compact({
    resourceType: 'Condition',
    contained: evidence.contained,
    identifier: identifiers(observation),
    clinicalStatus: status.concept,
    verificationStatus: judged.concept,
    category: [categoryOf(observation, act, entry)].filter((category) => Object.keys(category).length > 0),
    severity: severity(parts, entry),
    code,
    bodySite: children(observation, 'targetSiteCode').map((site) => concept(site, reading)).filter((site) => site !== undefined),
    subject: { reference: scribe.context.subject },
    ...onset(time, status.code, judged.code === 'refuted', entry),
    recordedDate: authoredAt(observation, entry) ?? (act === undefined ? undefined : authoredAt(act, entry)),
    recorder: refer(authorOf(withAuthor(observation, act), TAKES.recorder, entry)),
    asserter: refer(informant(observation, TAKES.recorder, entry) ?? (act === undefined ? undefined : informant(act, TAKES.recorder, entry))),
    stage: stated(parts, 'patient status').flatMap(({ statement }) => {
      const summary = concept(child(statement, 'value'), reading);
      return summary === undefined ? [] : [{ summary }];
    }),
    evidence: evidence.evidence,
    note: [...(named === undefined ? [] : inlineNote(observation, entry)), ...notes([...parts, ...ofConcern], entry)],
  });
  const key = scribe.draft(resource);
  scribe.reasons.add(act === undefined ? [observation] : [observation, act], { key, codings: codings(value), denied: judged.code === 'refuted' || judged.code === 'entered-in-error' });
  return [key];
}

function textConcept(observation: XmlElement, entry: Entry): JsonObject | undefined {
  const text = textIn(observation, entry);
  return text === undefined ? undefined : { text };
}

/** What CDA calls the kind of problem; an item of the problem list where it is one: in a concern, or in a section of problems. */
function categoryOf(observation: XmlElement, act: XmlElement | undefined, { reading, section }: Entry): JsonObject {
  const kind = child(observation, 'code');
  const own = act === undefined && section.problems === undefined ? [] : [{ system: SYSTEM.conditionCategory, code: 'problem-list-item' }];
  return compact({ coding: [...codings(kind), ...own], text: concept(kind, reading)?.text });
}

/** When it ended; a moment is when it was met. */
const endOf = ({ end, moment }: Span): string | undefined => (moment ? undefined : end);

const over = new Set(['inactive', 'remission', 'resolved']);

/** FHIR knows an end only of what is inactive, in remission or resolved (con-4): any other end is named. What is denied never began. */
function onset(time: Span, status: string | undefined, denied: boolean, { reading }: Entry): JsonObject {
  const { start } = time;
  const end = endOf(time);
  if (denied) {
    if (start !== undefined || end !== undefined) reading.leftOut('the time of a problem that is denied');
    return {};
  }
  const isOver = status !== undefined && over.has(status);
  if (end !== undefined && !isOver) reading.leftOut(status === undefined ? 'the end of a problem that has no clinical status' : 'the end of a problem that is said to last');
  return compact({ onsetDateTime: start, abatementDateTime: isOver ? end : undefined });
}
