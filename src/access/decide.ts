/**
 * The decision: from who asks to how far they reach (rules 4 and 5). Nothing that a write can change is remembered here, so
 * a consent is in force on the very next request: blocks, masks and closed records are joined by the store at the read.
 */
import type { Actor, ActorKey } from './actor.js';
import { makeGrant, type Grant, type Reach } from './grant.js';
import { professionalActor, roleActor, structureActor } from './keys.js';

/** What the decision needs to know of the data: ids of the resources that stand for the actor. */
export interface ActorLookup {
  /** Id of the Patient who bears this INS, former ones included; one who was deleted is still the same person. */
  patientByIns(ins: { readonly system: string; readonly value: string }): Promise<string | undefined>;
  practitioner(idNatPs: string): Promise<string | undefined>;
  organization(idNatStruct: string): Promise<string | undefined>;
}

const keyOf = (type: string, id: string | undefined): ActorKey[] => (id === undefined ? [] : [`${type}/${id}`]);

/** By the resources that stand for a caller: their reach is made anew when these are others. */
interface Made {
  readonly practitioner: string | undefined;
  readonly organization: string | undefined;
  readonly reach: Reach;
}
const made = new WeakMap<Actor, Made>();

function reachOnce(actor: Actor, practitioner: string | undefined, organization: string | undefined, make: () => Reach): Reach {
  const before = made.get(actor);
  if (before !== undefined && before.practitioner === practitioner && before.organization === organization) return before.reach;
  const reach = make();
  made.set(actor, { practitioner, organization, reach });
  return reach;
}

function professionalKeys(professional: string, structure: string | undefined, practitioner: string | undefined, organization: string | undefined): ActorKey[] {
  // Where the token does not say, the professional may work at any structure that a consent speaks of: '' stands for it.
  const place = structure ?? '';
  return [professionalActor(professional), structureActor(place), roleActor(professional, place), ...keyOf('Practitioner', practitioner), ...keyOf('Organization', organization)];
}

async function reachOf(actor: Actor, lookup: ActorLookup): Promise<Reach> {
  switch (actor.kind) {
    case 'operator':
      return { kind: 'everything' };
    case 'patient': {
      const patient = await lookup.patientByIns(actor.ins);
      return patient === undefined ? { kind: 'patient' } : { kind: 'patient', patient };
    }
    case 'professional': {
      const { professional, structure } = actor;
      const [practitioner, organization] = await Promise.all([lookup.practitioner(professional), structure === undefined ? undefined : lookup.organization(structure)]);
      return reachOnce(actor, practitioner, organization, () => ({ kind: 'professional', keys: professionalKeys(professional, structure, practitioner, organization) }));
    }
    case 'system': {
      const { structure } = actor;
      const organization = await lookup.organization(structure);
      return reachOnce(actor, undefined, organization, () => ({ kind: 'structure', structure, keys: [structureActor(structure), ...keyOf('Organization', organization)] }));
    }
  }
}

/**
 * Decides for one request.
 * @param moment ms UTC; periods of consents are judged at it
 */
export async function decide(actor: Actor, lookup: ActorLookup, moment: number): Promise<Grant> {
  return makeGrant(actor, await reachOf(actor, lookup), moment);
}

/** The server's own grant, for what is judged over all data (uniqueness, identity); what it finds never leaves in an answer. */
export const serverGrant = (moment: number): Grant => makeGrant({ kind: 'operator', name: 'server' }, { kind: 'everything' }, moment);

/** For what is served to everyone: reaches resources without an owner only. */
export const anonymousGrant = (moment: number): Grant => makeGrant({ kind: 'patient', ins: { system: '', value: '' } }, { kind: 'patient' }, moment);
