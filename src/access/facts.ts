/**
 * Access facts: what a resource says about who may see it, computed when it is written and kept by the store as access
 * rows. The row rules every version, tombstone and Binary of the resource (design 3.5).
 */
import type { VisibilityLabel } from '../fhir/visibility.js';
import type { ActorKey } from './actor.js';

export type { VisibilityLabel };

export interface AccessFacts {
  /**
   * public: every authenticated caller; owned: as its owners and document allow; subject: its owner and the operator
   * only (consents); private: no owner found, so the operator and the structure that wrote it only.
   */
  readonly exposure: 'public' | 'owned' | 'subject' | 'private';
  /** Ids of the Patients that it belongs to. Every one of them has to allow a professional. */
  readonly owners: readonly string[];
  /** Id of the DocumentReference that it was drawn from: labels, masks and authors of that document's chain rule it. */
  readonly document?: string;
  /** Structures (IdNat_Struct) that wrote it: added to those already known, never removed by an update. */
  readonly structures: readonly string[];
  /** Only on a DocumentReference. */
  readonly documentFacts?: DocumentFacts;
  /** Only on a Consent written through the API: replaces the rules that this Consent gave before. */
  readonly rules?: readonly ConsentRule[];
}

export interface DocumentFacts {
  /**
   * `<Patient id>|<system>|<value>` of its own master identifier and of the identifiers that it replaces, and the like of
   * resource ids: documents that share one are one chain. No two people's documents do.
   */
  readonly chainKeys: readonly string[];
  /** Labels of this version; those of the chain are their union. */
  readonly labels: readonly VisibilityLabel[];
  /** Authors, who see it in spite of MASQUE_PS. */
  readonly authors: readonly ActorKey[];
}

/** One rule of a consent in force; permits make no rule (deny wins). `from` and `until` are ms UTC, `until` exclusive. */
export interface ConsentRule {
  readonly effect: 'close' | 'block' | 'mask';
  readonly patient: string;
  /** block: always; mask: only when narrowed to an actor. Any of the keys. */
  readonly actors?: readonly ActorKey[];
  /** mask: id of a DocumentReference, whose whole chain is hidden. */
  readonly document?: string;
  readonly from: number;
  readonly until: number;
}
