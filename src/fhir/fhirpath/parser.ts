/** From the text of a path to its tree. The part of FHIRPath that points at elements; no arithmetic. */
import { decimal, type Json } from '../json.js';
import { functions } from './functions.js';
import { PathError, tokensOf, type Token } from './lexer.js';

export type Expression =
  | { readonly kind: 'literal'; readonly type: 'String' | 'Boolean' | 'Number' | 'Date'; readonly value: Json }
  /** `{}` */
  | { readonly kind: 'empty' }
  /** What the expression is evaluated on: `$this`. */
  | { readonly kind: 'this' }
  /** `%resource`, `%context` */
  | { readonly kind: 'resource' }
  | { readonly kind: 'member'; readonly of?: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression }
  | { readonly kind: 'call'; readonly of: Expression; readonly name: string; readonly parameters: readonly Expression[] }
  | { readonly kind: 'type'; readonly operator: 'is' | 'as'; readonly of: Expression; readonly type: string }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression };

/** From the loosest to the tightest. */
const levels = [
  ['implies'], ['or', 'xor'], ['and'], ['in', 'contains'], ['=', '!=', '~', '!~'], ['<', '<=', '>', '>='], ['|'],
] as const;
export type BinaryOperator = (typeof levels)[number][number];

/** Longer or deeper ones point at nothing that a patch could mean. */
const maxLength = 2000;
const maxDepth = 30;

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  whole(): Expression {
    const expression = this.expression();
    if (this.next.kind !== 'end') throw new PathError('something follows the path');
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.at] as Token;
  }

  private isNext(text: string): boolean {
    const { kind, text: found } = this.next;
    return (kind === 'sign' || kind === 'name') && found === text;
  }

  private takes(text: string): boolean {
    if (!this.isNext(text)) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.takes(text)) throw new PathError(`"${text}" is missing`);
  }

  private expression(level = 0): Expression {
    if (level === 0 && ++this.depth > maxDepth) throw new PathError('it is nested too deep');
    const operators: readonly BinaryOperator[] | undefined = levels[level];
    if (!operators) return this.typed();
    let left = this.expression(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.takes(one));
      if (operator === undefined) break;
      left = { kind: 'binary', operator, left, right: this.expression(level + 1) };
    }
    if (level === 0) this.depth--;
    return left;
  }

  private typed(): Expression {
    const of = this.invocations();
    const operator = this.takes('is') ? 'is' : this.takes('as') ? 'as' : undefined;
    return operator === undefined ? of : { kind: 'type', operator, of, type: this.typeName() };
  }

  /** `Quantity`, `FHIR.Quantity`, `System.String` */
  private typeName(): string {
    const first = this.name();
    return this.takes('.') ? this.name() : first;
  }

  private name(): string {
    const { kind, text } = this.next;
    if (kind !== 'name' && kind !== 'quoted-name') throw new PathError('a name is missing');
    this.at++;
    return text;
  }

  private invocations(): Expression {
    let of = this.term();
    for (;;) {
      if (this.takes('[')) {
        of = { kind: 'index', of, index: this.expression() };
        this.expect(']');
      } else if (this.takes('.')) {
        of = this.invocation(of);
      } else return of;
    }
  }

  private invocation(of?: Expression): Expression {
    const quotedName = this.next.kind === 'quoted-name';
    const name = this.name();
    if (quotedName || !this.takes('(')) return { kind: 'member', name, ...(of ? { of } : {}) };
    const definition = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!definition) throw new PathError(`it calls what is not one of ${Object.keys(functions).join(', ')}`);
    const parameters = this.parameters(definition.types === true);
    const [least, most] = definition.parameters;
    if (parameters.length < least || parameters.length > most) throw new PathError(`${name}() takes ${least === most ? least : `${least} to ${most}`} parameters`);
    return { kind: 'call', of: of ?? { kind: 'this' }, name, parameters };
  }

  /** @param types where names of types stand for themselves: `ofType(Quantity)` */
  private parameters(types: boolean): Expression[] {
    const found: Expression[] = [];
    if (this.takes(')')) return found;
    do found.push(types ? { kind: 'literal', type: 'String', value: this.typeName() } : this.expression());
    while (this.takes(','));
    this.expect(')');
    return found;
  }

  private term(): Expression {
    const { kind, text } = this.next;
    if (kind === 'string' || kind === 'date') return this.literal(kind === 'string' ? 'String' : 'Date', text);
    if (kind === 'number') return this.literal('Number', decimal(text));
    if (this.takes('-')) {
      const number = this.next;
      if (number.kind !== 'number') throw new PathError('a number must follow "-"');
      return this.literal('Number', decimal(`-${number.text}`));
    }
    if (kind === 'name' && (text === 'true' || text === 'false')) return this.literal('Boolean', text === 'true');
    if (this.takes('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (this.takes('{')) {
      this.expect('}');
      return { kind: 'empty' };
    }
    if (this.takes('$')) return this.variable(['this'], { kind: 'this' });
    if (this.takes('%')) return this.variable(['resource', 'context', 'rootResource'], { kind: 'resource' });
    return this.invocation();
  }

  private literal(type: 'String' | 'Boolean' | 'Number' | 'Date', value: Json): Expression {
    this.at++;
    return { kind: 'literal', type, value };
  }

  private variable(names: readonly string[], meaning: Expression): Expression {
    if (!names.includes(this.name())) throw new PathError('it uses a variable that is not here');
    return meaning;
  }
}

/** @throws PathError */
export function parsePath(text: string): Expression {
  if (text.length > maxLength) throw new PathError(`it is longer than ${maxLength} characters`);
  return new Parser(text).whole();
}
