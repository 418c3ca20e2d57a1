/** What was taken (.77, .107) and what grew from it (the organism of an isolate) → Specimen (french-interop 6.6). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { concept } from '../../datatypes/codes.js';
import { attribute, child, children, compact, textOf } from '../../datatypes/elements.js';
import { spanOf, timeChoice } from '../../datatypes/intervals.js';
import { quantity } from '../../datatypes/quantities.js';
import { identifierOf, tokenOf } from '../../header/identifiers.js';
import { denialOf, WHY } from '../denial.js';
import { named, performers, TAKES } from '../people.js';
import type { Entry } from '../scribe.js';
import { identifiers, idsOf, leave, notes, partsOf, stated, take } from '../statements.js';
import type { Kind } from '../templates.js';
import { elementsRead, inlineNote, tellUnread } from '../unread.js';

const read = elementsRead('participant performer targetSiteCode methodCode');

/** The act of sampling says how and when, its product what. @returns the key; undefined when nothing was taken */
export function specimenOf(procedure: XmlElement, withdrawn: boolean, entry: Entry): string | undefined {
  const { scribe, reading } = entry;
  const denial = denialOf(procedure);
  if (denial !== undefined && denial !== 'error') {
    leave(procedure, entry, WHY[denial]);
    return undefined;
  }
  tellUnread(procedure, read, entry);
  const parts = take(partsOf(procedure, entry), new Set<Kind>(['specimen received', 'comment']), entry);
  const role = child(children(procedure, 'participant').find((participant) => attribute(participant, 'typeCode') === 'PRD'), 'participantRole');
  const entity = child(role, 'playingEntity');
  const received = spanOf(child(stated(parts, 'specimen received')[0]?.statement, 'effectiveTime'), reading);
  const accession = tokenOf(child(role, 'id'));
  const [collector, ...collectors] = named(performers(procedure), TAKES.collector, entry);
  if (collectors.length > 0) reading.leftOut('further people who took a specimen');
  return scribe.specimen(compact({
    resourceType: 'Specimen',
    identifier: identifiers(procedure),
    accessionIdentifier: accession === undefined ? undefined : identifierOf(accession),
    status: withdrawn || denial === 'error' ? 'entered-in-error' : undefined,
    type: concept(child(entity, 'code'), reading),
    subject: { reference: scribe.context.subject },
    receivedTime: received.start ?? received.end,
    collection: compact({
      collector: collector === undefined ? undefined : { reference: collector.reference },
      ...timeChoice('collected', child(procedure, 'effectiveTime'), reading),
      quantity: quantity(child(entity, 'quantity'), reading),
      method: concept(child(procedure, 'code'), reading) ?? concept(child(procedure, 'methodCode'), reading),
      bodySite: concept(child(procedure, 'targetSiteCode'), reading),
    }),
    note: [...inlineNote(procedure, entry), ...notes(parts, entry)],
  }), [...idsOf(procedure), ...idsOf(role)]);
}

/** What a group or a result says of its specimen: by code, else by name; of an isolate, what grew. */
export interface Isolate {
  readonly role: XmlElement;
  readonly organism: JsonObject | undefined;
}

export function isolateIn(organizer: XmlElement, { reading }: Entry): Isolate | undefined {
  const role = child(child(organizer, 'specimen'), 'specimenRole');
  if (role === undefined) return undefined;
  const entity = child(role, 'specimenPlayingEntity');
  const name = textOf(child(entity, 'name'));
  return { role, organism: concept(child(entity, 'code'), reading) ?? (name === undefined ? undefined : { text: name }) };
}

/** The organism as a specimen of its own that comes from what was taken. @returns its key */
export const organismOf = ({ role, organism }: Isolate, parent: string | undefined, withdrawn: boolean, { scribe }: Entry): string => scribe.specimen(compact({
  resourceType: 'Specimen', identifier: identifiers(role), status: withdrawn ? 'entered-in-error' : undefined, type: organism,
  subject: { reference: scribe.context.subject }, parent: parent === undefined ? [] : [{ reference: parent }],
}));
