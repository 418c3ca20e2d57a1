import fc from 'fast-check';
import { decimalInterval, nextAbove, pointInterval } from '../../src/search/decimal-interval';

describe('decimalInterval', () => {
  /** The first rows are those of https://hl7.org/fhir/R4/search.html#number. */
  it.each([
    ['100', 99.5, 100.5], ['100.00', 99.995, 100.005], ['1e2', 95, 105], ['5.4', 5.35, 5.45], ['5.40e-3', 0.005395, 0.005405],
    ['-2.0', -2.05, -1.95], ['0', -0.5, 0.5], ['0.0', -0.05, 0.05], ['1.0e2', 95, 105], ['1.00e2', 99.5, 100.5], ['+7', 6.5, 7.5], ['1E2', 95, 105], ['007', 6.5, 7.5],
  ])('%s stands for [%d, %d)', (literal, lo, hi) => expect(decimalInterval(literal)).toEqual({ lo, hi }));

  it.each(['', 'x', '1,5', '1.', '.5', '1e', '0x10', 'Infinity', 'NaN', '1 ', '--1', '1e99999'])('does not take %j', (literal) => expect(decimalInterval(literal)).toBeUndefined());

  it('holds its number, in its middle, and half of the last digit on either side', () => {
    fc.assert(fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 6 }), (units, decimals) => {
      const literal = (units / 10 ** decimals).toFixed(decimals);
      const { lo, hi } = decimalInterval(literal) as { lo: number; hi: number };
      expect(lo <= Number(literal) && Number(literal) < hi).toBe(true);
      expect((lo + hi) / 2).toBeCloseTo(Number(literal), decimals + 3);
      expect(hi - lo).toBeCloseTo(10 ** -decimals, decimals + 3);
    }));
  });

  it('of a longer literal lies inside that of the shorter one', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 99_999 }), fc.integer({ min: 0, max: 4 }), (units, more) => {
      const short = decimalInterval(`${units}.5`) as { lo: number; hi: number };
      const long = decimalInterval(`${units}.5${'0'.repeat(more)}`) as { lo: number; hi: number };
      expect(short.lo <= long.lo && long.hi <= short.hi).toBe(true);
    }));
  });

  it('takes a thousand digits without effort', () => expect(decimalInterval('9'.repeat(1000) + '.5')).toEqual(pointInterval(Number.MAX_VALUE)));

  it('of what no double holds begins at the furthest that one does, and is not open below', () => {
    expect(decimalInterval('1e400')).toEqual({ lo: Number.MAX_VALUE, hi: Infinity });
    expect(decimalInterval('-1e400')).toEqual(pointInterval(-Infinity));
    expect(pointInterval(-Infinity)).toEqual({ lo: -Number.MAX_VALUE, hi: nextAbove(-Number.MAX_VALUE) });
  });
});

describe('nextAbove', () => {
  it('is above, with nothing between', () => fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e308 }), (value) => {
    const next = nextAbove(value);
    expect(next).toBeGreaterThan(value);
    const middle = value / 2 + next / 2;
    expect(middle === value || middle === next).toBe(true);
  })));
});
