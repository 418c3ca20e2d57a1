/** The Composition and the clinical resources of a level 3 document, among what was drawn from its header. */
import type { Issue } from '../fhir/failure.js';
import { newId } from '../fhir/id.js';
import type { JsonObject } from '../fhir/json.js';
import { mapBody } from './cda/body/map.js';
import { attribute, child } from './cda/datatypes/elements.js';
import { dateTime, instantOf } from './cda/datatypes/timestamps.js';
import { completeComposition } from './cda/header/composition.js';
import type { HeaderRoles } from './cda/header/document-reference.js';
import { identified, type People } from './cda/header/people.js';
import { headerReading } from './header-reading.js';
import type { SubmitSession } from './submission-shapes.js';

/** What a document has become so far. */
export interface Drawing {
  /** With their ids; references to drafts of the body and to what is contained only are still to be settled. */
  readonly resources: JsonObject[];
  readonly issues: Issue[];
  /** Keys of the body's drafts -> references. */
  readonly references: Map<string, string>;
}

export interface DocumentTime {
  readonly literal: string;
  /** ms UTC */
  readonly at: number;
  /** FHIR dateTime, when it can be read. */
  readonly text: string | undefined;
}

/** ClinicalDocument/effectiveTime as written and as an instant; the time of reception when it cannot be read. */
export function documentTime({ submission, input, zone }: SubmitSession, received: number): DocumentTime {
  const literal = attribute(child(submission.recognized.clinicalDocument, 'effectiveTime'), 'value') ?? '';
  const time = dateTime(literal, { zone, timeZone: input.timeZone });
  const at = time === undefined ? Number.NaN : instantOf(time);
  return { literal, at: Number.isNaN(at) ? received : at, text: time };
}

export interface BodyContextOfDocument {
  readonly patientReference: string;
  readonly encounter: string | undefined;
  readonly documentAt: DocumentTime;
  readonly consents: readonly string[];
  readonly category: readonly JsonObject[];
}

/** The Composition and the clinical resources. */
export function drawBody({ submission, input, zone, facts }: SubmitSession, roles: HeaderRoles, people: People, drawing: Drawing, context: BodyContextOfDocument): void {
  const { clinicalDocument } = submission.recognized;
  const professional = roles.authors.find((who) => who.kind === 'professional');
  const draft = mapBody(clinicalDocument, {
    subject: context.patientReference,
    ...(context.encounter === undefined ? {} : { encounter: context.encounter }),
    ...(roles.custodian === undefined ? {} : { custodian: people.organizationReference(roles.custodian) }),
    authors: roles.authors.map((who) => people.reference(who)),
    ...(professional === undefined ? {} : { professionalAuthor: people.named(professional) }),
    person: (element) => {
      const who = people.who(element);
      return who === undefined ? undefined : people.named(who);
    },
    documentTime: context.documentAt,
    timeZone: input.timeZone,
  });
  drawing.issues.push(...draft.issues);
  const reading = headerReading(zone, input.timeZone, drawing.issues);
  for (const { key, resource } of draft.resources) {
    const whole = resource.resourceType === 'Composition'
      ? completeComposition(resource, clinicalDocument, { people, reading, related: facts.related, category: context.category, consents: context.consents }) : resource;
    const id = newId();
    drawing.references.set(key, `${String(resource.resourceType)}/${id}`);
    drawing.resources.push(identified(whole, id));
  }
}
