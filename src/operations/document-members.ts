/** What a document made of a Composition holds: https://hl7.org/fhir/R4/documents.html#content */
import { objects, textOf } from '../fhir/elements.js';
import type { Json, JsonObject } from '../fhir/json.js';
import { parseReference } from '../fhir/reference.js';

/** A resource by its name, and the version where the reference says one. */
export interface Member {
  readonly type: string;
  readonly id: string;
  readonly version?: string;
}

/** Elements of a Composition whose references belong to the document; a section has its own. */
const ofComposition = (composition: JsonObject): readonly (Json | undefined)[] => [
  composition.subject, composition.encounter, composition.author, ...objects(composition.attester).map(({ party }) => party), composition.custodian,
  ...objects(composition.event).map(({ detail }) => detail), ...objects(composition.section).flatMap(ofSection),
];
const ofSection = ({ author, focus, entry, section }: JsonObject): readonly (Json | undefined)[] => [author, focus, entry, ...objects(section).flatMap(ofSection)];

/** Who signs a document is a role: whose, and where. */
const ofRole = ({ practitioner, organization }: JsonObject): readonly (Json | undefined)[] => [practitioner, organization];

const elementsOf: Readonly<Record<string, ((resource: JsonObject) => readonly (Json | undefined)[]) | undefined>> = { Composition: ofComposition, PractitionerRole: ofRole };

/** Whether resources of the type bring others along. */
export const bringsMembers = (type: string): boolean => Object.hasOwn(elementsOf, type);

export interface Members {
  readonly here: readonly Member[];
  /** References to other servers, as they are written. */
  readonly elsewhere: readonly string[];
}

/** What a member brings into the document by reference, in the order of its elements, each once; contained resources are there already. */
export function membersOf(resource: JsonObject, bases: readonly string[]): Members {
  const texts = new Set((elementsOf[textOf(resource.resourceType) ?? '']?.(resource) ?? []).flatMap(objects).flatMap(({ reference }) => textOf(reference) ?? []));
  const here: Member[] = [];
  const elsewhere: string[] = [];
  for (const text of texts) {
    const parsed = parseReference(text, bases);
    if (parsed?.form === 'local') here.push({ type: parsed.type, id: parsed.id, ...(parsed.version === undefined ? {} : { version: parsed.version }) });
    else if (parsed?.form !== 'contained') elsewhere.push(text);
  }
  return { here, elsewhere };
}
