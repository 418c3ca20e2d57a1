/**
 * The codes of a value set (https://hl7.org/fhir/R4/valueset.html#compositions): what its definition includes, less what it
 * excludes. Within one include everything must hold: its system with its codes or filters, and each value set that it names.
 */
import type { CodeHierarchy } from './code-hierarchy.js';
import { difference, intersection, noConcepts, sizeOf, someConcepts, union, wholeSystem, type ConceptSet } from './concept-set.js';

export interface ComposePart {
  readonly system?: string;
  readonly version?: string;
  readonly concept?: readonly { readonly code?: string }[];
  readonly filter?: readonly { readonly property?: string; readonly op?: string; readonly value?: string }[];
  readonly valueSet?: readonly string[];
}
interface Contains {
  readonly system?: string;
  readonly code?: string;
  readonly abstract?: boolean;
  readonly contains?: readonly Contains[];
}
/** What counts of a ValueSet. */
export interface ValueSetDefinition {
  readonly compose?: { readonly include?: readonly ComposePart[]; readonly exclude?: readonly ComposePart[] };
  readonly expansion?: { readonly contains?: readonly Contains[] };
}

/** Where definitions are found; undefined: not there. `url` may end in `|version`. */
export interface Definitions {
  valueSet(url: string): Promise<ValueSetDefinition | undefined>;
  codeSystem(url: string): Promise<CodeHierarchy | undefined>;
}
/** How an expansion is refused. */
export interface Refusals {
  /** @param reason in the words of the caller's question: "… cannot be used: reason" */
  readonly refuse: (reason: string) => Error;
  readonly tooMany: () => Error;
  /** Codes, at most. */
  readonly limit: number;
}

/** Value sets that one may be made of. */
const mostValueSets = 100;
/** Parts and filters that one may be made of, all its value sets together. */
const mostParts = 1_000;
/** How often each code, at most, may be looked at while parts are put together. */
const mostLooks = 100;

const versioned = (url: string, version: string | undefined): string => (version === undefined ? url : `${url}|${version}`);

class Expansion {
  private read = 0;
  private made = 0;
  private looked = 0;
  constructor(private readonly definitions: Definitions, private readonly refusals: Refusals) {}

  /** @param within the value sets that this one is a part of */
  async valueSet(url: string, within: readonly string[]): Promise<ConceptSet> {
    if (within.includes(url)) throw this.refusals.refuse(`the value set ${url} is made of itself`);
    if (++this.read > mostValueSets) throw this.refusals.refuse(`it is made of more than ${mostValueSets} value sets`);
    const found = await this.definitions.valueSet(url);
    if (!found) throw this.refusals.refuse(`the value set ${url} is not here`);
    const { compose, expansion } = found;
    if (!compose) return this.checked(expanded(expansion?.contains ?? []));
    const path = [...within, url];
    const included = await this.parts(compose.include ?? [], path);
    return this.checked(difference(included, await this.parts(compose.exclude ?? [], path)));
  }
  private async parts(parts: readonly ComposePart[], within: readonly string[]): Promise<ConceptSet> {
    let all = noConcepts;
    for (const part of parts) all = this.checked(union(all, await this.part(part, within)));
    return all;
  }
  private async part({ system, version, concept, filter = [], valueSet = [] }: ComposePart, within: readonly string[]): Promise<ConceptSet> {
    this.made += filter.reduce((sum, { value = '' }) => sum + value.split(',').length, 1);
    if (this.made > mostParts) throw this.refusals.refuse(`it is made of more than ${mostParts} parts and filters`);
    let set: ConceptSet | undefined;
    const keep = (more: ConceptSet): void => void (set = set === undefined ? more : intersection(set, more));
    if (system !== undefined) {
      keep(concept ? someConcepts(system, concept.flatMap(({ code }) => code ?? [])) : wholeSystem(system));
      for (const each of filter) keep(await this.filtered(versioned(system, version), system, each));
    }
    for (const url of valueSet) keep(await this.valueSet(url, within));
    return set ?? noConcepts;
  }

  private async filtered(url: string, system: string, { property = '', op = '', value = '' }: NonNullable<ComposePart['filter']>[number]): Promise<ConceptSet> {
    const codes = await this.definitions.codeSystem(url);
    if (!codes) throw this.refusals.refuse(`the code system ${system}, which its value set filters, is not here`);
    const filter = filters[op];
    if (!filter) throw this.refusals.refuse(`its value set filters ${system} by "${op}", which is not offered`);
    return someConcepts(system, filter(codes, property, value));
  }

  /** Whole systems without some codes are listed, where they are known. */
  async listed(set: ConceptSet): Promise<readonly { readonly system: string; readonly codes?: readonly string[] }[]> {
    const groups = [];
    for (const [system, { all, codes }] of set) {
      if (!all) groups.push({ system, codes: [...codes] });
      else if (codes.size === 0) groups.push({ system });
      else groups.push({ system, codes: await this.allBut(system, codes) });
    }
    if (groups.reduce((sum, { codes = [] }) => sum + codes.length, 0) > this.refusals.limit) throw this.refusals.tooMany();
    return groups;
  }
  private async allBut(system: string, out: ReadonlySet<string>): Promise<readonly string[]> {
    const known = await this.definitions.codeSystem(system);
    if (!known) throw this.refusals.refuse(`the code system ${system}, of which its value set takes all codes but some, is not here`);
    return [...known.codes].filter((code) => !out.has(code));
  }

  private checked(set: ConceptSet): ConceptSet {
    const size = sizeOf(set);
    this.looked += size;
    if (size > this.refusals.limit || this.looked > mostLooks * this.refusals.limit) throw this.refusals.tooMany();
    return set;
  }
}

/** The codes of an expansion that is there already, whatever their depth. */
function expanded(contains: readonly Contains[]): ConceptSet {
  const codes = new Map<string, string[]>();
  const waiting = [...contains];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const { system, code, abstract, contains: inner = [] } = one;
    if (system !== undefined && code !== undefined && abstract !== true) codes.set(system, codes.get(system) ?? []).get(system)?.push(code);
    for (const each of inner) waiting.push(each);
  }
  return new Map([...codes].flatMap(([system, of]) => [...someConcepts(system, of)]));
}

type Filter = (codes: CodeHierarchy, property: string, value: string) => Iterable<string>;
const without = (codes: Iterable<string>, out: string): string[] => [...codes].filter((code) => code !== out);
const named = ['code', 'concept'];
/** Filters by `op`; those that need a regular expression of the definition are not offered. */
const filters: Readonly<Record<string, Filter | undefined>> = {
  'is-a': (codes, _, value) => codes.closure(value, 'below'),
  'descendent-of': (codes, _, value) => without(codes.closure(value, 'below'), value),
  generalizes: (codes, _, value) => codes.closure(value, 'above'),
  'is-not-a': (codes, _, value) => {
    const below = codes.closure(value, 'below');
    return [...codes.codes].filter((code) => !below.has(code));
  },
  in: (codes, property, value) => value.split(',').map((each) => each.trim()).flatMap((each) => [...equal(codes, property, each)]),
  'not-in': (codes, property, value) => {
    const out = new Set(value.split(',').flatMap((each) => [...equal(codes, property, each.trim())]));
    return [...codes.codes].filter((code) => !out.has(code));
  },
  '=': (codes, property, value) => equal(codes, property, value),
};
function equal(codes: CodeHierarchy, property: string, value: string): Iterable<string> {
  if (named.includes(property)) return codes.codes.has(value) ? [value] : [];
  if (property === 'parent') return codes.next(value, 'below');
  return property === 'child' ? codes.next(value, 'above') : codes.having(property, value);
}

/** @throws what `refusals` make, for what is not here, is not offered, or is too much */
export async function expand(valueSet: string, definitions: Definitions, refusals: Refusals): Promise<readonly { readonly system: string; readonly codes?: readonly string[] }[]> {
  const expansion = new Expansion(definitions, refusals);
  return expansion.listed(await expansion.valueSet(valueSet, []));
}
