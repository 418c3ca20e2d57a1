/** What every clinical statement has: mood, negation, ids, status, and the parts that hang on it. */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { narrated } from '../datatypes/codes.js';
import { attribute, child, children, compact, elements } from '../datatypes/elements.js';
import { timeOf } from '../datatypes/timestamps.js';
import { identifierOf, tokenOf } from '../header/identifiers.js';
import { denialOf, isNegated, silence, verdictOf, WHY } from './denial.js';
import { named, TAKES } from './people.js';
import { codeOf, type Entry } from './scribe.js';
import { kindOf, templateOf, type Kind } from './templates.js';

/** The statement is about somebody else: it has a subject of its own. */
export const isOfSomebodyElse = (statement: XmlElement): boolean => {
  const subject = child(statement, 'subject');
  return subject !== undefined && attribute(subject, 'nullFlavor') === undefined && attribute(child(subject, 'relatedSubject'), 'classCode') !== 'PAT';
};

/** The clinical statement inside an `entry`, `entryRelationship` or `component`. */
export const statementIn = (element: XmlElement): XmlElement | undefined => elements(element).find(({ name }) => statementNames.has(name));
const statementNames = new Set(['act', 'encounter', 'observation', 'observationMedia', 'organizer', 'procedure', 'regionOfInterest', 'substanceAdministration', 'supply']);

export interface Part {
  readonly typeCode: string;
  readonly kind: Kind | undefined;
  readonly statement: XmlElement;
  /** The `entryRelationship` or `component` around it. */
  readonly around: XmlElement;
}

/**
 * What hangs on a statement: `entryRelationship`s, and the `component`s of an organizer, in document order. A relationship that
 * is denied (its own `negationInd`) says that its part does not hang on the statement: the part is named and never given.
 */
export function partsOf(statement: XmlElement, entry: Entry): Part[] {
  const parts: Part[] = [];
  for (const around of elements(statement)) {
    if (around.name !== 'entryRelationship' && around.name !== 'component') continue;
    const inner = statementIn(around);
    if (inner === undefined) continue;
    if (isNegated(around)) leave(inner, entry, ', in a relationship that is denied');
    else if (attribute(around, 'nullFlavor') !== undefined) leave(inner, entry, ', in a relationship that bears a null flavour');
    else parts.push({ typeCode: attribute(around, 'typeCode') ?? 'COMP', kind: kindOf(inner), statement: inner, around });
  }
  return parts;
}

/** Attributes: one that is no fact says nothing of its statement. */
const attributes: ReadonlySet<Kind> = new Set(['severity', 'status', 'patient status', 'certainty', 'criticality', 'rank', 'antigen', 'age']);
/** Words about a statement, in whatever mood: an instruction is one of what is to be done. */
const words: ReadonlySet<Kind> = new Set(['comment', 'patient instruction', 'dispenser instruction']);

/** Splits the parts by what is taken, and names the others; a certainty that took its statement back is heard already ({@link denialOf}). */
export function take(parts: readonly Part[], kinds: ReadonlySet<Kind>, entry: Entry): Part[] {
  return parts.filter(({ kind, statement }) => {
    const taken = kind !== undefined && kinds.has(kind);
    const why = taken ? unsaid(statement, kind) : '';
    if (why === undefined) return true;
    if (taken || verdictOf(statement) === undefined) leave(statement, entry, why);
    return false;
  });
}

/** Why a part that is taken says nothing of its statement. */
function unsaid(statement: XmlElement, kind: Kind): string | undefined {
  if (attributes.has(kind)) {
    const denial = denialOf(statement);
    return denial === undefined ? undefined : WHY[denial];
  }
  if (silence(statement) === 'null') return WHY.null;
  return words.has(kind) && isNegated(statement) ? WHY.denied : undefined;
}

/** The members of a group that can be said: what is silent, or about somebody else, is named. */
export function speaks(statement: XmlElement, entry: Entry): boolean {
  const silent = silence(statement);
  if (silent === undefined && !isOfSomebodyElse(statement)) return true;
  leave(statement, entry, silent === undefined ? ', about somebody else' : silent === 'mood' ? ', not an event' : WHY.null);
  return false;
}

/** Names a part that is kept as narrative only. */
export function leave(statement: XmlElement, { reading }: Entry, why = ''): void {
  const code = codeOf(statement);
  reading.leftOut(`a part ${templateOf(statement)} (${statement.name}${code === undefined ? '' : ` ${code}`}${why})`);
}

/** The identifiers of a statement, each once. */
export function identifiers(statement: XmlElement): JsonObject[] {
  const found: JsonObject[] = [];
  for (const id of children(statement, 'id')) {
    const token = tokenOf(id);
    if (token !== undefined && !found.some(({ system, value }) => system === token.system && value === token.value)) found.push(identifierOf(token));
  }
  return found;
}

/** The ids of an element, to compare with those of others. */
export const idsOf = (element: XmlElement | undefined): string[] =>
  children(element, 'id').map(tokenOf).filter((token) => token !== undefined).map(({ system, value }) => `${system}|${value}`);

/** `text` of a statement, inline or in the narrative. */
export const textIn = (statement: XmlElement, { reading }: Entry): string | undefined => narrated(child(statement, 'text'), reading);

/** The comments (.32) among the parts, as Annotations with their author and time. */
export function notes(parts: readonly Part[], entry: Entry): JsonObject[] {
  return parts.flatMap(({ kind, statement }) => {
    const text = kind === 'comment' ? textIn(statement, entry) : undefined;
    if (text === undefined) return [];
    const [author] = named(children(statement, 'author'), annotators, entry);
    return [compact({ authorReference: author === undefined ? undefined : { reference: author.reference }, time: timeOf(child(child(statement, 'author'), 'time'), entry.reading), text })];
  });
}
const annotators: ReadonlySet<string> = new Set([...TAKES.recorder, 'Organization']);

/** The parts of one kind that state something ({@link take} names the others). */
export const stated = (parts: readonly Part[], kind: Kind): Part[] => parts.filter((part) => part.kind === kind && denialOf(part.statement) === undefined);

/** The `value` of the first stated part of a kind. */
export const valueOf = (parts: readonly Part[], kind: Kind): XmlElement | undefined => child(stated(parts, kind)[0]?.statement, 'value');

/**
 * Whether an end (a FHIR dateTime) is at or before the time of the document, to the shorter precision of the two. A year or a month
 * counts to its own end: what ends "in 2026" has not ended in March 2026.
 */
export function hasEnded(end: string | undefined, { scribe: { now, context } }: Entry): boolean {
  if (end === undefined) return false;
  if (end.includes('T') && now.includes('T')) return Date.parse(end) <= context.documentTime.at;
  const length = Math.min(end.length, now.length, 10);
  const [written, document] = [end.slice(0, length), now.slice(0, length)];
  return end.length < 10 && end.length < now.length ? written < document : written <= document;
}

/** Whether a start (a FHIR dateTime) is after the time of the document, to the shorter precision of the two. */
export function isToCome(start: string | undefined, { scribe: { now, context } }: Entry): boolean {
  if (start === undefined) return false;
  if (start.includes('T') && now.includes('T')) return Date.parse(start) > context.documentTime.at;
  const length = Math.min(start.length, now.length, 10);
  return start.slice(0, length) > now.slice(0, length);
}

/** The statement whose own author counts: the observation, else its concern. */
export const withAuthor = (observation: XmlElement, act: XmlElement | undefined): XmlElement =>
  (act !== undefined && child(observation, 'author') === undefined ? act : observation);

/** The period of the statement, else that of its concern. */
export function timeElement(observation: XmlElement, act: XmlElement | undefined): XmlElement | undefined {
  const own = child(observation, 'effectiveTime');
  const around = child(act, 'effectiveTime');
  return own !== undefined && (says(own) || around === undefined || !says(around)) ? own : around;
}
const says = (time: XmlElement): boolean =>
  attribute(time, 'value') !== undefined || ['low', 'high', 'center'].some((name) => attribute(child(time, name), 'value') !== undefined);
