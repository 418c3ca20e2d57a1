/**
 * What a CDA document becomes before anything is looked up: FHIR resources that refer to each other by `urn:uuid:` keys.
 * The submit operation decides which keys stand for known shared resources, then writes all of it in one step.
 */
import type { JsonObject } from '../fhir/json.js';
import type { Issue } from '../fhir/failure.js';
import type { XmlElement } from '../fhir/xml/tree.js';

export interface DraftResource {
  /** `urn:uuid:…`, what other drafts of the document refer to it by. */
  readonly key: string;
  /** With resourceType; without id and meta (the writer gives both). */
  readonly resource: JsonObject;
}

/** Somebody or something that the document names, as others refer to it. */
export interface Named {
  /** Of a stored resource, or `#…` where it is contained only. */
  readonly reference: string;
  /** The resource type, which a `#…` reference does not tell. */
  readonly type: string;
}

/** What the body of a document is mapped with: keys of the header's resources, by the role they play. */
export interface BodyContext {
  /** Reference (urn:uuid or otherwise) of the Patient, of the Encounter, of the custodian Organization. */
  readonly subject: string;
  readonly encounter?: string;
  readonly custodian?: string;
  /** References of the header's authors, in order. */
  readonly authors: readonly string[];
  /** The first professional author (PractitionerRole or Practitioner), for entries without an author of their own. */
  readonly professionalAuthor?: Named;
  /** Maps an `author`, `performer`, `participant` or `informant` element of the body to a reference, adding drafts as needed; undefined when it names nobody. */
  readonly person: (element: XmlElement) => Named | undefined;
  /** ClinicalDocument/effectiveTime as written (zone of entries without one), and as ms UTC. */
  readonly documentTime: { readonly literal: string; readonly at: number };
  readonly timeZone: string;
}

/** The resources of the body, the Composition first, and every entry or element that was not mapped, by its path. */
export interface BodyDraft {
  readonly resources: readonly DraftResource[];
  readonly issues: readonly Issue[];
}
