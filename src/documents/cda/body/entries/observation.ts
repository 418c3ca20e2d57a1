/** Observations outside the laboratory: simple ones, social history, pregnancy, assessments, vital signs → Observation (french-interop 6.1, 6.7). */
import type { Json, JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../../terminology/systems.js';
import { concept, requiredConcept } from '../../datatypes/codes.js';
import { child, children, compact } from '../../datatypes/elements.js';
import { timeChoice } from '../../datatypes/intervals.js';
import { denialOf, statusOf } from '../denial.js';
import { imageOf } from '../images.js';
import { authorOf, named, performers, reference, refer, TAKES } from '../people.js';
import { withCode, type Entry, type Mapper } from '../scribe.js';
import { identifiers, leave, notes, partsOf, speaks, take, textIn, type Part } from '../statements.js';
import type { Kind } from '../templates.js';
import { elementsRead, inlineNote, tellUnread } from '../unread.js';
import { referenceRanges, valuesOf } from '../values.js';

const readHere = 'value interpretationCode methodCode targetSiteCode referenceRange performer component';
const read = elementsRead(readHere);
/** Of the laboratory, what its own mapper reads too. */
export const readOfLaboratory = elementsRead(`${readHere} participant specimen`);

/** Category of FHIR's own (observation-category), by the kind of entry. */
const categories: Readonly<Partial<Record<Kind, string>>> = {
  'vital sign': 'vital-signs', 'vital signs': 'vital-signs', 'social history': 'social-history', assessment: 'survey', assessments: 'survey',
};

export const categoryOf = (kind: Kind): JsonObject[] => {
  const code = categories[kind];
  return code === undefined ? [] : [{ coding: [{ system: SYSTEM.observationCategory, code }] }];
};

/** `statusCode` of an observation; one that is under way is preliminary once it has a value. */
function observationStatus(statement: XmlElement, hasValue: boolean): string {
  switch (statusOf(statement)) {
    case 'completed': return 'final';
    case 'active': return hasValue ? 'preliminary' : 'registered';
    case 'new': case 'held': case 'suspended': return 'registered';
    case 'aborted': case 'cancelled': return 'cancelled';
    default: return 'unknown';
  }
}

/** What all observations have in common. */
export interface ObservationOptions {
  readonly category: readonly JsonObject[];
  /** Members of the resource that the surroundings decide: performer, specimen, device. */
  readonly around: JsonObject;
  /** Time of the group that it stands in, where it has none. */
  readonly time?: JsonObject;
  readonly parts: readonly Part[];
  /** It stands in a group that was taken back: an error, as the group is. */
  readonly withdrawn?: boolean;
  /** Elements that are read of it; those of any observation, unless the mapper reads more. */
  readonly read?: ReadonlySet<string>;
  /** What it is called when it has no code. */
  readonly fallback?: string;
}

/** The Observation of one `observation` element, without its members. */
export function observationOf(observation: XmlElement, options: ObservationOptions, entry: Entry): JsonObject {
  const { scribe, reading } = entry;
  const denial = options.withdrawn === true ? 'error' : denialOf(observation);
  const negated = denial === 'denied';
  tellUnread(observation, options.read ?? read, entry);
  const image = denial === 'error' ? 'entered-in-error' : 'completed';
  const found = negated ? undefined : valuesOf(observation, entry);
  if (negated && children(observation, 'value').length > 0) reading.leftOut('the value of an observation that is denied');
  const own = concept(child(observation, 'code'), reading);
  const code = own ?? requiredConcept(child(observation, 'code'), reading, textIn(observation, entry) ?? options.fallback);
  const [method, ...methods] = children(observation, 'methodCode').map((element) => concept(element, reading)).filter((one) => one !== undefined);
  const [bodySite, ...bodySites] = children(observation, 'targetSiteCode').map((element) => concept(element, reading)).filter((one) => one !== undefined);
  if (methods.length > 0) reading.leftOut('further methods of an observation');
  if (bodySites.length > 0) reading.leftOut('further sites of an observation');
  const time = timeChoice('effective', child(observation, 'effectiveTime'), reading);
  const several = found?.several ?? [];
  return compact({
    resourceType: 'Observation',
    identifier: identifiers(observation),
    status: denial === 'error' ? 'entered-in-error' : observationStatus(observation, found !== undefined && Object.keys(found.value).length + several.length > 0),
    category: [...options.category],
    code,
    subject: { reference: scribe.context.subject },
    ...(Object.keys(time).length > 0 ? time : options.time),
    performer: options.around.performer,
    ...found?.value,
    dataAbsentReason: negated ? { coding: [{ system: SYSTEM.dataAbsent, code: 'not-performed' }] } : found?.absent,
    interpretation: negated ? [] : children(observation, 'interpretationCode').map((element) => concept(element, reading)).filter((one) => one !== undefined),
    note: [...(own === undefined ? [] : inlineNote(observation, entry)), ...notes(options.parts, entry)],
    bodySite,
    method,
    specimen: options.around.specimen,
    device: options.around.device,
    referenceRange: referenceRanges(observation, entry),
    derivedFrom: options.parts.filter(({ kind }) => kind === 'image').map(({ statement }) => imageOf(statement, image, entry)).filter((one) => one !== undefined).map((key) => ({ reference: key })),
    // Components of its own code, and so no value beside them (obs-7).
    component: several.map((value) => ({ code, ...value })),
  });
}

/** Performers of the statement, else its author. */
export function performersOf(statement: XmlElement, entry: Entry): JsonObject[] {
  const own = named(performers(statement), TAKES.observationPerformer, entry).map(reference);
  if (own.length > 0) return own;
  const author = refer(authorOf(statement, TAKES.observationPerformer, entry));
  return author === undefined ? [] : [author];
}

const taken: ReadonlySet<Kind> = new Set(['comment', 'image']);

const single = (kind: Kind): Mapper => (observation, whole) => {
  const entry = withCode(whole, observation);
  const parts = take(partsOf(observation, entry), taken, entry);
  return [entry.scribe.draft(observationOf(observation, { category: categoryOf(kind), around: { performer: performersOf(observation, entry) }, parts }, entry))];
};
export const simple = single('observation');
export const socialHistory = single('social history');
export const pregnancy = single('pregnancy');
export const assessment = single('assessment');
export const vitalSign = single('vital sign');

/** Why what stands in a group that is denied is not said: it was not performed, or not found. */
export const IN_DENIED = ', in a group that is denied';

/** A group: one Observation whose members are those of its components; of one that is denied nothing but that it was not performed. */
const group = (kind: Kind, members: ReadonlySet<Kind>): Mapper => (organizer, entry) => {
  const all = partsOf(organizer, entry);
  const denial = denialOf(organizer);
  const inner = all.filter((part) => part.kind !== undefined && members.has(part.kind));
  const parts = take(all.filter((part) => !inner.includes(part)), taken, entry);
  const time = timeChoice('effective', child(organizer, 'effectiveTime'), entry.reading);
  const performer = named(performers(organizer), TAKES.observationPerformer, entry).map(reference);
  const drawn = inner.flatMap((part) => {
    const { statement } = part;
    if (denial === 'denied') leave(statement, entry, IN_DENIED);
    if (denial === 'denied' || !speaks(statement, entry)) return [];
    const within = withCode(entry, statement);
    const own = performersOf(statement, within);
    const around = { performer: child(statement, 'performer') === undefined && performer.length > 0 ? performer : own };
    return [observationOf(statement, { category: categoryOf(part.kind ?? 'observation'), around, time, withdrawn: denial === 'error', parts: take(partsOf(statement, within), taken, within) }, within)];
  });
  const keys = (kind === 'vital signs' ? withBloodPressure(drawn) : drawn).map((resource) => entry.scribe.draft(resource));
  if (keys.length === 0 && (denial !== 'denied' || inner.length === 0)) return [];
  const whole = observationOf(organizer, {
    category: categoryOf(kind), around: { performer: performer.length > 0 ? performer : performersOf(organizer, entry) }, parts, fallback: 'Groupe d\'observations',
  }, entry);
  return [entry.scribe.draft(compact({ ...whole, hasMember: keys.map((key) => ({ reference: key })) }))];
};
export const vitalSigns = group('vital signs', new Set<Kind>(['vital sign', 'observation']));
export const assessments = group('assessments', new Set<Kind>(['assessment', 'observation']));
export const results = group('results', new Set<Kind>(['observation', 'vital sign']));

const systolic = '8480-6';
const diastolic = '8462-4';
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const hasLoinc = ({ code }: JsonObject, loinc: string): boolean => JSON.stringify(code).includes(`"system":"${SYSTEM.loinc}","code":"${loinc}"`);

/** One systolic and one diastolic pressure of one moment are the two components of a blood pressure (85354-9), as FHIR's own profile has it. */
function withBloodPressure(drawn: readonly JsonObject[]): JsonObject[] {
  const [upper, ...otherUppers] = drawn.filter((one) => hasLoinc(one, systolic));
  const [lower, ...otherLowers] = drawn.filter((one) => hasLoinc(one, diastolic));
  const ofOne = upper !== undefined && lower !== undefined && otherUppers.length + otherLowers.length === 0 &&
    upper.effectiveDateTime !== undefined && upper.effectiveDateTime === lower.effectiveDateTime && upper.status === lower.status && JSON.stringify(upper.performer) === JSON.stringify(lower.performer);
  if (!ofOne) return [...drawn];
  const component = ({ code, valueQuantity, dataAbsentReason, interpretation, referenceRange }: JsonObject): JsonObject =>
    compact({ code, valueQuantity, dataAbsentReason, interpretation, referenceRange });
  const plain = (one: JsonObject): boolean => one.component === undefined && Object.keys(one).every((name) => !name.startsWith('value') || name === 'valueQuantity');
  if (!plain(upper) || !plain(lower)) return [...drawn];
  const { method, bodySite, device, derivedFrom } = upper;
  const pressure = compact({
    resourceType: 'Observation', identifier: [...list(upper.identifier), ...list(lower.identifier)], status: upper.status, category: upper.category,
    code: { coding: [{ system: SYSTEM.loinc, code: '85354-9', display: 'Pression artérielle' }] }, subject: upper.subject, effectiveDateTime: upper.effectiveDateTime,
    performer: upper.performer, note: [...list(upper.note), ...list(lower.note)], bodySite: bodySite ?? lower.bodySite, method: method ?? lower.method, device, derivedFrom,
    component: [component(upper), component(lower)],
  });
  return drawn.flatMap((one) => (one === upper ? [pressure] : one === lower ? [] : [one]));
}

