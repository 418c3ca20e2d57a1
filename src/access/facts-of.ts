/**
 * The access facts of a resource, found when it is written (rules 4.3): who owns it, which document rules it, who wrote
 * it, and what it says about who may see.
 */
import { textOf } from '../fhir/elements.js';
import type { JsonObject } from '../fhir/json.js';
import type { IndexEntries } from '../search/entries.js';
import type { Actor } from './actor.js';
import { rulesOf } from './consent.js';
import { consentPatient, requireOwnConsent } from './consent-patient.js';
import { documentFacts } from './document-facts.js';
import type { AccessFacts } from './facts.js';
import type { FactsLookup } from './facts-lookup.js';
import { belonging, patientsBy, type Belonging } from './owners.js';

/** Shared between documents, so never ruled by one (rules 3.5). */
const shared: ReadonlySet<string> = new Set(['Practitioner', 'PractitionerRole', 'Organization']);

/** Types without an owner: definitions, terminology, and where care is given. */
const publicTypes: ReadonlySet<string> = new Set([
  ...shared, 'Location',
  'ActivityDefinition', 'CapabilityStatement', 'ChargeItemDefinition', 'CodeSystem', 'CompartmentDefinition', 'ConceptMap', 'DeviceDefinition',
  'EffectEvidenceSynthesis', 'EventDefinition', 'Evidence', 'EvidenceVariable', 'ExampleScenario', 'GraphDefinition', 'ImplementationGuide',
  'Library', 'Measure', 'MessageDefinition', 'NamingSystem', 'ObservationDefinition', 'OperationDefinition', 'PlanDefinition', 'Questionnaire',
  'ResearchDefinition', 'ResearchElementDefinition', 'RiskEvidenceSynthesis', 'SearchParameter', 'SpecimenDefinition', 'StructureDefinition',
  'StructureMap', 'TerminologyCapabilities', 'TestScript', 'ValueSet',
]);

/** Whether resources of this type may stand without an owner before every caller. */
export const isPublicType = (type: string): boolean => publicTypes.has(type);

/** The document that a resource is drawn from, and the people whom that document is about. */
export interface DrawnFrom {
  /** Id of the DocumentReference. */
  readonly document: string;
  readonly owners: readonly string[];
}

const structuresOf = (writer: Actor): readonly string[] => (writer.kind === 'system' ? [writer.structure] : []);

function owned({ owners, document, confidential }: Belonging, structures: readonly string[]): AccessFacts {
  if (owners.length === 0) return { exposure: 'private', owners, structures };
  return { exposure: confidential ? 'subject' : 'owned', owners, structures, ...(document === undefined ? {} : { document }) };
}

/** A Consent that came through the API; the only one that enters the decision (rules 5.4). */
async function ofConsent(consent: JsonObject, writer: Actor, lookup: FactsLookup): Promise<AccessFacts> {
  await requireOwnConsent(consent, writer, lookup);
  const patient = await consentPatient(consent, lookup);
  return { exposure: 'subject', owners: [patient], structures: structuresOf(writer), rules: await rulesOf(consent, patient, lookup) };
}

/**
 * @param resource with its id
 * @param entries its search entries
 * @param writer whose structure is added to those that wrote it
 * @param lookup supplied by the caller, so that resources of the same step are known
 * @param drawn given for what is drawn from a document: it then follows that document
 * @throws Failure consent-not-enforceable, visibility-conflict, forbidden (a patient's Consent for somebody else)
 */
export async function accessFacts(
  resource: JsonObject, entries: IndexEntries, writer: Actor, lookup: FactsLookup, drawn?: DrawnFrom,
): Promise<AccessFacts> {
  const type = textOf(resource.resourceType) ?? '';
  const structures = structuresOf(writer);
  if (shared.has(type) || (publicTypes.has(type) && !drawn)) return { exposure: 'public', owners: [], structures };
  if (type === 'Consent' && !drawn) return ofConsent(resource, writer, lookup);
  if (drawn && type !== 'Patient') return owned(drawn, structures);
  const belongs = await belonging(resource, entries, lookup);
  if (type !== 'DocumentReference') return owned(belongs, structures);
  const [subject = ''] = await patientsBy(['subject'], resource, entries, lookup);
  return { ...owned(belongs, structures), documentFacts: await documentFacts(resource, subject, lookup) };
}
