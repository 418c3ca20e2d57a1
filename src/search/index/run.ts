/** One walk over one resource (or one resource contained in it): what its extractors read and where they put entries. */
import type { JsonObject } from '../../fhir/json.js';
import type { FullText } from './full-text.js';
import { parseReference, type ParsedReference } from '../../fhir/reference.js';
import type { OwnParameters } from '../index-state.js';
import type { CompositeEntry, DateEntry, NumberEntry, PositionEntry, QuantityEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry } from '../entries.js';

export interface IndexOptions {
  /** FHIR bases that count as this server, without a slash at the end. */
  readonly bases: readonly string[];
  /** IANA name: how dates without a zone are read. */
  readonly timeZone: string;
  /** Parameters of the operator; absent: none, and never any. */
  readonly own?: OwnParameters;
  /** Words that are indexed (FULL_TEXT): of narratives when left out. */
  readonly fullText?: FullText;
}

export class Run {
  readonly token: TokenEntry[] = [];
  readonly reference: ReferenceEntry[] = [];
  readonly string: StringEntry[] = [];
  /** Strings that come with a value and are never sorted by: `:text` of tokens, ends of family names. */
  readonly aside: StringEntry[] = [];
  readonly date: DateEntry[] = [];
  readonly number: NumberEntry[] = [];
  readonly quantity: QuantityEntry[] = [];
  readonly uri: UriEntry[] = [];
  readonly composite: CompositeEntry[] = [];
  readonly position: PositionEntry[] = [];
  private readonly lists = [this.token, this.reference, this.string, this.aside, this.date, this.number, this.quantity, this.uri];
  /** Id of the contained resource that is walked; undefined for the resource itself. */
  contained: string | undefined;
  /** What is walked. */
  resource: JsonObject = {};
  private scratchRun: Run | undefined;
  private readonly parsed = new Map<string, ParsedReference | undefined>();

  constructor(
    readonly options: IndexOptions,
    /** The contained resources by their id. */
    readonly inner: ReadonlyMap<string, JsonObject>,
  ) {}

  /** Another run over the same resource for the components of a composite, empty. */
  scratch(): Run {
    const scratch = (this.scratchRun ??= new Run(this.options, this.inner));
    scratch.resource = this.resource;
    for (const list of scratch.lists) if (list.length > 0) list.length = 0;
    return scratch;
  }

  /** One resource says the same reference several times: it is parsed once. */
  parse(reference: string): ParsedReference | undefined {
    const known = this.parsed.get(reference);
    if (known !== undefined || this.parsed.has(reference)) return known;
    const parsed = parseReference(reference, this.options.bases);
    this.parsed.set(reference, parsed);
    return parsed;
  }
}

/** Reads a value and adds its entries to the run. Entries are made with every property that they may have, so that all share one shape. */
export type Visit = (value: unknown, run: Run) => void;
