/** Sets of codes, system by system: some codes of a system, or all of them but some. */

interface Members {
  /** The codes are those that are left out. */
  readonly all: boolean;
  readonly codes: ReadonlySet<string>;
}
export type ConceptSet = ReadonlyMap<string, Members>;

export const noConcepts: ConceptSet = new Map();
export const wholeSystem = (system: string): ConceptSet => new Map([[system, { all: true, codes: new Set<string>() }]]);
export const someConcepts = (system: string, codes: Iterable<string>): ConceptSet => new Map([[system, { all: false, codes: new Set(codes) }]]);

const nobody: Members = { all: false, codes: new Set() };
const minus = (one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> => new Set([...one].filter((code) => !other.has(code)));
const shared = (one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> => new Set([...one].filter((code) => other.has(code)));
const joined = (one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> => new Set([...one, ...other]);

const complement = ({ all, codes }: Members): Members => ({ all: !all, codes });

function both(one: Members, other: Members): Members {
  if (one.all) return other.all ? { all: true, codes: joined(one.codes, other.codes) } : { all: false, codes: minus(other.codes, one.codes) };
  return { all: false, codes: other.all ? minus(one.codes, other.codes) : shared(one.codes, other.codes) };
}
const either = (one: Members, other: Members): Members => complement(both(complement(one), complement(other)));

function combined(one: ConceptSet, other: ConceptSet, how: (one: Members, other: Members) => Members): ConceptSet {
  const systems = new Set([...one.keys(), ...other.keys()]);
  return new Map([...systems].map((system) => [system, how(one.get(system) ?? nobody, other.get(system) ?? nobody)] as const).filter(([, { all, codes }]) => all || codes.size > 0));
}
export const union = (one: ConceptSet, other: ConceptSet): ConceptSet => combined(one, other, either);
export const intersection = (one: ConceptSet, other: ConceptSet): ConceptSet => combined(one, other, both);
export const difference = (one: ConceptSet, other: ConceptSet): ConceptSet => combined(one, other, (mine, theirs) => both(mine, complement(theirs)));

/** How many codes it names. */
export const sizeOf = (set: ConceptSet): number => [...set.values()].reduce((sum, { codes }) => sum + codes.size, 0);
