/** What every Consent written through the API must have, whatever its status: its scope, and a person of this server. */
import type { Actor } from './actor.js';
import { codingsOf, object } from '../fhir/elements.js';
import { fail, type Failure } from '../fhir/failure.js';
import type { JsonObject } from '../fhir/json.js';
import { readReference, type FactsLookup } from './facts-lookup.js';

const scopeSystem = 'http://terminology.hl7.org/CodeSystem/consentscope';

/** @param expression FHIRPath of what cannot be enforced */
export const notEnforceable = (reason: string, expression: string): Failure => fail('consent-not-enforceable', { reason }, { expression: [expression] });

function requireScope(consent: JsonObject): void {
  const scopes = codingsOf(consent.scope).filter(({ system }) => system === scopeSystem);
  if (scopes.length > 0 && scopes.every(({ code }) => code === 'patient-privacy')) return;
  throw notEnforceable(`the scope must be ${scopeSystem}|patient-privacy`, 'Consent.scope');
}

/** Id of the Patient whom a Consent names, whoever may see them. @throws Failure consent-not-enforceable for another scope */
async function namedPatient(consent: JsonObject, lookup: FactsLookup): Promise<string | undefined> {
  requireScope(consent);
  const { local, identifier } = readReference(object(consent.patient), lookup.bases);
  if (local) return local.type === 'Patient' ? local.id : undefined;
  return identifier && lookup.patientByIns(identifier);
}

/**
 * Id of the Patient that a Consent is given by.
 * @throws Failure consent-not-enforceable when the scope is another one, or the patient is nobody whom the writer may see here
 */
export async function consentPatient(consent: JsonObject, lookup: FactsLookup): Promise<string> {
  const patient = await namedPatient(consent, lookup);
  if (patient !== undefined && (await lookup.person(patient))) return patient;
  throw notEnforceable('patient must be a Patient of this server', 'Consent.patient');
}

/**
 * A patient consents for themselves. The answer is the same whether the person they name is here or not.
 * @throws Failure forbidden, consent-not-enforceable for another scope
 */
export async function requireOwnConsent(consent: JsonObject, writer: Actor, lookup: FactsLookup): Promise<void> {
  if (writer.kind !== 'patient') return;
  const [named, own] = await Promise.all([namedPatient(consent, lookup), lookup.patientByIns(writer.ins)]);
  if (own === undefined || named !== own) throw fail('forbidden', { reason: 'A Consent is written by the person whom it is about, or by the operator.' });
}
