/** What the header adds to the Composition that the body gives (french-interop 2.2, 6.9). */
import { objects } from '../../../fhir/elements.js';
import type { Json, JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept } from '../datatypes/codes.js';
import { attribute, child, children, compact } from '../datatypes/elements.js';
import { periodOf } from '../datatypes/intervals.js';
import type { Reading } from '../datatypes/reading.js';
import { timeOf } from '../datatypes/timestamps.js';
import { eventsOf } from './events.js';
import { identifierOf, tokenOf } from './identifiers.js';
import type { RelatedDocument } from './document-facts.js';
import type { People } from './people.js';

const versionUrl = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Composition.version';
const clinicalDocumentIg = 'http://hl7.org/fhir/uv/fhir-clinical-document/StructureDefinition/';
const documentCore = 'https://interop.esante.gouv.fr/ig/fhir/document-core/StructureDefinition/';
const basedOnUrl = 'http://hl7.org/fhir/StructureDefinition/event-basedOn';

export interface CompositionContext {
  readonly people: People;
  readonly reading: Reading;
  readonly related: readonly RelatedDocument[];
  /** DocumentReference.category. */
  readonly category: readonly JsonObject[];
  /** References of the consents of the header. */
  readonly consents: readonly string[];
}

const participation = (code: string): JsonObject => ({ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code }] });

/** Who vouches for the document: CDA writes it with a time and somebody. */
function attester(element: XmlElement, mode: 'legal' | 'professional', { people, reading }: CompositionContext): JsonObject {
  const who = people.who(element);
  // Composition.attester.party takes no device: the organization behind it stands for it.
  const party = who === undefined ? undefined : who.kind === 'device' ? who.organization && people.organizationReference(who.organization) : people.reference(who);
  return compact({ mode, time: timeOf(child(element, 'time'), reading), party: party === undefined ? undefined : { reference: party } });
}

/** A point of time where CDA has a TS, a period where it has an interval. */
function timeExtension(element: XmlElement, reading: Reading): JsonObject[] {
  const time = child(element, 'time');
  const point = timeOf(time, reading);
  if (point !== undefined) return [{ url: 'time', valueDateTime: point }];
  const period = periodOf(time, reading);
  return period === undefined ? [] : [{ url: 'time', valuePeriod: period }];
}

/** An extension that names somebody: in which part, when, and whom. */
function partyExtension(name: string, element: XmlElement, usualType: string, { people, reading }: CompositionContext): JsonObject[] {
  const who = people.who(element);
  if (who === undefined) return [];
  const role = concept(child(element, 'functionCode'), reading);
  return [{
    url: `${clinicalDocumentIg}${name}`,
    extension: [
      { url: 'type', valueCodeableConcept: participation(attribute(element, 'typeCode') ?? usualType) },
      ...(role === undefined ? [] : [{ url: 'function', valueCodeableConcept: role }]),
      ...timeExtension(element, reading),
      { url: 'party', valueReference: { reference: people.reference(who) } },
    ],
  }];
}

/** Element of the header, its extension, and its participation type where CDA leaves it unsaid. */
const parties: readonly (readonly [element: string, extension: string, type: string])[] = [
  ['dataEnterer', 'data-enterer-extension', 'ENT'], ['informant', 'informant-extension', 'INF'],
  ['informationRecipient', 'information-recipient-extension', 'PRCP'], ['participant', 'ParticipantExtension', 'IND'],
];

function extensionsOf(clinicalDocument: XmlElement, context: CompositionContext): JsonObject[] {
  const version = attribute(child(clinicalDocument, 'versionNumber'), 'value');
  const orders = children(clinicalDocument, 'inFulfillmentOf').flatMap((fulfilled) => children(child(fulfilled, 'order'), 'id'));
  return [
    ...(version === undefined ? [] : [{ url: versionUrl, valueString: version }]),
    ...parties.flatMap(([element, extension, type]) => children(clinicalDocument, element).flatMap((one) => partyExtension(extension, one, type, context))),
    ...orders.map(tokenOf).flatMap((token) => (token === undefined ? [] : [{ url: basedOnUrl, valueReference: { type: 'ServiceRequest', identifier: identifierOf(token) } }])),
    ...context.consents.map((reference) => ({ url: `${clinicalDocumentIg}consent-extension`, valueReference: { reference } })),
  ];
}

/** Every documented act; the main one marked, each with who performed it. */
function eventsOfComposition(clinicalDocument: XmlElement, { people, reading }: CompositionContext): JsonObject[] {
  const { main, all } = eventsOf(clinicalDocument, reading);
  return all.map((event) => {
    const performer = children(event, 'performer').map((element) => people.who(element)).find((who) => who !== undefined);
    const code = concept(child(event, 'code'), reading);
    return compact({
      extension: [
        ...(event === main ? [{ url: `${documentCore}fr-is-principal-event-extension`, valueBoolean: true }] : []),
        ...(performer === undefined ? [] : [{ url: `${documentCore}fr-performer-event-extension`, valueReference: { reference: people.reference(performer) } }]),
      ],
      code: code === undefined ? [] : [code],
      period: periodOf(child(event, 'effectiveTime'), reading),
    });
  }).filter((event) => Object.keys(event).length > 0);
}

/** The authors as the body wrote them, in order, each with the time of their part. */
function authorsOf(written: Json | undefined, clinicalDocument: XmlElement, { people, reading }: CompositionContext): JsonObject[] {
  const times = children(clinicalDocument, 'author').filter((author) => people.who(author) !== undefined).map((author) => timeOf(child(author, 'time'), reading));
  return objects(written).map((author, index) => {
    const time = author.reference === undefined ? undefined : times[index];
    return time === undefined ? author : { extension: [{ url: `${documentCore}fr-author-time-extension`, valueDateTime: time }], ...author };
  });
}

/** @param composition as the body gives it; @returns it with what the header says */
export function completeComposition(composition: JsonObject, clinicalDocument: XmlElement, context: CompositionContext): JsonObject {
  const setId = tokenOf(child(clinicalDocument, 'setId'));
  const legal = children(clinicalDocument, 'legalAuthenticator').map((element) => attester(element, 'legal', context));
  const professional = children(clinicalDocument, 'authenticator').map((element) => attester(element, 'professional', context));
  return compact({
    ...composition,
    extension: [...objects(composition.extension), ...extensionsOf(clinicalDocument, context)],
    identifier: setId === undefined ? undefined : identifierOf(setId),
    category: [...(Array.isArray(composition.category) ? composition.category : []), ...context.category],
    author: authorsOf(composition.author, clinicalDocument, context),
    attester: [...legal, ...professional],
    relatesTo: context.related.map(({ code, identifier }) => ({ code, targetIdentifier: identifierOf(identifier) })),
    event: eventsOfComposition(clinicalDocument, context),
  });
}
