import fc from 'fast-check';
import { dateInterval, instantText } from '../../src/fhir/date';

const interval = (literal: string, zone = 'Europe/Paris') => {
  const found = dateInterval(literal, zone);
  return found && [instantText(found.lo), instantText(found.hi)];
};

describe('dateInterval', () => {
  it.each([
    ['2024', '2023-12-31T23:00:00.000Z', '2024-12-31T23:00:00.000Z'],
    ['2024-02', '2024-01-31T23:00:00.000Z', '2024-02-29T23:00:00.000Z'],
    ['2024-07-14', '2024-07-13T22:00:00.000Z', '2024-07-14T22:00:00.000Z'],
    ['2024-01-01T10:30', '2024-01-01T09:30:00.000Z', '2024-01-01T09:31:00.000Z'],
    ['2024-01-01T10:30:15Z', '2024-01-01T10:30:15.000Z', '2024-01-01T10:30:16.000Z'],
    ['2024-01-01T10:30:15.25-05:00', '2024-01-01T15:30:15.250Z', '2024-01-01T15:30:15.260Z'],
    ['2024-01-01T10:30:15.123456Z', '2024-01-01T10:30:15.123Z', '2024-01-01T10:30:15.124Z'],
  ])('%s stands for [%s, %s)', (literal, lo, hi) => expect(interval(literal)).toEqual([lo, hi]));

  it('gives the days on which clocks change 23 and 25 hours', () => {
    const hours = (literal: string) => { const found = dateInterval(literal, 'Europe/Paris'); return found && (found.hi - found.lo) / 3_600_000; };
    expect(hours('2024-03-31')).toBe(23);
    expect(hours('2024-10-27')).toBe(25);
  });

  it.each(['2024-13', '2024-02-30', '2023-02-29', '2024-01-01T24:00:00Z', '2024-01-01T10:61:00Z', '24-01-01', '2024-1-1', '2024-01-01T10', 'now', '2024-01-01T10:00:00+15:00', ''])('does not take %j', (literal) =>
    expect(dateInterval(literal, 'Europe/Paris')).toBeUndefined());

  it('agrees with the calendar of the language for any instant written in UTC', () => {
    fc.assert(fc.property(fc.date({ min: new Date('0100-01-01T00:00:00Z'), max: new Date('9998-01-01T00:00:00Z'), noInvalidDate: true }), (date) => {
      const found = dateInterval(date.toISOString(), 'Asia/Tokyo');
      expect(found).toEqual({ lo: date.getTime(), hi: date.getTime() + 1 });
    }));
  });

  it('shows, on the clocks of the zone, the time that was written', () => {
    const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/St_Johns', dateStyle: 'short', timeStyle: 'medium' });
    fc.assert(fc.property(fc.integer({ min: 1970, max: 2037 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }), fc.integer({ min: 4, max: 23 }), (year, month, day, hour) => {
      const two = (value: number) => String(value).padStart(2, '0');
      const found = dateInterval(`${year}-${two(month)}-${two(day)}T${two(hour)}:20:00`, 'America/St_Johns');
      expect(clock.format(found?.lo)).toBe(`${year}-${two(month)}-${two(day)} ${two(hour)}:20:00`);
    }));
  });
});
