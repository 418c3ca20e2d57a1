/**
 * `_security` also finds the labels that a resource does not bear itself: what was drawn from a document follows the labels of its
 * chain, which a read shows in `meta.security`. They stand in no index entry, for they change without the resource.
 */
import { visibilityCodes, visibilitySystem, type VisibilityLabel } from '../../fhir/visibility.js';
import type { Clause } from '../plan.js';

/** Follows a label, whichever. */
export const followsAny: Clause = { kind: 'labelled', labels: visibilityCodes };

interface Asked { readonly system?: string; readonly codes?: readonly string[] }
const labelsAsked = ({ system = visibilitySystem, codes }: Asked): readonly VisibilityLabel[] =>
  (system === visibilitySystem ? visibilityCodes.filter((label) => codes?.includes(label) ?? true) : []);

/** @param clause a criterion on `_security`, as it is asked of index entries */
export function withFollowed(clause: Clause): Clause {
  switch (clause.kind) {
    case 'and':
    case 'or': return { kind: clause.kind, of: clause.of.map(withFollowed) };
    case 'not': return { kind: 'not', of: withFollowed(clause.of) };
    case 'token': return orLabelled(clause, labelsAsked({ ...(clause.system === undefined ? {} : { system: clause.system }), ...(clause.code === undefined ? {} : { codes: [clause.code] }) }));
    case 'tokens': return orLabelled(clause, visibilityCodes.filter((label) => clause.groups.some((group) => labelsAsked(group).includes(label))));
    case 'missing': return clause.missing ? { kind: 'and', of: [clause, { kind: 'not', of: followsAny }] } : { kind: 'or', of: [clause, followsAny] };
    default: return clause;
  }
}
const orLabelled = (clause: Clause, labels: readonly VisibilityLabel[]): Clause => (labels.length === 0 ? clause : { kind: 'or', of: [clause, { kind: 'labelled', labels }] });

/** The clause without what follows: the labels that resources were written with. */
export function ownLabels(clause: Clause): Clause {
  switch (clause.kind) {
    case 'and':
    case 'or': return { kind: clause.kind, of: clause.of.map(ownLabels) };
    case 'not': return { kind: 'not', of: ownLabels(clause.of) };
    case 'labelled': return { kind: 'none' };
    default: return clause;
  }
}
