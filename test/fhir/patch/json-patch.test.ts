import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson, sameJson, writeJson, type Json, type JsonObject } from '../../../src/fhir/json';
import { readJsonPatch } from '../../../src/fhir/patch/json-patch';
import { filesBelow, samples } from '../../support/samples';

const patched = (document: string, patch: string): string => writeJson(readJsonPatch(parseJson(patch)).run(parseJson(document)));

const folder = samples('fhir-test-cases');
const cases = filesBelow(folder, 'json-patch-tests.json').flatMap((name) => parseJson(readFileSync(join(folder as string, name), 'utf8')) as JsonObject[]);
describe('the published cases of JSON Patch', () => {
  if (cases.length === 0) it.skip('are not here', () => undefined);
  else {
    it.each(cases.map((one) => [one.comment as string, one] as const))('%s', (_, { doc, patch, expected }) => {
      const work = (): Json => readJsonPatch(patch as Json).run(doc as Json);
      if (expected === undefined) expect(work).toThrow(/cannot be applied/);
      else expect(sameJson(work(), expected)).toBe(true);
    });
  }
});

describe('a JSON Patch', () => {
  it.each([
    ['keeps the literals of what it leaves alone', '{"a":1.00,"b":-0.0,"c":[1e3,2]}', '[{"op":"replace","path":"/c/1","value":3.10}]', '{"a":1.00,"b":-0.0,"c":[1e3,3.10]}'],
    ['finds the same number in another literal, and leaves it as it is', '{"a":1.00,"b":[{"c":100}],"d":-0.0}', '[{"op":"test","path":"/a","value":1},{"op":"test","path":"/b","value":[{"c":1.0e2}]},{"op":"test","path":"/d","value":0}]', '{"a":1.00,"b":[{"c":100}],"d":-0.0}'],
    ['moves and copies literals', '{"a":1.00}', '[{"op":"copy","from":"/a","path":"/b"},{"op":"move","from":"/a","path":"/c"}]', '{"b":1.00,"c":1.00}'],
    ['writes at every place of a list', '["b"]', '[{"op":"add","path":"/0","value":"a"},{"op":"add","path":"/2","value":"c"},{"op":"add","path":"/-","value":"d"}]', '["a","b","c","d"]'],
    ['unescapes ~1 before ~0', '{"a/b":1,"m~n":2,"~1":3}', '[{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"},{"op":"test","path":"/~01","value":3}]', '{"~1":3}'],
    ['replaces the whole', '{"a":1}', '[{"op":"replace","path":"","value":{"b":2}}]', '{"b":2}'],
    ['moves a value onto itself', '{"a":1}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1}'],
    ['moves within a list by the place after the removal', '[1,2,3]', '[{"op":"move","from":"/0","path":"/2"}]', '[2,3,1]'],
    ['sees what earlier operations did', '{}', '[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":[]},{"op":"add","path":"/a/b/-","value":1}]', '{"a":{"b":[1]}}'],
    ['may find null', '{"a":[null]}', '[{"op":"test","path":"/a/0","value":null},{"op":"replace","path":"/a/0","value":1}]', '{"a":[1]}'],
    ['may do nothing', '{"a":1}', '[]', '{"a":1}'],
  ])('%s', (_, document, patch, expected) => expect(patched(document, patch)).toBe(expected));

  it.each([
    ['a number that no double tells apart', '{"a":1.00000000000000000001}', '[{"op":"test","path":"/a","value":1.00000000000000000002}]'],
    ['a member that is not there, to remove', '{"a":1}', '[{"op":"remove","path":"/b"}]'],
    ['a member that is not there, to replace', '{"a":1}', '[{"op":"replace","path":"/b","value":1}]'],
    ['a place beyond the list', '[1]', '[{"op":"add","path":"/2","value":1}]'],
    ['"-" where there must be something', '[1]', '[{"op":"remove","path":"/-"}]'],
    ['an index with a leading zero', '[1,2]', '[{"op":"remove","path":"/01"}]'],
    ['an index that is no number', '[1,2]', '[{"op":"add","path":"/1e0","value":1}]'],
    ['a way through a value', '{"a":"text"}', '[{"op":"add","path":"/a/b","value":1}]'],
    ['a way through what every object inherits', '{}', '[{"op":"add","path":"/toString/a","value":1}]'],
    ['nothing left', '{"a":1}', '[{"op":"remove","path":""}]'],
    ['more levels than a resource may have', '{"a":{}}', `[{"op":"add","path":"/a/b","value":${'['.repeat(60)}${']'.repeat(60)}},{"op":"copy","from":"/a/b","path":"/a/b${'/0'.repeat(59)}/-"}]`],
  ])('cannot be applied: %s', (_, document, patch) => expect(() => patched(document, patch)).toThrow(expect.objectContaining({ status: 422, failure: 'patch-failed' })));

  it.each([
    ['no list', '{}'], ['no object', '[1]'], ['no op', '[{"path":"/a"}]'], ['an unknown op', '[{"op":"set","path":"/a"}]'], ['an op of every object', '[{"op":"toString","path":"/a"}]'],
    ['no path', '[{"op":"remove"}]'], ['no value', '[{"op":"add","path":"/a"}]'], ['no from', '[{"op":"move","path":"/a"}]'],
    ['a path without its slash', '[{"op":"remove","path":"a"}]'], ['a bad escape', '[{"op":"remove","path":"/a~2"}]'], ['an open escape', '[{"op":"remove","path":"/a~"}]'],
    ['a value moved into itself', '[{"op":"move","from":"/a","path":"/a/b"}]'],
  ])('cannot be read: %s', (_, patch) => expect(() => readJsonPatch(parseJson(patch))).toThrow(expect.objectContaining({ status: 400, failure: 'bad-patch' })));

  it('never reaches a prototype', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(() => patched('{"a":{}}', `[{"op":"add","path":"/a/${key}","value":{"polluted":true}}]`)).toThrow(expect.objectContaining({ failure: 'json-forbidden-key' }));
      expect(() => patched('{"a":{}}', `[{"op":"add","path":"/${key}/polluted","value":true}]`)).toThrow(expect.objectContaining({ failure: 'patch-failed' }));
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('can be applied again: what it adds is not shared', () => {
    const patch = readJsonPatch(parseJson('[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":1}]'));
    expect([patch.run({}), patch.run({})].map(writeJson)).toEqual(['{"a":{"b":1}}', '{"a":{"b":1}}']);
  });

  it('that doubles itself over and over is refused', () => {
    const doubling = Array.from({ length: 60 }, (__, index) => ({ op: 'copy', from: '', path: `/k${index}` }));
    expect(() => readJsonPatch(doubling as unknown as Json).run({ a: 'x'.repeat(1000) })).toThrow(expect.objectContaining({ status: 422 }));
    const wide = Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    expect(() => readJsonPatch(wide as unknown as Json).run({ a: ['x'.repeat(1000)] })).toThrow(expect.objectContaining({ status: 422 }));
  });

  it('has at most 1,000 operations', () => {
    const operations = (count: number): Json => Array.from({ length: count }, () => ({ op: 'test', path: '', value: {} }));
    expect(isObject(readJsonPatch(operations(1000)).run({}))).toBe(true);
    expect(() => readJsonPatch(operations(1001))).toThrow(expect.objectContaining({ status: 422, failure: 'too-costly' }));
  });
});
