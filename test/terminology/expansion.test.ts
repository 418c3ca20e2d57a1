/** Expansion of value sets whose definition is hostile or merely long. */
import type { CodeHierarchy } from '../../src/terminology/code-hierarchy';
import { expand, type ComposePart, type ValueSetDefinition } from '../../src/terminology/expansion';

const system = 'http://example.org/cs';
const hierarchy = {} as unknown as CodeHierarchy;
const refusals = { refuse: (reason: string) => new Error(reason), tooMany: () => new Error('too many codes'), limit: 100 };
const of = (definition: ValueSetDefinition) => expand('vs', { valueSet: () => Promise.resolve(definition), codeSystem: () => Promise.resolve(hierarchy) }, refusals);
const codes = (from: number, count: number) => Array.from({ length: count }, (_, at) => ({ system, code: `c${from + at}` }));
const include = (...parts: ComposePart[]): ValueSetDefinition => ({ compose: { include: parts } });

describe('an expansion ends at its budget', () => {
  it('of parts and filters, before any of them is applied', async () => {
    const filter = Array.from({ length: 25_000 }, () => ({ property: 'concept', op: 'is-a', value: 'c1' }));
    await expect(of(include({ system, filter }))).rejects.toThrow('more than 1000 parts and filters');
    await expect(of(include({ system, filter: [{ property: 'p', op: 'in', value: 'a,'.repeat(5_000) }] }))).rejects.toThrow('more than 1000 parts and filters');
    await expect(of(include(...Array.from({ length: 1_001 }, () => ({ system, concept: [{ code: 'c1' }] }))))).rejects.toThrow('more than 1000 parts and filters');
  });
  it('of looks, where every part says nearly all of it again', async () => {
    await expect(of(include(...Array.from({ length: 900 }, () => ({ system, concept: codes(0, 100) }))))).rejects.toThrow('too many codes');
  });
  it('of codes', async () => {
    await expect(of({ expansion: { contains: codes(0, 101) } })).rejects.toThrow('too many codes');
    expect(await of({ expansion: { contains: codes(0, 100) } })).toHaveLength(1);
  });
});

it('what is there expanded is read at any depth, without its abstract members', async () => {
  const deep = { system, code: 'a', contains: [{ abstract: true, system, code: 'b', contains: [{ system: 'other', code: 'c' }] }, { system, code: 'd' }] };
  const found = await of({ expansion: { contains: [deep] } });
  expect(new Map(found.map(({ system: name, codes: members = [] }) => [name, [...members].sort()]))).toEqual(new Map([[system, ['a', 'd']], ['other', ['c']]]));
});
