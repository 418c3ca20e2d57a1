/**
 * The work of one submission in two steps (see `interactions/lane.ts`): `open` reads the document and tells what decisions
 * need; `finish` maps it with those decisions made, so that every reference is final when it is written: nothing is rewritten.
 * May be finished again with another resolution, after a conflict.
 */
import { createHash } from 'node:crypto';
import type { Issue } from '../fhir/failure.js';
import { fail } from '../fhir/failure.js';
import { parseStored, type JsonObject } from '../fhir/json.js';
import type { XmlElement } from '../fhir/xml/tree.js';
import { claimsOf, documentClaim } from '../identity/claims.js';
import { patientClaim } from '../identity/patient-claims.js';
import { traitsOfPatient } from '../identity/patient-traits.js';
import { classByCode, type TableCoding } from '../terminology/document-types.js';
import { attribute, child } from './cda/datatypes/elements.js';
import { dateTime, zoneOf } from './cda/datatypes/timestamps.js';
import { documentIdentifier, documentIns, relatedDocuments, sharedClaims } from './cda/header/document-facts.js';
import { tokenOf } from './cda/header/identifiers.js';
import { labelsOf, systemFits, type GivenCode } from './cda/header/labels.js';
import { patientOf } from './cda/header/patient.js';
import { bodyOf, requireMinimum, unreadableBody } from './cda/recognize.js';
import { writeDocument } from './document-writes.js';
import { headerReading, warning } from './header-reading.js';
import { readSubmission, type Submission } from './submission.js';
import type { SubmitFacts, SubmitInput, SubmitResolution, SubmitResult, SubmitSession } from './submission-shapes.js';

/** @throws Failure invalid for a class that is not one */
function categoryOf(given: GivenCode | undefined): TableCoding | undefined {
  if (given === undefined) return undefined;
  const found = classByCode(given.code);
  const code = given.code.slice(0, 64);
  if (found === undefined) throw fail('invalid', { reason: `The category "${code}" is not a class of documents (JDV_J06).` });
  if (!systemFits(given, [found])) throw fail('invalid', { reason: `The system given with the category "${code}" is not the one of that code: ${found.system}.` });
  return found;
}

const contentTypeOf = ({ recognized, charset }: Submission): string =>
  `${recognized.selfPresenting ? 'application/xslt+xml' : 'text/xml'}${charset === undefined ? '' : `; charset=${charset}`}`;

/** @throws Failure of reading (rules 3.3), no-ins, ins-without-extension, several-ins, ins-domain, ins-key, unknown-label, label-system, visibility-conflict, invalid */
export function openSubmission(input: SubmitInput): { readonly facts: SubmitFacts; readonly session: SubmitSession } {
  const submission = readSubmission(input);
  const { clinicalDocument, selfPresenting, active } = submission.recognized;
  requireMinimum(clinicalDocument);
  const body = bodyOf(clinicalDocument);
  const issues: Issue[] = [];
  if (selfPresenting && active) issues.push({ severity: 'warning', code: 'security', diagnostics: 'The style sheet of this document holds script, an import or a link to elsewhere. It is kept as received and never run.' });
  const unreadable = unreadableBody(clinicalDocument);
  if (unreadable !== undefined) issues.push(warning(`ClinicalDocument/component/nonXMLBody/text ${unreadable}: the document is kept as received.`));
  const identifier = documentIdentifier(clinicalDocument);
  const ins = documentIns(clinicalDocument);
  const zone = zoneOf(attribute(child(clinicalDocument, 'effectiveTime'), 'value') ?? '');
  const patient = patientOf(clinicalDocument, headerReading(zone, input.timeZone, issues));
  issues.push(...claimsOf(patient, input.domain).issues.map((issue) => ({ ...issue, expression: ['ClinicalDocument.recordTarget.patientRole'] })));
  const traits = traitsOfPatient(patient);
  if (traits.birthName === undefined) issues.push(warning('The patient has no birth name (family qualifier BR): it is not compared with the one stored.'));
  if (documentDate(clinicalDocument, zone, input.timeZone) === undefined) issues.push(warning('ClinicalDocument/effectiveTime is absent or cannot be read: it is left out, and the time of reception stands for it.'));
  const setId = tokenOf(child(clinicalDocument, 'setId'));
  const labels = labelsOf(clinicalDocument, submission.labels);
  const category = categoryOf(submission.category);
  const bytes = submission.inner ?? input.bytes;
  const facts: SubmitFacts = {
    ...(submission.inner === undefined ? {} : { inner: submission.inner }),
    contentType: contentTypeOf(submission),
    sha1: createHash('sha1').update(bytes).digest('hex'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    identifier, traits,
    documentClaim: documentClaim(identifier),
    patientClaim: patientClaim(ins.system, ins.value),
    related: relatedDocuments(clinicalDocument, identifier, issues),
    sharedClaims: sharedClaims(clinicalDocument),
    ...(setId === undefined ? {} : { setId }),
  };
  return { facts, session: { input, submission, body, labels, facts, patient, zone, issues, ...(category === undefined ? {} : { category }) } };
}

/** When the document was made, as FHIR dateTime. */
const documentDate = (clinicalDocument: XmlElement, zone: string | undefined, timeZone: string): string | undefined =>
  dateTime(attribute(child(clinicalDocument, 'effectiveTime'), 'value') ?? '', { zone, timeZone });

export function finishSubmission(session: SubmitSession, resolution: SubmitResolution): SubmitResult {
  return writeDocument(session, resolution, (text) => parseStored(text) as JsonObject);
}

/** See `interactions/lane.ts` for the shape. */
export const submitTask = { name: 'submit-document', open: openSubmission, finish: finishSubmission };
