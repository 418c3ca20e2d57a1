/** Codes that say there is none, or that nothing is known (5.1150.1), of what has no resource for it: the section is empty, and says why. */
import type { JsonObject } from '../../../fhir/json.js';
import { SYSTEM } from '../../../terminology/systems.js';

/** list-empty-reason (https://hl7.org/fhir/R4/valueset-list-empty-reason.html). */
const reasons: Readonly<Record<string, string>> = {
  'no-known-immunizations': 'nilknown', 'no-immunization-info': 'unavailable',
  'no-known-medications': 'nilknown', 'no-medication-info': 'unavailable',
  'no-known-procedures': 'nilknown', 'no-procedure-info': 'unavailable',
};

/** Why a section is empty, when a statement in it bears such a code. */
export function emptyReason(found: readonly JsonObject[]): string | undefined {
  for (const { system, code } of found) {
    if (system === SYSTEM.absentUnknown && typeof code === 'string' && Object.hasOwn(reasons, code)) return reasons[code];
  }
  return undefined;
}
