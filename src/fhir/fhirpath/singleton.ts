/** Collections where one value is meant: http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections */
import type { PathNode } from './nodes.js';

export type Nodes = readonly PathNode[];

/** Thrown where the operands are not of the kind that an operator needs. */
export class EvaluationError extends Error {}

/** @throws EvaluationError for several */
export function single(nodes: Nodes): PathNode | undefined {
  if (nodes.length > 1) throw new EvaluationError('finds several values where there must be one');
  return nodes[0];
}

/** As the standard reads a collection where a Boolean is meant. @throws EvaluationError */
export function truthOf(nodes: Nodes): boolean | undefined {
  const one = single(nodes);
  return one === undefined ? undefined : typeof one.value === 'boolean' ? one.value : true;
}
