/** One decision: who, which patients, what, outcome (rules 6.9; french-interop 4.7). Ids of ours, never matricules. */
export interface AuditRecord {
  /** ms UTC */
  readonly at: number;
  readonly actor: { readonly kind: string; /** national id of the professional or structure; never an INS */ readonly id?: string; readonly patient?: string };
  /** FHIR interaction code (read, search-type, create …) or `$operation`. */
  readonly interaction: string;
  readonly type?: string;
  readonly id?: string;
  /** Ids of the Patients whose data were touched. */
  readonly patients: readonly string[];
  /** HTTP status of the answer. */
  readonly status: number;
  /** Request id, also in the log and in the X-Request-Id header. */
  readonly request: string;
}
