/** Composite entries: each code of the first component beside each value of the second (and each number of the third), all from one element. */
import type { CompositeEntry } from '../entries.js';
import type { Run, Visit } from './run.js';

export function compositeVisit(param: string, first: readonly Visit[], second: readonly Visit[], third?: readonly Visit[]): Visit {
  return (element, run) => {
    const numbers = third && numbersOf(third, element, run);
    const scratch = run.scratch();
    for (const visit of second) visit(element, scratch);
    const values = secondsOf(scratch);
    if (values.length === 0) return;
    scratch.token.length = 0;
    for (const visit of first) visit(element, scratch);
    run.combine(scratch.token.length, values.length, numbers?.length ?? 1);
    for (const { code, system } of scratch.token) {
      for (const value of values) {
        if (!numbers) run.composite.push({ param, contained: run.contained, code, system, second: value, mark: undefined });
        else for (const number of numbers) run.composite.push({ param, contained: run.contained, code, system, second: value, third: number, mark: undefined });
      }
    }
  };
}

function numbersOf(visits: readonly Visit[], element: unknown, run: Run): readonly { readonly lo: number; readonly hi: number }[] {
  const scratch = run.scratch();
  for (const visit of visits) visit(element, scratch);
  return scratch.number.map(({ lo, hi }) => ({ lo, hi }));
}

const none: readonly CompositeEntry['second'][] = [];

/** The values of the second component, whatever their kind; a reference is a token of its literal text. */
function secondsOf({ token, quantity, date, number, reference, string }: Run): readonly CompositeEntry['second'][] {
  if (token.length > 0) return token.map(({ code, system }) => ({ kind: 'token', code, system }));
  if (quantity.length > 0) return quantity.map(({ unit, lo, hi }) => ({ kind: 'quantity', unit, lo, hi }));
  if (date.length > 0) return date.map(({ lo, hi }) => ({ kind: 'date', lo, hi }));
  if (number.length > 0) return number.map(({ lo, hi }) => ({ kind: 'number', lo, hi }));
  if (string.length > 0) return string.map(({ folded }) => ({ kind: 'string', folded }));
  return reference.length > 0 ? reference.flatMap(literalToken) : none;
}

function literalToken(entry: Run['reference'][number]): CompositeEntry['second'][] {
  if (entry.form === 'local') return [{ kind: 'token', system: '', code: `${entry.type}/${entry.id}` }];
  return entry.form === 'absolute' ? [{ kind: 'token', system: '', code: entry.url }] : [];
}
