/** Tokens by what their codes mean: `:in`, `:not-in`, `:above`, `:below` (https://hl7.org/fhir/R4/search.html#modifiers). */
import type { SearchParameter } from '../parameters.js';
import type { Clause, TokenGroup } from '../plan.js';
import { badParameter } from './asking.js';
import { unescaped } from './form.js';
import { tokenOf, type Asked } from './leaves.js';
import type { Direction } from './lookups.js';

const nothing: Clause = { kind: 'none' };

/** Types of elements whose values are codes of a code system. */
const coded = ['code', 'Coding', 'CodeableConcept'];
export const isCoded = ({ valueTypes }: SearchParameter): boolean => coded.some((type) => valueTypes.has(type));

/** Types of media, and languages, are hierarchies by their very form. */
const byForm: Readonly<Record<string, { readonly below: (code: string) => readonly string[]; readonly above: (code: string) => readonly string[] } | undefined>> = {
  'urn:ietf:bcp:13': {
    below: (code) => (code.includes('/') ? [`${code};`, `${code} `] : [`${code}/`]),
    above: (code) => (code.includes(';') ? [code.slice(0, code.indexOf(';')).trimEnd()] : []),
  },
  'urn:ietf:bcp:47': {
    below: (code) => [`${code}-`],
    above: (code) => code.split('-').slice(0, -1).map((_, at, parts) => parts.slice(0, at + 1).join('-')),
  },
};

/** A plain code bears no system in a resource: that of its binding is meant, or any where it has none. */
function inResource({ impliedSystem, valueTypes }: SearchParameter, groups: readonly TokenGroup[]): readonly TokenGroup[] {
  if (impliedSystem !== undefined) return groups.map((group) => (group.system === impliedSystem ? { ...group, system: '' } : group));
  if (!valueTypes.has('code')) return groups;
  return groups.flatMap((group) => (group.codes === undefined ? [group] : [group, { ...group, system: '' }]));
}

const tokensOf = (parameter: SearchParameter, groups: readonly TokenGroup[]): Clause =>
  (groups.length === 0 ? nothing : { kind: 'tokens', param: parameter.param, groups: inResource(parameter, groups) });

/** `:in=http://hl7.org/fhir/ValueSet/x`, `:in=ValueSet/id` */
export function inLeaf({ name, parameter, asking }: Asked, value: string): Clause {
  const groups = asking.look('valueSet', { valueSet: unescaped(value) }, name);
  return groups === undefined ? nothing : tokensOf(parameter, groups);
}

/** `:below=system|code`: the code, and what it subsumes. @throws Failure bad-parameter */
export const subsumedLeaf = (direction: Direction) => ({ name, parameter, asking }: Asked, value: string): Clause => {
  const { system = parameter.impliedSystem, code } = tokenOf(name, value);
  if (code === undefined) throw badParameter(name, 'its value has a code');
  const form = system === undefined ? undefined : byForm[system];
  if (form) return formLeaf(parameter, code, form[direction](code), direction);
  if (system === undefined || system === '') throw badParameter(name, 'its value is system|code: only within a code system is a code above or below another');
  const codes = asking.look('codes', { system, code, direction }, name);
  return codes === undefined ? nothing : tokensOf(parameter, [{ system, codes }]);
};

function formLeaf({ param }: SearchParameter, code: string, others: readonly string[], direction: Direction): Clause {
  const itself: Clause = { kind: 'token', param, code };
  if (direction === 'below') return { kind: 'or', of: [itself, { kind: 'code-starts', param, starts: others }] };
  return others.length === 0 ? itself : { kind: 'or', of: [itself, ...others.map((other): Clause => ({ kind: 'token', param, code: other }))] };
}
