/**
 * Chains through canonical URLs (https://hl7.org/fhir/R4/references.html#canonical). A canonical names a definition by its URL: the
 * few definitions that a chain leads to are looked up first, and the criterion asks for their URLs.
 */
import { searchDefinitions } from '../definitions.js';
import type { SearchParameter } from '../parameters.js';
import type { Clause } from '../plan.js';
import type { Asking } from './asking.js';
import { anyOf, isCanonical } from './leaves.js';
import type { Canonical } from './lookups.js';

const nothing: Clause = { kind: 'none' };

let known: readonly string[] | undefined;
/** Types whose resources a canonical names: by their `url`, of a version. Where there is no version (`Device`), it is an address of another kind. */
const definitionTypes = (): readonly string[] => (known ??= typesWith('url').filter((type) => typesWith('version').includes(type)));
const typesWith = (code: string): readonly string[] => searchDefinitions().parameters.filter((each) => each.code === code).flatMap(({ base }) => base);
const hasUrl = (type: string): boolean => definitionTypes().includes(type);

/**
 * Types of what the canonicals of some parameters may name.
 * @param parameters absent: of any type
 */
export function namedBy(parameters: readonly SearchParameter[] | undefined, targetType?: string): readonly string[] {
  const allowed = parameters && new Set(parameters.filter((each) => each.kind === 'reference' && isCanonical(each)).flatMap(({ targets }) => targets));
  return definitionTypes().filter((type) => (allowed?.has(type) ?? true) && (targetType ?? type) === type);
}

/** What a criterion on a type was read as, and whether something in it waits to be looked up. */
export interface Read {
  readonly where: Clause;
  readonly waits: boolean;
}

/** @returns undefined when the parameter is no canonical, or the type has no URL */
export function throughCanonical(parameter: SearchParameter, target: string, { where, waits }: Read, whole: string, asking: Asking): Clause | undefined {
  if (!isCanonical(parameter) || !hasUrl(target)) return undefined;
  const found = waits ? undefined : asking.look('definitions', { type: target, where }, whole);
  return found === undefined || found.length === 0 ? nothing : anyOf(found.flatMap((canonical) => referring(parameter.param, canonical)));
}
/** A reference without a version means whichever is current. */
const referring = (param: string, { url, version }: Canonical): Clause[] =>
  ['', ...(version === undefined ? [] : [version])].map((each) => ({ kind: 'reference', param, target: { form: 'canonical', url, version: each } }));

/** `_has` by a canonical. @param type that is searched */
export function referredByCanonical(parameter: SearchParameter, type: string, { where, waits }: Read, whole: string, asking: Asking): Clause | undefined {
  if (!isCanonical(parameter) || !hasUrl(type)) return undefined;
  const found = waits ? undefined : asking.look('referredTo', { type: parameter.base, param: parameter.param, where }, whole);
  return found === undefined || found.length === 0 ? nothing : anyOf(found.map((canonical) => named(type, canonical)));
}
function named(type: string, { url, version }: Canonical): Clause {
  const leaf: Clause = { kind: 'uri', param: `${type}.url`, match: 'exact', value: url };
  return version === undefined ? leaf : { kind: 'and', of: [leaf, { kind: 'token', param: `${type}.version`, code: version }] };
}
