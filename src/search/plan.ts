/**
 * One search plan, several compilers: a query string becomes this typed tree, each store compiles it to its own query.
 * Nothing here is text of the caller that a store would interpret: values are values.
 */
import type { VisibilityLabel } from '../fhir/visibility.js';

export interface SearchPlan {
  /** The types searched; several only for system-level and compartment searches. */
  readonly types: readonly string[];
  readonly where: Clause;
  readonly sort: readonly SortKey[];
  readonly includes: readonly Include[];
  /** Resources, and levels of `iterate`, that includes may bring to a page; those of the store when left out. */
  readonly company?: { readonly most: number; readonly levels: number };
  /** Resources that may be put into an order that no index has (SORT_BUDGET); that of the store when left out. */
  readonly sortable?: number;
  readonly page: {
    /** Matches on a page; 0 = count only. */
    readonly count: number;
    /** Keyset position after which the page starts, as given by the store in `SearchPage.next`. */
    readonly after?: string;
    /** Snapshot marker of page one (`SearchPage.asOf`): resources created or changed since are left out. */
    readonly asOf?: string;
  };
  readonly total: 'none' | 'estimate' | 'accurate' | 'if-cheap';
}

export type Clause =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Clause[] }
  | { readonly kind: 'not'; readonly of: Clause }
  | Leaf
  /** The resource that `param` refers to (of one of `targets`) satisfies `where`; contained resources included. */
  | { readonly kind: 'chain'; readonly param: string; readonly targets: readonly string[]; readonly where: Clause }
  /** A resource contained in it, of one of these types, satisfies `where`. */
  | { readonly kind: 'contains'; readonly types: readonly string[]; readonly where: Clause }
  /** Some resource of `type` refers here by `param` and satisfies `where`. */
  | { readonly kind: 'has'; readonly type: string; readonly param: string; readonly where: Clause };

/** `param` as in the index entries: `<Type>.<code>` with its derived suffixes. */
export type Leaf =
  | { readonly kind: 'token'; readonly param: string; /** undefined = any; '' = must have none */ readonly system?: string; readonly code?: string }
  /** Any code of any of these groups. */
  | { readonly kind: 'tokens'; readonly param: string; readonly groups: readonly TokenGroup[] }
  /** A code that begins with one of these texts, whatever its system. */
  | { readonly kind: 'code-starts'; readonly param: string; readonly starts: readonly string[] }
  | { readonly kind: 'reference'; readonly param: string; readonly target: ReferenceTarget }
  | { readonly kind: 'string'; readonly param: string; readonly match: StringMatch; /** folded, or as written for 'exact' */ readonly text: string }
  | { readonly kind: 'date' | 'number'; readonly param: string; readonly compare: Comparison }
  | { readonly kind: 'quantity'; readonly param: string; /** as in the entries; '' = the number as written, whatever its unit */ readonly unit?: string; readonly compare: Comparison }
  | { readonly kind: 'uri'; readonly param: string; readonly match: 'exact' | 'above' | 'below'; readonly value: string }
  | { readonly kind: 'composite'; readonly param: string; readonly code: string; readonly system?: string; readonly second: CompositeSecond; readonly third?: Comparison }
  /** Within so many metres of a place. */
  | { readonly kind: 'near'; readonly param: string; readonly latitude: number; readonly longitude: number; readonly metres: number }
  | { readonly kind: 'missing'; readonly param: string; readonly valueKind: ValueKind; readonly missing: boolean }
  /** Of this type. */
  | { readonly kind: 'of-type'; readonly type: string }
  | { readonly kind: 'ids'; readonly ids: readonly string[]; /** absent: of any type searched */ readonly type?: string }
  | { readonly kind: 'lastUpdated'; readonly compare: Comparison }
  /** Owned by this Patient (id), the Patient itself included: the Patient compartment as the access rows know it. */
  | { readonly kind: 'compartment'; readonly patient: string }
  /** Resources without owner (Practitioner, Organization …) that resources owned by this Patient refer to, at any distance of one hop. */
  | { readonly kind: 'shared-by'; readonly patient: string }
  /** Drawn from this document (id of a DocumentReference), which itself is not included. */
  | { readonly kind: 'drawn-from'; readonly document: string }
  /** Drawn from a document whose chain bears one of these labels now. */
  | { readonly kind: 'labelled'; readonly labels: readonly VisibilityLabel[] }
  /** Matches nothing; matches everything. */
  | { readonly kind: 'none' }
  | { readonly kind: 'all' };

/** `exact`: as written; the others compare what is folded. */
export type StringMatch = 'starts' | 'exact' | 'contains' | 'equals' | 'ends';

export type ValueKind = 'token' | 'reference' | 'string' | 'date' | 'number' | 'quantity' | 'uri' | 'composite' | 'position';

/** Codes of one system ('' = without one); all that bears the system when no codes are given. */
export interface TokenGroup {
  readonly system: string;
  readonly codes?: readonly string[];
}

export type ReferenceTarget =
  /** `type` absent: any type with this id. */
  | { readonly form: 'local'; readonly type?: string; readonly id: string; readonly version?: string }
  /** Any of these ids of one type. */
  | { readonly form: 'members'; readonly type: string; readonly ids: readonly string[] }
  | { readonly form: 'absolute'; readonly url: string }
  /** `version` absent: any, or none; '': none. `below`: that version, or one that begins with it and a dot. */
  | { readonly form: 'canonical'; readonly url: string; readonly version?: string; readonly below?: true }
  | { readonly form: 'logical'; readonly system?: string; readonly value?: string };

/**
 * The question as the interval [lo, hi) that its precision stands for, and the prefix.
 * Semantics: https://hl7.org/fhir/R4/search.html#prefix (`eq`: the question holds the value; `ap` is already widened).
 */
export interface Comparison {
  readonly prefix: 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';
  readonly lo: number;
  readonly hi: number;
}
export type CompositeSecond =
  /** `unit` as in the quantity leaf. */
  | { readonly kind: 'quantity'; readonly unit?: string; readonly compare: Comparison }
  | { readonly kind: 'date' | 'number'; readonly compare: Comparison }
  | { readonly kind: 'token'; readonly system?: string; readonly code?: string }
  | { readonly kind: 'string'; readonly match: 'starts' | 'exact' | 'contains'; readonly text: string };

/** `param` absent: `_lastUpdated` or `_id`. Ascending sorts on the least value, descending on the greatest; missing last. */
export interface SortKey {
  readonly by: '_lastUpdated' | '_id' | {
    readonly param: string;
    readonly valueKind: ValueKind;
    /** The parameter as further types have it, where several are searched. */
    readonly further?: readonly string[];
  } | {
    /** Relevance: how many of these hold. Each resource is told by its own entries, so that others have no part in it. */
    readonly score: readonly Leaf[];
  };
  readonly descending: boolean;
}
/** `param` as in the index entries (`Observation.subject`); `*` = every reference. `iterate` follows the included ones too. */
export interface Include {
  readonly direction: 'include' | 'revinclude';
  readonly sourceType: string;
  readonly param: string;
  readonly targetType?: string;
  /**
   * Types of what a canonical reference may name by its URL, within `targetType`; absent where there is no such reference. One without a
   * version names every version.
   */
  readonly definitions?: readonly string[];
  readonly iterate: boolean;
}
