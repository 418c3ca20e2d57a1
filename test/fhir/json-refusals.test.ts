/** What JSON is refused for, and what a body may hold: RFC 8259, https://hl7.org/fhir/R4/json.html */
import { Failure } from '../../src/fhir/failure';
import { parseJson, parseStored } from '../../src/fhir/json';
import { decodeUtf8, readResource } from '../../src/fhir/resource';
import { parseXml } from '../../src/fhir/xml/door';

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof Failure) return `${error.status} ${error.failure}: ${error.message}`;
    throw error;
  }
  return 'taken';
}
const bytes = (...parts: (string | number[])[]): Uint8Array => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

describe('bytes that are not UTF-8 are refused with their position', () => {
  it.each([
    ['a byte that begins nothing', bytes('{"a":"', [0xff], '"}'), 7], ['a lone continuation', bytes('{"é":"', [0x80], '"}'), 8], ['a character that is cut', bytes('{"a":"', [0xe2, 0x82]), 9],
    ['an overlong slash', bytes('"', [0xc0, 0xaf], '"'), 2], ['half of a surrogate pair', bytes('"', [0xed, 0xa0, 0x80], '"'), 3], ['beyond Unicode', bytes('"', [0xf4, 0x90, 0x80, 0x80], '"'), 3],
    ['Latin-1 after a megabyte', bytes(`"${'€'.repeat(350_000)}`, [0xe9], '"'), 1_050_003],
  ])('%s', (_name, body, position) => {
    expect(refusal(() => decodeUtf8(body))).toMatch(new RegExp(`^400 bad-charset: .*\\(byte ${position}\\)`));
  });
});

describe('a JSON text is refused with its position', () => {
  it.each([
    ['a byte order mark among the values', '[\ufeff1]', /line 1, column 2/], ['U+0000 between values', '{"a":\u00001}', /line 1, column 6/], ['U+0000 in a string', '{"a":"\u0000"}', /control character.*line 1, column 7/],
    ['a lone surrogate, escaped', '{"a":"\\ud83d"}', /surrogate/], ['two that are in the wrong order', '{"a":"\\ude00\\ud83d"}', /surrogate/], ['a lone surrogate in a key', '{"\\udc00":1}', /surrogate/],
    ['a key twice, deep down', '{"a":[{"b":{"c":1,"d":2,"c":3}}]}', /"c" stands twice/], ['a key twice, escaped', '{"a":1,"\\u0061":2}', /"a" stands twice/],
  ])('%s', (_name, text, words) => {
    const told = refusal(() => parseJson(text));
    expect(told).toMatch(/^400 /);
    expect(told).toMatch(words);
  });

  it.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])('the key %s at any depth', (key) => {
    expect(refusal(() => parseJson(`{"a":[{"${key}":{"polluted":true}}]}`))).toMatch(/^400 json-forbidden-key/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('a pair of surrogates and every character of its own are kept', () => {
    expect(parseJson('"\\ud83d\\ude00 \u{1f600} \\u00e9"')).toBe('😀 😀 é');
  });
});

/** Of ten keys, another for each number. */
function orderOf(row: number): readonly number[] {
  const order: number[] = [];
  for (let key = 0, rest = row; key < 10; key++) {
    order.splice(rest % (key + 1), 0, key);
    rest = Math.floor(rest / (key + 1));
  }
  return order;
}

describe('a body holds no more than FHIR has use for', () => {
  it('1,000 keys in one object, at any depth, however many follow', () => {
    const keys = (count: number): string => Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',');
    expect(refusal(() => parseJson(`{${keys(1000)}}`))).toBe('taken');
    expect(refusal(() => parseJson(`{"resourceType":"Bundle",${keys(1_000_000)}}`))).toMatch(/^413 too-many-values: .*1000 keys/);
    expect(refusal(() => parseJson(`[{"a":{${keys(1001)}}}]`))).toMatch(/^413 too-many-values/);
  });

  it.each([
    ['keys that are all different', (row: number) => Array.from({ length: 10 }, (_, index) => row * 10 + index)],
    ['the same keys in other orders', orderOf],
  ])('100,000 different rows of keys once it is long: %s', (_, keysOf) => {
    const rows = (count: number): string => `[${Array.from({ length: count }, (_, row) => `{${keysOf(row).map((key) => `"k${key.toString(36)}":1`).join(',')}}`).join(',')}]`;
    expect(refusal(() => parseJson(rows(9000)))).toBe('taken');
    expect(refusal(() => parseJson(rows(100_000)))).toMatch(/^413 too-many-values: .*100000 different rows of keys/);
    expect(refusal(() => parseStored(rows(30_000)))).toBe('taken');
    const elements = (count: number): Uint8Array => bytes(`<a>${Array.from({ length: count }, (_, row) => `<b ${keysOf(row).map((key) => `k${key.toString(36)}="1"`).join(' ')}/>`).join('')}</a>`);
    expect(refusal(() => parseXml(elements(9000)))).toBe('taken');
    expect(refusal(() => parseXml(elements(100_000)))).toMatch(/^400 bad-xml: .*100000 different rows of attributes/);
  });

  it('100,000 names of XML elements once it is long', () => {
    const elements = (count: number): Uint8Array => bytes(`<a>${Array.from({ length: count }, (_, index) => `<b${index}/>`).join('')}</a>`);
    expect(refusal(() => parseXml(elements(199_999)))).toBe('taken');
    expect(refusal(() => parseXml(elements(200_000)))).toMatch(/^400 bad-xml: .*100000 different rows/);
  });

  it('4,000,000 values in all', () => {
    expect(refusal(() => parseJson(`[${'1,'.repeat(4_000_000)}1]`))).toMatch(/^413 too-many-values: .*4000000 values/);
  });

  it('256 attributes in one XML element, which need not end to be refused', () => {
    const attributes = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}="1"`).join(' ');
    expect(refusal(() => readResource(bytes(`<Patient xmlns="http://hl7.org/fhir" ${attributes(2000)}`), 'xml'))).toMatch(/more than 256 attributes/);
    expect(refusal(() => parseXml(bytes(`<a ${attributes(257)}/>`)))).toMatch(/more than 256 attributes/);
    expect(refusal(() => parseXml(bytes(`<a ${attributes(256)}/>`)))).toBe('taken');
  });
});
