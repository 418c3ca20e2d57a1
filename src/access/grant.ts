/**
 * The grant: proof that `access` decided. The store port takes nothing without one, so a read that nobody decided does
 * not compile. Its reach is data that each store joins with its access rows (see `store/port.ts`); it is never a list
 * of ids and never a filter on results.
 */
import type { Actor, ActorKey } from './actor.js';
import type { SearchPlan } from '../search/plan.js';

export type Reach =
  /** The operator, and the server itself where data are judged as a whole (uniqueness, identity). */
  | { readonly kind: 'everything' }
  /** The person: what they own, less INVISIBLE_PATIENT, plus their consents; and what everyone may read. */
  | { readonly kind: 'patient'; /** undefined: no Patient bears this INS yet */ readonly patient?: string }
  /** A professional: every open record, less blocks by any of `keys`, masks and consents. */
  | { readonly kind: 'professional'; readonly keys: readonly ActorKey[] }
  /** A provider's software: what its structure wrote, less closed records and blocks by any of `keys`. */
  | { readonly kind: 'structure'; readonly structure: string; readonly keys: readonly ActorKey[] };

const made = Symbol('grant');

export class Grant {
  /** @internal only `access/decide.ts` makes grants: see {@link makeGrant} */
  constructor(
    token: typeof made,
    readonly actor: Actor,
    readonly reach: Reach,
    /** The moment of the decision, ms UTC: consent periods are judged at it. */
    readonly moment: number,
  ) {
    if (token !== made) throw new TypeError('A grant is made by access/decide only');
  }
  /** Nominal: a look-alike object is not a Grant. */
  declare private readonly brand: void;
}

/** @internal for access/decide.ts */
export const makeGrant = (actor: Actor, reach: Reach, moment: number): Grant => new Grant(made, actor, reach, moment);

/** A plan bound to its grant: the only thing that a store searches by. */
export interface GrantedPlan {
  readonly grant: Grant;
  /** Whatever a chain or `_has` passes through exists under this one; absent: under `grant`, as what is found. */
  readonly hops?: Grant;
  readonly plan: SearchPlan;
}
export const bind = (grant: Grant, plan: SearchPlan): GrantedPlan => ({ grant, plan });
/** What is found is told over more than the caller sees, by what the caller sees of everything else. */
export const bindApart = (grant: Grant, hops: Grant, plan: SearchPlan): GrantedPlan => ({ grant, hops, plan });
