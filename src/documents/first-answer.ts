/**
 * The answer of a submission, and the same answer again when the same bytes are pushed again. What is needed for it is
 * kept in the document's Provenance: its targets are the resources, and the outcome is contained in it. The Provenance
 * never changes, so the answer stays the first one, whatever has become of the document since.
 */
import type { Grant } from '../access/grant.js';
import { object, objects, textOf } from '../fhir/elements.js';
import { fail } from '../fhir/failure.js';
import { parseStored, writeJson, type Json, type JsonObject } from '../fhir/json.js';
import type { Store } from '../store/port.js';
import { outcomeUrl } from './cda/header/provenance.js';
import { drawnFrom } from './plans.js';

/** @param resources references; @param issues as FHIR writes them */
export function submissionParameters(document: string, resources: readonly string[], issues: readonly Json[]): string {
  const parameters: JsonObject = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'document', valueReference: { reference: `DocumentReference/${document}` } },
      ...resources.map((reference) => ({ name: 'resource', valueReference: { reference } })),
      { name: 'outcome', resource: { resourceType: 'OperationOutcome', issue: [...issues] } },
    ],
  };
  return writeJson(parameters);
}

const isOutcome = (extension: JsonObject): boolean => extension.url === outcomeUrl;

/** Another document that the submission changed is named only to those who may see it. */
async function mayBeNamed(store: Store, grant: Grant, reference: string, document: string): Promise<boolean> {
  const [type = '', id = ''] = reference.split('/');
  return type !== 'DocumentReference' || id === document || (await store.read(grant, { type, id })) !== undefined;
}

/**
 * @param grant of the caller, who may see the document
 * @param server of reach `everything`
 * @throws Failure document-known when the document was not submitted here
 */
export async function firstAnswer(store: Store, grant: Grant, server: Grant, document: string): Promise<string> {
  for (const { id, text } of await drawnFrom(store, server, document, ['Provenance'])) {
    const provenance = parseStored(text) as JsonObject;
    if (!objects(provenance.extension).some(isOutcome)) continue;
    const references = objects(provenance.target).map((target) => textOf(target.reference)).filter((reference) => reference !== undefined);
    const named = await Promise.all(references.map((reference) => mayBeNamed(store, grant, reference, document)));
    const outcome = objects(provenance.contained).find((contained) => contained.resourceType === 'OperationOutcome');
    return submissionParameters(document, [...references.filter((_, index) => named[index]), `Provenance/${id}`], objects(object(outcome)?.issue));
  }
  throw fail('document-known');
}
