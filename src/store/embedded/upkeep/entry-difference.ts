/**
 * Whether the entries read back from rows are those that the indexer gives. They are compared as rows: these keep neither
 * their order, nor the fragment of a canonical, nor the names of contained resources, only which entries go together.
 */
import { createHash } from 'node:crypto';
import type { CompositeEntry, IndexEntries, ReferenceEntry } from '../../../search/entries.js';

/** Open sides of dates, as stores keep them: the ends of ECMAScript time. */
const farPast = -8.64e15;
const farFuture = 8.64e15;

interface EntryRow {
  readonly param: string;
  /** All that it says, but for names of contained resources. */
  readonly said: string;
  readonly inside?: string | undefined;
  /** The contained resource that it refers to. */
  readonly to?: string | undefined;
  readonly mark: number;
}
type Value = string | number;

const second = ({ second: value }: CompositeEntry): Value[] => {
  switch (value.kind) {
    case 'quantity':
      return [value.unit, '', value.lo, value.hi];
    case 'number':
      return ['', '', value.lo, value.hi];
    case 'date':
      return ['', '', ...span(value)];
    case 'token':
      return [value.system, value.code, 0, 0];
    case 'string':
      return ['', value.folded, 0, 0];
  }
};
const span = ({ lo, hi }: { readonly lo: number; readonly hi: number }): [number, number] => [Math.max(lo, farPast), Math.min(hi, farFuture)];

function reference(entry: ReferenceEntry): Value[] {
  switch (entry.form) {
    case 'local':
      return ['local', entry.type, entry.id, entry.version ?? ''];
    case 'contained':
      return ['contained'];
    case 'absolute':
      return ['absolute', entry.url];
    case 'canonical':
      return ['canonical', entry.url, entry.version ?? ''];
    case 'logical':
      return ['logical', entry.system, entry.value, entry.type ?? ''];
  }
}

function rowsOf(entries: IndexEntries): EntryRow[] {
  type Common = { readonly param: string; readonly contained?: string | undefined; readonly mark?: number | undefined };
  const row = (kind: string, { param, contained, mark }: Common, values: readonly Value[], to?: string): EntryRow =>
    ({ param, said: JSON.stringify([kind, param, ...values.map((value) => (value === Infinity || value === -Infinity ? String(value) : value))]), inside: contained, to, mark: mark ?? 0 });
  return [
    ...entries.token.map((entry) => row('token', entry, [entry.code, entry.system])),
    ...entries.reference.map((entry) => row('reference', entry, reference(entry), entry.form === 'contained' ? entry.id : undefined)),
    ...entries.string.map((entry) => row('string', entry, [entry.folded, entry.exact])),
    ...entries.date.map((entry) => row('date', entry, span(entry))),
    ...entries.number.map((entry) => row('number', entry, [entry.lo, entry.hi])),
    ...entries.quantity.map((entry) => row('quantity', entry, [entry.unit, entry.lo, entry.hi])),
    ...entries.uri.map((entry) => row('uri', entry, [entry.value])),
    ...entries.composite.map((entry) => row('composite', entry, [entry.code, entry.system, ...second(entry), entry.third?.lo ?? 0, entry.third?.hi ?? 0])),
    ...(entries.position ?? []).map((entry) => row('position', entry, [entry.latitude, entry.longitude])),
  ];
}

/** A contained resource is told by what is said of it and by what refers to it. */
function signatures(rows: readonly EntryRow[]): ReadonlyMap<string, string> {
  const said = new Map<string, string[]>();
  const add = (name: string | undefined, text: string): void => {
    if (name !== undefined) said.set(name, [...(said.get(name) ?? []), text]);
  };
  for (const row of rows) {
    add(row.inside, row.said);
    add(row.to, `to ${row.said}`);
  }
  return new Map([...said].map(([name, texts]) => [name, createHash('sha256').update(texts.sort().join('\n')).digest('hex')]));
}

/** Rows by what they say, with their marks put together: the same value twice is one row. */
function merged(entries: IndexEntries): ReadonlyMap<string, EntryRow> {
  const rows = rowsOf(entries);
  const names = signatures(rows);
  const found = new Map<string, EntryRow>();
  for (const row of rows) {
    const key = [row.said, names.get(row.inside ?? ''), names.get(row.to ?? '')].join('\n');
    found.set(key, { ...row, mark: row.mark | (found.get(key)?.mark ?? 0) });
  }
  return found;
}

/** Parameters named in one finding. */
const namedParameters = 3;

function parameters(rows: readonly EntryRow[]): string {
  const names = [...new Set(rows.map(({ param }) => param))];
  return `${rows.length} (${names.slice(0, namedParameters).join(', ')}${names.length > namedParameters ? ', …' : ''})`;
}

/** @returns what is wrong, undefined when nothing is. It names parameters, never values. */
export function entryDifference(stored: IndexEntries, expected: IndexEntries): string | undefined {
  const [there, due] = [merged(stored), merged(expected)];
  const differs = (from: ReadonlyMap<string, EntryRow>, to: ReadonlyMap<string, EntryRow>) => [...from].filter(([key]) => !to.has(key)).map(([, row]) => row);
  const marks = [...due].filter(([key, { mark }]) => there.has(key) && there.get(key)?.mark !== mark).map(([, row]) => row);
  const told: [readonly EntryRow[], string][] = [[differs(due, there), 'missing'], [differs(there, due), 'too many'], [marks, 'with another mark']];
  const parts = told.filter(([rows]) => rows.length > 0).map(([rows, what]) => `${what}: ${parameters(rows)}`);
  if (Math.max(stored.mainDate, farPast) !== Math.max(expected.mainDate, farPast)) parts.push('another main date');
  return parts.length === 0 ? undefined : `its index entries are not those of its text: ${parts.join('; ')}`;
}
