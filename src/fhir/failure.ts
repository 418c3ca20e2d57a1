/**
 * The one catalogue of failures. A failure is a value: a code of ours, the FHIR issue type, the HTTP status and a text
 * that tells the caller what to mend. Whatever is thrown elsewhere becomes one of these in {@link toFailure}.
 *
 * Issue types: https://hl7.org/fhir/R4/valueset-issue-type.html
 */
export type IssueType =
  | 'invalid' | 'structure' | 'required' | 'value' | 'invariant' | 'security' | 'login' | 'expired' | 'forbidden'
  | 'processing' | 'not-supported' | 'duplicate' | 'multiple-matches' | 'not-found' | 'deleted' | 'too-long'
  | 'code-invalid' | 'too-costly' | 'business-rule' | 'conflict' | 'transient' | 'lock-error' | 'no-store'
  | 'exception' | 'timeout' | 'incomplete' | 'throttled' | 'informational';

export type Severity = 'fatal' | 'error' | 'warning' | 'information';

/** One line of an OperationOutcome. `expression` is FHIRPath into what the caller sent. */
export interface Issue {
  readonly severity: Severity;
  readonly code: IssueType;
  readonly diagnostics: string;
  readonly expression?: readonly string[];
}

interface Row {
  readonly status: number;
  readonly issue: IssueType;
  /** `{slot}` is filled from the parameters of {@link fail}. Never a personal identifier. */
  readonly text: string;
}

const row = (status: number, issue: IssueType, text: string): Row => ({ status, issue, text });

export const catalogue = {
  // Reading what was sent
  'bad-json': row(400, 'structure', 'The body is not valid JSON: {reason}.'),
  'json-duplicate-key': row(400, 'structure', 'The key "{key}" stands twice in one JSON object. Send each key once.'),
  'json-forbidden-key': row(400, 'structure', 'The key "{key}" is not allowed in a JSON object.'),
  'too-deep': row(400, 'structure', 'The body is nested deeper than {limit} levels ({setting}).'),
  'too-many-values': row(413, 'too-costly', 'The body holds more than {limit} {what}.'),
  'bad-xml': row(400, 'structure', 'The body is not well-formed XML: {reason}.'),
  'xml-dtd': row(400, 'structure', 'The XML holds a DOCTYPE or an entity declaration. Send it without one.'),
  'bad-charset': row(400, 'structure', 'The text is not in the character set that it names: {reason}.'),
  'bad-resource': row(400, 'structure', 'The body is not a FHIR resource: {reason}.'),
  'bad-patch': row(400, 'structure', 'The patch cannot be read: {reason}.'),
  'bad-provenance': row(400, 'structure', 'The header X-Provenance cannot be read: {reason}.'),
  'bad-request': row(400, 'invalid', '{reason}'),
  'bad-parameter': row(400, 'invalid', 'The search parameter "{parameter}" cannot be used like this: {reason}.'),
  'unknown-parameter': row(400, 'not-supported', 'There is no search parameter "{parameter}" on {type}. See metadata, or send Prefer: handling=lenient to have it ignored.'),
  'bad-cursor': row(400, 'invalid', 'This page link cannot be used: {reason}. Start the search again.'),
  'bad-id': row(400, 'value', '"{id}" is not a FHIR id: 1 to 64 letters, digits, "-" and ".".'),
  'id-mismatch': row(400, 'value', 'The id in the body must be the id in the URL.'),
  'type-mismatch': row(400, 'value', 'The body is a {found}, but the URL names {expected}.'),
  'too-costly': row(422, 'too-costly', '{reason}'),
  // Who asks
  'no-token': row(401, 'login', 'Send an access token: Authorization: Bearer …'),
  'bad-token': row(401, 'login', 'The access token was refused: {reason}.'),
  'token-expired': row(401, 'expired', 'The access token has expired. Ask its issuer for a new one.'),
  forbidden: row(403, 'forbidden', '{reason}'),
  'record-closed': row(403, 'forbidden', 'This person closed their record: nothing can be added to it.'),
  // What is there
  'not-found': row(404, 'not-found', '{type}/{id} is not here.'),
  'no-version': row(404, 'not-found', '{type}/{id}/_history/{version} is not here.'),
  'no-match': row(404, 'not-found', 'The criteria find no {type}.'),
  'unknown-type': row(404, 'not-supported', '"{type}" is not a resource type of FHIR R4.'),
  'outside-compartment': row(404, 'not-found', 'Resources of type {type} are in no compartment of a {compartment}.'),
  'unknown-route': row(404, 'not-found', 'There is nothing at this address.'),
  gone: row(410, 'deleted', '{type}/{id} was deleted (its last version is {version}).'),
  'gone-version': row(410, 'deleted', 'Version {version} of {type}/{id} is a deletion: there is no content in it.'),
  'method-not-allowed': row(405, 'not-supported', '{method} is not offered here. Offered: {allowed}.'),
  'not-switched-on': row(405, 'not-supported', '{method} is offered here only where the operator switches it on ({setting}). Offered: {allowed}.'),
  'not-acceptable': row(406, 'not-supported', 'None of the accepted formats can be served. Served: {formats}.'),
  'request-timeout': row(408, 'timeout', 'The request did not arrive in time ({setting}).'),
  // Conflicts and preconditions
  conflict: row(409, 'conflict', '{reason}'),
  'identity-conflict': row(409, 'conflict', 'Another Patient already bears this national identifier. Update that Patient instead.'),
  'identity-kept': row(409, 'conflict', 'This Patient was deleted and keeps every INS that they bear. Send all of them; the operator changes them afterwards, or erases the Patient for good.'),
  'identity-deleted': row(409, 'conflict', 'The transaction deletes the Patient who bears this national identifier and keeps it. Leave the deletion out, and send that Patient by PUT.'),
  'identifier-known': row(409, 'duplicate', 'Another {type} already bears this identifier. Update that one instead.'),
  'identity-contradiction': row(409, 'conflict', 'The {trait} disagrees with the one stored for this national identifier. If the stored one is wrong, the operator corrects the Patient by PUT; then send this again.'),
  'document-known': row(409, 'duplicate', 'A document with this identifier is here with other bytes. A new version needs a new identifier and relatedDocument/@typeCode="RPLC".'),
  'document-hidden': row(409, 'duplicate', 'A document with this identifier cannot be taken.'),
  'document-deleted': row(409, 'duplicate', 'The document with this identifier was deleted and cannot be pushed again.'),
  'document-superseded': row(409, 'conflict', 'The document to replace was already replaced by another one.'),
  'drawn-resource': row(409, 'conflict', 'This resource was drawn from {document}. Send a new version of that document instead.'),
  contention: row(409, 'transient', 'Others changed the same data at the same time. Send the request again.'),
  'version-conflict': row(412, 'conflict', 'If-Match names version {expected}, which is not the current one. Read it again, then update.'),
  'multiple-matches': row(412, 'multiple-matches', 'The condition matches several resources, or one that cannot be used. Make it narrower.'),
  'precondition-failed': row(412, 'conflict', '{reason}'),
  // Size and type
  'too-large': row(413, 'too-long', 'The body is larger than {limit} ({setting}).'),
  'too-many-entries': row(413, 'too-costly', 'The Bundle has more than {limit} entries ({setting}). Send it in parts.'),
  'url-too-long': row(414, 'too-long', 'The URL is longer than {limit} characters ({setting}). Send a search by POST to [type]/_search.'),
  'headers-too-large': row(431, 'too-long', 'The request line and the headers are larger than {limit} bytes.'),
  'expectation-failed': row(417, 'not-supported', 'Of the header Expect only 100-continue is known.'),
  'too-dense': row(413, 'too-costly', 'The body grows to more than {limit} times what was sent ({setting}). Send it without Content-Encoding.'),
  'unsupported-type': row(415, 'not-supported', 'The content type "{type}" is not taken here. Taken: {accepted}.'),
  'bad-range': row(416, 'invalid', 'The range lies outside the {size} bytes that there are.'),
  // Well-formed, but refused
  invalid: row(422, 'invalid', '{reason}'),
  'patch-failed': row(422, 'processing', 'The patch cannot be applied: {reason}.'),
  'not-a-cda': row(422, 'structure', 'The XML is not a CDA R2 document: {reason}.'),
  'no-ins': row(422, 'required', 'recordTarget/patientRole has no id under an INS OID. A local number, an NSS or an INS-C does not identify a person.'),
  'ins-without-extension': row(422, 'required', 'recordTarget/patientRole has an id whose root is an INS OID, but that id has no extension: the matricule is missing.'),
  'several-ins': row(422, 'business-rule', 'recordTarget/patientRole bears two different INS. Send one.'),
  'current-ins': row(422, 'business-rule', 'The Patient has two different current INS of one authority. Give the former ones use=old.'),
  'several-national-ids': row(422, 'business-rule', 'The {type} bears two different national identifiers of one kind (two RPPS, two FINESS …). Each is somebody else: send one of each kind.'),
  'ins-domain': row(422, 'business-rule', 'This server runs in the production identity domain: the test and demonstration INS OIDs are refused.'),
  'ins-key': row(422, 'value', 'The matricule is malformed or its key is wrong.'),
  'visibility-conflict': row(422, 'business-rule', 'A document cannot be MASQUE_PS and INVISIBLE_PATIENT at once.'),
  'unknown-label': row(422, 'code-invalid', 'The security label "{label}" is not known. Known: {known}.'),
  'label-system': row(422, 'code-invalid', 'The system given with the security label "{label}" is not the one of that code. The code is of: {systems}.'),
  'other-patient': row(422, 'business-rule', 'The document to replace is about another person.'),
  'consent-not-enforceable': row(422, 'not-supported', 'This consent cannot be enforced, so it is not stored: {reason}.'),
  // The server
  throttled: row(429, 'throttled', 'Too many requests. Wait, then send it again.'),
  internal: row(500, 'exception', 'The server failed on this request. The operator finds it in the log under {reference}.'),
  'not-implemented': row(501, 'not-supported', '{reason}'),
  'being-indexed': row(503, 'transient', '{subject} being indexed ({percent} % done): it does not find everything yet. Try again later; $reindex tells how far it is.'),
  'index-changed': row(503, 'transient', 'The search parameters of this server changed while the request was on its way. Send it again.'),
  unavailable: row(503, 'transient', '{reason}'),
  'audit-unavailable': row(503, 'no-store', 'The audit log cannot be written, so nothing is served. {reason}Try again later.'),
} as const satisfies Record<string, Row>;

export type FailureCode = keyof typeof catalogue;

/** Headers that a refusal may bear, such as Retry-After or WWW-Authenticate. */
export type FailureHeader = 'Accept-Encoding' | 'Accept-Patch' | 'Allow' | 'Connection' | 'Content-Range' | 'ETag' | 'Location' | 'Retry-After' | 'WWW-Authenticate';
type FailureHeaders = Readonly<{ [name in FailureHeader]?: string }>;

/** A failure on its way to the caller. Throw it or return it: the responder makes one OperationOutcome of it. */
export class Failure extends Error {
  constructor(
    readonly failure: FailureCode,
    readonly status: number,
    readonly issues: readonly Issue[],
    readonly headers: FailureHeaders = {},
    /** Ids of the Patients whom the refusal is about: for the audit record, never for the answer. */
    readonly concerns: readonly string[] = [],
  ) {
    super(issues[0]?.diagnostics ?? failure);
    this.name = 'Failure';
  }
}

export interface FailDetails {
  readonly expression?: readonly string[];
  /** Replaces the single issue made from the catalogue text (validation lists every fault). */
  readonly issues?: readonly Issue[];
  readonly headers?: FailureHeaders;
  readonly concerns?: readonly string[];
}

/**
 * Makes a {@link Failure} from the catalogue.
 * @param slots values for the `{slot}`s of the text; must hold no personal identifier
 */
export function fail(code: FailureCode, slots: Readonly<Record<string, string | number>> = {}, details: FailDetails = {}): Failure {
  const { status, issue, text } = catalogue[code];
  const diagnostics = text.replace(/\{(\w+)\}/g, (_, slot: string) => String(slots[slot] ?? `{${slot}}`));
  const issues = details.issues ?? [
    { severity: 'error', code: issue, diagnostics, ...(details.expression ? { expression: details.expression } : {}) },
  ];
  return new Failure(code, status, issues, details.headers, details.concerns);
}

/** The same failure, about these Patients. */
export const concerning = ({ failure, status, issues, headers }: Failure, patients: readonly string[]): Failure => new Failure(failure, status, issues, headers, patients);

/** Whatever was thrown, as a {@link Failure}; `reference` is what the log names it by. */
export function toFailure(thrown: unknown, reference: string): Failure {
  return thrown instanceof Failure ? thrown : fail('internal', { reference });
}

/** The OperationOutcome of a list of issues, as JSON text. */
export function outcomeOf(issues: readonly Issue[]): { resourceType: 'OperationOutcome'; issue: Issue[] } {
  return { resourceType: 'OperationOutcome', issue: [...issues] };
}
