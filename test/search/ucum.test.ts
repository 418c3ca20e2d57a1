import { pointInterval } from '../../src/search/decimal-interval';
import { canonicalInterval, canonicalUnit, type CanonicalUnit } from '../../src/search/ucum';

const inCanonical = (value: number, code: string): [string, number] => {
  const unit = canonicalUnit(code) as CanonicalUnit;
  return [unit.unit, canonicalInterval(pointInterval(value), unit).lo];
};

describe('canonical units', () => {
  it.each([
    [5, 'mg', 0.005, 'g'], [90, 'mg/dL', 0.9, 'g/L'], [1, 'kg', 1000, 'g'], [120, 'mm[Hg]', 15998.64, 'Pa'], [37, 'Cel', 310.15, 'K'], [98.6, '[degF]', 37, 'Cel'],
    [1, 'h', 60, 'min'], [5.5, 'mmol/L', 5500, 'umol/L'], [4.5, '10*9/L', 4500, '10*6/L'], [250, '10*3/uL', 250, '10*9/L'], [50, '%', 0.5, '1'], [72, '/min', 72, '{beats}/min'], [1, '[lb_av]', 0.45359237, 'kg'],
  ])('%d %s is %d %s', (value, code, same, other) => expect(inCanonical(value, code)).toEqual(inCanonical(same, other)));

  it.each(['mg', 'mm', 's'])('%s is of a dimension of its own', (code) => {
    for (const other of ['mg', 'mm', 's']) expect(canonicalUnit(code)?.unit === canonicalUnit(other)?.unit).toBe(code === other);
  });

  it.each(['foo', '[iU]/L', 'm[IU]/mL', '[pH]', 'dB', '', ' ', 'mg/', '((', '__proto__', 'm'.repeat(5000), '%00', '{', '1'.repeat(90)])('has none for %j', (code) => expect(() => canonicalUnit(code)).not.toThrow());
  it.each(['foo', '[iU]/L', 'm[IU]/mL', '[pH]', 'dB', '', 'm'.repeat(5000)])('compares %j as it is written', (code) => expect(canonicalUnit(code)).toBeUndefined());

  it('keeps the ends of an interval, open ones too', () => {
    const unit = canonicalUnit('mg') as CanonicalUnit;
    expect(canonicalInterval({ lo: 1, hi: 2 }, unit)).toEqual({ lo: 0.001, hi: 0.002 });
    expect(canonicalInterval({ lo: -Infinity, hi: 5 }, unit)).toEqual({ lo: -Infinity, hi: 0.005 });
  });
});
