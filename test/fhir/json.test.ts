import fc from 'fast-check';
import { bodyHalves, joinBody } from '../../src/fhir/body';
import { Failure } from '../../src/fhir/failure';
import { Decimal, decimal, parseJson, sameJson, writeJson, type Json } from '../../src/fhir/json';

const refusalOf = (text: string): string => {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof Failure) return error.failure;
    throw error;
  }
  return 'taken';
};

describe('parseJson', () => {
  it('agrees with the JSON of the language on every text that the language writes', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const reference = JSON.parse(text, (key, value: unknown) => (['__proto__', 'constructor', 'prototype'].includes(key) ? undefined : value)) as Json;
      expect(JSON.parse(writeJson(parseJson(writeJson(reference))))).toEqual(JSON.parse(JSON.stringify(reference)));
    }));
  });

  it.each(['1.00', '0.10', '1e2', '1E+2', '-0', '12345678901234567890', '0.1234567890123456789', '100', '-1.5', '0'])('keeps the literal %s', (literal) => {
    expect(writeJson(parseJson(`{"value":${literal}}`))).toBe(`{"value":${literal}}`);
  });

  it('gives plain numbers where nothing would be lost', () => {
    expect(parseJson('[1,-1.5,0]')).toEqual([1, -1.5, 0]);
    expect(parseJson('1.0')).toBeInstanceOf(Decimal);
    expect(Number(decimal('1.50'))).toBe(1.5);
  });

  it.each([
    ['01', 'bad-json'], ['1.', 'bad-json'], ['.5', 'bad-json'], ['+1', 'bad-json'], ['1e', 'bad-json'], ['NaN', 'bad-json'], ['[1,]', 'bad-json'], ['{"a":1,}', 'bad-json'],
    ['{a:1}', 'bad-json'], ["{'a':1}", 'bad-json'], ['"\n"', 'bad-json'], ['"\\x"', 'bad-json'], ['"\\ud800"', 'bad-json'], ['"open', 'bad-json'], ['', 'bad-json'],
    ['{} {}', 'bad-json'], ['\ufeff{}', 'bad-json'], ['{"a":1,"a":2}', 'json-duplicate-key'], ['{"\\u0061":1,"a":2}', 'json-duplicate-key'],
    ['{"__proto__":{"x":1}}', 'json-forbidden-key'], ['{"constructor":1}', 'json-forbidden-key'],
  ])('refuses %j as %s', (text, code) => expect(refusalOf(text)).toBe(code));

  it('refuses 100,000 levels at once, open or closed', () => {
    expect(refusalOf('['.repeat(100_000))).toBe('too-deep');
    expect(refusalOf('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))).toBe('too-deep');
  });

  it('tells where the fault is without quoting the text', () => {
    expect(() => parseJson('{\n  "name": secret\n}')).toThrow(/line 2, column 11/);
    expect(() => parseJson('{\n  "name": secret\n}')).not.toThrow(/secret/);
  });
});

describe('sameJson', () => {
  it.each([
    ['{"a":1,"b":2}', '{"b":2,"a":1}', true], ['{"a":1.0}', '{"a":1.00}', false], ['{"a":1.0}', '{"a":1}', false], ['[1,2]', '[2,1]', false],
    ['{"a":null}', '{}', false], ['{"a":[{"b":1.10}]}', '{"a":[{"b":1.10}]}', true], ['{"a":{}}', '{"a":[]}', false],
  ])('%s and %s: %s', (one, other, same) => expect(sameJson(parseJson(one), parseJson(other))).toBe(same));
});

describe('bodyHalves', () => {
  it('leaves room for version and time inside meta and keeps everything else', () => {
    const text = joinBody(bodyHalves({ id: 'a', resourceType: 'Patient', meta: { versionId: '9', lastUpdated: 'x', profile: ['p'] }, active: true }), 2, '2026-01-01T00:00:00.000Z');
    expect(text).toBe('{"resourceType":"Patient","id":"a","meta":{"versionId":"2","lastUpdated":"2026-01-01T00:00:00.000Z","profile":["p"]},"active":true}');
    expect(JSON.parse(joinBody(bodyHalves({ resourceType: 'Patient', id: 'a' }), 1, 't'))).toEqual({ resourceType: 'Patient', id: 'a', meta: { versionId: '1', lastUpdated: 't' } });
  });
});
