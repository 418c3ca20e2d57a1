/** The laboratory (.21 and what is in it: .78, .79, .80) → Observations that hold each other (french-interop 6.6). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../../terminology/systems.js';
import { child, compact } from '../../datatypes/elements.js';
import { timeChoice } from '../../datatypes/intervals.js';
import { laboratoryPeople, type LaboratoryPeople } from '../laboratory-people.js';
import { withCode, type Entry, type Mapper } from '../scribe.js';
import { isEvent, isNegated, isOfSomebodyElse, leave, partsOf, statusOf, take, type Part } from '../statements.js';
import type { Kind } from '../templates.js';
import { observationOf } from './observation.js';
import { isolateSpecimen, specimenOf } from './specimen.js';

/** What a result has from the group around it. */
interface Around {
  readonly people: LaboratoryPeople;
  readonly specimen: string | undefined;
  readonly time: JsonObject;
}

const supportingInfo = 'http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo';
const memberKinds: ReadonlySet<Kind> = new Set(['battery', 'isolate', 'laboratory result']);
const otherKinds: ReadonlySet<Kind> = new Set(['comment', 'image']);

/** An entry of a chapter: one grouping Observation, a result of the report. */
export const laboratory: Mapper = (act, entry) => {
  if (isNegated(act)) {
    leave(act, entry, ', denied');
    return [];
  }
  const key = groupOf(act, { people: {}, specimen: undefined, time: {} }, 'Examens de biologie médicale', entry);
  return key === undefined ? [] : [entry.scribe.result(key)];
};

/** A battery, an isolate or a result that stands in an entry of its own. */
export const laboratoryPart: Mapper = (statement, entry) => {
  const kind: Kind = statement.name === 'observation' ? 'laboratory result' : 'battery';
  const keys = memberOf({ typeCode: 'COMP', kind, statement, around: statement }, { people: {}, specimen: undefined, time: {} }, entry);
  return keys.map((key) => entry.scribe.result(key));
};

/** A group with its members; undefined for one that says nothing at all. */
function groupOf(statement: XmlElement, around: Around, fallback: string, entry: Entry): string | undefined {
  const parts = partsOf(statement, entry);
  const members = parts.filter(isMember);
  const specimens = parts.filter(({ kind }) => kind === 'specimen').map(({ statement: specimen }) => specimenOf(specimen, entry)).filter((key) => key !== undefined);
  const others = take(parts.filter((part) => !members.includes(part) && part.kind !== 'specimen'), otherKinds, entry);
  const isolate = isolateSpecimen(statement, specimens[0] ?? around.specimen, entry);
  const time = timeChoice('effective', child(statement, 'effectiveTime'), entry.reading);
  const within: Around = {
    people: laboratoryPeople(statement, around.people, entry),
    // Of several specimens none is that of a result which does not say so.
    specimen: isolate?.key ?? (specimens.length > 1 ? undefined : specimens[0] ?? around.specimen),
    time: Object.keys(time).length > 0 ? time : around.time,
  };
  const keys = members.flatMap((member) => memberOf(member, within, entry));
  const status = statusOf(statement);
  if (keys.length === 0 && others.length === 0 && (status === undefined || status === 'completed')) {
    leave(statement, entry, ', without results');
    return undefined;
  }
  const observation = observationOf(statement, { category: categories(entry), around: membersOf(within), time: within.time, parts: others, fallback }, entry);
  return entry.scribe.draft(compact({
    ...observation, ...(isolate?.organism === undefined ? {} : { valueCodeableConcept: isolate.organism }), hasMember: keys.map((reference) => ({ reference })),
  }));
}

const isMember = ({ kind, typeCode }: Part): boolean => kind !== undefined && memberKinds.has(kind) && typeCode !== 'REFR';

function memberOf({ kind, statement }: Part, around: Around, whole: Entry): string[] {
  const entry = withCode(whole, statement);
  if (!isEvent(statement) || isOfSomebodyElse(statement)) {
    leave(statement, whole, isEvent(statement) ? ', about somebody else' : ', not an event');
    return [];
  }
  if (kind === 'laboratory result') return [resultOf(statement, around, entry)];
  const key = groupOf(statement, around, kind === 'isolate' ? 'Isolat microbiologique' : "Batterie d'examens", entry);
  return key === undefined ? [] : [key];
}

function resultOf(observation: XmlElement, around: Around, entry: Entry): string {
  const all = partsOf(observation, entry);
  const previous = all.filter(({ kind, typeCode, statement }) => typeCode === 'REFR' && statement.name === 'observation' && (kind === 'laboratory result' || kind === undefined) && isEvent(statement));
  const specimens = all.filter(({ kind }) => kind === 'specimen').map(({ statement }) => specimenOf(statement, entry)).filter((key) => key !== undefined);
  const parts = take(all.filter((part) => !previous.includes(part) && part.kind !== 'specimen'), otherKinds, entry);
  const within: Around = { people: laboratoryPeople(observation, around.people, entry), specimen: specimens[0] ?? around.specimen, time: around.time };
  const { resourceType, ...found } = observationOf(observation, { category: categories(entry), around: membersOf(within), time: within.time, parts }, entry);
  const contained = previous.map(({ statement }, at): JsonObject => ({
    ...observationOf(statement, { category: categories(entry), around: {}, parts: take(partsOf(statement, entry), new Set<Kind>(['comment']), entry) }, entry), id: `previous-${at + 1}`,
  }));
  return entry.scribe.draft(compact({
    resourceType, contained, extension: contained.map(({ id }) => ({ url: supportingInfo, valueReference: { reference: `#${String(id)}` } })), ...found,
  }));
}

function membersOf({ people, specimen }: Around): JsonObject {
  return compact({
    performer: [...(people.performers ?? []), ...(people.participants ?? []), ...(people.authors ?? [])], specimen: specimen === undefined ? undefined : { reference: specimen }, device: people.device,
  });
}

/** Laboratory, and the chapter that it stands in. */
const categories = ({ section }: Entry): JsonObject[] => [
  { coding: [{ system: SYSTEM.observationCategory, code: 'laboratory' }] },
  ...(section.chapter.length === 0 ? [] : [{ coding: [...section.chapter] }]),
];
