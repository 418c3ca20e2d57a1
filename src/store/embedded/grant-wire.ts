/** A grant on its way to a thread of the store: class instances do not cross threads. */
import type { Grant } from '../../access/grant.js';
import { makeGrant } from '../../access/grant.js';

/** Structured-cloneable; means something only within the process whose store made it. */
export type GrantWire = Pick<Grant, 'actor' | 'reach' | 'moment'>;

export const grantToWire = ({ actor, reach, moment }: Grant): GrantWire => ({ actor, reach, moment });
/** The grant that was decided on the other side. */
export const grantFromWire = ({ actor, reach, moment }: GrantWire): Grant => makeGrant(actor, reach, moment);
