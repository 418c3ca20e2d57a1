/**
 * Consents that the server enforces (rules 5.1 and 5.2): what each says, as rules. Whatever would be stored and not
 * enforced is refused, with its expression. `docs/consent.md` shows every form.
 */
import { codingsOf, object, objects, textOf } from '../fhir/elements.js';
import type { Json, JsonObject } from '../fhir/json.js';
import { dateInterval } from '../fhir/date.js';
import { ActorReader, professionalKeys, roleKeys, structureKeys } from './actor-keys.js';
import type { ActorKey } from './actor.js';
import { consentPatient, notEnforceable } from './consent-patient.js';
import type { ConsentRule } from './facts.js';
import { readReference, type FactsLookup } from './facts-lookup.js';

/** ms UTC: the first and the last instant of a JavaScript date, for a period that is open on a side. */
const always = { from: -8.64e15, until: 8.64e15 } as const;
type Validity = Pick<ConsentRule, 'from' | 'until'>;

/** A denial and where it stands. */
interface Denial {
  readonly provision: JsonObject;
  readonly at: string;
  readonly validity: Validity;
}

const isGiven = (value: Json | undefined): boolean => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
/** Elements that say nothing of their own; `_x` holds the extensions of a primitive element. */
const silent = (name: string): boolean => name === 'id' || name === 'extension' || name.startsWith('_');

/** @throws Failure consent-not-enforceable for the first element that is not among `enforced` */
function requireOnly(enforced: readonly string[], element: JsonObject, at: string): void {
  for (const name of Object.keys(element)) {
    if (silent(name) || enforced.includes(name) || !isGiven(element[name])) continue;
    throw notEnforceable(`${name} is not enforced here`, `${at}.${name}`);
  }
}

function boundary(period: JsonObject, side: 'start' | 'end', timeZone: string, at: string): { readonly lo: number; readonly hi: number } | undefined {
  if (!isGiven(period[side])) return undefined;
  const interval = dateInterval(textOf(period[side]) ?? '', timeZone);
  if (!interval) throw notEnforceable('it is not a date', `${at}.period.${side}`);
  return interval;
}

/** The end is part of the period, to the precision it is written with (https://hl7.org/fhir/R4/datatypes.html#Period). */
function validityOf(provision: JsonObject, at: string, timeZone: string): Validity {
  if (!isGiven(provision.period)) return always;
  const period = object(provision.period);
  if (!period) throw notEnforceable('it is not a Period', `${at}.period`);
  requireOnly(['start', 'end'], period, `${at}.period`);
  const from = boundary(period, 'start', timeZone, at)?.lo ?? always.from;
  const until = boundary(period, 'end', timeZone, at)?.hi ?? always.until;
  if (from >= until) throw notEnforceable('the period ends before it starts', `${at}.period`);
  return { from, until };
}

/** The one denial of a provision: itself, or the one that is nested in a permit. */
function denialOf(root: JsonObject, timeZone: string): Denial {
  const at = 'Consent.provision';
  const validity = validityOf(root, at, timeZone);
  if (root.type === 'deny') {
    if (isGiven(root.provision)) throw notEnforceable('exceptions to a denial are not enforced here', `${at}.provision`);
    return { provision: root, at, validity };
  }
  if (root.type !== 'permit') throw notEnforceable('type must be deny, or permit with one nested deny', `${at}.type`);
  requireOnly(['type', 'period', 'provision'], root, at);
  const nested = objects(root.provision);
  const [denial] = nested;
  if (!denial || nested.length > 1) throw notEnforceable('a permit must hold exactly one nested provision, of type deny; by itself it changes nothing', `${at}.provision`);
  const nestedAt = `${at}.provision[0]`;
  if (denial.type !== 'deny') throw notEnforceable('a provision nested in a permit must be of type deny', `${nestedAt}.type`);
  if (isGiven(denial.provision)) throw notEnforceable('provisions are nested one level deep at most', `${nestedAt}.provision`);
  const own = validityOf(denial, nestedAt, timeZone);
  const both = { from: Math.max(own.from, validity.from), until: Math.min(own.until, validity.until) };
  if (both.from >= both.until) throw notEnforceable('the period lies outside that of the permit around it', `${nestedAt}.period`);
  return { provision: denial, at: nestedAt, validity: both };
}

const participation = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
/** Those who would receive the data; other participations (author, custodian …) say where data come from. */
const recipients: readonly (Json | undefined)[] = ['IRCP', 'PRCP', 'TRC'];

function requireRecipient(actor: JsonObject, at: string): void {
  for (const { system, code } of codingsOf(actor.role)) {
    if (system === participation && !recipients.includes(code)) throw notEnforceable('only actors who would receive the data are enforced (role IRCP or PRCP)', `${at}.role`);
  }
}

/** Keys of one actor. @throws Failure consent-not-enforceable when it is nobody that a token can name */
async function actorKeys(actor: JsonObject, consent: JsonObject, at: string, lookup: FactsLookup): Promise<readonly ActorKey[]> {
  requireOnly(['role', 'reference'], actor, at);
  requireRecipient(actor, at);
  const reference = object(actor.reference);
  const found = await new ActorReader(lookup, 'all').read(reference, consent);
  const { professional, structure } = found;
  const [knowsPerson, knowsPlace] = [professional.professionals.length > 0, structure.structures.length > 0];
  if (knowsPerson && knowsPlace) return roleKeys(found);
  if (knowsPerson) return professionalKeys(found);
  const isRole = readReference(reference, lookup.bases).local?.type === 'PractitionerRole';
  if (knowsPlace && !isRole) return structureKeys(found);
  throw notEnforceable(
    'the actor must be a Practitioner, PractitionerRole or Organization of this server that bears a national identifier, or such an identifier (RPPS, IDNPS, FINESS, SIRET, IDNST)',
    `${at}.reference`,
  );
}

async function actorsOf({ provision, at }: Denial, consent: JsonObject, lookup: FactsLookup): Promise<readonly ActorKey[] | undefined> {
  if (!isGiven(provision.actor)) return undefined;
  const keys = new Set<ActorKey>();
  for (const [index, actor] of objects(provision.actor).entries()) {
    for (const key of await actorKeys(actor, consent, `${at}.actor[${index}]`, lookup)) keys.add(key);
  }
  if (keys.size === 0) throw notEnforceable('it names nobody', `${at}.actor`);
  return [...keys];
}

/** Ids of the documents to hide. @throws Failure consent-not-enforceable when one is not a document of this person that the writer may see */
async function documentsOf({ provision, at }: Denial, patient: string, lookup: FactsLookup): Promise<readonly string[] | undefined> {
  if (!isGiven(provision.data)) return undefined;
  const documents = new Set<string>();
  for (const [index, data] of objects(provision.data).entries()) {
    const dataAt = `${at}.data[${index}]`;
    requireOnly(['meaning', 'reference'], data, dataAt);
    if (data.meaning !== 'instance') throw notEnforceable('meaning must be instance', `${dataAt}.meaning`);
    const { local } = readReference(object(data.reference), lookup.bases);
    const found = local?.type === 'DocumentReference' ? await lookup.visible(local) : undefined;
    if (!local || !found || !(await isAbout(found, patient, lookup))) throw notEnforceable('it must be a DocumentReference of this person', `${dataAt}.reference`);
    documents.add(local.id);
  }
  if (documents.size === 0) throw notEnforceable('it names no document', `${at}.data`);
  return [...documents];
}

async function isAbout(known: NonNullable<Awaited<ReturnType<FactsLookup['visible']>>>, patient: string, lookup: FactsLookup): Promise<boolean> {
  if ('owners' in known) return known.owners.includes(patient);
  const { local, identifier } = readReference(object(known.resource.subject), lookup.bases);
  return local ? local.type === 'Patient' && local.id === patient : identifier !== undefined && (await lookup.patientByIns(identifier)) === patient;
}

const enforcedAround = [
  'resourceType', 'meta', 'implicitRules', 'language', 'text', 'contained', 'identifier', 'status', 'scope', 'category', 'patient', 'dateTime', 'performer',
  'organization', 'sourceAttachment', 'sourceReference', 'policy', 'policyRule', 'verification', 'provision',
];
/** Base policies that would deny without a provision saying so (IHE PCF): written here as a closed record instead. */
const denyingPolicies: readonly (Json | undefined)[] = ['https://profiles.ihe.net/ITI/PCF/Policy-deny', 'https://profiles.ihe.net/ITI/PCF/Policy-break-glass-only'];

function requireEnforceableFrame(consent: JsonObject): void {
  requireOnly(enforcedAround, consent, 'Consent');
  if (isGiven(consent.implicitRules)) throw notEnforceable('implicitRules are not understood', 'Consent.implicitRules');
  // What holds without a consent is permission: a base rule may say so, and nothing else.
  if (isGiven(consent.policyRule) && !codingsOf(consent.policyRule).every(({ code }) => code === 'OPTIN')) throw notEnforceable('the only base rule here is OPTIN; write a provision of type deny', 'Consent.policyRule');
  objects(consent.policy).forEach(({ uri }, index) => {
    if (denyingPolicies.includes(uri)) throw notEnforceable('this policy denies by itself; write a provision of type deny', `Consent.policy[${index}].uri`);
  });
}

/** The rules of a Consent whose person is known. */
export async function rulesOf(consent: JsonObject, patient: string, lookup: FactsLookup): Promise<readonly ConsentRule[]> {
  if (consent.status !== 'active') return [];
  requireEnforceableFrame(consent);
  const root = object(consent.provision);
  if (!root) throw notEnforceable('without a provision it says nothing', 'Consent.provision');
  const denial = denialOf(root, lookup.timeZone);
  requireOnly(['type', 'period', 'actor', 'data'], denial.provision, denial.at);
  const actors = await actorsOf(denial, consent, lookup);
  const documents = await documentsOf(denial, patient, lookup);
  const rule = { patient, ...denial.validity, ...(actors ? { actors } : {}) };
  if (documents) return documents.map((document) => ({ ...rule, effect: 'mask', document }));
  return [{ ...rule, effect: actors ? 'block' : 'close' }];
}

/**
 * The rules of a Consent written through the API: none unless it is active.
 * @param lookup tells the national keys of actors, and which documents the writer may see
 * @throws Failure consent-not-enforceable with the expression of what is not enforced
 */
export const consentRules = async (consent: JsonObject, lookup: FactsLookup): Promise<readonly ConsentRule[]> =>
  rulesOf(consent, await consentPatient(consent, lookup), lookup);
