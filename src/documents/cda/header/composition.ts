/** What the header adds to the Composition that the body gives (french-interop 2.2, 6.9). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept } from '../datatypes/codes.js';
import { attribute, child, children, compact } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { periodOf, timeOf } from '../datatypes/timestamps.js';
import { eventsOf } from './events.js';
import { identifierOf, tokenOf } from './identifiers.js';
import type { RelatedDocument } from './document-facts.js';
import type { People } from './people.js';

const versionUrl = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Composition.version';
const clinicalDocumentIg = 'http://hl7.org/fhir/uv/fhir-clinical-document/StructureDefinition/';
const basedOnUrl = 'http://hl7.org/fhir/StructureDefinition/event-basedOn';

export interface CompositionContext {
  readonly people: People;
  readonly reading: Reading;
  readonly related: readonly RelatedDocument[];
}

/** Who vouches for the document: CDA writes it with a time and somebody. */
function attester(element: XmlElement, mode: 'legal' | 'professional', { people, reading }: CompositionContext): JsonObject {
  const who = people.who(element);
  // Composition.attester.party takes no device: the organization behind it stands for it.
  const party = who === undefined ? undefined : who.kind === 'device' ? who.organization?.stored : people.reference(who);
  return compact({ mode, time: timeOf(child(element, 'time'), reading), party: party === undefined ? undefined : { reference: party } });
}

/** An extension that names somebody, with a time where CDA writes one. */
function partyExtension(name: string, element: XmlElement, { people, reading }: CompositionContext): JsonObject[] {
  const who = people.who(element);
  if (who === undefined) return [];
  const time = child(element, 'time');
  const type = attribute(element, 'typeCode');
  const role = concept(child(element, 'functionCode'), reading);
  const period = periodOf(time, reading);
  return [{
    url: `${clinicalDocumentIg}${name}`,
    extension: [
      ...(type === undefined ? [] : [{ url: 'type', valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: type } }]),
      ...(role === undefined ? [] : [{ url: 'function', valueCodeableConcept: role }]),
      ...(period === undefined ? [] : [{ url: 'time', valuePeriod: period }]),
      { url: 'party', valueReference: { reference: people.reference(who) } },
    ],
  }];
}

function extensionsOf(clinicalDocument: XmlElement, context: CompositionContext): JsonObject[] {
  const version = attribute(child(clinicalDocument, 'versionNumber'), 'value');
  const named = (element: string, extension: string): JsonObject[] => children(clinicalDocument, element).flatMap((one) => partyExtension(extension, one, context));
  const orders = children(clinicalDocument, 'inFulfillmentOf').flatMap((fulfilled) => children(child(fulfilled, 'order'), 'id'));
  return [
    ...(version === undefined ? [] : [{ url: versionUrl, valueString: version }]),
    ...named('dataEnterer', 'data-enterer-extension'), ...named('informant', 'informant-extension'),
    ...named('informationRecipient', 'information-recipient-extension'), ...named('participant', 'ParticipantExtension'),
    ...orders.map(tokenOf).flatMap((token) => (token === undefined ? [] : [{ url: basedOnUrl, valueReference: { type: 'ServiceRequest', identifier: identifierOf(token) } }])),
  ];
}

/** The principal event, with who performed it. */
function eventOf(clinicalDocument: XmlElement, context: CompositionContext): JsonObject | undefined {
  const { codes, period } = eventsOf(clinicalDocument, context.reading);
  const event = compact({ code: [...codes], period });
  return Object.keys(event).length === 0 ? undefined : event;
}

const relations: Readonly<Record<RelatedDocument['code'], string>> = { replaces: 'replaces', transforms: 'transforms', appends: 'appends' };

/** @param composition as the body gives it; @returns it with what the header says */
export function completeComposition(composition: JsonObject, clinicalDocument: XmlElement, context: CompositionContext): JsonObject {
  const setId = tokenOf(child(clinicalDocument, 'setId'));
  const event = eventOf(clinicalDocument, context);
  const legal = children(clinicalDocument, 'legalAuthenticator').map((element) => attester(element, 'legal', context));
  const professional = children(clinicalDocument, 'authenticator').map((element) => attester(element, 'professional', context));
  const extensions = extensionsOf(clinicalDocument, context);
  return compact({
    ...composition,
    extension: [...(Array.isArray(composition.extension) ? composition.extension : []), ...extensions],
    identifier: setId === undefined ? undefined : identifierOf(setId),
    attester: [...legal, ...professional],
    relatesTo: context.related.map(({ code, identifier }) => ({ code: relations[code], targetIdentifier: identifierOf(identifier) })),
    event: event === undefined ? [] : [event],
  });
}
