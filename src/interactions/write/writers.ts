/** Who may write what (rules 4.1, 5.3). Judged before anything is looked up, so that a refusal tells nothing of the data. */
import type { Grant } from '../../access/grant.js';
import { fail } from '../../fhir/failure.js';
import type { Claim } from '../../store/port.js';

type ActorKind = Grant['actor']['kind'];

const refusals: Readonly<Record<ActorKind, (type: string) => string | undefined>> = {
  operator: () => undefined,
  patient: (type) => (type === 'Consent' ? undefined : 'A patient writes their own Consent, and nothing else.'),
  professional: () => 'A professional reads. What a professional has to say comes through the software of their structure.',
  system: (type) => (type === 'SearchParameter' ? 'Search parameters are defined by the operator.' : type === 'Consent' ? 'A Consent is written by the person whom it is about, or by the operator.' : undefined),
};

/** @throws Failure forbidden */
export function requireWriter({ actor }: Grant, type: string): void {
  const reason = refusals[actor.kind](type);
  if (reason !== undefined) throw fail('forbidden', { reason });
}

/**
 * A patient writes about themselves only.
 * @param owners ids of the Patients that the resource belongs to
 * @throws Failure forbidden
 */
export function requireOwn({ reach }: Grant, owners: readonly string[]): void {
  if (reach.kind !== 'patient') return;
  if (reach.patient === undefined || owners.length !== 1 || owners[0] !== reach.patient) {
    throw fail('forbidden', { reason: 'A patient writes their own Consent, and nothing else.' });
  }
}

/** National identifiers: whoever bears one is shared by all structures. */
const nationalKinds: ReadonlySet<string> = new Set(['patient-ins', 'practitioner', 'practitioner-role', 'organization']);

/** What a write would change of an identity, and of what structures share. */
export interface IdentityChange {
  /** Claims that the current version holds and the new one does not. */
  readonly lost: readonly Claim[];
  /** Names of the traits of an identified Patient that the new version contradicts. */
  readonly contradicted: readonly string[];
  /** Elements that only the operator changes: see `reserved.ts`. */
  readonly reserved: readonly string[];
}

const isNational = ({ kind }: Claim): boolean => nationalKinds.has(kind);

const reservedReasons: Readonly<Record<string, string>> = {
  Patient: 'Software changes neither the INS nor the identity traits of a Patient who bears an INS: the operator does.',
};
const reservedReason = (type: string): string => reservedReasons[type]
  ?? `Software fills what a ${type} lacks: it neither changes what stands in one that bears a national identifier, nor adds, changes or removes such an identifier. The operator does.`;

/**
 * Whom a national identifier stands for is the operator's to correct (rules 2.4): any structure may add what it knows,
 * none may turn a shared resource into somebody else.
 * @throws Failure identity-contradiction, forbidden
 */
export function requireSameIdentity({ actor }: Grant, type: string, { contradicted, reserved }: IdentityChange): void {
  if (actor.kind === 'operator') return;
  if (contradicted.length > 0) throw fail('identity-contradiction', { trait: contradicted.join(' and the ') });
  if (reserved.length > 0) throw fail('forbidden', { reason: reservedReason(type) }, { expression: reserved.map((name) => `${type}.${name}`) });
}

/** Types whose resources other structures build upon once they bear a national identifier. */
export const isShared = (type: string): boolean => sharedTypes.has(type);
const sharedTypes: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization']);

/** @param held claims of the resource that is about to be deleted. @throws Failure forbidden */
export function requireDeletable({ actor }: Grant, type: string, held: readonly Claim[]): void {
  if (actor.kind === 'system' && held.some(isNational)) throw fail('forbidden', { reason: `Only the operator deletes a ${type} that bears a national identifier.` });
}
