/** One walk over one resource (or one resource contained in it): what its extractors read and where they put entries. */
import type { JsonObject } from '../../fhir/json.js';
import type { CompositeEntry, DateEntry, NumberEntry, QuantityEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry } from '../entries.js';

export interface IndexOptions {
  /** FHIR bases that count as this server, without a slash at the end. */
  readonly bases: readonly string[];
  /** IANA name: how dates without a zone are read. */
  readonly timeZone: string;
}

export class Run {
  readonly token: TokenEntry[] = [];
  readonly reference: ReferenceEntry[] = [];
  readonly string: StringEntry[] = [];
  /** Ends of family names: found by, never sorted by. */
  readonly nameParts: StringEntry[] = [];
  readonly date: DateEntry[] = [];
  readonly number: NumberEntry[] = [];
  readonly quantity: QuantityEntry[] = [];
  readonly uri: UriEntry[] = [];
  readonly composite: CompositeEntry[] = [];
  /** Id of the contained resource that is walked; undefined for the resource itself. */
  contained: string | undefined;
  private scratchRun: Run | undefined;

  constructor(
    readonly options: IndexOptions,
    /** The contained resources by their id. */
    readonly inner: ReadonlyMap<string, JsonObject>,
  ) {}

  /** Another run over the same resource for the components of a composite, empty. */
  scratch(): Run {
    const scratch = (this.scratchRun ??= new Run(this.options, this.inner));
    scratch.contained = undefined;
    for (const list of [scratch.token, scratch.reference, scratch.string, scratch.nameParts, scratch.date, scratch.number, scratch.quantity, scratch.uri]) list.length = 0;
    return scratch;
  }
}

/** Reads a value and adds its entries to the run. */
export type Visit = (value: unknown, run: Run) => void;

/** The start of every entry: its parameter, and the contained resource that it comes from. */
export const named = (param: string, { contained }: Run): { param: string; contained?: string } => (contained === undefined ? { param } : { param, contained });
