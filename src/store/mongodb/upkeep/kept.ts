/**
 * What only a MongoDB store keeps of a resource: its place among equals and its entries as fields. It passes from one such
 * store to another as it is.
 */
import { BSON } from 'mongodb';
import type { IndexEntries } from '../../../search/entries.js';
import type { ContainedFields, EntryFields, ResourceDocument, SortValue } from '../documents.js';
import { entryFields, mainDate, type Fields, type ResourceFields } from '../entry-fields.js';
import { insideMark } from '../entry-texts.js';

export interface Kept {
  readonly n: number;
  readonly w: number;
  /** Of a live resource. */
  readonly fields?: Fields;
}

type Name = keyof ResourceFields;
/** All of them: one that were left out would be lost on the way, and missed by nobody. */
const fieldNames: Readonly<Record<Name, true>> = { t: true, r: true, s: true, u: true, d: true, q: true, c: true, pl: true, k: true, in: true };
export const entryNames = Object.keys(fieldNames) as readonly Name[];

const fieldsIn = (document: ResourceDocument): ResourceFields =>
  Object.fromEntries(entryNames.flatMap((name) => (document[name] === undefined ? [] : [[name, document[name]]])));

export function keptText(document: ResourceDocument, spill: readonly ResourceDocument[]): string {
  const { n, w, dt } = document;
  const fields = { main: fieldsIn(document), spill: spill.map(fieldsIn) };
  // Infinite sides are no JSON.
  return BSON.EJSON.stringify(dt === undefined ? { n, w, fields } : { n, w });
}
export const keptOf = (text: string): Kept => BSON.EJSON.parse(text) as Kept;

/** Every value of some fields, by the parameter that it is of. */
function valuesOf({ main, spill }: Fields): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const add = (name: Name | string, value: string | object, within = ''): void => {
    values.set(`${within}${name} ${typeof value === 'string' ? value : BSON.EJSON.stringify(Object.fromEntries(Object.entries(value).sort()))}`, parameterOf(value));
  };
  const addAll = (fields: EntryFields & { readonly k?: readonly SortValue[] }, within = ''): void => {
    for (const name of entryNames) {
      if (name === 'in' || (name === 'k' && within !== '')) continue;
      for (const value of fields[name] ?? []) add(name, value, within);
    }
  };
  for (const part of [main, ...spill]) {
    addAll(part);
    for (const { id, by, rt, ...fields } of part.in ?? []) {
      for (const each of by) add('by', `${each}|`, `${id} `);
      for (const each of rt) add('rt', `${each}|`, `${id} `);
      addAll(fields as Omit<ContainedFields, 'id' | 'by' | 'rt'>, `${id} `);
    }
  }
  return values;
}

const parameterOf = (value: string | object): string => {
  const text = typeof value === 'string' ? value.slice(0, Math.max(value.indexOf('|'), 0)) : (value as { readonly p: string }).p;
  return text.replace(insideMark, '').replace(/\+$/, '');
};

/** Parameters named in one finding. */
const namedParameters = 3;
function told(parameters: readonly string[], what: string): string[] {
  const distinct = [...new Set(parameters)];
  return parameters.length === 0 ? [] : [`${what}: ${parameters.length} (${distinct.slice(0, namedParameters).join(', ')}${distinct.length > namedParameters ? ', …' : ''})`];
}

/** @returns what is wrong with the entries that are kept of a resource, in parameters and counts */
export function keptDifference(type: string, sd: number, { fields }: Kept, due: IndexEntries): string | undefined {
  const [there, expected] = [valuesOf(fields ?? { main: {}, spill: [] }), valuesOf(entryFields(type, due))];
  const beyond = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) => [...one].filter(([key]) => !other.has(key)).map(([, parameter]) => parameter);
  const parts = [...told(beyond(expected, there), 'missing'), ...told(beyond(there, expected), 'too many'), ...(sd === mainDate(due) ? [] : ['another main date'])];
  return parts.length === 0 ? undefined : `its index entries are not those of its text: ${parts.join('; ')}`;
}
