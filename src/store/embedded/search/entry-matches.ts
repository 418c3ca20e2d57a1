/**
 * A leaf over index entries, as conditions on one entry table: `key` on the columns that its index begins with, `filter`
 * on the rest. Both uses of a leaf come from it: finding rows (it drives) and checking a row (it is probed).
 */
import { areaAround } from '../../../search/geo.js';
import type { CompositeSecond, Leaf, ReferenceTarget, StringMatch, TokenGroup, ValueKind } from '../../../search/plan.js';
import { following } from '../../search/text-range.js';
import { fold } from '../../../search/fold.js';
import { ExternalForm, type EntryTableName } from '../schema.js';
import { compareRange, compares, endsAbove } from './compare.js';
import type { SearchContext } from './context.js';
import { allOf, anyOf, join, name, oneOf, q, yes, type Sql } from './sql.js';

export interface EntryMatch {
  readonly table: EntryTableName;
  readonly p: number;
  readonly key: Sql;
  readonly filter: Sql;
  /** The key is an equality and the table goes on with (sd, rid): its rows come in the order of the main date. */
  readonly ordered: boolean;
  /** Shorter ranges that hold the same rows together, to find them by. */
  readonly shorter?: readonly EntryMatch[];
  /** Of the table, where its key is not what finds the rows. */
  readonly index?: string;
}
export type EntryLeaf = Extract<Leaf, { readonly param: string }>;

/** Texts that begin with `prefix`, as a range of an index. */
function startsWith(column: Sql, prefix: string): Sql {
  if (prefix === '') return yes;
  const end = following(prefix);
  return end === undefined ? q`${column} >= ${prefix}` : q`(${column} >= ${prefix} AND ${column} < ${end})`;
}

class Builder {
  constructor(private readonly context: SearchContext, private readonly alias: string, private readonly p: number) {}

  private column(column: string): Sql {
    return name(`${this.alias}.${column}`);
  }
  private get interval() {
    return { lo: this.column('lo'), hi: this.column('hi') };
  }
  private match(table: EntryTableName, key: Sql, filter: Sql = yes, ordered = false): EntryMatch {
    return { table, p: this.p, key, filter, ordered };
  }
  /** `column = name`; undefined when nothing stored bears that name, so that nothing can match. */
  private named(column: string, text: string | undefined): Sql | undefined {
    if (text === undefined) return yes;
    const id = this.context.names.id(text);
    return id === undefined ? undefined : q`${this.column(column)} = ${id}`;
  }

  token(system: string | undefined, code: string | undefined): EntryMatch[] {
    const sameSystem = this.named('sys', system);
    if (!sameSystem) return [];
    return [code === undefined ? this.match('tok', yes, sameSystem) : this.match('tok', q`${this.column('code')} = ${code}`, sameSystem, true)];
  }

  tokens(groups: readonly TokenGroup[]): EntryMatch[] {
    const [system, code] = [this.column('sys'), this.column('code')];
    const known = groups.flatMap(({ system: text, codes }) => {
      const id = this.context.names.id(text);
      return id === undefined ? [] : [{ id, codes }];
    });
    const whole = known.filter(({ codes }) => codes === undefined).map(({ id }) => id);
    const listed = known.filter((group): group is { id: number; codes: readonly string[] } => group.codes !== undefined);
    const codes = [...new Set(listed.flatMap((group) => group.codes))];
    return [
      ...(whole.length === 0 ? [] : [this.match('tok', yes, oneOf(system, whole))]),
      ...(codes.length === 0 ? [] : [this.match('tok', oneOf(code, codes), anyOf(...listed.map((group) => q`(${system} = ${group.id} AND ${oneOf(code, group.codes)})`)), codes.length === 1)]),
    ];
  }
  codeStarts(starts: readonly string[]): EntryMatch[] {
    return starts.map((start) => this.match('tok', startsWith(this.column('code'), start)));
  }

  near({ latitude, longitude, metres }: Extract<Leaf, { readonly kind: 'near' }>): EntryMatch[] {
    const { centre, reach, strips } = areaAround({ latitude, longitude }, metres);
    const [band, lon] = [this.column('band'), this.column('lon')];
    const squared = (axis: 'x' | 'y' | 'z') => q`(${this.column(axis)} - ${centre[axis]}) * (${this.column(axis)} - ${centre[axis]})`;
    const holds = q`(${squared('x')} + ${squared('y')} + ${squared('z')}) <= ${reach}`;
    return strips.map(({ from, to, west, east }) => {
      const here = from === to ? q`${band} = ${from}` : q`${band} BETWEEN ${from} AND ${to}`;
      return this.match('pos', q`${here} AND ${lon} BETWEEN ${west} AND ${east}`, holds);
    });
  }

  reference(target: ReferenceTarget): EntryMatch[] {
    if (target.form === 'local') return this.local(target);
    if (target.form === 'members') return this.members(target);
    const form = q`${this.column('form')} = ${ExternalForm[target.form]}`;
    if (target.form === 'logical') {
      const sameSystem = this.named('sys', target.system);
      if (!sameSystem) return [];
      const filter = allOf(form, sameSystem);
      return [target.value === undefined ? this.match('ext', yes, filter) : this.match('ext', q`${this.column('v')} = ${target.value}`, filter, true)];
    }
    return [this.match('ext', q`${this.column('v')} = ${target.url}`, allOf(form, target.form === 'canonical' ? this.version(target) : yes), true)];
  }
  private version({ version, below }: Extract<ReferenceTarget, { readonly form: 'canonical' }>): Sql {
    const column = this.column('extra');
    if (version === undefined) return yes;
    return below ? anyOf(q`${column} = ${version}`, startsWith(column, `${version}.`)) : q`${column} = ${version}`;
  }
  private members({ type, ids }: Extract<ReferenceTarget, { readonly form: 'members' }>): EntryMatch[] {
    const number = this.context.names.id(type);
    const rids = number === undefined ? [] : this.context.numbers(q`SELECT rid FROM res WHERE ${oneOf(name('id'), ids)} AND type = ${number}`);
    return rids.length === 0 ? [] : this.refersTo(rids);
  }
  private local({ type, id, version }: Extract<ReferenceTarget, { readonly form: 'local' }>): EntryMatch[] {
    const targets = type === undefined ? this.context.numbers(q`SELECT rid FROM res WHERE id = ${id}`) : [this.context.rid(type, id)].filter((rid) => rid !== undefined);
    const filter = version === undefined ? yes : q`${this.column('ver')} = ${version}`;
    return targets.map((rid) => this.match('ref', q`${this.column('t')} = ${rid}`, filter, true));
  }
  /** References to any of these resources. */
  refersTo(targets: readonly number[]): EntryMatch[] {
    if (targets.length <= mergedTargets) return targets.map((rid) => this.match('ref', q`${this.column('t')} = ${rid}`, yes, true));
    return [this.match('ref', q`${this.column('t')} IN (SELECT value FROM json_each(${JSON.stringify(targets)}))`)];
  }

  string(match: StringMatch, text: string): EntryMatch[] {
    const [folded, exact] = [this.column('f'), this.column('x')];
    switch (match) {
      case 'starts': return [this.match('str', startsWith(folded, text))];
      case 'exact': return [this.match('str', q`${folded} = ${fold(text)}`, q`${exact} = ${text}`)];
      case 'contains': return [this.match('str', yes, q`instr(${folded}, ${text}) > 0`)];
      case 'equals': return [this.match('str', q`${folded} = ${text}`)];
      case 'ends': return [this.match('str', yes, q`substr(${folded}, ${-[...text].length}) = ${text}`)];
    }
  }
  ranged(table: 'dat' | 'num', leaf: Extract<Leaf, { readonly kind: 'date' | 'number' }>): EntryMatch[] {
    return [this.match(table, compareRange(this.interval, leaf.compare), compares(this.interval, leaf.compare))];
  }
  quantity({ unit, compare }: Extract<Leaf, { readonly kind: 'quantity' }>): EntryMatch[] {
    const sameUnit = this.named('u', unit);
    if (!sameUnit) return [];
    const holds = compares(this.interval, compare);
    const match = this.match('qty', unit === undefined ? yes : allOf(sameUnit, compareRange(this.interval, compare)), holds);
    const ends = unit === undefined ? undefined : endsAbove(this.interval, compare);
    if (!ends) return [match];
    const wide = this.match('qty', allOf(sameUnit, ends.wide), allOf(ends.before, holds));
    return [{ ...match, shorter: [this.match('qty', allOf(sameUnit, ends.from), holds), { ...wide, index: 'qty_wide' }] }];
  }
  uri({ match, value }: Extract<Leaf, { readonly kind: 'uri' }>): EntryMatch[] {
    const column = this.column('v');
    const exactly = (text: string) => this.match('uri', q`${column} = ${text}`);
    if (match === 'exact' || !/:\/\/./.test(value)) return [exactly(value)];
    if (match === 'above') return parents(value).map(exactly);
    return [exactly(value), this.match('uri', startsWith(column, value.endsWith('/') ? value : `${value}/`), q`${column} <> ${value}`)];
  }
  composite({ code, system, second, third }: Extract<Leaf, { readonly kind: 'composite' }>): EntryMatch[] {
    const sameSystem = this.named('sys', system);
    const { key, filter } = this.second(second) ?? {};
    if (!sameSystem || !key || !filter) return [];
    return [this.match('cmp', allOf(q`${this.column('code')} = ${code}`, key), allOf(sameSystem, filter, third ? compares({ lo: this.column('lo2'), hi: this.column('hi2') }, third) : yes))];
  }
  /** Columns of the second component, as {@link entryTables} lays them out. */
  private second(second: CompositeSecond): { readonly key: Sql; readonly filter: Sql } | undefined {
    const [unit, value] = [this.column('u'), this.column('v')];
    switch (second.kind) {
      case 'quantity': {
        const sameUnit = this.named('u', second.unit);
        if (!sameUnit) return undefined;
        const key = second.unit === undefined ? yes : allOf(sameUnit, q`${value} = ''`, compareRange(this.interval, second.compare));
        return { key, filter: compares(this.interval, second.compare) };
      }
      case 'date':
      case 'number':
        return { key: allOf(q`${unit} = 0`, q`${value} = ''`, compareRange(this.interval, second.compare)), filter: compares(this.interval, second.compare) };
      case 'token': {
        const sameSystem = this.named('u', second.system);
        return sameSystem && { key: second.system === undefined ? yes : sameSystem, filter: second.code === undefined ? yes : q`${value} = ${second.code}` };
      }
      case 'string':
        return { key: q`${unit} = 0`, filter: this.text(second.match, value, second.text) };
    }
  }
  private text(match: 'starts' | 'exact' | 'contains', column: Sql, text: string): Sql {
    if (match === 'exact') return q`${column} = ${text}`;
    return match === 'starts' ? startsWith(column, text) : q`instr(${column}, ${text}) > 0`;
  }
  present(kind: ValueKind): EntryMatch[] {
    return presenceTables[kind].map((table) => this.match(table, yes));
  }
}

/** Up to this many targets are merged in the order of the main date; more are looked up in one go, unordered. */
const mergedTargets = 16;

const presenceTables: Readonly<Record<ValueKind, readonly EntryTableName[]>> = {
  token: ['tok'], reference: ['ref', 'ext'], string: ['str'], date: ['dat'], number: ['num'], quantity: ['qty'], uri: ['uri'], composite: ['cmp'], position: ['pos'],
};

/** The URL and its parents by path, each with and without the slash at its end. */
function parents(url: string): string[] {
  const all = new Set([url]);
  const host = url.indexOf('://') + 2;
  for (let end = url.lastIndexOf('/'); end > host; end = url.lastIndexOf('/', end - 1)) all.add(url.slice(0, end)).add(url.slice(0, end + 1));
  return [...all];
}

/**
 * Where the entries that satisfy a leaf are: any of the matches. [] = nothing here can. A leaf `missing` gives the
 * entries that are there, whatever it asks.
 * @param alias of the entry table
 */
export function entryMatches(context: SearchContext, leaf: EntryLeaf, alias: string): EntryMatch[] {
  const p = context.names.id(leaf.param);
  if (p === undefined) return [];
  const build = new Builder(context, alias, p);
  switch (leaf.kind) {
    case 'token': return build.token(leaf.system, leaf.code);
    case 'tokens': return build.tokens(leaf.groups);
    case 'code-starts': return build.codeStarts(leaf.starts);
    case 'near': return build.near(leaf);
    case 'reference': return build.reference(leaf.target);
    case 'string': return build.string(leaf.match, leaf.text);
    case 'date': return build.ranged('dat', leaf);
    case 'number': return build.ranged('num', leaf);
    case 'quantity': return build.quantity(leaf);
    case 'uri': return build.uri(leaf);
    case 'composite': return build.composite(leaf);
    case 'missing': return build.present(leaf.valueKind);
  }
}

/** The references by `param` to any of these resources. */
export function referencesTo(context: SearchContext, param: string, targets: readonly number[], alias: string): EntryMatch[] {
  const p = context.names.id(param);
  return p === undefined || targets.length === 0 ? [] : new Builder(context, alias, p).refersTo(targets);
}

const nothing: Sql = { text: '', args: [] };

/** `FROM` and `WHERE` of a match. */
export const matchSource = ({ table, p, key, index }: EntryMatch, alias: string): Sql => {
  const from = q`${name(table)} ${name(alias)}${index === undefined ? nothing : q` INDEXED BY ${name(index)}`} WHERE ${name(`${alias}.p`)} = ${p}`;
  return key.text === yes.text ? from : join([from, key], ' AND ');
};
