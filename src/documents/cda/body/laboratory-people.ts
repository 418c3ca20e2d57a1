/** Who made, validated and answers for a laboratory result, and with what device (french-interop 6.6). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { Named } from '../../draft.js';
import { concept } from '../datatypes/codes.js';
import { attribute, child, children, compact, textOf } from '../datatypes/elements.js';
import { authorOf, named, performers, TAKES } from './people.js';
import type { Entry } from './scribe.js';
import { identifiers } from './statements.js';

const actorUrl = 'https://interop.esante.gouv.fr/ig/fhir/document-core/StructureDefinition/fr-actor-extension';
const participationType = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

/** What of a group holds for its results too, unless they say otherwise; each a `performer` with what it is one as. */
export interface LaboratoryPeople {
  readonly performers?: readonly JsonObject[];
  readonly participants?: readonly JsonObject[];
  readonly authors?: readonly JsonObject[];
  readonly device?: JsonObject;
}

export function laboratoryPeople(statement: XmlElement, around: LaboratoryPeople, entry: Entry): LaboratoryPeople {
  const made = named(performers(statement), TAKES.observationPerformer, entry).map((who) => as(who, 'PRF'));
  const participants = children(statement, 'participant');
  const vouching = participants.filter((participant) => ['AUTHEN', 'RESP'].includes(attribute(participant, 'typeCode') ?? ''));
  const devices = participants.filter((participant) => attribute(participant, 'typeCode') === 'DEV');
  for (const participant of participants) {
    if (!vouching.includes(participant) && !devices.includes(participant)) entry.reading.leftOut(`a participant ${attribute(participant, 'typeCode') ?? ''} of a laboratory result`);
  }
  const vouched = vouching.flatMap((participant) => named([participant], TAKES.observationPerformer, entry).map((who) => as(who, 'PART', attribute(participant, 'typeCode'))));
  const written = named(children(statement, 'author'), TAKES.observationPerformer, entry).map((who) => as(who, 'AUT'));
  const device = deviceOf(devices, entry) ?? around.device;
  const found = {
    performers: made.length > 0 ? made : around.performers ?? [], participants: vouched.length > 0 ? vouched : around.participants ?? [], authors: written.length > 0 ? written : around.authors ?? [],
    ...(device === undefined ? {} : { device }),
  };
  if (found.performers.length + found.participants.length + found.authors.length > 0) return found;
  const author = authorOf(statement, TAKES.observationPerformer, entry);
  return author === undefined ? found : { ...found, authors: [as(author, 'AUT')] };
}

/** A performer with the French extension that says what they are one as. */
function as({ reference }: Named, type: 'PRF' | 'AUT' | 'PART', code?: string): JsonObject {
  return {
    extension: [{
      url: actorUrl,
      extension: [
        { url: 'type', valueCode: type },
        ...(code === undefined ? [] : [{ url: 'typeCode', valueCodeableConcept: { coding: [{ system: participationType, code }] } }]),
        { url: 'actor', valueReference: { reference } },
      ],
    }],
    reference,
  };
}

function deviceOf(participants: readonly XmlElement[], entry: Entry): JsonObject | undefined {
  const { scribe, reading } = entry;
  const keys = participants.flatMap((participant) => {
    const role = child(participant, 'participantRole');
    const device = child(role, 'playingDevice');
    const name = textOf(child(child(role, 'playingEntity'), 'name')) ?? textOf(child(device, 'softwareName'));
    const model = textOf(child(device, 'manufacturerModelName'));
    const resource = compact({
      identifier: role === undefined ? [] : identifiers(role),
      deviceName: [...(name === undefined ? [] : [{ name, type: 'user-friendly-name' }]), ...(model === undefined ? [] : [{ name: model, type: 'model-name' }])],
      type: concept(child(device, 'code') ?? child(child(role, 'playingEntity'), 'code'), reading),
    });
    if (Object.keys(resource).length === 0) reading.leftOut('a device that is not named');
    return Object.keys(resource).length === 0 ? [] : [scribe.draft({ resourceType: 'Device', ...resource })];
  });
  if (keys.length > 1) reading.leftOut('further devices of a laboratory result');
  return keys[0] === undefined ? undefined : { reference: keys[0] };
}
