/** Who an actor is among the stored resources, by the claims that these hold. */
import type { ActorLookup } from '../access/decide.js';
import { serverGrant } from '../access/decide.js';
import type { Claim, Store } from '../store/port.js';
import { organizationClaim, practitionerClaim } from './claims.js';
import { patientClaim } from './patient-claims.js';

/** Asks the store each time (which may remember, as long as it is never late): a claim that changes is in force on the next request. */
export function actorLookup(store: Pick<Store, 'claimed'>): ActorLookup {
  const holder = async (claim: Claim) => (await store.claimed(serverGrant(Date.now()), [claim]))[0];
  const live = async (claim: Claim): Promise<string | undefined> => {
    const found = await holder(claim);
    return found && !found.deleted ? found.id : undefined;
  };
  return {
    // Whoever was deleted keeps their record, and reads it.
    patientByIns: async ({ system, value }) => (await holder(patientClaim(system, value)))?.id,
    practitioner: (idNatPs) => live(practitionerClaim(idNatPs)),
    organization: (idNatStruct) => live(organizationClaim(idNatStruct)),
  };
}
