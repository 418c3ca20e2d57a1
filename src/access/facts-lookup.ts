/** What access facts need to know of other resources. The caller supplies it, so that resources of the step under way count too. */
import type { JsonObject } from '../fhir/json.js';
import { parseReference } from '../fhir/reference.js';
import type { IndexEntries } from '../search/entries.js';
import { object, systemValue, textOf, type SystemValue } from '../fhir/elements.js';

export interface ResourceId {
  readonly type: string;
  readonly id: string;
}

/** A resource as it is stored, with what its access row says; or as the step under way will write it. */
export type KnownResource =
  | { readonly resource: JsonObject; readonly owners: readonly string[]; readonly document?: string }
  | { readonly resource: JsonObject; readonly entries: IndexEntries };

export interface FactsLookup {
  /** FHIR bases that count as this server, without a slash at the end. */
  readonly bases: readonly string[];
  /** How dates without a zone are read. */
  readonly timeZone: string;
  /** Id of the Patient who bears this INS, also when they were deleted; undefined for any other identifier. */
  patientByIns(identifier: SystemValue): Promise<string | undefined>;
  /** Judged over all data; undefined when absent or deleted. */
  resource(key: ResourceId): Promise<KnownResource | undefined>;
  /** The same, but only what the writer may see. */
  visible(key: ResourceId): Promise<KnownResource | undefined>;
  /** Whether the writer may see this Patient, deleted or not. */
  person(id: string): Promise<boolean>;
  /** Id of the DocumentReference of the step under way whose attachment is this resource. */
  attachedTo?(key: ResourceId): string | undefined;
}

/** A Reference taken apart: at most one of the three ways to name something here, and its identifier. */
export interface ReadReference {
  readonly local?: ResourceId;
  /** Id of a contained resource. */
  readonly contained?: string;
  readonly identifier?: SystemValue;
}
export function readReference(reference: JsonObject | undefined, bases: readonly string[]): ReadReference {
  const parsed = parseReference(textOf(reference?.reference) ?? '', bases);
  const identifier = systemValue(object(reference?.identifier));
  return {
    ...(parsed?.form === 'local' ? { local: { type: parsed.type, id: parsed.id } } : {}),
    ...(parsed?.form === 'contained' ? { contained: parsed.id } : {}),
    ...(identifier ? { identifier } : {}),
  };
}
