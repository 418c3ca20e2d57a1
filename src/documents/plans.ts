/** The searches that documents need, as plans. */
import { bind, type Grant, type GrantedPlan } from '../access/grant.js';
import { metaOf } from '../fhir/body.js';
import { resourceTypes } from '../fhir/definitions.js';
import { textOf } from '../fhir/elements.js';
import type { Clause } from '../search/plan.js';
import type { Store, StoredVersion } from '../store/port.js';
import type { Token } from './cda/header/identifiers.js';

const page = 200;

function plan(grant: Grant, types: readonly string[], where: Clause, after?: string, asOf?: string): GrantedPlan {
  return bind(grant, {
    types, where, sort: [{ by: '_id', descending: false }], includes: [], total: 'none',
    page: { count: page, ...(after === undefined ? {} : { after }), ...(asOf === undefined ? {} : { asOf }) },
  });
}

/** Documents that relate to the one with this identifier, known or not (in any way: `code` is to be looked at). */
export const relatingTo = (grant: Grant, { system, value }: Token): GrantedPlan =>
  plan(grant, ['DocumentReference'], { kind: 'reference', param: 'DocumentReference.relatesto', target: { form: 'logical', system, value } });

/** Current documents of a person that bear this setId. */
export const ofSet = (grant: Grant, { system, value }: Token, patient: string): GrantedPlan =>
  plan(grant, ['DocumentReference'], {
    kind: 'and', of: [
      { kind: 'token', param: 'DocumentReference.identifier', system, code: value },
      { kind: 'token', param: 'DocumentReference.status', code: 'current' },
      { kind: 'compartment', patient },
    ],
  });

/** What a document made says so in `meta.source`; what was written through the API about it does not, and is not its own. */
function isDrawn({ text }: StoredVersion, document: string): boolean {
  return textOf(metaOf(text).source) === `DocumentReference/${document}`;
}

/** Everything of some types that was drawn from a document. */
export async function drawnFrom(store: Store, grant: Grant, document: string, types: readonly string[] = resourceTypes): Promise<StoredVersion[]> {
  const found: StoredVersion[] = [];
  let next: string | undefined;
  let asOf: string | undefined;
  do {
    const result = await store.search(plan(grant, types, { kind: 'drawn-from', document }, next, asOf));
    found.push(...result.matches.filter((match) => isDrawn(match, document)));
    next = result.next;
    asOf = result.asOf;
  } while (next !== undefined);
  return found;
}
