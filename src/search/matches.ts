/**
 * Whether one resource satisfies a clause, told from its index entries alone: for what is not stored yet. The stores compile
 * plans to queries of their own; an oracle holds all of them to one meaning.
 */
import { isWithin } from './geo.js';
import type { CompositeEntry, IndexEntries, ReferenceEntry } from './entries.js';
import type { Clause, Comparison, CompositeSecond, Leaf, ReferenceTarget, StringMatch } from './plan.js';

interface Interval {
  readonly lo: number;
  readonly hi: number;
}
/** https://hl7.org/fhir/R4/search.html#prefix, over half-open intervals. */
const comparisons: Readonly<Record<Comparison['prefix'], (asked: Interval, value: Interval) => boolean>> = {
  eq: (asked, value) => asked.lo <= value.lo && value.hi <= asked.hi,
  ne: (asked, value) => !(asked.lo <= value.lo && value.hi <= asked.hi),
  gt: (asked, value) => value.hi > asked.hi,
  lt: (asked, value) => value.lo < asked.lo,
  ge: (asked, value) => value.hi > asked.hi || (asked.lo <= value.lo && value.hi <= asked.hi),
  le: (asked, value) => value.lo < asked.lo || (asked.lo <= value.lo && value.hi <= asked.hi),
  sa: (asked, value) => value.lo >= asked.hi,
  eb: (asked, value) => value.hi <= asked.lo,
  ap: (asked, value) => value.lo < asked.hi && value.hi > asked.lo,
};
const compares = (asked: Comparison, value: Interval): boolean => comparisons[asked.prefix](asked, value);

const isToken = (asked: { readonly system?: string; readonly code?: string }, { system, code }: { readonly system: string; readonly code: string }): boolean =>
  (asked.system === undefined || asked.system === system) && (asked.code === undefined || asked.code === code);

const texts: Readonly<Record<StringMatch, (asked: string, entry: { readonly folded: string; readonly exact: string }) => boolean>> = {
  exact: (asked, { exact }) => exact === asked,
  starts: (asked, { folded }) => folded.startsWith(asked),
  contains: (asked, { folded }) => folded.includes(asked),
  equals: (asked, { folded }) => folded === asked,
  ends: (asked, { folded }) => folded.endsWith(asked),
};

const sameOrAny = (asked: string | undefined, value: string | undefined): boolean => asked === undefined || asked === value;
const isVersion = ({ version, below }: { readonly version?: string; readonly below?: true }, given: string): boolean =>
  sameOrAny(version, given) || (below === true && given.startsWith(`${version ?? ''}.`));
function refersTo(target: ReferenceTarget, entry: ReferenceEntry): boolean {
  if (target.form === 'local') return entry.form === 'local' && entry.id === target.id && sameOrAny(target.type, entry.type) && sameOrAny(target.version, entry.version);
  if (target.form === 'logical') return entry.form === 'logical' && sameOrAny(target.system, entry.system) && sameOrAny(target.value, entry.value);
  if (target.form === 'absolute') return entry.form === 'absolute' && entry.url === target.url;
  if (target.form === 'members') return entry.form === 'local' && entry.type === target.type && target.ids.includes(entry.id);
  return entry.form === 'canonical' && entry.url === target.url && isVersion(target, entry.version ?? '');
}

/** Whether one URL is the other or a part of its path; a URN is above and below itself only. */
function isAbove(above: string, below: string): boolean {
  if (above === below) return true;
  const scheme = below.indexOf('://');
  const host = scheme < 0 ? -1 : below.indexOf('/', scheme + 3);
  return host >= 0 && below.startsWith(above) && above.length >= host && (above.endsWith('/') || below[above.length] === '/');
}
const uris: Readonly<Record<'exact' | 'above' | 'below', (asked: string, value: string) => boolean>> = {
  exact: (asked, value) => asked === value,
  above: (asked, value) => isAbove(value, asked),
  below: (asked, value) => isAbove(asked, value),
};

function hasSecond(asked: CompositeSecond, second: CompositeEntry['second']): boolean {
  if (asked.kind === 'token') return second.kind === 'token' && isToken(asked, second);
  if (asked.kind === 'string') return second.kind === 'string' && texts[asked.match](asked.text, { folded: second.folded, exact: second.folded });
  if (asked.kind === 'quantity') return second.kind === 'quantity' && sameOrAny(asked.unit, second.unit) && compares(asked.compare, second);
  return second.kind === asked.kind && compares(asked.compare, second);
}

const hasThird = (asked: Comparison | undefined, third: Interval | undefined): boolean => asked === undefined || (third !== undefined && compares(asked, third));

/** A resource that is about to be stored. */
export interface Candidate {
  readonly id: string;
  readonly entries: IndexEntries;
}
interface OfParameter {
  readonly param: string;
  readonly contained?: string | undefined;
}
/** Plain searches do not enter contained resources (rules 6.6). */
const own = <E extends OfParameter>(entries: readonly E[], param: string, holds: (entry: E) => boolean): boolean =>
  entries.some((entry) => entry.param === param && entry.contained === undefined && holds(entry));

function satisfiesLeaf(leaf: Leaf, { id, entries }: Candidate): boolean | undefined {
  switch (leaf.kind) {
    case 'token': return own(entries.token, leaf.param, (entry) => isToken(leaf, entry));
    case 'tokens':
      return own(entries.token, leaf.param, ({ system, code }) => leaf.groups.some((group) => group.system === system && (group.codes?.includes(code) ?? true)));
    case 'code-starts': return own(entries.token, leaf.param, ({ code }) => leaf.starts.some((start) => code.startsWith(start)));
    case 'near': return own(entries.position ?? [], leaf.param, (entry) => isWithin(entry, leaf, leaf.metres));
    case 'reference': return own(entries.reference, leaf.param, (entry) => refersTo(leaf.target, entry));
    case 'string': return own(entries.string, leaf.param, (entry) => texts[leaf.match](leaf.text, entry));
    case 'date':
    case 'number': return own<Interval & OfParameter>(entries[leaf.kind], leaf.param, (entry) => compares(leaf.compare, entry));
    case 'quantity': return own(entries.quantity, leaf.param, (entry) => sameOrAny(leaf.unit, entry.unit) && compares(leaf.compare, entry));
    case 'uri': return own(entries.uri, leaf.param, ({ value }) => uris[leaf.match](leaf.value, value));
    case 'composite': return own(entries.composite, leaf.param, (entry) => isToken(leaf, entry) && hasSecond(leaf.second, entry.second) && hasThird(leaf.third, entry.third));
    case 'missing': return own<OfParameter>(entries[leaf.valueKind] ?? [], leaf.param, () => true) !== leaf.missing;
    case 'ids': return leaf.ids.includes(id);
    case 'none': return false;
    case 'all': return true;
    default: return undefined;
  }
}

/** @returns undefined where other resources, or what only the store knows, would have to be looked at */
export function satisfies(clause: Clause, candidate: Candidate): boolean | undefined {
  switch (clause.kind) {
    case 'and':
    case 'or': {
      const decisive = clause.kind === 'or';
      const each = clause.of.map((part) => satisfies(part, candidate));
      return each.includes(decisive) ? decisive : each.includes(undefined) ? undefined : !decisive;
    }
    case 'not': {
      const inner = satisfies(clause.of, candidate);
      return inner === undefined ? undefined : !inner;
    }
    case 'chain':
    case 'contains':
    case 'has': return undefined;
    default: return satisfiesLeaf(clause, candidate);
  }
}
