/** References by what is above or below what they name (https://hl7.org/fhir/R4/search.html#hierarchy): versions of a canonical, parts of a whole. */
import { searchParameter, type SearchParameter } from '../parameters.js';
import { canonicalForm } from '../index/references.js';
import type { Clause, ReferenceTarget } from '../plan.js';
import { badParameter } from './asking.js';
import { unescaped } from './form.js';
import { anyOf, isCanonical, referenceTargets, type Asked } from './leaves.js';
import type { Direction } from './lookups.js';

const partCodes = ['partof', 'part-of'];

/** The parameter by which a resource of this type refers to the one that it is a part of, of the same type. */
function partOf(type: string): string | undefined {
  for (const code of partCodes) {
    const parameter = searchParameter(type, code);
    if (parameter?.targets.length === 1 && parameter.targets[0] === type) return parameter.param;
  }
  return undefined;
}

const hierarchicalTargets = ({ targets }: SearchParameter): readonly string[] => targets.filter((type) => partOf(type) !== undefined);

export const hasHierarchy = (parameter: SearchParameter): boolean => isCanonical(parameter) || hierarchicalTargets(parameter).length > 0;

/** `location:below=42`: what refers to the location 42 or to a part of it. @throws Failure bad-parameter */
export const hierarchyLeaf = (direction: Direction) => (asked: Asked, value: string): Clause => {
  const { name, parameter, asking } = asked;
  if (isCanonical(parameter)) return versionsLeaf(parameter, unescaped(value), direction);
  const targets = hierarchicalTargets(parameter);
  const [target] = referenceTargets(name, value, { bases: asking.options.bases, targets, canonical: false });
  const type = target?.form === 'local' ? target.type : undefined;
  const param = type === undefined ? undefined : partOf(type);
  if (target?.form !== 'local' || type === undefined || !targets.includes(type) || param === undefined) throw badParameter(name, `its value is Type/id, of ${targets.join(' or ')}: there is no hierarchy of anything else`);
  const ids = asking.look('members', { type, id: target.id, param, direction }, name);
  return ids === undefined ? { kind: 'none' } : { kind: 'reference', param: parameter.param, target: { form: 'members', type, ids } };
};

/** `url|1.2` is above `url|1.2.3`, and the URL alone above all of its versions. */
function versionsLeaf({ param }: SearchParameter, text: string, direction: Direction): Clause {
  const { url, version } = canonicalForm(text);
  const leaf = (target: ReferenceTarget): Clause => ({ kind: 'reference', param, target });
  if (direction === 'below') return leaf(version === undefined ? { form: 'canonical', url } : { form: 'canonical', url, version, below: true });
  const parts = version === undefined ? [] : version.split('.');
  return anyOf(['', ...parts.map((_, at) => parts.slice(0, at + 1).join('.'))].map((each) => leaf({ form: 'canonical', url, version: each })));
}
