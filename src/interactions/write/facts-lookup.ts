/** What access facts are looked up in, for the interactions that write. */
import type { FactsLookup } from '../../access/facts-lookup.js';
import type { Grant } from '../../access/grant.js';
import { factsLookup as lookupOf, type StepUnderWay } from '../../identity/facts-lookup.js';
import type { Services } from '../services.js';

export type UnderWay = StepUnderWay;

/**
 * In a transaction each key is asked for once: a thousand observations name the same document. Anything else outlives the
 * attempts at its step, and asks anew.
 * @param grant of the writer, for what must be visible to them
 */
export function factsLookup({ store, serverGrant, baseUrls, timeZone }: Services, grant: Grant, underWay?: UnderWay): FactsLookup {
  return lookupOf({ store, server: serverGrant(), writer: grant, bases: baseUrls, timeZone, remembers: underWay !== undefined, ...(underWay ? { underWay } : {}) });
}
