/** The functions that a path may call: http://hl7.org/fhirpath/N1/#functions */
import { isObject } from '../json.js';
import type { Evaluation } from './evaluate.js';
import { allChildren, childrenNamed, computed, type PathNode } from './nodes.js';
import type { Expression } from './parser.js';
import { EvaluationError, single, truthOf, type Nodes } from './singleton.js';
import { ofType } from './types.js';

interface PathFunction {
  /** Least and most. */
  readonly parameters: readonly [number, number];
  /** Its parameters are names of types. */
  readonly types?: true;
  /** @param outer what parameters that are no criteria are evaluated on */
  readonly run: (input: Nodes, parameters: readonly Expression[], evaluation: Evaluation, outer: Nodes) => Nodes;
}

type Run = PathFunction['run'];
const plain = (run: (input: Nodes, evaluation: Evaluation) => Nodes): PathFunction => ({ parameters: [0, 0], run: (input, _, evaluation) => run(input, evaluation) });
const told = (truth: boolean): Nodes => [computed('Boolean', truth)];

/** The elements for which the criteria hold. */
const where: Run = (input, [criteria], evaluation) => input.filter((node) => evaluation.truth(criteria as Expression, [node]) === true);

/** Of a count that stands as a parameter. @throws EvaluationError */
function countOf(parameters: readonly Expression[], evaluation: Evaluation, outer: Nodes): number {
  const count = Number(single(evaluation.evaluate(parameters[0] as Expression, outer))?.value);
  if (!Number.isInteger(count)) throw new EvaluationError('has a count that is not a whole number');
  return Math.max(count, 0);
}

/** A function of a text and a text. */
const ofTexts = (holds: (text: string, part: string) => boolean): PathFunction => ({
  parameters: [1, 1],
  run(input, [parameter], evaluation, outer) {
    const text = single(input)?.value;
    const part = single(evaluation.evaluate(parameter as Expression, outer))?.value;
    if (typeof text !== 'string' || typeof part !== 'string') return [];
    evaluation.spend(text.length / 16);
    return told(holds(text, part));
  },
});
const ofText = (change: (text: string) => PathNode): PathFunction => plain((input, { spend }) => {
  const text = single(input)?.value;
  if (typeof text !== 'string') return [];
  spend(text.length / 16);
  return [change(text)];
});

function nameOfType([parameter]: readonly Expression[]): string {
  return parameter?.kind === 'literal' ? String(parameter.value) : '';
}

function repeated(input: Nodes, step: (node: PathNode) => Nodes): Nodes {
  const found: PathNode[] = [];
  let wave = input;
  while (wave.length > 0) {
    wave = wave.flatMap(step);
    for (const node of wave) found.push(node);
  }
  return found;
}
const childrenOf = ({ spend }: Evaluation) => (node: PathNode): Nodes => {
  const children = allChildren(node);
  spend(1 + children.length);
  return children;
};

/** `#id` in the resource itself: a patch must not look into other resources. */
function contained(node: PathNode, { root }: Evaluation): Nodes {
  const reference = isObject(node.value) ? node.value.reference : node.value;
  if (typeof reference !== 'string' || !reference.startsWith('#')) return [];
  return childrenNamed(root, 'contained').filter(({ value }) => isObject(value) && value.id === reference.slice(1));
}

export const functions: Readonly<Record<string, PathFunction | undefined>> = {
  where: { parameters: [1, 1], run: where },
  select: { parameters: [1, 1], run: (input, [projection], evaluation) => input.flatMap((node) => evaluation.evaluate(projection as Expression, [node])) },
  all: { parameters: [1, 1], run: (input, [criteria], evaluation) => told(input.every((node) => evaluation.truth(criteria as Expression, [node]) === true)) },
  exists: { parameters: [0, 1], run: (input, parameters, evaluation, outer) => told((parameters.length === 0 ? input : where(input, parameters, evaluation, outer)).length > 0) },
  empty: plain((input) => told(input.length === 0)),
  not: plain((input) => {
    const truth = truthOf(input);
    return truth === undefined ? [] : told(!truth);
  }),
  count: plain((input) => [computed('Number', input.length)]),
  first: plain((input) => input.slice(0, 1)),
  last: plain((input) => input.slice(-1)),
  tail: plain((input) => input.slice(1)),
  skip: { parameters: [1, 1], run: (input, parameters, evaluation, outer) => input.slice(countOf(parameters, evaluation, outer)) },
  take: { parameters: [1, 1], run: (input, parameters, evaluation, outer) => input.slice(0, countOf(parameters, evaluation, outer)) },
  single: plain((input) => {
    const one = single(input);
    return one ? [one] : [];
  }),
  ofType: { parameters: [1, 1], types: true, run: (input, parameters) => ofType(input, nameOfType(parameters)) },
  as: { parameters: [1, 1], types: true, run: (input, parameters) => ofType(input, nameOfType(parameters)) },
  is: { parameters: [1, 1], types: true, run: (input, parameters) => (single(input) ? told(ofType(input, nameOfType(parameters)).length > 0) : []) },
  extension: {
    parameters: [1, 1],
    run(input, [url], evaluation, outer) {
      const wanted = single(evaluation.evaluate(url as Expression, outer))?.value;
      return input.flatMap((node) => childrenNamed(node, 'extension')).filter(({ value }) => isObject(value) && value.url === wanted);
    },
  },
  hasValue: plain((input) => told(input.length === 1 && input[0]?.value !== undefined && !isObject(input[0].value))),
  children: plain((input, evaluation) => input.flatMap(childrenOf(evaluation))),
  descendants: plain((input, evaluation) => repeated(input, childrenOf(evaluation))),
  repeat: { parameters: [1, 1], run: (input, [projection], evaluation) => repeated(input, (node) => evaluation.evaluate(projection as Expression, [node])) },
  resolve: plain((input, evaluation) => input.flatMap((node) => contained(node, evaluation))),
  iif: {
    parameters: [2, 3],
    run(input, [condition, then, otherwise], evaluation) {
      if (evaluation.truth(condition as Expression, input) === true) return evaluation.evaluate(then as Expression, input);
      return otherwise ? evaluation.evaluate(otherwise, input) : [];
    },
  },
  contains: ofTexts((text, part) => text.includes(part)),
  startsWith: ofTexts((text, part) => text.startsWith(part)),
  endsWith: ofTexts((text, part) => text.endsWith(part)),
  lower: ofText((text) => computed('String', text.toLowerCase())),
  upper: ofText((text) => computed('String', text.toUpperCase())),
  length: ofText((text) => computed('Number', text.length)),
};

