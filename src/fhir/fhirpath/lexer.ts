/** The words of a FHIRPath expression: http://hl7.org/fhirpath/N1/grammar.html */

export interface Token {
  readonly kind: 'name' | 'quoted-name' | 'string' | 'number' | 'date' | 'sign' | 'end';
  /** Unescaped; of a date without its `@`. */
  readonly text: string;
}

/** Why a path cannot be read, in words that repeat nothing of it. */
export class PathError extends Error {}

const escapes: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '\\': '\\', '/': '/', r: '\r', n: '\n', t: '\t', f: '\f' };
const signs = ['<=', '>=', '!=', '!~', '.', '[', ']', '(', ')', '{', '}', ',', '=', '~', '<', '>', '|', '-', '$', '%'] as const;
/** Each at the place where the one before ended. */
const shapes: readonly (readonly [Token['kind'], RegExp])[] = [
  ['name', /[A-Za-z_]\w*/y], ['number', /\d+(?:\.\d+)?/y], ['date', /@[\dT:.+Z-]+/y],
];

function quoted(text: string, from: number): { readonly text: string; readonly end: number } {
  const quote = text[from];
  let value = '';
  for (let at = from + 1; at < text.length; at++) {
    const sign = text[at] as string;
    if (sign === quote) return { text: value, end: at + 1 };
    if (sign !== '\\') {
      value += sign;
      continue;
    }
    const letter = text[++at] ?? '';
    const hex = letter === 'u' ? /^[0-9A-Fa-f]{4}/.exec(text.slice(at + 1, at + 5))?.[0] : undefined;
    const escaped = hex === undefined ? escapes[letter] : String.fromCharCode(Number.parseInt(hex, 16));
    if (escaped === undefined) throw new PathError('a bad escape in a text');
    if (hex !== undefined) at += 4;
    value += escaped;
  }
  throw new PathError('a text does not end');
}

/** @throws PathError */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const sign = text[at] as string;
    if (/\s/.test(sign)) {
      at++;
      continue;
    }
    if (sign === "'" || sign === '`') {
      const { text: value, end } = quoted(text, at);
      tokens.push({ kind: sign === "'" ? 'string' : 'quoted-name', text: value });
      at = end;
      continue;
    }
    const token = shaped(text, at) ?? signAt(text, at);
    if (!token) throw new PathError('a sign that paths do not have');
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens.map((token) => (token.kind === 'date' ? { kind: 'date', text: token.text.slice(1) } : token));
}

function shaped(text: string, at: number): Token | undefined {
  for (const [kind, shape] of shapes) {
    shape.lastIndex = at;
    const found = shape.exec(text);
    if (found) return { kind, text: found[0] };
  }
  return undefined;
}

function signAt(text: string, at: number): Token | undefined {
  const found = signs.find((one) => text.startsWith(one, at));
  return found === undefined ? undefined : { kind: 'sign', text: found };
}
