/** Index entries as fields of documents: those of the resource itself, of what it contains, and its sort keys. */
import type { IndexEntries, ReferenceEntry } from '../../search/entries.js';
import { farPast, type ContainedFields, type EntryFields, type SortValue } from './documents.js';
import { compositeOf, referencesOf, stringOf, tokenOf, uriOf } from './entry-texts.js';

/** Main dates are whole milliseconds within the ends of time. */
export const mainDate = ({ mainDate: sd }: IndexEntries): number => Math.min(Math.max(sd ?? farPast, farPast), -farPast);

type List = (string | object)[];
type Kind = keyof EntryFields;

/** One entry as one or two values of its kind. */
function* values(entries: IndexEntries): Iterable<readonly [contained: string | undefined, kind: Kind, values: readonly (string | object)[]]> {
  for (const entry of entries.token) yield [entry.contained, 't', [tokenOf(entry)]];
  for (const entry of entries.string) yield [entry.contained, 's', [stringOf(entry)]];
  for (const entry of entries.uri) yield [entry.contained, 'u', [uriOf(entry)]];
  for (const { param: p, lo, hi, contained } of entries.date) yield [contained, 'd', [{ p, lo, hi }]];
  for (const { param: p, lo, hi, contained } of entries.number) yield [contained, 'q', [{ p, u: '', lo, hi }]];
  for (const { param: p, unit: u, lo, hi, contained } of entries.quantity) yield [contained, 'q', [{ p, u, lo, hi }]];
  for (const entry of entries.composite) yield [entry.contained, 'c', [compositeOf(entry)]];
  for (const entry of entries.reference) yield [entry.contained, 'r', referencesOf(entry)];
}

interface Gathered {
  readonly own: EntryFields;
  readonly contained: Map<string, EntryFields>;
}
const empty = (): Gathered => ({ own: {}, contained: new Map() });

/** Gathers entries into documents of at most `limit` values. */
class Gathering {
  readonly documents: Gathered[] = [];
  private current = empty();
  private count = 0;

  constructor(private readonly limit: number) {
    this.documents.push(this.current);
  }

  add(contained: string | undefined, kind: Kind, values: readonly (string | object)[]): void {
    if (this.count + values.length > this.limit) {
      this.current = empty();
      this.documents.push(this.current);
      this.count = 0;
    }
    this.count += values.length;
    push(contained === undefined ? this.current.own : this.inside(contained), kind, values);
  }

  private inside(contained: string): EntryFields {
    const fields = this.current.contained.get(contained) ?? {};
    this.current.contained.set(contained, fields);
    return fields;
  }
}
function push(fields: EntryFields, kind: Kind, values: readonly (string | object)[]): void {
  const list = ((fields as Record<Kind, List>)[kind] ??= []);
  list.push(...values);
}
function fieldsOf({ own, contained }: Gathered): ResourceFields {
  const inside = [...contained].map(([id, fields]): ContainedFields => ({ id, ...fields }));
  return inside.length === 0 ? own : { ...own, in: inside };
}

/** Bits of `mark`. */
const least = 1;
const greatest = 2;

const referenceValue = (entry: ReferenceEntry): string => {
  switch (entry.form) {
    case 'local': return `${entry.type}/${entry.id}`;
    case 'contained': return `#${entry.id}`;
    case 'logical': return entry.value;
    default: return entry.url;
  }
};

/** The marked entries of the resource itself. Periods without a start sort by their end. */
function sortValues(entries: IndexEntries): SortValue[] {
  const found = new Map<string, SortValue>();
  const add = ({ param: p, contained, mark = 0 }: { readonly param: string; readonly contained?: string | undefined; readonly mark?: number | undefined }, value: string | number): void => {
    if (mark === 0 || contained !== undefined) return;
    const known = found.get(p) ?? { p, a: value };
    if ((mark & least) !== 0) known.a = value;
    if ((mark & greatest) !== 0) known.z = value;
    found.set(p, known);
  };
  for (const entry of entries.token) add(entry, entry.code);
  for (const entry of entries.string) add(entry, entry.folded);
  for (const entry of entries.uri) add(entry, entry.value);
  for (const entry of entries.date) add(entry, entry.lo > farPast ? entry.lo : entry.hi);
  for (const entry of [...entries.number, ...entries.quantity]) add(entry, entry.lo);
  for (const entry of entries.reference) add(entry, referenceValue(entry));
  for (const entry of entries.composite) add(entry, entry.code);
  return [...found.values()].map(({ p, a, z }) => (z === undefined || z === a ? { p, a } : { p, a, z }));
}

export type ResourceFields = EntryFields & { k?: SortValue[]; in?: ContainedFields[] };
export interface Fields {
  /** Of the resource's own document. */
  readonly main: ResourceFields;
  /** Of each further document. */
  readonly spill: readonly ResourceFields[];
}

/** Values that one document holds; beyond, a resource spills into further ones. */
export const spillFrom = 5_000;

/** @param limit values in one document */
export function entryFields(entries: IndexEntries, limit = spillFrom): Fields {
  const gathering = new Gathering(limit);
  for (const [contained, kind, list] of values(entries)) gathering.add(contained, kind, list);
  const [first = {}, ...spill] = gathering.documents.map(fieldsOf);
  const sort = sortValues(entries);
  return { main: sort.length === 0 ? first : { ...first, k: sort }, spill };
}
