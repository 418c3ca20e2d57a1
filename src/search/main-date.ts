/**
 * The one main date of a resource: the date that its pages are sorted by. It stands in every token and reference key of a
 * store, so that "of this patient, newest first" is read from an index.
 */
import type { DateEntry } from './entries.js';

/** Resource type -> code of the date parameter that is its main date. */
const mainDateCodes: Readonly<Record<string, string | undefined>> = {
  AllergyIntolerance: 'date', Appointment: 'date', AuditEvent: 'date', CarePlan: 'date', CareTeam: 'date', ClinicalImpression: 'date',
  Communication: 'sent', Composition: 'date', Condition: 'onset-date', Consent: 'date', DetectedIssue: 'identified', DeviceRequest: 'authored-on',
  DeviceUseStatement: undefined, DiagnosticReport: 'date', DocumentManifest: 'created', DocumentReference: 'date', Encounter: 'date',
  EpisodeOfCare: 'date', FamilyMemberHistory: 'date', Flag: 'date', Goal: 'start-date', ImagingStudy: 'started', Immunization: 'date',
  List: 'date', Media: 'created', MedicationAdministration: 'effective-time', MedicationDispense: 'whenhandedover',
  MedicationRequest: 'authoredon', MedicationStatement: 'effective', NutritionOrder: 'datetime', Observation: 'date', Patient: 'birthdate',
  Procedure: 'date', Provenance: 'recorded', QuestionnaireResponse: 'authored', RiskAssessment: 'date', Schedule: 'date',
  ServiceRequest: 'authored', Slot: 'start', Specimen: 'collected', Task: 'modified', VisionPrescription: 'datewritten',
};

/** @returns undefined when the type has no main date */
export const mainDateCode = (type: string): string | undefined => mainDateCodes[type];

/** The main date of a resource that has none: before every other. */
export const noMainDate = -8_640_000_000_000_000;

/** The start of the earliest value of the main date parameter; of a period without a start its end. */
export function mainDateOf(type: string, dates: readonly DateEntry[]): number {
  const code = mainDateCodes[type];
  if (code === undefined) return noMainDate;
  const param = `${type}.${code}`;
  const least = dates.find((entry) => entry.param === param && (entry.mark === 1 || entry.mark === 3));
  if (!least) return noMainDate;
  if (Number.isFinite(least.lo)) return least.lo;
  return Number.isFinite(least.hi) ? least.hi : noMainDate;
}
