/** A path on a resource: which elements it finds. Every visit of an element is paid for, so that no path runs on for ever. */
import { isResourceType } from '../definitions.js';
import { Decimal, type JsonObject } from '../json.js';
import { equal, equivalent, order } from './compare.js';
import { functions } from './functions.js';
import { childrenNamed, computed, rootNode, type PathNode } from './nodes.js';
import type { BinaryOperator, Expression } from './parser.js';
import { EvaluationError, single, truthOf, type Nodes } from './singleton.js';
import { ofType } from './types.js';

export interface Evaluation {
  readonly root: PathNode;
  /** @throws when the budget is used up */
  readonly spend: (steps: number) => void;
  evaluate(expression: Expression, focus: Nodes): Nodes;
  /** The truth of a condition on one element; undefined for neither. @throws EvaluationError */
  truth(expression: Expression, focus: Nodes): boolean | undefined;
}

type Truth = boolean | undefined;
type Spend = Evaluation['spend'];
const answer = (truth: Truth): Nodes => (truth === undefined ? [] : [computed('Boolean', truth)]);
const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);
const or = (one: Truth, other: Truth): Truth => (one === true || other === true ? true : one === false && other === false ? false : undefined);

function equality(left: Nodes, right: Nodes, same: (one: PathNode, other: PathNode, spend: Spend) => Truth, spend: Spend): Truth {
  if (left.length === 0 || right.length === 0) return undefined;
  if (left.length !== right.length) return false;
  let all: Truth = true;
  for (const [index, one] of left.entries()) {
    const truth = same(one, right[index] as PathNode, spend);
    if (truth === false) return false;
    if (truth === undefined) all = undefined;
  }
  return all;
}

function ordered(left: Nodes, right: Nodes, holds: (order: number) => boolean): Truth {
  const [one, other] = [single(left), single(right)];
  const known = one && other ? order(one, other) : undefined;
  return known === undefined ? undefined : holds(known);
}

function membership(sought: Nodes, among: Nodes, spend: Spend): Truth {
  const one = single(sought);
  return one === undefined ? undefined : among.some((other) => equal(one, other, spend) === true);
}

const operators: Readonly<Record<BinaryOperator, (left: Nodes, right: Nodes, spend: Spend) => Nodes>> = {
  '=': (left, right, spend) => answer(equality(left, right, equal, spend)),
  '!=': (left, right, spend) => answer(not(equality(left, right, equal, spend))),
  '~': (left, right, spend) => answer(left.length === 0 && right.length === 0 ? true : equality(left, right, equivalent, spend) ?? false),
  '!~': (left, right, spend) => answer(left.length === 0 && right.length === 0 ? false : !(equality(left, right, equivalent, spend) ?? false)),
  '<': (left, right) => answer(ordered(left, right, (known) => known < 0)),
  '<=': (left, right) => answer(ordered(left, right, (known) => known <= 0)),
  '>': (left, right) => answer(ordered(left, right, (known) => known > 0)),
  '>=': (left, right) => answer(ordered(left, right, (known) => known >= 0)),
  in: (left, right, spend) => answer(membership(left, right, spend)),
  contains: (left, right, spend) => answer(membership(right, left, spend)),
  and: (left, right) => answer(not(or(not(truthOf(left)), not(truthOf(right))))),
  or: (left, right) => answer(or(truthOf(left), truthOf(right))),
  xor: (left, right) => {
    const [one, other] = [truthOf(left), truthOf(right)];
    return answer(one === undefined || other === undefined ? undefined : one !== other);
  },
  implies: (left, right) => answer(or(not(truthOf(left)), truthOf(right))),
  '|': (left, right) => [...left, ...right],
};

function indexed(nodes: Nodes, index: Nodes): Nodes {
  const at = single(index)?.value;
  if (typeof at !== 'number' && !(at instanceof Decimal)) throw new EvaluationError('has an index that is not a number');
  const found = nodes[Number(at)];
  return found ? [found] : [];
}

/** A first step that names the type of the resource means the resource itself. */
const namesType = ({ type }: PathNode, name: string): boolean => isResourceType(type) && (name === type || name === 'Resource' || name === 'DomainResource');

class Run implements Evaluation {
  constructor(readonly root: PathNode, readonly spend: (steps: number) => void) {}

  truth(expression: Expression, focus: Nodes): Truth {
    return truthOf(this.evaluate(expression, focus));
  }

  evaluate(expression: Expression, focus: Nodes): Nodes {
    const found = this.step(expression, focus);
    this.spend(1 + found.length);
    return found;
  }

  private step(expression: Expression, focus: Nodes): Nodes {
    switch (expression.kind) {
      case 'literal': return [computed(expression.type, expression.value)];
      case 'empty': return [];
      case 'this': return focus;
      case 'resource': return [this.root];
      case 'member': return this.members(expression.of, expression.name, focus);
      case 'index': return indexed(this.evaluate(expression.of, focus), this.evaluate(expression.index, focus));
      case 'type': {
        const found = this.evaluate(expression.of, focus);
        const one = single(found);
        const typed = ofType(found, expression.type);
        return expression.operator === 'as' ? typed : one ? [computed('Boolean', typed.length > 0)] : [];
      }
      case 'call': return functions[expression.name]?.run(this.evaluate(expression.of, focus), expression.parameters, this, focus) ?? [];
      case 'binary': return operators[expression.operator](this.evaluate(expression.left, focus), this.evaluate(expression.right, focus), this.spend);
    }
  }

  private members(of: Expression | undefined, name: string, focus: Nodes): Nodes {
    if (of === undefined && focus.length === 1 && namesType(focus[0] as PathNode, name)) return focus;
    return (of === undefined ? focus : this.evaluate(of, focus)).flatMap((node) => childrenNamed(node, name));
  }
}

/**
 * @param resource of a type of R4; what is found points into it
 * @param spend is told of every element that is visited, and throws when it is enough
 * @throws EvaluationError, and what `spend` throws
 */
export function evaluatePath(expression: Expression, resource: JsonObject, spend: (steps: number) => void): Nodes {
  const root = rootNode(resource);
  return new Run(root, spend).evaluate(expression, [root]);
}
