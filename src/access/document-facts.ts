/** What a DocumentReference says about who may see the document and its chain of versions (rules 3.4 and 5.5). */
import { codingsOf, object, objects, systemValue, textOf } from '../fhir/elements.js';
import { fail } from '../fhir/failure.js';
import type { JsonObject } from '../fhir/json.js';
import { ActorReader, professionalKeys } from './actor-keys.js';
import type { ActorKey } from './actor.js';
import { normalDocumentIdentifier } from './document-identifier.js';
import type { DocumentFacts, VisibilityLabel } from './facts.js';
import { readReference, type FactsLookup } from './facts-lookup.js';

/** By code alone: the labels are met under several systems, misspelt ones among them (french-interop 2.7 and 10, points 8 to 10). */
const labelByCode = new Map<string, VisibilityLabel>([
  ['MASQUE_PS', 'MASQUE_PS'],
  ['INVISIBLE_PATIENT', 'INVISIBLE_PATIENT'],
  ['INVISIBLE_REPRESENTANTS_LEGAUX', 'INVISIBLE_REPRESENTANTS_LEGAUX'],
  ['INVISIBLE_REP_LEGAUX', 'INVISIBLE_REPRESENTANTS_LEGAUX'],
  ['INVISIBLE_REPRENSANTS_LEGAUX', 'INVISIBLE_REPRESENTANTS_LEGAUX'],
]);

/** @throws Failure visibility-conflict */
export function visibilityLabels(document: JsonObject): readonly VisibilityLabel[] {
  const labels = new Set<VisibilityLabel>();
  for (const { code } of codingsOf(document.securityLabel)) {
    const label = labelByCode.get((textOf(code) ?? '').toUpperCase());
    if (label) labels.add(label);
  }
  if (labels.has('MASQUE_PS') && labels.has('INVISIBLE_PATIENT')) throw fail('visibility-conflict', {}, { expression: ['DocumentReference.securityLabel'] });
  return [...labels];
}

const isReplacement = (relation: JsonObject): boolean => relation.code === 'replaces';

/**
 * Keys that this document shares with those it replaces. They begin with the person, so that no document can join, and
 * hide, the versions of another person's; the resource id stands beside the identifier, for chains made by reference.
 * @param document a DocumentReference with its id
 * @param subject id of the Patient that it is about, '' when none is known
 */
export function chainKeys(document: JsonObject, subject: string, bases: readonly string[]): readonly string[] {
  const keys = new Set([`${subject}|DocumentReference|${textOf(document.id) ?? ''}`]);
  const add = (identifier: JsonObject | undefined) => {
    const read = systemValue(identifier);
    if (!read) return;
    const { system, value } = normalDocumentIdentifier(read);
    keys.add(`${subject}|${system}|${value}`);
  };
  add(object(document.masterIdentifier));
  for (const relation of objects(document.relatesTo).filter(isReplacement)) {
    const target = object(relation.target);
    add(object(target?.identifier));
    const { local } = readReference(target, bases);
    if (local?.type === 'DocumentReference') keys.add(`${subject}|DocumentReference|${local.id}`);
  }
  return [...keys];
}

async function authorKeys(document: JsonObject, lookup: FactsLookup): Promise<readonly ActorKey[]> {
  const reader = new ActorReader(lookup);
  const authors = await Promise.all(objects(document.author).map((author) => reader.read(author, document)));
  return [...new Set(authors.flatMap(professionalKeys))];
}

/**
 * @param subject id of the Patient that the document is about, '' when none is known
 * @throws Failure visibility-conflict
 */
export async function documentFacts(document: JsonObject, subject: string, lookup: FactsLookup): Promise<DocumentFacts> {
  return { chainKeys: chainKeys(document, subject, lookup.bases), labels: visibilityLabels(document), authors: await authorKeys(document, lookup) };
}
