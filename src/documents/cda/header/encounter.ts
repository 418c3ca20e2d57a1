/** `componentOf/encompassingEncounter` to an Encounter and its Location (french-interop 2.2). Real headers are sparse: nothing is invented, what is assumed is named. */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { TableCoding } from '../../../terminology/document-types.js';
import { encounterClass, facilityType, isAmbulatoryFacility } from '../../../terminology/header-codes.js';
import { codings, concept } from '../datatypes/codes.js';
import { at, attribute, child, children, compact } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { moved } from '../datatypes/widths.js';
import { periodOf } from '../datatypes/intervals.js';
import { addressesOf, said, telecomsOf } from './contacts.js';
import { identifierOf, structureIds, tokenOf } from './identifiers.js';
import type { People } from './people.js';

const nationalArc = /^1\.2\.250\.1\.71\.4\.2\.\d+$/;
const participationTypes = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

export interface EncounterContext {
  /** `Patient/…` */
  readonly subject: string;
  readonly people: People;
  readonly reading: Reading;
  /** ms UTC of the document, and of its reception. */
  readonly documentAt: number;
  readonly received: number;
  readonly own: (resource: JsonObject) => string;
  /** Something that was assumed. */
  readonly assumed: (what: string) => void;
}

interface Period {
  readonly start?: string;
  readonly end?: string;
}

/** The codings of the facility type: JDV_J02 first, its display the published one. */
export function facilityConcept(code: XmlElement | undefined, reading: Reading): JsonObject | undefined {
  const found = facilityType(attribute(code, 'code') ?? '');
  if (found === undefined) return concept(code, reading);
  return { coding: [{ ...found }, ...codings(code).filter((one) => one.code !== found.code)] };
}

/** @returns the reference of the Encounter; undefined without encompassingEncounter */
export function encounterOf(clinicalDocument: XmlElement, context: EncounterContext): string | undefined {
  const element = at(clinicalDocument, 'componentOf', 'encompassingEncounter');
  if (element === undefined) return undefined;
  const { subject, own, people, reading } = context;
  const period = periodOf(child(element, 'effectiveTime'), reading);
  const facility = at(element, 'location', 'healthCareFacility');
  const { class: encounterClassCoding, type } = classOf(element, period ?? {}, context);
  const provider = people.organization(child(facility, 'serviceProviderOrganization'));
  const location = locationOf(facility, context);
  const disposition = concept(child(element, 'dischargeDispositionCode'), reading);
  return own(compact({
    resourceType: 'Encounter',
    identifier: identifiersOf(element),
    status: statusOf(period ?? {}, context),
    class: { ...encounterClassCoding },
    type: type === undefined ? [] : [type],
    subject: { reference: subject },
    participant: participantsOf(element, context),
    period,
    hospitalization: disposition === undefined ? undefined : { dischargeDisposition: disposition },
    location: location === undefined ? [] : [{ location: { reference: location } }],
    serviceProvider: provider === undefined ? undefined : { reference: people.organizationReference(provider) },
  }));
}

/** An id under a national professional or structure OID (1.2.250.1.71.4.2.x) is somebody's number, never the number of an encounter. */
function identifiersOf(element: XmlElement): JsonObject[] {
  return children(element, 'id').flatMap((id) => {
    const root = attribute(id, 'root');
    const token = nationalArc.test(root ?? '') ? undefined : tokenOf(id);
    return token === undefined ? [] : [identifierOf(token)];
  });
}

function classOf(element: XmlElement, period: Period, { reading, assumed }: EncounterContext): { class: TableCoding; type?: JsonObject } {
  const code = child(element, 'code');
  const found = encounterClass(attribute(code, 'code') ?? '');
  if (found !== undefined) return found.type === undefined ? { class: found.class } : { class: found.class, type: { coding: [{ ...found.type }] } };
  const type = concept(code, reading);
  const guessed = guessedClass(element, period);
  assumed(`encompassingEncounter/code: Encounter.class is taken as ${guessed.code}`);
  return type === undefined ? { class: guessed } : { class: guessed, type };
}

function guessedClass(element: XmlElement, { start, end }: Period): TableCoding {
  const facility = attribute(at(element, 'location', 'healthCareFacility', 'code'), 'code') ?? '';
  const overnight = start !== undefined && end !== undefined && start.length >= 10 && end.length >= 10 && start.slice(0, 10) !== end.slice(0, 10);
  const code = !isAmbulatoryFacility(facility) && overnight ? 'IMP' : 'AMB';
  return encounterClass(code)?.class ?? { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code };
}

/** Over when its end is past, or, without an end, when the document was made after its start. */
function statusOf({ start, end }: Period, { documentAt, received }: EncounterContext): string {
  if (end !== undefined) return Date.parse(closeOf(end)) <= Math.max(received, documentAt) ? 'finished' : 'unknown';
  return start !== undefined && Date.parse(start) < documentAt ? 'finished' : 'unknown';
}

/** A year or a month counts to its own end. */
const closeOf = (end: string): string => (end.length < 10 ? moved(end, { count: end.length === 4 ? 12 : 1, of: 'month' }, 1) ?? end : end);

function participantsOf(element: XmlElement, { people, reading }: EncounterContext): JsonObject[] {
  const of = (participant: XmlElement, typeCode: string | undefined): JsonObject[] => {
    const who = people.who(participant);
    if (who === undefined || who.kind === 'patient' || who.kind === 'device' || who.kind === 'organization') return [];
    return [compact({
      type: typeCode === undefined ? [] : [{ coding: [{ system: participationTypes, code: typeCode }] }],
      period: periodOf(child(participant, 'time'), reading),
      individual: { reference: people.reference(who) },
    })];
  };
  return [
    ...children(element, 'responsibleParty').flatMap((party) => of(party, 'RESP')),
    ...children(element, 'encounterParticipant').flatMap((participant) => of(participant, attribute(participant, 'typeCode'))),
  ];
}

function locationOf(facility: XmlElement | undefined, { own, people, reading }: EncounterContext): string | undefined {
  if (facility === undefined) return undefined;
  const place = child(facility, 'location');
  const type = facilityConcept(child(facility, 'code'), reading);
  const [address] = addressesOf(place);
  const { identifiers, keys } = structureIds(facility);
  const managing = keys.length === 0 ? people.organization(child(facility, 'serviceProviderOrganization')) : undefined;
  const name = said(child(place, 'name'));
  if (type === undefined && address === undefined && name === undefined && identifiers.length === 0) return undefined;
  return own(compact({
    resourceType: 'Location', identifier: [...identifiers], name, mode: 'instance', type: type === undefined ? [] : [type],
    telecom: telecomsOf(place), address, managingOrganization: managing === undefined ? undefined : { reference: people.organizationReference(managing) },
  }));
}
