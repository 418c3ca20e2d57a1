/** What every Consent written through the API must have, whatever its status: its scope, and a person of this server. */
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

/**
 * Id of the Patient that a Consent is given by.
 * @throws Failure consent-not-enforceable when the scope is another one, or the patient is nobody whom the writer may see here
 */
export async function consentPatient(consent: JsonObject, lookup: FactsLookup): Promise<string> {
  requireScope(consent);
  const { local, identifier } = readReference(object(consent.patient), lookup.bases);
  if (local?.type === 'Patient' && (await lookup.visible(local))) return local.id;
  const byIns = local === undefined && identifier ? await lookup.patientByIns(identifier) : undefined;
  if (byIns !== undefined && (await lookup.visible({ type: 'Patient', id: byIns }))) return byIns;
  throw notEnforceable('patient must be a Patient of this server', 'Consent.patient');
}
