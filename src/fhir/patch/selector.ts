/** The selectors of XML Patch: the part of XPath that RFC 5261 allows, with a little more in its conditions. */
import type { EditableElement, EditableNode } from '../xml/editable.js';
import { PathError } from '../fhirpath/lexer.js';

/** What one step of a selector looks for. */
export type NodeTest =
  | { readonly kind: 'element'; /** undefined: any */ readonly name?: { readonly ns: string; readonly local: string } }
  | { readonly kind: 'attribute'; /** As the tree names attributes. */ readonly name: string }
  | { readonly kind: 'text' | 'comment' | 'self' }
  | { readonly kind: 'namespace'; readonly prefix: string };

export interface Step {
  readonly test: NodeTest;
  /** Below at any depth, not only a child: `//`. */
  readonly deep: boolean;
  readonly conditions: readonly Condition[];
}

type Condition =
  | { readonly kind: 'position'; readonly number: number | 'last' }
  | { readonly kind: 'compare'; readonly path: readonly Step[]; /** undefined: it is there */ readonly value?: string; readonly negative: boolean }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition };

/** A node with what is around it, outwards. */
export interface Located {
  readonly node: EditableNode;
  /** Absent for the root element. */
  readonly up?: Located & { readonly node: EditableElement };
}
export type Selected =
  | (Located & { readonly kind: 'node' })
  | { readonly kind: 'attribute' | 'namespace'; readonly owner: Located & { readonly node: EditableElement }; readonly name: string };

const maxLength = 2000;
const maxConditions = 20;
const name = /[\p{L}_][\p{L}\p{N}_.-]*/uy;
const blank = /\s*/y;

class Reader {
  private at = 0;
  private depth = 0;

  /** @param scope namespaces by prefix; '' for names without one */
  constructor(private readonly text: string, private readonly scope: Readonly<Record<string, string | undefined>>) {}

  whole(): readonly Step[] {
    const steps = this.path();
    this.skipBlank();
    if (this.at < this.text.length) throw new PathError('something follows the selector');
    return steps;
  }

  private match(shape: RegExp): string | undefined {
    shape.lastIndex = this.at;
    const found = shape.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipBlank(): void {
    this.match(blank);
  }

  private takes(text: string): boolean {
    this.skipBlank();
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** A word that ends where it ends: `or`, not the beginning of `order`. */
  private takesWord(word: string): boolean {
    this.skipBlank();
    const before = this.at;
    if (this.match(name) === word) return true;
    this.at = before;
    return false;
  }

  private expect(text: string): void {
    if (!this.takes(text)) throw new PathError(`"${text}" is missing`);
  }

  private path(): readonly Step[] {
    const steps: Step[] = [];
    let deep = this.takes('//');
    if (!deep) this.takes('/');
    do {
      steps.push(this.step(deep));
      deep = this.takes('//');
    } while (deep || this.takes('/'));
    return steps;
  }

  private step(deep: boolean): Step {
    const test = this.test();
    const conditions: Condition[] = [];
    while (this.takes('[')) {
      conditions.push(this.condition());
      this.expect(']');
    }
    return { test, deep, conditions };
  }

  private test(): NodeTest {
    if (this.takes('@')) return { kind: 'attribute', name: this.attributeName() };
    if (this.takes('*')) return { kind: 'element' };
    if (this.takes('.')) return { kind: 'self' };
    if (this.takes('namespace::')) return { kind: 'namespace', prefix: this.name() };
    this.takes('child::');
    const first = this.name();
    if (this.takes('(')) {
      this.expect(')');
      if (first !== 'text' && first !== 'comment') throw new PathError('of the kinds of nodes only text() and comment() are taken');
      return { kind: first };
    }
    if (!this.takes(':')) return { kind: 'element', name: { ns: this.namespace(''), local: first } };
    return { kind: 'element', name: { ns: this.namespace(first), local: this.name() } };
  }

  private name(): string {
    this.skipBlank();
    const found = this.match(name);
    if (found === undefined) throw new PathError('a name is missing');
    return found;
  }

  private attributeName(): string {
    const first = this.name();
    return this.takes(':') ? `{${this.namespace(first)}}${this.name()}` : first;
  }

  private namespace(prefix: string): string {
    const uri = this.scope[prefix];
    if (uri === undefined) throw new PathError('it uses a prefix that is not declared');
    return uri;
  }

  private condition(): Condition {
    if (++this.depth > maxConditions) throw new PathError('it has too many conditions');
    let left = this.conjunction();
    while (this.takesWord('or')) left = { kind: 'or', left, right: this.conjunction() };
    return left;
  }

  private conjunction(): Condition {
    let left = this.comparison();
    while (this.takesWord('and')) left = { kind: 'and', left, right: this.comparison() };
    return left;
  }

  private comparison(): Condition {
    if (this.takes('(')) return this.closed(this.condition());
    this.skipBlank();
    if (/^not\s*\(/.test(this.text.slice(this.at, this.at + 20))) {
      this.takesWord('not');
      this.expect('(');
      return { kind: 'not', condition: this.closed(this.condition()) };
    }
    const position = this.position();
    if (position !== undefined) return { kind: 'position', number: position };
    if (this.text.startsWith('/', this.at)) throw new PathError('a condition starts from the node that it is about');
    const path = this.path();
    const negative = this.takes('!=');
    if (!negative && !this.takes('=')) return { kind: 'compare', path, negative: false };
    return { kind: 'compare', path, negative, value: this.literal() };
  }

  private closed(condition: Condition): Condition {
    this.expect(')');
    return condition;
  }

  /** `2`, `position() = 2`, `last()`, `position() = last()` */
  private position(): number | 'last' | undefined {
    this.match(/position\(\)\s*=\s*/y);
    if (this.match(/last\(\)/y) !== undefined) return 'last';
    const digits = this.match(/\d{1,9}/y);
    return digits === undefined ? undefined : Number(digits);
  }

  private literal(): string {
    this.skipBlank();
    const found = this.match(/'[^']*'|"[^"]*"/y);
    if (found === undefined) throw new PathError('a text in quotes is missing');
    return found.slice(1, -1);
  }
}

/** @throws PathError */
export function parseSelector(text: string, scope: Readonly<Record<string, string | undefined>>): readonly Step[] {
  if (text.length > maxLength) throw new PathError(`it is longer than ${maxLength} characters`);
  return new Reader(text, scope).whole();
}

type Spend = (steps: number) => void;
type ElementAt = Located & { readonly node: EditableElement };
const isElement = (located: Located): located is ElementAt => located.node.kind === 'element';

function childrenOf(owner: ElementAt, spend: Spend): Located[] {
  spend(1 + owner.node.children.length);
  return owner.node.children.map((node) => ({ node, up: owner }));
}

function descendantsOf(owner: ElementAt, spend: Spend): ElementAt[] {
  return [owner, ...childrenOf(owner, spend).filter(isElement).flatMap((child) => descendantsOf(child, spend))];
}

function passes({ node }: Located, test: NodeTest): boolean {
  if (test.kind !== 'element') return node.kind === test.kind;
  return node.kind === 'element' && (test.name === undefined || (node.ns === test.name.ns && node.name === test.name.local));
}

/** @param owner undefined: the document around the root element */
function tested(owner: ElementAt | undefined, root: EditableElement, { test }: Step, spend: Spend): Selected[] {
  if (test.kind === 'self') return owner ? [{ kind: 'node', ...owner }] : [];
  if (test.kind === 'attribute') return owner && Object.hasOwn(owner.node.attributes, test.name) ? [{ kind: 'attribute', owner, name: test.name }] : [];
  if (test.kind === 'namespace') return owner && Object.hasOwn(owner.node.declarations, test.prefix) ? [{ kind: 'namespace', owner, name: test.prefix }] : [];
  const children: readonly Located[] = owner ? childrenOf(owner, spend) : [{ node: root }];
  return children.filter((child) => passes(child, test)).map((child) => ({ kind: 'node', ...child }));
}

function textOf(node: EditableNode, spend: Spend): string {
  spend(1);
  return node.kind === 'element' ? node.children.map((child) => (child.kind === 'comment' ? '' : textOf(child, spend))).join('') : node.text;
}
function stringValue(selected: Selected, spend: Spend): string {
  if (selected.kind === 'node') return textOf(selected.node, spend);
  return (selected.kind === 'attribute' ? selected.owner.node.attributes : selected.owner.node.declarations)[selected.name] ?? '';
}

function holds(condition: Condition, selected: Selected, position: number, count: number, root: EditableElement, spend: Spend): boolean {
  switch (condition.kind) {
    case 'position': return position === (condition.number === 'last' ? count : condition.number);
    case 'and': return holds(condition.left, selected, position, count, root, spend) && holds(condition.right, selected, position, count, root, spend);
    case 'or': return holds(condition.left, selected, position, count, root, spend) || holds(condition.right, selected, position, count, root, spend);
    case 'not': return !holds(condition.condition, selected, position, count, root, spend);
    case 'compare': {
      if (selected.kind !== 'node' || !isElement(selected)) return false;
      const found = follow(condition.path, [selected], root, spend);
      return condition.value === undefined ? found.length > 0 : found.some((one) => (stringValue(one, spend) === condition.value) !== condition.negative);
    }
  }
}

function follow(steps: readonly Step[], from: readonly (ElementAt | undefined)[], root: EditableElement, spend: Spend): Selected[] {
  let owners = from;
  let found: Selected[] = [];
  for (const step of steps) {
    const around = step.deep ? owners.flatMap((owner) => (owner ? descendantsOf(owner, spend) : [undefined, ...descendantsOf({ node: root }, spend)])) : owners;
    found = around.flatMap((owner) => step.conditions.reduce(
      (left, condition) => left.filter((one, index) => holds(condition, one, index + 1, left.length, root, spend)), tested(owner, root, step, spend),
    ));
    owners = found.flatMap((one) => (one.kind === 'node' && isElement(one) ? [one] : []));
  }
  return found;
}

/** What a selector finds, in the order of the document. @throws what `spend` throws */
export const select = (steps: readonly Step[], root: EditableElement, spend: Spend): readonly Selected[] => follow(steps, [undefined], root, spend);
