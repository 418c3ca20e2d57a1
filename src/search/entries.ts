/**
 * Index entries: what a resource can be found by. Computed once, on write, by closures compiled from the
 * SearchParameter expressions; stored in the step that stores the resource.
 *
 * `param` is `<Type>.<code>`, for example `Observation.code` (for a contained resource the type of the contained one).
 * Derived parameters take a suffix: `Observation.code:text` (string), `Patient.identifier:of-type` (token).
 */
interface Entry {
  readonly param: string;
  /** Id (without `#`) of the contained resource that this entry comes from; absent for the resource itself. */
  readonly contained?: string | undefined;
  /** Marks the least (1) and the greatest (2) value of a parameter in a resource (3 = the only one): the sort keys. */
  readonly mark?: 1 | 2 | 3 | undefined;
}
export interface TokenEntry extends Entry {
  /** '' when there is a system but no code; '' for both marks a concept that is there in words only (for `:missing`). */
  readonly code: string;
  /** '' when there is no system. */
  readonly system: string;
}
/** A reference keeps its form: local, absolute, canonical or logical. */
export type ReferenceEntry = Entry &
  (
    | { readonly form: 'local'; readonly type: string; readonly id: string; readonly version?: string }
    | { readonly form: 'contained'; readonly id: string }
    | { readonly form: 'absolute'; readonly url: string }
    | { readonly form: 'canonical'; readonly url: string; readonly version?: string; readonly fragment?: string }
    | { readonly form: 'logical'; readonly system: string; readonly value: string; readonly type?: string }
  );
export interface StringEntry extends Entry {
  /** As written. */
  readonly exact: string;
  /** Folded by `fold()`: lower case, no accents, no punctuation; a family name gives an entry for each of its parts too. */
  readonly folded: string;
}
/** Instants in milliseconds UTC, `hi` exclusive; an open side is -Infinity / +Infinity. */
export interface DateEntry extends Entry {
  readonly lo: number;
  readonly hi: number;
}
/**
 * A number is one point, `hi` the next double above it: the precision of the question decides what it is equal to. A Range or a
 * comparator (`<5`) covers what it says; an open side is -Infinity / +Infinity.
 */
export interface NumberEntry extends Entry {
  readonly lo: number;
  readonly hi: number;
}
/**
 * Intervals as of {@link NumberEntry}, one entry for each way to ask: the bare number as written (`unit` = ''), the number in
 * canonical units (`ucum:<canonical>`) or, where UCUM has none, by its code (`code|system`), and by the words of its unit where
 * they differ from the code.
 */
export interface QuantityEntry extends Entry {
  readonly unit: string;
  readonly lo: number;
  readonly hi: number;
}
export interface UriEntry extends Entry {
  readonly value: string;
}
/** A place, degrees (WGS84). */
export interface PositionEntry extends Entry {
  readonly latitude: number;
  readonly longitude: number;
}
/** The first component is always a token; the second is one of the other kinds. A reference there is a token of its literal text, `Type/id` or URL. */
export interface CompositeEntry extends Entry {
  readonly code: string;
  readonly system: string;
  readonly second:
    | { readonly kind: 'quantity'; readonly unit: string; readonly lo: number; readonly hi: number }
    | { readonly kind: 'date' | 'number'; readonly lo: number; readonly hi: number }
    | { readonly kind: 'token'; readonly code: string; readonly system: string }
    | { readonly kind: 'string'; readonly folded: string };
  /** Of a composite of three: a number. */
  readonly third?: { readonly lo: number; readonly hi: number };
}
/** Everything that one resource can be found by. Presence (`:missing`) follows from it: a parameter with no entry is missing. */
export interface IndexEntries {
  readonly token: readonly TokenEntry[];
  readonly reference: readonly ReferenceEntry[];
  readonly string: readonly StringEntry[];
  readonly date: readonly DateEntry[];
  readonly number: readonly NumberEntry[];
  readonly quantity: readonly QuantityEntry[];
  readonly uri: readonly UriEntry[];
  readonly composite: readonly CompositeEntry[];
  /** Absent where there is none: only a Location has one. */
  readonly position?: readonly PositionEntry[];
  /** The one main date of the resource (see `mainDate` in the indexer), milliseconds UTC, part of every token and reference key. */
  readonly mainDate: number;
  /** The generation of the operator's parameters that they were made by (see `index-state.ts`); absent: 0. */
  readonly by?: number;
}
