/** The checker finds each way in which a store could break its word, and nothing in a run that kept it. */
import { check } from '../../../src/cli/faults/check';
import type { FinalState, Operation, RegisterRead, RegisterWrite, Version } from '../../../src/cli/faults/record';

const version = (number: number, value: string): Version => ({ version: number, value, lastUpdated: `2026-01-01T00:00:${String(number).padStart(2, '0')}Z` });
const history = (...values: readonly string[]): readonly Version[] => values.map((value, at) => version(at + 1, value));
const state = (registers: Record<string, readonly Version[]>, made: Record<string, readonly string[]> = {}): FinalState =>
  ({ registers: new Map(Object.entries(registers)), made: new Map(Object.entries(made)) });
const strict = { strictReads: true, strictHistory: true };
const lax = { strictReads: false, strictHistory: false };

const write = (value: string, start: number, end: number, more: Partial<RegisterWrite> = {}): RegisterWrite => ({ kind: 'write', register: 'r', value, start, end, outcome: 'done', ...more });
const read = (number: number, value: string, start: number, end: number): RegisterRead => ({ kind: 'read', register: 'r', version: number, value, start, end });

/** Two writes one after the other, a third that nobody heard of, reads between them. */
const good: readonly Operation[] = [
  read(0, '', 0, 1), write('a', 1, 2, { version: 1 }), read(1, 'a', 3, 4), write('b', 5, 8, { version: 2, expected: 1 }), read(1, 'a', 6, 7), read(2, 'b', 6, 9),
  write('c', 10, 11, { outcome: 'unknown' }), read(3, 'c', 12, 13), write('d', 14, 15, { outcome: 'unknown' }), write('e', 14, 15, { outcome: 'refused' }), write('', 16, 17, { version: 4 }), read(4, '', 18, 19),
  { kind: 'history', register: 'r', start: 9, end: 9.5, versions: history('a', 'b') },
];
const goodState = state({ r: history('a', 'b', 'c', '') });

test('what was kept has no violation, whether the unheard write was done or not', () => {
  expect(check(good, goodState, strict)).toEqual([]);
  const withoutUnheard = good.filter((operation) => !(operation.kind === 'read' && operation.version === 3)).map((operation) =>
    (operation.kind === 'write' && operation.value === '' ? { ...operation, version: 3 } : operation.kind === 'read' && operation.version === 4 ? { ...operation, version: 3 } : operation));
  expect(check(withoutUnheard, state({ r: history('a', 'b', '') }), strict)).toEqual([]);
});

test.each<[string, readonly Operation[], FinalState, RegExp]>([
  ['a lost write', good, state({ r: history('a') }), /version 2 was acknowledged, but is lost/],
  ['a write that was replaced in place', good, state({ r: history('a', 'x', 'c', '') }), /version 2 was acknowledged, but holds another write/],
  ['a write done twice', [...good], state({ r: history('a', 'b', 'c', '', 'c') }), /version 5 was done twice/],
  ['a write of nobody', good, state({ r: history('a', 'b', 'c', '', 'z') }), /version 5 holds what nobody wrote/],
  ['a refused write that was done', good, state({ r: history('a', 'b', 'c', '', 'e') }), /holds a write that was refused/],
  ['a deletion of nobody', good, state({ r: history('a', 'b', 'c', '', '') }), /2 tombstones of 1 deletions/],
  ['a hole among versions', good, state({ r: [version(1, 'a'), version(3, 'b')] }), /version 3 stands where 2 should/],
  ['a time that does not grow', good, state({ r: history('a', 'b', 'c', '').map((one) => ({ ...one, lastUpdated: 'x' })) }), /not later than the one before/],
  ['a condition that did not hold', [write('a', 1, 2, { version: 1, expected: 4 })], state({ r: history('a') }), /written for a version 4/],
  ['a stale read', [...good, read(1, 'a', 8.5, 9)], goodState, /version 1 was read after version 2 was known/],
  ['a read that goes back', [...good.filter((operation) => operation.kind !== 'history'), read(2, 'b', 13.5, 14)], goodState, /version 2 was read after version 3 was known/],
  ['a stale history', [...good, { kind: 'history', register: 'r', start: 9, end: 9.5, versions: history('a') }], goodState, /version 1 was read after version 2 was known/],
  ['a history of another content', [...good, { kind: 'history', register: 'r', start: 9, end: 9.5, versions: history('a', 'x') }], goodState, /a history told version 2 otherwise/],
  ['a read of what was never kept', [...good, read(9, 'q', 20, 21)], goodState, /version 9 was read, but is lost/],
  ['a read of another content', [...good, read(4, 'q', 20, 21)], goodState, /version 4 was read with another content/],
  ['a read from the future', [read(1, 'a', 0, 0.5), ...good.slice(1)], goodState, /read before it was written/],
  ['a write that stands before one that had ended', [write('a', 1, 2, { version: 2 }), write('b', 3, 4, { version: 1 })], state({ r: history('b', 'a') }), /version 1 was written after version 2 was known/],
  ['an unheard write that stands before one that had ended', [write('a', 1, 2, { version: 2 }), write('b', 3, 4, { outcome: 'unknown' })], state({ r: history('b', 'a') }), /version 1 was written after version 2/],
  ['half a transaction', [write('a', 1, 2, { outcome: 'unknown', transaction: 't' }), write('b', 1, 2, { register: 's', outcome: 'unknown', transaction: 't' })], state({ r: history('a'), s: [] }), /transaction t: 1 of 2/],
  ['a transaction in two steps', [write('a', 1, 2, { version: 1, transaction: 't' }), write('b', 1, 2, { register: 's', version: 1, transaction: 't' })],
    state({ r: history('a'), s: [{ ...version(1, 'b'), lastUpdated: 'other' }] }), /different times/],
  ['something made twice', [{ kind: 'making', name: 'm', start: 0, end: 1, outcome: 'unknown' }], state({}, { m: ['Basic/1', 'Basic/2'] }), /m: made 2 times/],
  ['something made and lost', [{ kind: 'making', name: 'm', start: 0, end: 1, outcome: 'done', made: 'Basic/1' }], state({}, { m: [] }), /m: acknowledged, but lost/],
  ['something made that was refused', [{ kind: 'making', name: 'm', start: 0, end: 1, outcome: 'refused' }], state({}, { m: ['Basic/1'] }), /every attempt was refused/],
  ['something acknowledged as two', [1, 2].map((at) => ({ kind: 'making' as const, name: 'm', start: at, end: at, outcome: 'done' as const, made: `Basic/${at}` })), state({}, { m: ['Basic/1'] }), /2 different resources/],
])('%s is found', (_, operations, final, words) => {
  expect(check(operations, final, strict).join('\n')).toMatch(words);
});

test('where reads are not strict a stale one is none, but an invented one is', () => {
  expect(check([...good, read(1, 'a', 8.5, 9)], goodState, lax)).toEqual([]);
  expect(check([...good, read(9, 'q', 20, 21)], goodState, lax)).toHaveLength(1);
});
