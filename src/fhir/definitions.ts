/**
 * The structures of FHIR R4, from the compact artefacts that `scripts/definitions/structures.mjs` makes of the published
 * definitions (`profiles/r4`). The list of resource types is read at once; everything else on first use, one structure at
 * a time.
 *
 * A structure is a text: a header `kind [base]`, then an element a line, in the order of the standard:
 * `name min..maxFLAGS type… [=value set]`, a name in `[x]` for a choice of types; flags: s in summaries, m modifier, a an
 * attribute in XML. A type is `code`, `Reference(Target,…)`, `canonical(Target,…)`, `code:Structure` where a datatype is narrowed
 * (`Quantity:SimpleQuantity`), or the path of an element with elements of its own (`Patient.contact`).
 * A value set is a line for each code system: `system code code …`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface TypeUse {
  /** Name of the datatype: what a choice appends to its name. For nested elements their path. */
  readonly code: string;
  /** The structure whose elements it has: `SimpleQuantity` where `code` is Quantity, else `code`. */
  readonly structure: string;
  /** Resource types that a Reference or canonical may name; absent when any will do. */
  readonly targets?: readonly string[];
}

export interface ElementDefinition {
  /** Without `[x]`. */
  readonly name: string;
  readonly min: 0 | 1;
  /** True when it repeats (an array in JSON), false when there is at most one. */
  readonly list: boolean;
  readonly choice: boolean;
  /** In the order of the standard, never empty. */
  readonly types: readonly TypeUse[];
  /** Name of the value set that its codes are required to come from. */
  readonly valueSet?: string;
  /** In `_summary=true`. */
  readonly summary: boolean;
  /** May change the meaning of what holds it. */
  readonly modifier: boolean;
  /** An attribute in XML; has neither id nor extension. */
  readonly attribute: boolean;
}

export type Kind = 'resource' | 'complex' | 'nested' | 'primitive' | 'abstract';

export interface Structure {
  readonly name: string;
  readonly kind: Kind;
  /** Inherited ones first, in the order of the standard. */
  readonly elements: readonly ElementDefinition[];
}

interface Artefact {
  readonly types: Readonly<Record<string, string>>;
  readonly valueSets: Readonly<Record<string, string>>;
}

const folder = join(__dirname, '..', '..', 'profiles', 'r4');
const read = (name: string): Buffer => readFileSync(join(folder, name));

/** Every concrete resource type, in alphabetical order. */
export const resourceTypes: readonly string[] = JSON.parse(read('resource-types.json').toString('utf8')) as string[];
const names: ReadonlySet<string> = new Set(resourceTypes);
/** True for a concrete resource type of R4. */
export const isResourceType = (name: string): boolean => names.has(name);

let artefact: Artefact | undefined;
const definitions = (): Artefact => (artefact ??= JSON.parse(gunzipSync(read('structures.json.gz')).toString('utf8')) as Artefact);

const structures = new Map<string, Structure>();

/**
 * @param name a resource type, a datatype, or the path of an element with elements of its own (`Patient.contact`)
 * @returns undefined when R4 has no such structure
 */
export function structureOf(name: string): Structure | undefined {
  const known = structures.get(name);
  if (known) return known;
  const { types } = definitions();
  const text = Object.hasOwn(types, name) ? types[name] : undefined;
  if (text === undefined) return undefined;
  const [header = '', ...lines] = text.split('\n');
  const [kind, base] = header.split(' ');
  const inherited = base === undefined ? [] : structureOf(base)?.elements ?? [];
  const structure: Structure = { name, kind: kind as Kind, elements: [...inherited, ...lines.map(element)] };
  structures.set(name, structure);
  return structure;
}

/** The form of a structure that is known to exist, because a definition names it. */
export function definedStructure(name: string): Structure {
  const structure = structureOf(name);
  if (!structure) throw new Error(`profiles/r4 has no structure ${name}`);
  return structure;
}

function element(line: string): ElementDefinition {
  const [title = '', cardinality = '', ...rest] = line.split(' ');
  const [, min, max, flags = ''] = /^([01])\.\.([1*])([sma]*)$/.exec(cardinality) ?? [];
  const last = rest.at(-1);
  const valueSet = last?.startsWith('=') ? last.slice(1) : undefined;
  return {
    name: title.replace('[x]', ''),
    min: min === '1' ? 1 : 0,
    list: max === '*',
    choice: title.endsWith('[x]'),
    types: (valueSet === undefined ? rest : rest.slice(0, -1)).map(typeUse),
    ...(valueSet === undefined ? {} : { valueSet }),
    summary: flags.includes('s'),
    modifier: flags.includes('m'),
    attribute: flags.includes('a'),
  };
}

function typeUse(text: string): TypeUse {
  const [, code = text, targets, narrowed] = /^([\w.]+)(?:\((.*)\))?(?::(\w+))?$/.exec(text) ?? [];
  return { code, structure: narrowed ?? code, ...(targets === undefined ? {} : { targets: targets.split(',') }) };
}

/** The name that a choice has in JSON and XML for one of its types: `value` and `Quantity` give `valueQuantity`. */
export const choiceName = (name: string, type: string): string => name + type.charAt(0).toUpperCase() + type.slice(1);

/** The codes of a required binding, by code system. Undefined for those that follow a rule (`src/fhir/codes.ts`). */
export function valueSetCodes(name: string): ReadonlyMap<string, readonly string[]> | undefined {
  const { valueSets } = definitions();
  const text = Object.hasOwn(valueSets, name) ? valueSets[name] : undefined;
  return text === undefined ? undefined : new Map(text.split('\n').map((line) => {
    const [system = '', ...codes] = line.split(' ');
    return [system, codes];
  }));
}
