/** Search parameters by resource type and code, as this server supports them. */
import { searchDefinitions, typesOf, type PublishedParameter, type SearchType } from './definitions.js';
import { endsOf, type End } from './elements.js';
import type { ValueKind } from './plan.js';
import { alternativesOf, stepsUnder, type Step } from './expression.js';
import type { OwnParameters } from './index-state.js';

export interface SearchParameter {
  readonly code: string;
  /** The resource type that it is looked up for. */
  readonly base: string;
  /** `<base>.<code>`: its name in index entries and plans. */
  readonly param: string;
  readonly kind: ValueKind;
  /** Canonical URL of its definition. */
  readonly url: string;
  /** The alternatives of the expression that belong to this type, as steps from the resource. */
  readonly paths: readonly (readonly Step[])[];
  /** Resource types that a reference may point at; [] for the other kinds. */
  readonly targets: readonly string[];
  /** FHIR types of the elements that it searches. */
  readonly valueTypes: ReadonlySet<string>;
  /** The code system of elements that are plain codes, when it is one. */
  readonly impliedSystem?: string;
  /** The components of a composite: a token, a value, and for some a number. */
  readonly components?: readonly [Component, Component, ...Component[]];
  /** Parameters of the type whose values together are those of this one: it has no entries of its own, a search asks these. */
  readonly parts?: readonly SearchParameter[];
}

export interface Component {
  readonly code: string;
  readonly kind: ValueKind;
  /** The steps begin at the resource (`%resource`), not at the element that the composite stands on. */
  readonly fromResource: boolean;
  /** An alternative each. */
  readonly paths: readonly (readonly Step[])[];
  readonly targets: readonly string[];
}

/** Compared by how it sounds: the string parameter of the standard whose algorithm is the server's own (see `phonetic.ts`). */
export const isPhonetic = ({ code, kind }: Pick<SearchParameter, 'code' | 'kind'>): boolean => code === 'phonetic' && kind === 'string';

/** Answered from the row of the resource, not from index entries. */
export const rowParameters: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** Published with its two components the wrong way round: the expression `code` is that of `relation`. */
const swappedComponents = new Set(['http://hl7.org/fhir/SearchParameter/DocumentReference-relationship']);

/** What is said of an Observation or of one of its components: the values of both parameters, which are not indexed twice. */
const unions: Readonly<Record<string, readonly [string, string] | undefined>> = Object.fromEntries(
  ['code', 'data-absent-reason', 'value-concept', 'value-quantity', 'code-value-concept', 'code-value-quantity'].map((code) => [`Observation.combo-${code}`, [code, `component-${code}`]]),
);

type ByCode = ReadonlyMap<string, SearchParameter>;
const byType = new Map<string, ByCode>();
const bases = new Map<string, PublishedParameter[]>();

function publishedFor(base: string): readonly PublishedParameter[] {
  if (bases.size === 0) {
    for (const parameter of searchDefinitions().parameters) {
      for (const type of parameter.base) {
        const known = bases.get(type);
        if (known) known.push(parameter);
        else bases.set(type, [parameter]);
      }
    }
  }
  return bases.get(base) ?? [];
}

const ofResource = '%resource.';

function componentsOf({ url, component, base }: PublishedParameter): readonly Component[] {
  const given = component ?? [];
  const ordered = swappedComponents.has(url) ? given.map((part, at) => ({ ...part, code: given[1 - at]?.code ?? part.code, type: given[1 - at]?.type ?? part.type })) : given;
  return ordered.map(({ code, type, expression }) => ({
    code,
    kind: type as ValueKind,
    fromResource: expression.startsWith(ofResource),
    paths: alternativesOf(expression.startsWith(ofResource) ? expression.slice(ofResource.length) : expression).map((alternative) => stepsUnder('', alternative) ?? []),
    targets: type === 'reference' ? (publishedFor(base[0] as string).find((other) => other.code === code)?.target ?? []) : [],
  }));
}

const offered = ({ code, type }: PublishedParameter): boolean => type !== 'special' || code === 'near';

/** The one special parameter that is offered asks for a place. */
const kindOf = (type: SearchType): ValueKind => (type === 'special' ? 'position' : type);

/** @throws TypeError when the expression cannot be read, or names elements that there are not */
export function build(base: string, published: PublishedParameter): SearchParameter {
  const { code, url, expression, type } = published;
  const paths = alternativesOf(expression).flatMap((alternative) => {
    const steps = stepsUnder(base, alternative);
    return steps ? [steps] : [];
  });
  const ends = paths.flatMap((steps) => endsOf(base, steps));
  const impliedSystem = systemImpliedBy(ends);
  const plain = {
    code, base, param: `${base}.${code}`, kind: kindOf(type), url, paths,
    targets: targetsOf(published, ends),
    valueTypes: new Set(ends.map((end) => end.type)),
    ...(impliedSystem === undefined ? {} : { impliedSystem }),
  };
  if (type !== 'composite') return plain;
  const [first, second, third] = componentsOf(published);
  return first && second ? { ...plain, components: third ? [first, second, third] : [first, second] } : plain;
}

/** What the published list, the filter of the expression and the element itself all allow. */
function targetsOf({ type, target: listed = type === 'reference' ? ['*'] : [] }: PublishedParameter, ends: readonly End[]): readonly string[] {
  const { targets, resourceTypes } = searchDefinitions();
  const target = listed.includes('*') ? resourceTypes : listed;
  const filters = new Set(ends.map((end) => end.target));
  const filtered = filters.has(undefined) ? target : target.filter((type) => filters.has(type));
  const stated = ends.map(({ path }) => targets[path]);
  if (stated.length === 0 || stated.some((list) => list === undefined)) return filtered;
  return filtered.filter((type) => stated.some((list) => list?.includes(type)));
}

function systemImpliedBy(ends: readonly End[]): string | undefined {
  const { implied } = searchDefinitions();
  const systems = new Set(ends.map(({ type, path }) => (type === 'code' ? implied[path] : undefined)));
  return systems.size === 1 ? [...systems][0] : undefined;
}

function parametersOf(type: string): ByCode {
  let known = byType.get(type);
  if (!known) {
    if (!searchDefinitions().resourceTypes.includes(type)) return new Map();
    known = new Map([...publishedFor('Resource'), ...publishedFor('DomainResource'), ...publishedFor(type)].filter(offered).map((parameter) => [parameter.code, build(type, parameter)]));
    known = withParts(known);
    byType.set(type, known);
  }
  return known;
}

function withParts(parameters: ByCode): ByCode {
  return new Map([...parameters].map(([code, parameter]) => {
    const parts = (unions[parameter.param] ?? []).flatMap((part) => parameters.get(part) ?? []);
    return [code, parts.length === 0 ? parameter : { ...parameter, parts }];
  }));
}

const none: ByCode = new Map();
/** Built once for each set of definitions, while it is in use. */
const builtOwn = new WeakMap<OwnParameters['definitions'], Map<string, ByCode>>();

function ownByCode(type: string, definitions: OwnParameters['definitions'] = []): ByCode {
  if (definitions.length === 0) return none;
  const built = builtOwn.get(definitions) ?? new Map<string, ByCode>();
  builtOwn.set(definitions, built);
  const known = built.get(type) ?? new Map(definitions.filter(({ base }) => typesOf(base).includes(type)).map((each) => [each.code, build(type, each)]));
  built.set(type, known);
  return known;
}

/** @param type a resource type of R4 @param own parameters of the operator, which those of R4 go before */
export const searchParameter = (type: string, code: string, own?: OwnParameters): SearchParameter | undefined =>
  parametersOf(type).get(code) ?? ownByCode(type, own?.definitions).get(code);

/** Every parameter offered for a type, `_id` and `_lastUpdated` and the other universal ones included, and those of the operator. */
export const searchParametersOf = (type: string, own?: OwnParameters): readonly SearchParameter[] => [...parametersOf(type).values(), ...ownByCode(type, own?.definitions).values()];

/** The operator's parameters of a type. */
export const ownParametersOf = (type: string, own: OwnParameters): readonly SearchParameter[] => [...ownByCode(type, own.definitions).values()];

/** Those that every type has, as one of them has them. */
export function commonParameters(): readonly SearchParameter[] {
  const universal = new Set([...publishedFor('Resource'), ...publishedFor('DomainResource')].map(({ code }) => code));
  return searchParametersOf('Basic').filter(({ code }) => universal.has(code));
}

/** Resource type -> codes of the reference parameters that put a resource into the compartment; of a type that has compartments. */
export const compartmentOf = (type: string): ReadonlyMap<string, readonly string[]> | undefined => compartments().get(type);

/** Types that have compartments. */
export const compartmentTypes = (): readonly string[] => [...compartments().keys()];

let read: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> | undefined;
const compartments = () => (read ??= new Map(Object.entries(searchDefinitions().compartments).map(([type, members]) => [type, new Map(Object.entries(members))])));

/** The compartment that says whose a resource is. */
export const patientCompartment: ReadonlyMap<string, readonly string[]> = compartmentOf('Patient') ?? new Map();
