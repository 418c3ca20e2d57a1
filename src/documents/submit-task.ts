/**
 * The work of one submission in two steps (see `interactions/lane.ts`): `open` reads the document and tells what decisions
 * need; `finish` maps it with those decisions made, so that every reference is final when it is written: nothing is rewritten.
 * May be finished again with another resolution, after a conflict.
 */
import type { Issue } from '../fhir/failure.js';
import { fail } from '../fhir/failure.js';
import { parseJson, type JsonObject } from '../fhir/json.js';
import { claimsOf, documentClaim, type IdentityDomain } from '../identity/claims.js';
import { patientClaim } from '../identity/patient-claims.js';
import { traitsOfPatient } from '../identity/patient-traits.js';
import type { Traits } from '../identity/traits.js';
import type { Claim, PutWrite } from '../store/port.js';
import { classByCode, type TableCoding } from '../terminology/document-types.js';
import { attribute, child } from './cda/datatypes/elements.js';
import { plainReading, type Reading } from './cda/datatypes/reading.js';
import { zoneOf } from './cda/datatypes/timestamps.js';
import { documentIdentifier, documentIns, relatedDocuments, sharedClaims, type RelatedDocument } from './cda/header/document-facts.js';
import { tokenOf, type Token } from './cda/header/identifiers.js';
import { labelsOf, systemFits, type GivenCode, type Labels } from './cda/header/labels.js';
import { patientOf } from './cda/header/patient.js';
import { bodyOf, requireMinimum, type Body } from './cda/recognize.js';
import { writeDocument, type Written } from './document-writes.js';
import { readSubmission, type Sent, type Submission } from './submission.js';

export interface SubmitInput extends Sent {
  readonly domain: IdentityDomain;
  /** IANA name. */
  readonly timeZone: string;
  /** FHIR bases that count as this server. */
  readonly bases: readonly string[];
}

/** What decisions need, as plain data. */
export interface SubmitFacts {
  /** The document's bytes where they came inside Parameters; otherwise they are those of the request. */
  readonly inner?: Uint8Array;
  /** Media type of the document, with the charset that the caller gave. */
  readonly contentType: string;
  readonly identifier: Token;
  readonly documentClaim: Claim;
  readonly patientClaim: Claim;
  readonly traits: Traits;
  readonly related: readonly RelatedDocument[];
  readonly setId?: Token;
  readonly sharedClaims: readonly Claim[];
}

export interface Stored {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

/** The decisions. */
export interface SubmitResolution {
  readonly ids: { readonly document: string; readonly binary: string; readonly provenance: string; readonly patient: string };
  readonly patient?: Stored;
  /** Stored shared resources, by the claims that the document names. */
  readonly known: readonly (readonly [claim: string, stored: Stored])[];
  readonly status: 'current' | 'superseded';
  /** `DocumentReference/…` of related documents that are known, in the order of the facts. */
  readonly relatedReferences: readonly (string | undefined)[];
  /** References of further resources that the step changes. */
  readonly changed: readonly string[];
  readonly content: { readonly content: string; readonly size: number; readonly sha1: string; readonly sha256: string; readonly contentType: string };
  /** ms UTC of reception. */
  readonly received: number;
  /** IdNat_Struct of the pushing system. */
  readonly structure?: string;
  readonly issues: readonly Issue[];
}

export interface SubmitResult {
  readonly puts: readonly PutWrite[];
  /** The Patient was neither made nor changed. */
  readonly patientUntouched: boolean;
  /** Everything made or changed, as in Provenance.target, then the Provenance. */
  readonly resources: readonly string[];
  readonly issues: readonly Issue[];
}

export interface SubmitSession {
  readonly input: SubmitInput;
  readonly submission: Submission;
  readonly body: Body;
  readonly labels: Labels;
  readonly category?: TableCoding;
  readonly facts: SubmitFacts;
  readonly patient: JsonObject;
  readonly zone: string | undefined;
  readonly issues: readonly Issue[];
}

const information = (diagnostics: string): Issue => ({ severity: 'information', code: 'informational', diagnostics });
export const warning = (diagnostics: string): Issue => ({ severity: 'warning', code: 'incomplete', diagnostics });

/** A reading of the header that names what it leaves out, each once. */
export function headerReading(zone: string | undefined, timeZone: string, issues: Issue[]): Reading {
  const named = new Set<string>();
  return plainReading(zone, timeZone, (what) => {
    if (named.has(what)) return;
    named.add(what);
    issues.push(information(`Header: left out: ${what}.`));
  });
}

/** @throws Failure invalid for a class that is not one */
function categoryOf(given: GivenCode | undefined): TableCoding | undefined {
  if (given === undefined) return undefined;
  const found = classByCode(given.code);
  if (found === undefined || !systemFits(given, [found])) throw fail('invalid', { reason: `The category "${given.code.slice(0, 64)}" is not a class of documents (JDV_J06).` });
  return found;
}

const contentTypeOf = ({ recognized, charset }: Submission): string =>
  `${recognized.selfPresenting ? 'application/xslt+xml' : 'text/xml'}${charset === undefined ? '' : `; charset=${charset}`}`;

/** @throws Failure of reading (rules 3.3), no-ins, several-ins, ins-domain, ins-key, unknown-label, visibility-conflict, invalid */
export function openSubmission(input: SubmitInput): { readonly facts: SubmitFacts; readonly session: SubmitSession } {
  const submission = readSubmission(input);
  const { clinicalDocument, selfPresenting, active } = submission.recognized;
  requireMinimum(clinicalDocument);
  const body = bodyOf(clinicalDocument);
  const issues: Issue[] = [];
  if (selfPresenting && active) issues.push({ severity: 'warning', code: 'security', diagnostics: 'The style sheet of this document holds script, an import or a link to elsewhere. It is kept as received and never run.' });
  const identifier = documentIdentifier(clinicalDocument);
  const ins = documentIns(clinicalDocument);
  const zone = zoneOf(attribute(child(clinicalDocument, 'effectiveTime'), 'value') ?? '');
  const patient = patientOf(clinicalDocument, headerReading(zone, input.timeZone, issues));
  issues.push(...claimsOf(patient, input.domain).issues.map((issue) => ({ ...issue, expression: ['ClinicalDocument.recordTarget.patientRole'] })));
  const traits = traitsOfPatient(patient);
  if (traits.birthName === undefined) issues.push(warning('The patient has no birth name (family qualifier BR): it is not compared with the one stored.'));
  const setId = tokenOf(child(clinicalDocument, 'setId'));
  const labels = labelsOf(clinicalDocument, submission.labels);
  const category = categoryOf(submission.category);
  const facts: SubmitFacts = {
    ...(submission.inner === undefined ? {} : { inner: submission.inner }),
    contentType: contentTypeOf(submission),
    identifier, traits,
    documentClaim: documentClaim(identifier),
    patientClaim: patientClaim(ins.system, ins.value),
    related: relatedDocuments(clinicalDocument, issues).filter((related) => related.identifier.system !== identifier.system || related.identifier.value !== identifier.value),
    sharedClaims: sharedClaims(clinicalDocument),
    ...(setId === undefined ? {} : { setId }),
  };
  return { facts, session: { input, submission, body, labels, facts, patient, zone, issues, ...(category === undefined ? {} : { category }) } };
}

export function finishSubmission(session: SubmitSession, resolution: SubmitResolution): SubmitResult {
  const written: Written = writeDocument(session, resolution, (text) => parseJson(text) as JsonObject);
  return written;
}

/** See `interactions/lane.ts` for the shape. */
export const submitTask = { name: 'submit-document', open: openSubmission, finish: finishSubmission };
