/** What the definitions say of the elements that search expressions touch. */
import { searchDefinitions } from './definitions.js';
import { structureOf } from '../fhir/definitions.js';
import type { Step } from './expression.js';

const nested = new Set(['BackboneElement', 'Element']);

export interface Element {
  readonly types: readonly string[];
  /** A property for each type: `valueQuantity`, `valueString`. */
  readonly choice: boolean;
}

/** @param root the type or path that the element stands under; @throws TypeError when the definitions do not know it */
export function elementOf(root: string, name: string): Element {
  const { elements } = searchDefinitions();
  const known = elements[`${root}.${name}`] ?? elements[`Resource.${name}`] ?? definedTypes(root, name);
  if (!known) throw new TypeError(`${root}.${name} is not among the elements that the search definitions know`);
  const [first] = known;
  return { types: first === '*' || first === '[x]' ? known.slice(1) : known, choice: first === '[x]' };
}

/** Where the children of an element are defined: its type, or its own path. */
export function childrenPath(root: string, name: string, type: string): string {
  if (type.startsWith('#')) return type.slice(1);
  return nested.has(type) ? `${root}.${name}` : type;
}

/** Of an element that no published expression touches, in the form of the search definitions. */
function definedTypes(root: string, name: string): readonly string[] | undefined {
  const element = structureOf(root)?.elements.find((each) => each.name === name);
  if (!element) return undefined;
  const types = element.types.map(({ code }) => (code.includes('.') ? `#${code}` : code));
  return element.choice ? ['[x]', ...types] : types;
}

export interface End {
  /** Path of the last element, `Observation.status`. */
  readonly path: string;
  /** FHIR type, or the path of an element without one. */
  readonly type: string;
  /** `where(resolve() is T)`. */
  readonly target?: string;
}

/** Every element and type that the steps may end at. */
export function endsOf(root: string, steps: readonly Step[], path = root): readonly End[] {
  const [step, ...rest] = steps;
  if (!step) return [{ path, type: root }];
  if (step.kind === 'where-type') return endsOf(root, rest, path).map((end) => ({ ...end, target: step.type }));
  if (step.kind === 'is-true') return [{ path, type: 'boolean' }];
  if (step.kind !== 'child') return endsOf(root, rest, path);
  const [next, ...after] = rest;
  const cast = next?.kind === 'cast' ? next.type.toLowerCase() : undefined;
  return elementOf(root, step.name).types
    .filter((type) => cast === undefined || type.toLowerCase() === cast)
    .flatMap((type) => endsOf(childrenPath(root, step.name, type), cast === undefined ? rest : after, `${root}.${step.name}`));
}
