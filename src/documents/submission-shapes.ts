/** The shapes that pass between the two steps of a submission and its decisions: plain data, for they may cross threads. */
import type { Issue } from '../fhir/failure.js';
import type { JsonObject } from '../fhir/json.js';
import type { IdentityDomain } from '../identity/claims.js';
import type { Traits } from '../identity/traits.js';
import type { OwnParameters } from '../search/index-state.js';
import type { FullText } from '../search/index/full-text.js';
import type { Claim, PutWrite } from '../store/port.js';
import type { TableCoding } from '../terminology/document-types.js';
import type { RelatedDocument } from './cda/header/document-facts.js';
import type { Token } from './cda/header/identifiers.js';
import type { Labels } from './cda/header/labels.js';
import type { Body } from './cda/recognize.js';
import type { Sent, Submission } from './submission.js';

export interface SubmitInput extends Sent {
  readonly domain: IdentityDomain;
  /** IANA name. */
  readonly timeZone: string;
  /** Words that are indexed. */
  readonly fullText: FullText;
  /** FHIR bases that count as this server. */
  readonly bases: readonly string[];
  /** Parameters of the operator. */
  readonly own?: OwnParameters;
}

/** What decisions need, as plain data. */
export interface SubmitFacts {
  /** The document's bytes where they came inside Parameters; otherwise they are those of the request. */
  readonly inner?: Uint8Array;
  /** Media type of the document, with the charset that the caller gave. */
  readonly contentType: string;
  /** SHA-1 of the document, lower-case hex. */
  readonly sha1: string;
  /** SHA-256 of the document, lower-case hex. */
  readonly sha256: string;
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
  /** Of the last live version. */
  readonly text: string;
  /** The version is a tombstone: the push revives it. */
  readonly deleted?: true;
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
  /** ms UTC of reception. */
  readonly received: number;
  /** IdNat_Struct of the pushing system. */
  readonly structure?: string;
  readonly issues: readonly Issue[];
}

export interface SubmitResult {
  /** That of the Binary still lacks its content. */
  /** Emptied by whoever writes them. */
  readonly puts: PutWrite[];
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
