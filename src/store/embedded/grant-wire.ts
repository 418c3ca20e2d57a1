/** A grant on its way to a thread of the store: class instances do not cross threads. */
import type { Grant, GrantedPlan } from '../../access/grant.js';
import { makeGrant } from '../../access/grant.js';

/** Structured-cloneable; means something only within the process whose store made it. */
export type GrantWire = Pick<Grant, 'actor' | 'reach' | 'moment'>;

export const grantToWire = ({ actor, reach, moment }: Grant): GrantWire => ({ actor, reach, moment });
/** A {@link GrantedPlan} on its way. */
export interface PlanWire extends Pick<GrantedPlan, 'plan'> {
  readonly grant: GrantWire;
  readonly hops?: GrantWire;
}
export const planToWire = ({ grant, hops, plan }: GrantedPlan): PlanWire => ({ grant: grantToWire(grant), ...(hops ? { hops: grantToWire(hops) } : {}), plan });
/** The grant that was decided on the other side. */
export const grantFromWire = ({ actor, reach, moment }: GrantWire): Grant => makeGrant(actor, reach, moment);
export const planFromWire = ({ grant, hops, plan }: PlanWire): GrantedPlan => ({ grant: grantFromWire(grant), ...(hops ? { hops: grantFromWire(hops) } : {}), plan });
