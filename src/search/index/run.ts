/** One walk over one resource (or one resource contained in it): what its extractors read and where they put entries. */
import { fail } from '../../fhir/failure.js';
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

/**
 * What one resource may be found by beyond what it says once. A few kilobytes that multiply (codes beside values, ends of one
 * name) would otherwise become megabytes of entries.
 */
const mostCombinations = 10_000;
/** Values that one resource is found by; more of them would keep others from writing for seconds. */
const mostEntries = 250_000;
/** The same codes stand beside the value of each element: there is no multiplication in any of them. */
const mostRepetitions = 50_000;
/** Characters. */
const mostEnds = 100_000;

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
  private combinations = 0;
  private repetitions = 0;
  private ends = 0;
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

  /** After the entries of each parameter were made, before they are told apart. @throws Failure too-many-values */
  requireRoom(): void {
    let count = this.composite.length + this.position.length;
    for (const list of this.lists) count += list.length;
    if (count > mostEntries) throw fail('too-many-values', { limit: mostEntries, what: 'values that the resource would be found by' });
  }

  /** Before a composite is made of so many codes and so many values (and numbers) each. @throws Failure too-many-values */
  combine(codes: number, ...counts: readonly number[]): void {
    const values = counts.reduce((product, count) => product * count, 1);
    this.combinations += Math.max(codes * values - Math.max(codes, ...counts), 0);
    this.repetitions += Math.max(codes - 1, 0) * values;
    const limit = this.combinations > mostCombinations ? mostCombinations : mostRepetitions;
    if (this.combinations > limit || this.repetitions > limit) throw fail('too-many-values', { limit, what: 'combinations of values that a composite search parameter would find' });
  }

  /** Before the ends of a family name are made, so many characters together. @throws Failure too-many-values */
  end(characters: number): void {
    this.ends += characters;
    if (this.ends > mostEnds) throw fail('too-many-values', { limit: mostEnds, what: 'characters of ends of family names, each of which would find the resource' });
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
