/**
 * What a handler gets and gives. Handlers return values: nobody but the responder (`http/responder.ts`) touches the
 * response, and a failure is thrown or returned as a `Failure`.
 */
import type { Grant } from '../access/grant.js';
import type { Issue } from '../fhir/failure.js';
import type { StoredVersion } from '../store/port.js';
import type { AnswerHeaders, RequestHeaders } from './headers.js';

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Decoded segments after the FHIR base: ['Patient', '123', '_history', '2']. */
  readonly path: readonly string[];
  /** Raw query string without `?`. */
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  readonly grant: Grant;
  /** Request id. */
  readonly request: string;
  /** Aborted when the client hangs up. Made when it is first read: a copy of an exchange names it. */
  readonly signal: AbortSignal;
}

export interface RequestBody {
  /** Content-Type as sent, '' when absent. */
  readonly contentType: string;
  /** Bytes are counted while read. @throws Failure `too-large` naming the setting */
  bytes(limit: { readonly bytes: number; readonly setting: string }): Promise<Buffer>;
  stream(limit: { readonly bytes: number; readonly setting: string }): AsyncIterable<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  /** Content-Type included where there is a body. */
  readonly headers: AnswerHeaders;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array | string>;
  /** The content of a Binary: never written in another format. */
  readonly asIs?: true;
  /** The query whose `_format` and `_pretty` count, where parameters came in the body. */
  readonly asked?: string;
  /** The version that it represents, or says to be unchanged. */
  readonly of?: Pick<StoredVersion, 'type' | 'id' | 'lastUpdated'>;
  /** For the audit record; what the responder needs no more than that. */
  readonly audit: AuditFacts;
}
export interface AuditFacts {
  /** FHIR interaction code or `$operation`. */
  readonly interaction: string;
  readonly type?: string;
  readonly id?: string;
  /** Ids of the Patients whose data are in the answer, or were written. */
  readonly patients: readonly string[];
}

/** A resource, or issues, as an answer body: how it is written (Prefer, ETag) is decided in `interactions/answers.ts`. */
export interface ResourceAnswer {
  readonly stored: StoredVersion;
  readonly issues?: readonly Issue[];
}
