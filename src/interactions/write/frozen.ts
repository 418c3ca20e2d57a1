/**
 * The index card of a document (DocumentReference with a master identifier) may be told more about: its labels, its
 * description, its category. What ties it to its document, to its person and to the other versions is the document's.
 */
import { sameJson, type JsonObject } from '../../fhir/json.js';

const tied = ['masterIdentifier', 'subject', 'relatesTo', 'content'] as const;

/** A card leaves its status for `entered-in-error` only: `superseded` is what a replacing document makes it. */
function statusMoves(before: JsonObject, after: JsonObject): boolean {
  return before.status !== after.status && after.status !== 'entered-in-error';
}

/** @returns names of the elements that differ and may not; empty for anything but a document's card */
export function frozenChanges(before: JsonObject, after: JsonObject): readonly string[] {
  if (before.resourceType !== 'DocumentReference' || before.masterIdentifier === undefined) return [];
  const changed: string[] = tied.filter((name) => !sameJson(before[name] ?? null, after[name] ?? null));
  return statusMoves(before, after) ? [...changed, 'status'] : changed;
}
