/** What was taken (.77, .107) and what grew from it (the organism of an isolate) → Specimen (french-interop 6.6). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { concept } from '../../datatypes/codes.js';
import { attribute, child, children, compact } from '../../datatypes/elements.js';
import { spanOf, timeChoice } from '../../datatypes/intervals.js';
import { quantity } from '../../datatypes/quantities.js';
import { identifierOf, tokenOf } from '../../header/identifiers.js';
import { named, performers, TAKES } from '../people.js';
import type { Entry } from '../scribe.js';
import { identifiers, isEvent, isNegated, leave, notes, partsOf, stated, take } from '../statements.js';
import type { Kind } from '../templates.js';

/** The act of sampling says how and when, its product what. @returns the key; undefined when nothing was taken */
export function specimenOf(procedure: XmlElement, entry: Entry): string | undefined {
  const { scribe, reading } = entry;
  if (!isEvent(procedure) || isNegated(procedure)) {
    leave(procedure, entry, ', denied or not an event');
    return undefined;
  }
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
    note: notes(parts, entry),
  }));
}

/** The organism of an isolate, as a specimen of its own that comes from what was taken. */
export function isolateSpecimen(organizer: XmlElement, parent: string | undefined, entry: Entry): { readonly key: string; readonly organism: JsonObject | undefined } | undefined {
  const { scribe, reading } = entry;
  const role = child(child(organizer, 'specimen'), 'specimenRole');
  if (role === undefined) return undefined;
  const organism = concept(child(child(role, 'specimenPlayingEntity'), 'code'), reading);
  const key = scribe.specimen(compact({
    resourceType: 'Specimen', identifier: identifiers(role), type: organism, subject: { reference: scribe.context.subject }, parent: parent === undefined ? [] : [{ reference: parent }],
  }));
  return { key, organism };
}
