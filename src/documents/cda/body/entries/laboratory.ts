/** The laboratory (.21 and what is in it: .78, .79, .80) → Observations that hold each other (french-interop 6.6). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../../terminology/systems.js';
import { child, compact } from '../../datatypes/elements.js';
import { timeChoice } from '../../datatypes/intervals.js';
import { denialOf, statusOf } from '../denial.js';
import { laboratoryPeople, type LaboratoryPeople } from '../laboratory-people.js';
import { withCode, type Entry, type Mapper } from '../scribe.js';
import { idsOf, leave, partsOf, speaks, take, type Part } from '../statements.js';
import { kindOf, type Kind } from '../templates.js';
import { IN_DENIED, observationOf, readOfLaboratory } from './observation.js';
import { isolateIn, organismOf, specimenOf } from './specimen.js';

/** What a result has from the group around it. */
interface Around {
  readonly people: LaboratoryPeople;
  readonly specimen: string | undefined;
  readonly time: JsonObject;
  /** The group was taken back: all in it is an error. */
  readonly withdrawn: boolean;
}

const nothingAround: Around = { people: {}, specimen: undefined, time: {}, withdrawn: false };

const supportingInfo = 'http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo';
const memberKinds: ReadonlySet<Kind> = new Set(['battery', 'isolate', 'laboratory result']);
const otherKinds: ReadonlySet<Kind> = new Set(['comment', 'image']);

/** An entry of a chapter: one grouping Observation, a result of the report. */
export const laboratory: Mapper = (act, entry) => {
  if (denialOf(act) === 'denied') {
    leave(act, entry, ', denied');
    return [];
  }
  const key = groupOf(act, nothingAround, 'Examens de biologie médicale', entry);
  return key === undefined ? [] : [entry.scribe.result(key)];
};

/** A battery, an isolate or a result that stands in an entry of its own. */
export const laboratoryPart: Mapper = (statement, entry) => {
  const kind: Kind = statement.name === 'observation' ? 'laboratory result' : 'battery';
  const keys = memberOf({ typeCode: 'COMP', kind, statement, around: statement }, nothingAround, entry);
  return keys.map((key) => entry.scribe.result(key));
};

/** A group with its members; undefined for one that says nothing at all, of which no specimen is left either. */
function groupOf(statement: XmlElement, around: Around, fallback: string, entry: Entry): string | undefined {
  const { scribe } = entry;
  const denial = denialOf(statement);
  if (denial === 'denied') return deniedGroup(statement, around, fallback, entry);
  const before = scribe.resources.length;
  const withdrawn = around.withdrawn || denial === 'error';
  const parts = partsOf(statement, entry);
  const members = parts.filter(isMember);
  const specimens = specimensOf(parts, withdrawn, entry);
  const others = take(parts.filter((part) => !members.includes(part) && part.kind !== 'specimen'), otherKinds, entry);
  const { specimen, organism } = specimenNamed(statement, specimens, around, withdrawn, entry);
  const time = timeChoice('effective', child(statement, 'effectiveTime'), entry.reading);
  const within: Around = {
    people: laboratoryPeople(statement, around.people, entry),
    specimen,
    time: Object.keys(time).length > 0 ? time : around.time,
    withdrawn,
  };
  const keys = members.flatMap((member) => memberOf(member, within, entry));
  const status = statusOf(statement);
  if (keys.length === 0 && others.length === 0 && organism === undefined && (status === undefined || status === 'completed')) {
    scribe.forget(before);
    leave(statement, entry, ', without results');
    return undefined;
  }
  const observation = observationOf(statement, { category: categories(entry), around: membersOf(within), time: within.time, withdrawn, parts: others, fallback, read: readOfLaboratory }, entry);
  return scribe.draft(compact({ ...observation, valueCodeableConcept: organism, hasMember: keys.map((reference) => ({ reference })) }));
}

/** That a group was not performed, or that it was not found: neither what stands in it nor an organism, which are named. */
function deniedGroup(statement: XmlElement, around: Around, fallback: string, entry: Entry): string {
  const parts = partsOf(statement, entry);
  const others = parts.filter(({ kind }) => kind === 'comment');
  for (const part of parts) if (!others.includes(part)) leave(part.statement, entry, IN_DENIED);
  if (isolateIn(statement, entry)?.organism !== undefined) entry.reading.leftOut('the organism of an isolate that is denied');
  const within: Around = { ...around, people: laboratoryPeople(statement, around.people, entry) };
  return entry.scribe.draft(observationOf(statement, { category: categories(entry), around: membersOf(within), time: around.time, withdrawn: around.withdrawn, parts: take(others, otherKinds, entry), fallback, read: readOfLaboratory }, entry));
}

const specimensOf = (parts: readonly Part[], withdrawn: boolean, entry: Entry): string[] =>
  parts.filter(({ kind }) => kind === 'specimen').map(({ statement }) => specimenOf(statement, withdrawn, entry)).filter((key) => key !== undefined);

interface OfSpecimen {
  readonly specimen: string | undefined;
  /** What grew. */
  readonly organism?: JsonObject | undefined;
}

/**
 * The specimen of a group or a result: what it names, by an id of what was taken or as one of its own; else the only one around it (of
 * several none is that of a result which does not say so). That of an isolate is what grew from it.
 */
function specimenNamed(statement: XmlElement, sampled: readonly string[], around: Around, withdrawn: boolean, entry: Entry): OfSpecimen {
  const only = sampled.length > 1 ? undefined : sampled[0] ?? around.specimen;
  const said = isolateIn(statement, entry);
  if (said === undefined) return { specimen: only };
  const known = entry.scribe.specimenNamed(idsOf(said.role));
  if (kindOf(statement) === 'isolate' && (said.organism !== undefined || known === undefined)) {
    return { specimen: organismOf(said, known ?? sampled[0] ?? around.specimen, withdrawn, entry), organism: said.organism };
  }
  const silent = said.organism === undefined && idsOf(said.role).length === 0;
  return { specimen: known ?? (silent ? only : organismOf(said, undefined, withdrawn, entry)) };
}

const isMember = ({ kind, typeCode }: Part): boolean => kind !== undefined && memberKinds.has(kind) && typeCode !== 'REFR';

function memberOf({ kind, statement }: Part, around: Around, whole: Entry): string[] {
  const entry = withCode(whole, statement);
  if (!speaks(statement, whole)) return [];
  if (kind === 'laboratory result') return [resultOf(statement, around, entry)];
  const key = groupOf(statement, around, kind === 'isolate' ? 'Isolat microbiologique' : "Batterie d'examens", entry);
  return key === undefined ? [] : [key];
}

function resultOf(observation: XmlElement, around: Around, entry: Entry): string {
  const all = partsOf(observation, entry);
  const previous = all.filter(({ kind, typeCode, statement }) => typeCode === 'REFR' && statement.name === 'observation' && (kind === 'laboratory result' || kind === undefined) && denialOf(statement) === undefined);
  const withdrawn = around.withdrawn || denialOf(observation) === 'error';
  const specimens = specimensOf(all, withdrawn, entry);
  const parts = take(all.filter((part) => !previous.includes(part) && part.kind !== 'specimen'), otherKinds, entry);
  const { specimen } = specimenNamed(observation, specimens.slice(0, 1), around, withdrawn, entry);
  const within: Around = { people: laboratoryPeople(observation, around.people, entry), specimen, time: around.time, withdrawn };
  const { resourceType, ...found } = observationOf(observation, { category: categories(entry), around: membersOf(within), time: within.time, withdrawn, parts, read: readOfLaboratory }, entry);
  const contained = previous.map(({ statement }, at): JsonObject => ({
    ...observationOf(statement, { category: categories(entry), around: {}, parts: take(partsOf(statement, entry), new Set<Kind>(['comment']), entry), read: readOfLaboratory }, entry), id: `previous-${at + 1}`,
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
