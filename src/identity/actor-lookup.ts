/** Who an actor is among the stored resources, by the claims that these hold. */
import type { ActorLookup } from '../access/decide.js';
import { serverGrant } from '../access/decide.js';
import type { Claim, Store } from '../store/port.js';
import { organizationClaim, practitionerClaim } from './claims.js';
import { patientClaim } from './patient-claims.js';

/** Asks the store each time: a claim that changes is in force on the next request. */
export function actorLookup(store: Pick<Store, 'claimed'>): ActorLookup {
  const holder = async (claim: Claim): Promise<string | undefined> => {
    const [found] = await store.claimed(serverGrant(Date.now()), [claim]);
    return found && !found.deleted ? found.id : undefined;
  };
  return {
    patientByIns: ({ system, value }) => holder(patientClaim(system, value)),
    practitioner: (idNatPs) => holder(practitionerClaim(idNatPs)),
    organization: (idNatStruct) => holder(organizationClaim(idNatStruct)),
  };
}
