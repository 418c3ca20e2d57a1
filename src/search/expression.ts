/**
 * Search expressions of R4 as steps. All of them are made of nine shapes: a path, `ofType` or `as` casts, `where` with
 * `resolve() is T` or `name='text'`, `[0]`, brackets around a part, a bare name, a bare type, and the one sentence
 * `P.exists() and P != false`. Only definitions are read here, never text of a caller.
 */
export type Step =
  | { readonly kind: 'child'; readonly name: string; /** `[0]` */ readonly first?: true }
  | { readonly kind: 'cast'; readonly type: string }
  | { readonly kind: 'where-type'; readonly type: string }
  | { readonly kind: 'where-equals'; readonly name: string; readonly value: string }
  /** `P.exists() and P != false`: true unless the element is absent or false. */
  | { readonly kind: 'is-true' };

const token = /\s*(?:(?:ofType|as)\((\w+)\)|where\(resolve\(\) is (\w+)\)|where\((\w+)\s*=\s*'([^']*)'\)|(\[0\])|([A-Za-z]\w*)|[().])/y;
const existsAndNotFalse = /^(\S+)\.exists\(\) and \1 != false$/;

/** The alternatives of an expression, each as written. */
export const alternativesOf = (expression: string): readonly string[] => expression.split(' | ').map((part) => part.trim());

/** @throws TypeError when a definition has another shape */
export function stepsOf(alternative: string): readonly Step[] {
  const sentence = existsAndNotFalse.exec(alternative);
  if (sentence) return [...stepsOf(sentence[1] as string), { kind: 'is-true' }];
  const steps: Step[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < alternative.length) {
    const at = token.lastIndex;
    const match = token.exec(alternative);
    if (!match) throw new TypeError(`Not a search expression that is read here (at ${at}): ${alternative}`);
    const step = stepOf(match);
    if (step === 'first') markFirst(steps, alternative);
    else if (step) steps.push(step);
  }
  return steps;
}

function stepOf([, cast, resolved, name, value, first, child]: RegExpExecArray): Step | 'first' | undefined {
  if (cast !== undefined) return { kind: 'cast', type: cast };
  if (resolved !== undefined) return { kind: 'where-type', type: resolved };
  if (name !== undefined && value !== undefined) return { kind: 'where-equals', name, value };
  if (first !== undefined) return 'first';
  return child === undefined ? undefined : { kind: 'child', name: child };
}

function markFirst(steps: Step[], alternative: string): void {
  const last = steps.pop();
  if (last?.kind !== 'child') throw new TypeError(`[0] without an element: ${alternative}`);
  steps.push({ ...last, first: true });
}

/**
 * The steps of one alternative under a resource type, the type itself left out.
 * @returns undefined when the alternative belongs to another type
 */
export function stepsUnder(type: string, alternative: string): readonly Step[] | undefined {
  const [first, ...rest] = stepsOf(alternative);
  if (first?.kind !== 'child') return undefined;
  if (!/^[A-Z]/.test(first.name)) return [first, ...rest];
  return first.name === type || first.name === 'Resource' || first.name === 'DomainResource' ? rest : undefined;
}
