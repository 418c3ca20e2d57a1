/**
 * Steps of an expression -> a closure that walks a resource. What the definitions know (which property bears a choice, what
 * type an element is) is settled once, when it is compiled; the walk itself only reads properties.
 */
import { isObject, type Json } from '../fhir/json.js';
import { childrenPath, elementOf } from './elements.js';
import type { Step } from './expression.js';
import { refersTo } from './index/references.js';
import type { Run, Visit } from './index/run.js';

/**
 * Gives the visit of a value at the end of a path, or undefined when nothing is to be read from it. `type` is its FHIR type, or for
 * an element without a type of its own the path where its children are defined: `Observation.component`.
 */
export type Finish = (type: string) => Visit | undefined;

const capital = (type: string): string => type.charAt(0).toUpperCase() + type.slice(1);

/**
 * @param root type or element path that the steps start from: `Observation`, `Observation.component`
 * @returns undefined when no end of the path has a type that `finish` reads
 */
export function compileSteps(root: string, steps: readonly Step[], finish: Finish): Visit | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return finish(root);
  switch (step.kind) {
    case 'child': return compileChild(root, step, rest, finish);
    case 'where-type': {
      const next = compileSteps(root, rest, finish);
      return next && ((value, run) => {
        if (refersTo(step.type, value, run)) next(value, run);
      });
    }
    case 'where-equals': {
      const next = compileSteps(root, rest, finish);
      return next && ((value, run) => {
        if (isObject(value as Json) && (value as Record<string, unknown>)[step.name] === step.value) next(value, run);
      });
    }
    default:
      throw new TypeError(`A ${step.kind} must follow an element`);
  }
}

interface Property {
  readonly name: string;
  readonly visit: Visit;
}

function compileChild(root: string, step: Extract<Step, { kind: 'child' }>, rest: readonly Step[], finish: Finish): Visit | undefined {
  const { types, choice } = elementOf(root, step.name);
  const [next, ...after] = rest;
  if (next?.kind === 'is-true') return isTrue(types.map((type) => step.name + capital(type)), finish('boolean'));
  const cast = next?.kind === 'cast' ? next.type.toLowerCase() : undefined;
  const remaining = cast === undefined ? rest : after;
  const properties = types
    .filter((type) => cast === undefined || type.toLowerCase() === cast)
    .flatMap((type): Property[] => {
      const visit = compileSteps(childrenPath(root, step.name, type), remaining, finish);
      return visit ? [{ name: choice ? step.name + capital(type) : step.name, visit }] : [];
    });
  const reads = properties.map(({ name, visit }) => (step.first ? firstOf(name, visit) : eachOf(name, visit)));
  if (reads.length < 2) return reads[0];
  return (value, run) => {
    for (const read of reads) read(value, run);
  };
}

function eachOf(name: string, visit: Visit): Visit {
  return (value, run) => {
    const found = (value as Record<string, unknown>)[name];
    if (found === undefined || found === null) return;
    if (!Array.isArray(found)) return visit(found, run);
    for (let at = 0; at < found.length; at++) {
      const item: unknown = found[at];
      if (item !== null) visit(item, run);
    }
  };
}

function firstOf(name: string, visit: Visit): Visit {
  return (value, run) => {
    const found = (value as Record<string, unknown>)[name];
    const first: unknown = Array.isArray(found) ? found[0] : found;
    if (first !== undefined && first !== null) visit(first, run);
  };
}

function isTrue(properties: readonly string[], visit: Visit | undefined): Visit | undefined {
  return visit && ((value: unknown, run: Run) => {
    const holder = value as Record<string, unknown>;
    const found = properties.map((name) => holder[name]).find((each) => each !== undefined && each !== null);
    visit(found !== undefined && found !== false, run);
  });
}
